//! What formatted text and conditions refer to.

use std::cell::RefCell;

use sequence::condition::{Symbol, evaluate};

/// What stands between brackets, innermost first where they nest.
///
/// Follows: Microsoft, "Formatted". Escapes (`[\x]`) and the null (`[~]`) are left out.
pub(crate) fn references(text: &str) -> Vec<&str> {
    let mut open = Vec::new();
    let mut found = Vec::new();
    let mut characters = text.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '[' if text[at + 1..].starts_with('\\') => {
                // The backslash, the character, and the bracket that closes.
                characters.nth(2);
            }
            '[' => open.push(at + 1),
            ']' => found.extend(open.pop().map(|begin| &text[begin..at])),
            _ => {}
        }
    }
    found.retain(|inside| *inside != "~");
    found
}

/// Has every opening bracket its partner?
pub(crate) fn is_closed(text: &str) -> bool {
    let mut depth = 0_u32;
    let mut escaped = text.chars();
    while let Some(character) = escaped.next() {
        match character {
            '[' => {
                depth += 1;
                if escaped.as_str().starts_with('\\') {
                    escaped.next();
                    escaped.next();
                }
            }
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    depth == 0
}

/// What a condition refers to.
///
/// Errors: the character, from 1, at which it does not parse.
pub(crate) fn symbols(condition: &str) -> Result<Vec<(Symbol, String)>, usize> {
    let found = RefCell::new(Vec::new());
    let ask = |symbol: Symbol, name: &str| {
        found.borrow_mut().push((symbol, name.to_owned()));
        String::new()
    };
    evaluate(condition, &ask)?;
    Ok(found.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_found() {
        for (text, expected) in [
            ("no", vec![]),
            ("[A]b[#C]", vec!["A", "#C"]),
            ("[A[B]]", vec!["B", "A[B]"]),
            ("[\\[]x[~]", vec![]),
            ("[open", vec![]),
        ] {
            assert_eq!(references(text), expected, "{text}");
        }
    }

    #[test]
    fn open_brackets_are_told() {
        for (text, closed) in [("[A]", true), ("[A", false), ("[\\[]", true), ("a]", true)] {
            assert_eq!(is_closed(text), closed, "{text}");
        }
    }

    #[test]
    fn symbols_of_a_condition() {
        let symbols = symbols("NOT Installed AND &Feature = 3 OR $Comp > 2").unwrap();
        let names: Vec<&str> = symbols.iter().map(|(_, name)| &**name).collect();
        assert_eq!(names, ["Installed", "Feature", "Comp"]);
    }
}
