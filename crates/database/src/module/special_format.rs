//! Texts in which `;` and `=` have a meaning unless a backslash stands before them.
//!
//! Follows: Microsoft, "CMSM Special Format".

/// A piece of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// Text as it is.
    Text(String),
    /// `[=Item]` or `[=Item;2]`: an item and which part of it, from 1.
    Item(String, usize),
}

/// Parts a text at its semicolons and takes the backslashes out.
pub(super) fn parts(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        let last = parts.len() - 1;
        match character {
            ';' => parts.push(String::new()),
            '\\' => parts[last].extend(characters.next()),
            other => parts[last].push(other),
        }
    }
    parts
}

/// Reads a template. A `[=` that no `]` ends, or whose part is no number, is wrong: none.
pub(super) fn template(text: &str) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        if let Some(item) = rest.strip_prefix("[=") {
            let (item, after) = item.split_once(']')?;
            if !plain.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut plain)));
            }
            let (name, part) = match item.split_once(';') {
                Some((name, part)) => (name, part.trim().parse().ok().filter(|&part| part > 0)?),
                None => (item, 1),
            };
            pieces.push(Piece::Item(name.to_string(), part));
            rest = after;
            continue;
        }
        rest = &rest[character.len_utf8()..];
        if character != '\\' {
            plain.push(character);
        } else if let Some(escaped) = rest.chars().next() {
            plain.push(escaped);
            rest = &rest[escaped.len_utf8()..];
        }
    }
    if !plain.is_empty() {
        pieces.push(Piece::Text(plain));
    }
    Some(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_parted_at_semicolons() {
        assert_eq!(parts(r"a;b\;c;\\d"), ["a", "b;c", r"\d"]);
        assert_eq!(parts(";b;"), ["", "b", ""]);
        assert_eq!(parts(""), [""]);
        assert_eq!(parts(r"end\"), ["end"]);
    }

    #[test]
    fn templates() {
        let text = |text: &str| Piece::Text(text.to_string());
        let item = |name: &str, part| Piece::Item(name.to_string(), part);
        assert_eq!(
            template(r"[=Food1] is good\; [=Food2;2]!"),
            Some(vec![
                item("Food1", 1),
                text(" is good; "),
                item("Food2", 2),
                text("!")
            ])
        );
        assert_eq!(template(r"\[=A]"), Some(vec![text("[=A]")]));
        assert_eq!(template(""), Some(Vec::new()));
        assert_eq!(template("[=A"), None);
        assert_eq!(template("[=A;0]"), None);
    }
}
