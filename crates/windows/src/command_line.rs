//! Windows' command lines: one text, which each program splits as it likes.
//!
//! `run` hands a program the text that was typed for it, to the letter; msiexec wants the value of a property quoted, not the
//! word. Follows: Microsoft, "Parsing C Command-Line Arguments", "Command-Line Options".

/// Where the words of a command line begin and end, by the rules of the C run-time; quotes are in them.
fn words(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut begin = None;
    let (mut quoted, mut backslashes) = (false, 0);
    for (at, letter) in text.char_indices() {
        // The program's own name knows no escapes.
        let escaped = backslashes % 2 == 1 && !found.is_empty();
        match letter {
            ' ' | '\t' if !quoted => found.extend(begin.take().map(|begin| (begin, at))),
            '"' if !escaped => {
                quoted = !quoted;
                begin.get_or_insert(at);
            }
            _ => {
                begin.get_or_insert(at);
            }
        }
        backslashes = if letter == '\\' { backslashes + 1 } else { 0 };
    }
    found.extend(begin.map(|begin| (begin, text.len())));
    found
}

/// Returns what follows the first word `--` of a command line, to the letter; none where there is no such word.
pub fn after_double_dash(command_line: &str) -> Option<&str> {
    let words = words(command_line);
    let mut rest = words.iter().skip(1);
    let (_, end) = rest.find(|(begin, end)| &command_line[*begin..*end] == "--")?;
    Some(command_line[*end..].trim_start_matches([' ', '\t']))
}

/// Splits a command line into its program, without quotes, and the rest to the letter.
pub fn split_program(command_line: &str) -> (String, &str) {
    let end = words(command_line).first().map_or(0, |(_, end)| *end);
    let (program, rest) = command_line.split_at(end);
    let rest = rest.trim_start_matches([' ', '\t']);
    (program.trim_start().replace('"', ""), rest)
}

/// Quotes a word where it needs that, as the C run-time reads it.
pub fn quoted(word: &str) -> String {
    if !word.is_empty() && !word.contains([' ', '\t', '"']) {
        return word.to_owned();
    }
    let mut out = String::from("\"");
    let mut backslashes = 0;
    for letter in word.chars() {
        if letter == '"' {
            out.push_str(&"\\".repeat(backslashes + 1));
        }
        backslashes = if letter == '\\' { backslashes + 1 } else { 0 };
        out.push(letter);
    }
    out.push_str(&"\\".repeat(backslashes));
    out.push('"');
    out
}

/// Returns `NAME="value"` as msiexec reads it: a quotation mark in the value is doubled.
pub fn msiexec_property(name: &str, value: &str) -> String {
    format!("{name}=\"{}\"", value.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_the_dashes_is_kept_to_the_letter() {
        for (line, rest) in [
            (
                r#"msikit run -- msiexec /i "a b.msi" DIR="C:\x y\" /qn"#,
                Some(r#"msiexec /i "a b.msi" DIR="C:\x y\" /qn"#),
            ),
            (
                r#""C:\Program Files\msikit.exe" run --wait=5m --   cmd /c "exit 3""#,
                Some(r#"cmd /c "exit 3""#),
            ),
            (r#"msikit run "--" x"#, None),
            (r#""a -- b" run -- c -- d"#, Some("c -- d")),
            (r#""C:\dir\" run -- c"#, Some("c")),
            (r#"msikit run "a \" -- b" -- c"#, Some("c")),
            ("msikit run --", Some("")),
            ("msikit status", None),
            ("", None),
        ] {
            assert_eq!(after_double_dash(line), rest, "{line}");
        }
    }

    #[test]
    fn a_program_is_told_from_its_words() {
        for (line, program, rest) in [
            (r#""C:\a b\c.exe"  x "y z""#, r"C:\a b\c.exe", r#"x "y z""#),
            ("msiexec", "msiexec", ""),
            (r#"C:\a" "b.exe x"#, r"C:\a b.exe", "x"),
            ("", "", ""),
        ] {
            assert_eq!(split_program(line), (program.to_owned(), rest), "{line}");
        }
    }

    #[test]
    fn words_are_quoted_as_programs_read_them() {
        for (word, text) in [
            ("a", "a"),
            ("", "\"\""),
            ("a b", "\"a b\""),
            (r"C:\a b\", r#""C:\a b\\""#),
            (r#"a"b"#, r#""a\"b""#),
            (r#"a\"b"#, r#""a\\\"b""#),
        ] {
            assert_eq!(quoted(word), text);
        }
        assert_eq!(
            msiexec_property("DIR", r#"C:\a "b""#),
            r#"DIR="C:\a ""b""""#
        );
    }
}
