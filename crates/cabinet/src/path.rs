//! A member's name as a path: only where it stays below the folder that one extracts to.

/// Why a member's name is no path to extract to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnsafePath {
    /// Nothing is left of the name, or one of its parts is empty.
    #[error("it is empty, or a part of it is")]
    Empty,
    /// The name begins at a root: `/`, `\`, `\\server`.
    #[error("it is absolute")]
    Absolute,
    /// A part of the name is `..` or `.`, or would be once trailing dots and spaces are dropped.
    #[error("a part of it leads elsewhere (`.` or `..`)")]
    Relative,
    /// The name holds a colon: a drive, or a stream of another file.
    #[error("it names a drive or a stream")]
    Colon,
    /// The name holds a control character.
    #[error("it holds a control character")]
    Control,
}

/// Returns the parts of the relative path that a member's name stands for, to extract it to a disk.
///
/// Both kinds of slash part it, as on Windows. The parts can be joined below a folder on Windows and
/// elsewhere and stay below it, as long as no symbolic link is followed; whether a device name
/// (`NUL`) may be made is for who makes the file.
/// Errors: [`UnsafePath`] for whatever could lead elsewhere; nothing is repaired silently.
pub fn safe_path(name: &str) -> Result<Vec<&str>, UnsafePath> {
    if name.starts_with(['/', '\\']) {
        return Err(UnsafePath::Absolute);
    }
    name.split(['/', '\\']).map(safe_part).collect()
}

fn safe_part(part: &str) -> Result<&str, UnsafePath> {
    if part.is_empty() {
        Err(UnsafePath::Empty)
    } else if part.contains(':') {
        Err(UnsafePath::Colon)
    } else if part.chars().any(char::is_control) {
        Err(UnsafePath::Control)
    } else if part.trim_end_matches(['.', ' ']).is_empty() {
        Err(UnsafePath::Relative)
    } else {
        Ok(part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_stay_below_are_parted() {
        assert_eq!(safe_path("readme.txt"), Ok(vec!["readme.txt"]));
        assert_eq!(safe_path(r"a\b/c"), Ok(vec!["a", "b", "c"]));
        assert_eq!(safe_path("..a/b..c/.d"), Ok(vec!["..a", "b..c", ".d"]));
    }

    #[test]
    fn paths_that_lead_elsewhere_are_refused() {
        for (name, why) in [
            ("", UnsafePath::Empty),
            ("a//b", UnsafePath::Empty),
            ("a/", UnsafePath::Empty),
            ("/a", UnsafePath::Absolute),
            (r"\\server\share", UnsafePath::Absolute),
            ("..", UnsafePath::Relative),
            (r"a\..\b", UnsafePath::Relative),
            ("a/.. /b", UnsafePath::Relative),
            ("a/.../b", UnsafePath::Relative),
            ("./a", UnsafePath::Relative),
            (r"C:\a", UnsafePath::Colon),
            ("C:a", UnsafePath::Colon),
            ("a/b:stream", UnsafePath::Colon),
            ("a\0b", UnsafePath::Control),
            ("a\nb", UnsafePath::Control),
        ] {
            assert_eq!(safe_path(name), Err(why), "{name:?}");
        }
    }
}
