//! The text of an .ini file, read to know what a line holds and whether anything would be left.
//!
//! Writing is `script`'s. Names of sections and keys compare without regard to case.
//! Follows: Microsoft, "IniFile Table", "RemoveIniFile Table".

use std::io::Read;

use machine::{MachinePath, View, same_name};

use crate::Error;

/// An .ini file's entries, by section in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct IniText {
    sections: Vec<(String, Vec<(String, String)>)>,
}

impl IniText {
    /// Reads a machine's file; a file that is not there is empty.
    ///
    /// Errors: the machine cannot be read.
    pub(crate) fn read(view: &dyn View, file: &MachinePath) -> Result<IniText, Error> {
        if !view.is_file(file)? {
            return Ok(IniText::default());
        }
        let mut bytes = Vec::new();
        // Windows' own limit for what it reads of such a file is far lower.
        let limit = 16 << 20;
        view.open(file)?
            .take(limit)
            .read_to_end(&mut bytes)
            .map_err(|source| machine::Error::Io {
                what: "read",
                path: file.to_string(),
                source,
            })?;
        Ok(IniText::parse(&decode(&bytes)))
    }

    fn parse(text: &str) -> IniText {
        let mut ini = IniText::default();
        let lines = text.lines().map(str::trim);
        for line in lines.filter(|line| !line.starts_with(';')) {
            if let Some(name) = line.strip_prefix('[') {
                let name = name.split(']').next().unwrap_or("").trim();
                ini.sections.push((name.to_owned(), Vec::new()));
            } else if let (Some((key, value)), Some((_, entries))) =
                (line.split_once('='), ini.sections.last_mut())
            {
                entries.push((key.trim().to_owned(), value.trim().to_owned()));
            }
        }
        ini
    }

    /// Returns the value of a key; none where it has no line.
    pub(crate) fn get(&self, section: &str, key: &str) -> Option<&str> {
        let mut sections = self
            .sections
            .iter()
            .filter(|(name, _)| same_name(name, section));
        sections.find_map(|(_, entries)| {
            entries
                .iter()
                .find(|(name, _)| same_name(name, key))
                .map(|(_, value)| value.as_str())
        })
    }

    /// Sets the value of a key.
    pub(crate) fn set(&mut self, section: &str, key: &str, value: &str) {
        self.remove(section, key);
        let entry = (key.to_owned(), value.to_owned());
        match self
            .sections
            .iter_mut()
            .find(|(name, _)| same_name(name, section))
        {
            Some((_, entries)) => entries.push(entry),
            None => self.sections.push((section.to_owned(), vec![entry])),
        }
    }

    /// Removes the line of a key, and its section when that was the last.
    pub(crate) fn remove(&mut self, section: &str, key: &str) {
        for (name, entries) in &mut self.sections {
            if same_name(name, section) {
                entries.retain(|(name, _)| !same_name(name, key));
            }
        }
        self.sections
            .retain(|(name, entries)| !entries.is_empty() || !same_name(name, section));
    }

    /// Is there no section left?
    pub(crate) fn is_empty(&self) -> bool {
        self.sections.is_empty()
    }
}

/// Adds a tag to a comma-separated value; none where it is there already.
pub(crate) fn with_tag(value: Option<&str>, tag: &str) -> Option<String> {
    match value.filter(|value| !value.is_empty()) {
        None => Some(tag.to_owned()),
        Some(value) if has_tag(value, tag) => None,
        Some(value) => Some(format!("{value},{tag}")),
    }
}

/// Takes a tag off a comma-separated value; none where it is not there.
pub(crate) fn without_tag(value: &str, tag: &str) -> Option<String> {
    has_tag(value, tag).then(|| {
        let left: Vec<&str> = value
            .split(',')
            .filter(|item| !same_name(item.trim(), tag))
            .collect();
        left.join(",")
    })
}

fn has_tag(value: &str, tag: &str) -> bool {
    value.split(',').any(|item| same_name(item.trim(), tag))
}

/// UTF-16 with a byte order mark, UTF-8, or else one byte a character.
fn decode(bytes: &[u8]) -> String {
    if let [0xff, 0xfe, rest @ ..] = bytes {
        let units: Vec<u16> = rest
            .chunks_exact(2)
            .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
            .collect();
        return String::from_utf16_lossy(&units);
    }
    let bytes = bytes.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(bytes);
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|&byte| char::from(byte)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "; note\r\n[Mail]\r\nMAPI = 1\r\nlist=a,b\r\n[Fonts]\r\n";

    #[test]
    fn keys_are_found_without_regard_to_case() {
        let ini = IniText::parse(TEXT);
        assert_eq!(ini.get("mail", "mapi"), Some("1"));
        assert_eq!(ini.get("Fonts", "x"), None);
        assert_eq!(IniText::parse("a=1"), IniText::default());
    }

    #[test]
    fn the_last_line_takes_its_section_with_it() {
        let mut ini = IniText::parse("[A]\nx=1\ny=2");
        ini.remove("a", "X");
        assert!(!ini.is_empty());
        ini.remove("A", "y");
        assert!(ini.is_empty());
        ini.set("B", "k", "v");
        assert_eq!(ini.get("b", "K"), Some("v"));
    }

    #[test]
    fn tags_are_added_once_and_taken_off_alone() {
        assert_eq!(with_tag(None, "a").unwrap(), "a");
        assert_eq!(with_tag(Some("a"), "b").unwrap(), "a,b");
        assert_eq!(with_tag(Some("a,B"), "b"), None);
        assert_eq!(without_tag("a,b,c", "b").unwrap(), "a,c");
        assert_eq!(without_tag("b", "b").unwrap(), "");
        assert_eq!(without_tag("a", "b"), None);
    }

    #[test]
    fn three_encodings_are_read() {
        let utf16: Vec<u8> = "\u{feff}[é]"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(
            (decode(&utf16), decode(b"\xef\xbb\xbfa"), decode(b"\xe9")),
            ("[é]".into(), "a".into(), "é".into())
        );
    }
}
