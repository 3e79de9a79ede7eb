//! Formatted text: brackets and braces.
//!
//! Follows: Microsoft, "Formatted", "Session.FormatRecord", "Error Table". Where the pages are silent:
//! braces part the text first and do not nest; `{{…}}` is for the log only and is dropped here; a bracket
//! without its partner leaves the rest of its stretch as it is; `{}` is nothing.

/// What becomes of one pair of brackets.
pub(crate) enum Field {
    /// It is replaced by this.
    Text(String),
    /// It is not for this pass: the brackets stay, and the braces around them.
    Keep,
}

/// Resolves all brackets of `text` through `field`, which is given what stands between them.
pub(crate) fn resolve(text: &str, field: &dyn Fn(&str) -> Field) -> String {
    let mut resolved = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = find_brace(rest, '{') {
        resolved.push_str(&brackets(&rest[..at], field).text);
        rest = &rest[at..];
        if let Some(comment) = rest.strip_prefix("{{") {
            match comment.find("}}") {
                Some(end) => rest = &comment[end + 2..],
                // Braces mean nothing from here on.
                None => break,
            }
        } else {
            match find_brace(rest, '}') {
                Some(end) => {
                    resolved.push_str(&braces(&rest[1..end], field));
                    rest = &rest[end + 1..];
                }
                None => break,
            }
        }
    }
    resolved.push_str(&brackets(rest, field).text);
    resolved
}

/// Finds a brace that is not escaped as `[\{]`.
fn find_brace(text: &str, brace: char) -> Option<usize> {
    text.match_indices(brace)
        .map(|(at, _)| at)
        .find(|&at| !text[..at].ends_with("[\\"))
}

/// Resolves a record without a session: its fields by number, counted from 1; field 0 is the template itself.
/// What is no number in brackets stays. Without a template the text is each field with its number.
pub fn format_record(template: Option<&str>, fields: &[Option<String>]) -> String {
    let text = |field: &Option<String>| field.clone().unwrap_or_default();
    let Some(template) = template else {
        let numbered =
            |(n, field): (usize, &Option<String>)| format!("{}: {} ", n + 1, text(field));
        return fields.iter().enumerate().map(numbered).collect();
    };
    resolve(template, &|name| {
        let is_number = name.bytes().all(|b| b.is_ascii_digit());
        match name.parse::<usize>().ok().filter(|_| is_number) {
            Some(0) => Field::Text(template.to_owned()),
            Some(number) => Field::Text(fields.get(number - 1).map(text).unwrap_or_default()),
            None => Field::Keep,
        }
    })
}

/// The text between single braces: without its braces where every field has a value, nothing where one has
/// none, and as it stands where there is no field.
fn braces(inside: &str, field: &dyn Fn(&str) -> Field) -> String {
    let stretch = brackets(inside, field);
    if inside.is_empty() || (stretch.empty > 0 && stretch.kept == 0) {
        String::new()
    } else if stretch.kept > 0 || stretch.fields == 0 {
        format!("{{{}}}", stretch.text)
    } else {
        stretch.text
    }
}

/// Brackets inside each other; what is deeper is left as it is.
const DEPTH_MAX: usize = 50;

/// A stretch of text with its brackets resolved, and how many outer pairs it had.
#[derive(Default)]
struct Stretch {
    text: String,
    fields: usize,
    empty: usize,
    kept: usize,
}

fn brackets(text: &str, field: &dyn Fn(&str) -> Field) -> Stretch {
    let mut stretch = Stretch::default();
    // Open brackets: where each stands in `text`, and what has been resolved inside it so far.
    let mut open: Vec<(usize, String)> = Vec::new();
    let mut characters = text.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '[' if open.len() == DEPTH_MAX => break,
            // `[\x…]`: the character behind the backslash may itself be a bracket.
            '[' if text[at + 1..].starts_with('\\') => open.push((at, escape(&mut characters))),
            '[' => open.push((at, String::new())),
            ']' if !open.is_empty() => {
                let inside = open.pop().map(|(_, inside)| inside).unwrap_or_default();
                let resolved = field(&inside);
                if open.is_empty() {
                    stretch.count(&resolved);
                }
                let resolved = match resolved {
                    Field::Text(text) => text,
                    Field::Keep => format!("[{inside}]"),
                };
                open.last_mut()
                    .map_or(&mut stretch.text, |(_, inside)| inside)
                    .push_str(&resolved);
            }
            c => open
                .last_mut()
                .map_or(&mut stretch.text, |(_, inside)| inside)
                .push(c),
        }
    }
    if let Some((start, _)) = open.first() {
        stretch.text.push_str(&text[*start..]);
    }
    stretch
}

/// Takes the backslash, the character behind it and all up to the next closing bracket.
fn escape(characters: &mut std::str::CharIndices<'_>) -> String {
    let mut inside: String = characters.by_ref().take(2).map(|(_, c)| c).collect();
    while let Some((_, c)) = characters.clone().next().filter(|(_, c)| *c != ']') {
        inside.push(c);
        characters.next();
    }
    inside
}

impl Stretch {
    fn count(&mut self, resolved: &Field) {
        self.fields += 1;
        match resolved {
            Field::Text(text) if text.is_empty() => self.empty += 1,
            Field::Text(_) => {}
            Field::Keep => self.kept += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn properties(name: &str) -> Field {
        Field::Text(match name {
            "A" => "1".to_owned(),
            "PA" => "A".to_owned(),
            "B" => "{x}[A]".to_owned(),
            _ => name
                .strip_prefix('\\')
                .and_then(|rest| rest.chars().next())
                .map(String::from)
                .unwrap_or_default(),
        })
    }

    #[test]
    fn brackets_and_braces() {
        let cases = [
            ("[A][Nope][[PA]]", "11"),
            ("[B]", "{x}[A]"),
            ("{x[A]y}{x[Nope]y}{plain}", "x1y{plain}"),
            ("{{log [A]}}seen", "seen"),
            ("[\\[]A[\\]] [\\{]", "[A] {"),
            ("[A] [unmatched [A]", "1 [unmatched [A]"),
            ("A] } {", "A] } {"),
            ("{{open [A]} {[A]}", "{{open 1} {1}"),
        ];
        for (text, expected) in cases {
            assert_eq!(resolve(text, &properties), expected, "{text}");
        }
    }

    #[test]
    fn records_resolve_numbers_only() {
        let fields = [Some("red".to_owned()), None];
        assert_eq!(
            format_record(Some("[1][2][A]{ [2]}{[1] [A]}"), &fields),
            "red[A]{red [A]}"
        );
        assert_eq!(format_record(None, &fields), "1: red 2:  ");
        let long = "[".repeat(50_000) + &"]".repeat(50_000);
        assert_eq!(format_record(Some(&long), &fields), long);
    }

    proptest! {
        #[test]
        fn never_panics(text in "([\\[\\]{}\\\\A1~é]|.)*") {
            let _ = resolve(&text, &properties);
            let _ = format_record(Some(&text), &[Some(text.clone())]);
        }
    }
}
