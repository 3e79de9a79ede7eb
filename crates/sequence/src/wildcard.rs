//! File names with `*` and `?`. Follows: Microsoft, "WildCardFilename".

use machine::fold;

/// Does a name match a pattern, in which `*` is any text and `?` any one character? Case does not count.
/// As everywhere in Windows, `*.*` is every name, also one without a dot.
pub(crate) fn matches(pattern: &str, name: &str) -> bool {
    let pattern = if pattern == "*.*" { "*" } else { pattern };
    let (pattern, name): (Vec<char>, Vec<char>) = (
        fold(pattern).chars().collect(),
        fold(name).chars().collect(),
    );
    let (mut p, mut n, mut star) = (0, 0, None);
    while n < name.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, n));
                p += 1;
            }
            Some(&c) if c == '?' || c == name[n] => (p, n) = (p + 1, n + 1),
            _ => {
                // Give the last star one character more.
                let Some((at, taken)) = star else {
                    return false;
                };
                star = Some((at, taken + 1));
                (p, n) = (at + 1, taken + 1);
            }
        }
    }
    pattern[p..].iter().all(|&c| c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_question_marks() {
        let yes = [
            ("*", ""),
            ("*.*", "a"),
            ("*.TXT", "a.txt"),
            ("a*c*e", "abcde"),
            ("?b", "ab"),
            ("a**", "a"),
            ("a", "A"),
        ];
        let no = [
            ("*.txt", "a.tx"),
            ("?", ""),
            ("a?", "a"),
            ("a*c", "ab"),
            ("", "a"),
        ];
        assert!(yes.iter().all(|(pattern, name)| matches(pattern, name)));
        assert!(!no.iter().any(|(pattern, name)| matches(pattern, name)));
    }
}
