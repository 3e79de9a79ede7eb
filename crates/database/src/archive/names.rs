//! Names of streams and keys as names of files: what a file's name cannot hold stands as `%` and two digits.

/// Returns the name of the file for a stream, storage, table or key.
pub(super) fn file(name: &str) -> String {
    let mut file = String::with_capacity(name.len());
    for character in name.chars() {
        match u8::try_from(character) {
            Ok(byte) if is_unsafe(byte) => file.push_str(&format!("%{byte:02X}")),
            _ => file.push(character),
        }
    }
    match file.as_str() {
        "." => "%2E".to_string(),
        ".." => "%2E%2E".to_string(),
        _ => file,
    }
}

fn is_unsafe(byte: u8) -> bool {
    byte < b' ' || b"%/\\:*?\"<>|\x7f".contains(&byte)
}

/// Returns the name that [`file`] made this one of. A `%` that it cannot have written stands for itself.
pub(super) fn original(file: &str) -> String {
    let mut name = String::with_capacity(file.len());
    let mut rest = file;
    while let Some(at) = rest.find('%') {
        name.push_str(&rest[..at]);
        let digits = rest.get(at + 1..at + 3);
        let byte = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match byte.filter(|&byte| is_unsafe(byte) || byte == b'.') {
            Some(byte) => {
                name.push(char::from(byte));
                rest = &rest[at + 3..];
            }
            None => {
                name.push('%');
                rest = &rest[at + 1..];
            }
        }
    }
    name.push_str(rest);
    name
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_of_files() {
        assert_eq!(file("\u{5}Sig/a"), "%05Sig%2Fa");
        assert_eq!(original("100%"), "100%");
        assert_eq!(original("%41%2f"), "%41/");
        assert_eq!(file(".."), "%2E%2E");
    }

    proptest! {
        #[test]
        fn names_come_back(name in "[\u{1}-~äЖ%.]{1,20}") {
            let file = file(&name);
            prop_assert!(!file.contains(['/', '\\']) && file != ".." && file != ".");
            prop_assert_eq!(original(&file), name);
        }
    }
}
