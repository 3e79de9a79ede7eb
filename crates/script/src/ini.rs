//! Changes one line of an .ini file and keeps the rest as it is: other lines, comments, line ends, encoding.
//!
//! Follows: Microsoft, "IniFile Table", "RemoveIniFile Table". Known limits: a file without a byte order
//! mark is taken for Windows-1252, and there a character that it lacks becomes `?`, as Windows' own functions do.

use std::io::{self, Read};

/// No .ini file may be longer, in bytes.
const BYTES_MAX: u64 = 64 << 20;

#[derive(Clone, Copy, PartialEq)]
enum Encoding {
    /// Bytes are kept; new text is Windows-1252.
    Ansi,
    Utf8,
    Utf16Le,
}

/// Reads a whole file.
///
/// Errors: the reader's; [`io::ErrorKind::FileTooLarge`].
pub(crate) fn read(reader: impl Read, bytes: &mut Vec<u8>) -> io::Result<()> {
    reader.take(BYTES_MAX + 1).read_to_end(bytes)?;
    if bytes.len() as u64 > BYTES_MAX {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(())
}

/// Returns the file with `key` of `section` set to `value`. An empty `old` is a new file.
pub(crate) fn write(old: &[u8], section: &str, key: &str, value: &str) -> Vec<u8> {
    let new_text = [section, key, value].concat();
    let mut file = File::read(old, &new_text);
    let entry = format!("{key}={value}");
    match file.find(section) {
        None => {
            file.end_last_line();
            file.push(format!("[{section}]"));
            file.push(entry);
        }
        Some(found) => match file.find_key(&found, key) {
            Some(at) => file.replace_value(at, value),
            None => {
                let at = file.end_of_values(&found);
                file.insert(at, entry);
            }
        },
    }
    file.bytes()
}

/// Returns the file without `key` of `section`, and without the section if that was its last line;
/// none where nothing is left of the file.
pub(crate) fn remove(old: &[u8], section: &str, key: &str) -> Option<Vec<u8>> {
    let mut file = File::read(old, "");
    let Some(found) = file.find(section) else {
        return Some(old.to_vec());
    };
    let Some(at) = file.find_key(&found, key) else {
        return Some(old.to_vec());
    };
    file.lines.remove(at);
    let lines = found.header + 1..found.end - 1;
    if file.lines[lines.clone()]
        .iter()
        .all(|line| line.text.trim().is_empty())
    {
        file.lines.drain(found.header..lines.end);
    }
    let empty = file.lines.iter().all(|line| line.text.trim().is_empty());
    (!empty).then(|| file.bytes())
}

struct File {
    encoding: Encoding,
    lines: Vec<Line>,
    line_end: &'static str,
}

struct Line {
    text: String,
    end: String,
}

/// A section: its header's line, and the line after its last.
struct Section {
    header: usize,
    end: usize,
}

impl File {
    /// `new_text` decides the encoding of a new file: Windows-1252 where it can be, else UTF-16.
    fn read(bytes: &[u8], new_text: &str) -> File {
        let (encoding, text) = match bytes {
            [0xFF, 0xFE, rest @ ..] => (Encoding::Utf16Le, utf16(rest)),
            [0xEF, 0xBB, 0xBF, rest @ ..] => {
                (Encoding::Utf8, String::from_utf8_lossy(rest).into_owned())
            }
            [] if !new_text.chars().all(|c| ansi_byte(c).is_some()) => {
                (Encoding::Utf16Le, String::new())
            }
            // One character for each byte, so that what is not changed stays.
            bytes => (
                Encoding::Ansi,
                bytes.iter().map(|byte| ansi_char(*byte)).collect(),
            ),
        };
        let lines: Vec<Line> = text.split_inclusive('\n').map(Line::split).collect();
        let unix = lines.first().is_some_and(|line| line.end == "\n");
        File {
            encoding,
            lines,
            line_end: if unix { "\n" } else { "\r\n" },
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let text = self
            .lines
            .iter()
            .flat_map(|line| [line.text.as_str(), line.end.as_str()]);
        match self.encoding {
            Encoding::Ansi => text
                .flat_map(str::chars)
                .map(|c| ansi_byte(c).unwrap_or(b'?'))
                .collect(),
            Encoding::Utf8 => [0xEF, 0xBB, 0xBF]
                .into_iter()
                .chain(text.flat_map(str::bytes))
                .collect(),
            Encoding::Utf16Le => [0xFEFF]
                .into_iter()
                .chain(text.flat_map(str::encode_utf16))
                .flat_map(u16::to_le_bytes)
                .collect(),
        }
    }

    fn find(&self, section: &str) -> Option<Section> {
        let header = self.lines.iter().position(|line| {
            line.section()
                .is_some_and(|name| same_name(name, section.trim()))
        })?;
        let after = &self.lines[header + 1..];
        let length = after
            .iter()
            .position(|line| line.section().is_some())
            .unwrap_or(after.len());
        Some(Section {
            header,
            end: header + 1 + length,
        })
    }

    fn find_key(&self, section: &Section, key: &str) -> Option<usize> {
        (section.header + 1..section.end).find(|at| {
            self.lines[*at]
                .key()
                .is_some_and(|name| same_name(name, key.trim()))
        })
    }

    /// The line after the section's last that is not blank.
    fn end_of_values(&self, section: &Section) -> usize {
        let lines = section.header..section.end;
        let last = lines
            .rev()
            .find(|at| !self.lines[*at].text.trim().is_empty());
        last.unwrap_or(section.header) + 1
    }

    fn replace_value(&mut self, at: usize, value: &str) {
        let line = &mut self.lines[at];
        let kept = line
            .text
            .find('=')
            .map_or(line.text.len(), |equals| equals + 1);
        line.text.replace_range(kept.., value);
    }

    fn end_last_line(&mut self) {
        if let Some(last) = self.lines.last_mut().filter(|line| line.end.is_empty()) {
            last.end = self.line_end.to_owned();
        }
    }

    fn push(&mut self, text: String) {
        self.insert(self.lines.len(), text);
    }

    fn insert(&mut self, at: usize, text: String) {
        if at == self.lines.len() {
            self.end_last_line();
        }
        self.lines.insert(
            at,
            Line {
                text,
                end: self.line_end.to_owned(),
            },
        );
    }
}

impl Line {
    fn split(line: &str) -> Line {
        let text = line.trim_end_matches(['\r', '\n']);
        Line {
            text: text.to_owned(),
            end: line[text.len()..].to_owned(),
        }
    }

    fn section(&self) -> Option<&str> {
        let inner = self.text.trim().strip_prefix('[')?;
        Some(inner.split(']').next().unwrap_or(inner).trim())
    }

    fn key(&self) -> Option<&str> {
        let (key, _) = self.text.split_once('=')?;
        let key = key.trim();
        (!key.starts_with(';')).then_some(key)
    }
}

fn same_name(a: &str, b: &str) -> bool {
    a.chars()
        .flat_map(char::to_uppercase)
        .eq(b.chars().flat_map(char::to_uppercase))
}

fn utf16(bytes: &[u8]) -> String {
    let units = bytes
        .chunks_exact(2)
        .map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
    char::decode_utf16(units)
        .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect()
}

/// Windows-1252 from 0x80 to 0x9F; its five unused bytes are the control characters of the same number.
const ANSI_HIGH: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

fn ansi_char(byte: u8) -> char {
    match byte {
        0x80..=0x9F => ANSI_HIGH[usize::from(byte - 0x80)],
        byte => char::from(byte),
    }
}

fn ansi_byte(c: char) -> Option<u8> {
    match ANSI_HIGH.iter().position(|high| *high == c) {
        Some(at) => u8::try_from(at).ok().map(|at| at + 0x80),
        None => u8::try_from(u32::from(c)).ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(old: &str, section: &str, key: &str, value: &str) -> String {
        String::from_utf8(write(old.as_bytes(), section, key, value)).unwrap()
    }

    fn removed(old: &str, section: &str, key: &str) -> Option<String> {
        remove(old.as_bytes(), section, key).map(|bytes| String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn a_new_file_gets_section_and_line() {
        assert_eq!(written("", "A", "k", "v"), "[A]\r\nk=v\r\n");
    }

    #[test]
    fn a_line_is_replaced_without_regard_to_case_and_others_stay() {
        let old = "; note\n[a]\n K = 1 \nl=2\n\n[b]\nk=3";
        assert_eq!(
            written(old, "A", "k", "9"),
            "; note\n[a]\n K =9\nl=2\n\n[b]\nk=3"
        );
    }

    #[test]
    fn a_new_line_goes_to_the_end_of_its_section() {
        assert_eq!(
            written("[a]\r\nx=1\r\n\r\n[b]\r\n", "a", "y", "2"),
            "[a]\r\nx=1\r\ny=2\r\n\r\n[b]\r\n"
        );
        assert_eq!(written("[a]", "a", "y", "2"), "[a]\r\ny=2\r\n");
        assert_eq!(written("x=1", "a", "y", "2"), "x=1\r\n[a]\r\ny=2\r\n");
    }

    #[test]
    fn the_last_line_takes_its_section_and_the_last_section_the_file() {
        assert_eq!(
            removed("[a]\r\nx=1\r\ny=2\r\n", "A", "X").unwrap(),
            "[a]\r\ny=2\r\n"
        );
        assert_eq!(
            removed("[a]\r\nx=1\r\n\r\n[b]\r\nx=1\r\n", "a", "x").unwrap(),
            "[b]\r\nx=1\r\n"
        );
        assert_eq!(removed("[a]\r\nx=1\r\n", "a", "x"), None);
        assert_eq!(
            removed("[a]\r\n;x\r\nx=1\r\n", "a", "x").unwrap(),
            "[a]\r\n;x\r\n"
        );
    }

    #[test]
    fn what_is_not_there_is_not_removed() {
        for (section, key) in [("b", "x"), ("a", "z")] {
            assert_eq!(removed("[a]\nx=1", section, key).unwrap(), "[a]\nx=1");
        }
    }

    #[test]
    fn the_encoding_of_a_file_is_kept() {
        let bytes = b"[a]\r\nx=\x80\xe9\x81\r\n".to_vec();
        let wrote = write(&bytes, "a", "y", "ü€Ж");
        assert_eq!(wrote, [&bytes[..], b"y=\xfc\x80?\r\n"].concat());
        let utf16: Vec<u8> = "\u{feff}[a]\r\n"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let wrote = write(&utf16, "a", "y", "Ж");
        let expected: Vec<u8> = "\u{feff}[a]\r\ny=Ж\r\n"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(wrote, expected);
    }

    #[test]
    fn a_new_file_that_windows_1252_cannot_hold_is_utf_16() {
        assert_eq!(write(&[], "a", "k", "Ж")[..4], [0xFF, 0xFE, b'[', 0]);
    }

    proptest::proptest! {
        #[test]
        fn writing_then_removing_a_new_key_leaves_ended_lines_as_they_were(
            lines in proptest::collection::vec("[a-z=;\\[\\] ]{0,8}", 0..8)
        ) {
            let old: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
            let new = write(old.as_bytes(), "Section1", "Key1", "v");
            let back = remove(&new, "Section1", "Key1").unwrap_or_default();
            let back = String::from_utf8(back).unwrap();
            proptest::prop_assert!(back == old || back.trim().is_empty() && old.trim().is_empty());
        }
    }
}
