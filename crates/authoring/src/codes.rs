//! Codes that stay the same: made of names by a hash.

use sha2::{Digest, Sha256};

/// A code in braces and capital letters, as tables have it.
pub type Guid = String;

/// Returns the code of these words: the same words give the same code. It is a UUID of version 8, "custom".
pub fn guid(words: &[&str]) -> Guid {
    let mut hash = Sha256::new();
    for word in words {
        hash.update((word.len() as u64).to_le_bytes());
        hash.update(word.as_bytes());
    }
    let mut bytes: [u8; 16] = [0; 16];
    bytes.copy_from_slice(&hash.finalize()[..16]);
    bytes[6] = bytes[6] & 0x0F | 0x80;
    bytes[8] = bytes[8] & 0x3F | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02X}")).collect();
    format!(
        "{{{}-{}-{}-{}-{}}}",
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..]
    )
}

/// Is it a code in braces, hexadecimal digits and hyphens? Its case is of no matter.
pub(crate) fn is_guid(text: &str) -> bool {
    validation::is_guid(&text.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_stay_and_words_are_kept_apart() {
        let code = guid(&["component", "a"]);
        assert!(is_guid(&code), "{code}");
        assert_eq!(code, guid(&["component", "a"]));
        assert_ne!(code, guid(&["componenta", ""]));
        assert_eq!(&code[15..16], "8");
    }
}
