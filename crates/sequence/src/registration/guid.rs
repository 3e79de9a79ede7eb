//! GUIDs as the registration writes them: packed to 32 hexadecimal digits, or squashed to 20 characters.
//!
//! Neither form is on Microsoft's pages; both are public knowledge and were checked against registries.

/// The 85 characters of the squashed form, in the order of their value. No quote, no backslash, no letter twice.
const DIGITS: &[u8; 85] =
    b"!$%&'()*+,-.0123456789=?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{}~";

/// Where each of the 32 packed digits stands among the digits of the GUID without braces and dashes:
/// three numbers turned around digit by digit, then eight bytes whose two digits change places.
const ORDER: [usize; 32] = [
    7, 6, 5, 4, 3, 2, 1, 0, 11, 10, 9, 8, 15, 14, 13, 12, 17, 16, 19, 18, 21, 20, 23, 22, 25, 24,
    27, 26, 29, 28, 31, 30,
];

/// Returns the upper-case GUID in `{XXXXXXXX-XXXX-XXXX-XXXX-XXXXXXXXXXXX}` form; none where `text` is no GUID.
pub fn normal(text: &str) -> Option<String> {
    let digits = digits(text)?;
    Some(braced(&digits))
}

/// Returns a GUID's 32 packed digits, upper case; none where `text` is no GUID in braces.
pub fn pack(text: &str) -> Option<String> {
    let digits = digits(text)?;
    Some(ORDER.iter().map(|&at| digits[at] as char).collect())
}

/// Returns the GUID in braces of 32 packed digits; none where they are not that.
pub fn unpack(packed: &str) -> Option<String> {
    let bytes = packed.as_bytes();
    if bytes.len() != 32 || !bytes.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    // The order is its own inverse.
    let digits: Vec<u8> = ORDER
        .iter()
        .map(|&at| bytes[at].to_ascii_uppercase())
        .collect();
    Some(braced(&digits))
}

/// Returns a GUID's 20 squashed characters; none where `text` is no GUID in braces.
pub fn squash(text: &str) -> Option<String> {
    let digits = digits(text)?;
    let mut squashed = String::with_capacity(20);
    for mut number in words(&digits)? {
        for _ in 0..5 {
            squashed.push(DIGITS[(number % 85) as usize] as char);
            number /= 85;
        }
    }
    Some(squashed)
}

/// Returns the GUID in braces of 20 squashed characters; none where they are not that.
pub fn unsquash(squashed: &str) -> Option<String> {
    let bytes = squashed.as_bytes();
    if bytes.len() != 20 {
        return None;
    }
    let mut numbers = [0u32; 4];
    for (number, group) in numbers.iter_mut().zip(bytes.chunks_exact(5)) {
        for &byte in group.iter().rev() {
            let digit = DIGITS.iter().position(|&digit| digit == byte)?;
            *number = number
                .checked_mul(85)?
                .checked_add(u32::try_from(digit).ok()?)?;
        }
    }
    Some(from_words(numbers))
}

/// The 32 digits of a GUID in braces, upper case.
fn digits(text: &str) -> Option<Vec<u8>> {
    let bytes = text.as_bytes();
    if bytes.len() != 38 || bytes[0] != b'{' || bytes[37] != b'}' {
        return None;
    }
    let mut digits = Vec::with_capacity(32);
    for (at, byte) in bytes[1..37].iter().enumerate() {
        match (at, byte) {
            (8 | 13 | 18 | 23, b'-') => {}
            (8 | 13 | 18 | 23, _) => return None,
            (_, byte) if byte.is_ascii_hexdigit() => digits.push(byte.to_ascii_uppercase()),
            _ => return None,
        }
    }
    Some(digits)
}

fn braced(digits: &[u8]) -> String {
    let part = |range: std::ops::Range<usize>| String::from_utf8_lossy(&digits[range]).into_owned();
    format!(
        "{{{}-{}-{}-{}-{}}}",
        part(0..8),
        part(8..12),
        part(12..16),
        part(16..20),
        part(20..32)
    )
}

/// The GUID as four little-endian numbers, the way it lies in memory.
fn words(digits: &[u8]) -> Option<[u32; 4]> {
    let hex = |range: std::ops::Range<usize>| {
        u32::from_str_radix(std::str::from_utf8(&digits[range]).ok()?, 16).ok()
    };
    let (second, third) = (hex(8..12)?, hex(12..16)?);
    Some([
        hex(0..8)?,
        second | third << 16,
        hex(16..24)?.swap_bytes(),
        hex(24..32)?.swap_bytes(),
    ])
}

fn from_words(words: [u32; 4]) -> String {
    let [first, middle, third, fourth] = words;
    let digits = format!(
        "{first:08X}{:04X}{:04X}{:08X}{:08X}",
        middle & 0xffff,
        middle >> 16,
        third.swap_bytes(),
        fourth.swap_bytes()
    );
    braced(digits.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_form_turns_digits_around() {
        let pairs = [
            (
                "{E4703DAF-63CA-4A57-B9E3-D7887318B036}",
                "FAD3074EAC3675A49B3E7D8837810B63",
            ),
            (
                "{55717628-7AE6-4BCF-A046-FA2768945E76}",
                "826717556EA7FCB40A64AF728649E567",
            ),
            (
                "{6BA452A6-7DBE-4456-A933-A2528F25AB0C}",
                "6A254AB6EBD765449A332A25F852BAC0",
            ),
        ];
        for (guid, packed) in pairs {
            assert_eq!(pack(guid).unwrap(), packed);
            assert_eq!(unpack(packed).unwrap(), guid);
        }
    }

    #[test]
    fn squashed_form_is_as_registries_have_it() {
        // A real registry's feature value, and the packed component that its product registered.
        let pairs = [
            ("91Swkev*C?S@5Rqys,ux", ""),
            ("}OzPl69)a8c%,V`k6ZFH", "AAA86F1DD02D740428F80DCA44F3FA46"),
        ];
        for (squashed, packed) in pairs {
            let guid = unsquash(squashed).unwrap();
            assert_eq!(squash(&guid).unwrap(), squashed);
            if !packed.is_empty() {
                assert_eq!(pack(&guid).unwrap(), packed);
            }
        }
    }

    #[test]
    fn what_is_no_guid_gives_none() {
        for text in [
            "",
            "{}",
            "55717628-7AE6-4BCF-A046-FA2768945E76",
            "{55717628-7AE6-4BCF-A046-FA2768945E7G}",
            "{55717628+7AE6-4BCF-A046-FA2768945E76}",
        ] {
            assert!(
                normal(text).is_none() && pack(text).is_none() && squash(text).is_none(),
                "{text}"
            );
        }
        assert!(
            unpack("12").is_none()
                && unsquash("short").is_none()
                && unsquash("~~~~~~~~~~~~~~~~~~~~").is_none()
        );
        assert_eq!(
            normal("{e4703daf-63ca-4a57-b9e3-d7887318b036}").unwrap(),
            "{E4703DAF-63CA-4A57-B9E3-D7887318B036}"
        );
    }
}
