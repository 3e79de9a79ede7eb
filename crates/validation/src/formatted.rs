//! What formatted text and conditions refer to.

use std::cell::RefCell;

use sequence::condition::{Symbol, evaluate};

/// What stands between brackets, innermost first where they nest.
///
/// Follows: Microsoft, "Formatted". Escapes (`[\x]`) and the null (`[~]`) are left out.
pub(crate) fn references(text: &str) -> Vec<&str> {
    let mut open = Vec::new();
    let mut found = Vec::new();
    for (at, character) in text.char_indices() {
        match character {
            '[' => open.push(at + 1),
            ']' => {
                if let Some(begin) = open.pop() {
                    let inside = &text[begin..at];
                    if !inside.starts_with('\\') && inside != "~" {
                        found.push(inside);
                    }
                }
            }
            _ => {}
        }
    }
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
