//! One key's lines in a hive: raw as read, parsed when asked for, kept where nothing changed.

use std::ops::Range;

use super::{folded, text};
use crate::Data;

/// Where in the file something is wrong, and what.
pub(super) type Wrong = (usize, &'static str);

/// A key's section.
#[derive(Debug)]
pub(super) struct Section {
    /// The section as read, with the empty line before it; none for a new one.
    raw: Option<Range<usize>>,
    /// Where in the file the line with the key's name is.
    header: Range<usize>,
    /// The lines, once one was changed.
    lines: Option<Vec<Line>>,
}

/// One line of a changed section; continued lines count as one.
#[derive(Debug, Clone)]
pub(super) enum Line {
    /// As read; with its folded name where it is a value.
    Raw(Range<usize>, Option<String>),
    /// A value that was set.
    Value {
        /// The name as given.
        name: String,
        /// Its folded name.
        folded: String,
        /// The data.
        data: Data,
    },
    /// The mark of a link key.
    Link,
}

impl Section {
    /// Makes an empty section that was not in the file.
    pub(super) fn new() -> Section {
        Section {
            raw: None,
            header: 0..0,
            lines: Some(Vec::new()),
        }
    }

    /// Reads the line with the key's name at `bracket`; returns the section and the name.
    pub(super) fn read(
        text: &[u8],
        raw: Range<usize>,
        bracket: usize,
    ) -> Option<(Section, String)> {
        let line = line_at(text, bracket, raw.end);
        let (units, _) = text::unescape(&text[bracket + 1..line.end], b']')?;
        Some((
            Section {
                raw: Some(raw),
                header: line,
                lines: None,
            },
            String::from_utf16_lossy(&units),
        ))
    }

    /// The section as read, where it was not changed.
    pub(super) fn untouched(&self) -> Option<Range<usize>> {
        if self.lines.is_none() {
            self.raw.clone()
        } else {
            None
        }
    }

    /// The line with the key's name, of a section that was read.
    pub(super) fn header(&self) -> Option<Range<usize>> {
        self.raw.as_ref().map(|_| self.header.clone())
    }

    /// Does the section begin with the empty line that parts it from the one before?
    pub(super) fn is_parted(&self) -> bool {
        self.raw
            .as_ref()
            .is_none_or(|raw| raw.start < self.header.start)
    }

    /// The lines of a changed section.
    pub(super) fn lines(&self) -> &[Line] {
        self.lines.as_deref().unwrap_or_default()
    }

    fn raw_lines<'a>(&'a self, text: &'a [u8]) -> impl Iterator<Item = Range<usize>> + 'a {
        let end = self.raw.as_ref().map_or(0, |raw| raw.end);
        let mut at = self.header.end;
        std::iter::from_fn(move || {
            (at < end).then(|| {
                let line = whole_line_at(text, at, end);
                at = line.end;
                line
            })
        })
    }

    /// Returns the values in order.
    pub(super) fn values(&self, text: &[u8]) -> Result<Vec<(String, Data)>, Wrong> {
        let mut values = Vec::new();
        match &self.lines {
            None => {
                for line in self.raw_lines(text) {
                    values.extend(raw_value(text, line)?);
                }
            }
            Some(lines) => {
                for line in lines {
                    match line {
                        Line::Raw(range, Some(_)) => values.extend(raw_value(text, range.clone())?),
                        Line::Value { name, data, .. } => values.push((name.clone(), data.clone())),
                        Line::Raw(_, None) | Line::Link => {}
                    }
                }
            }
        }
        Ok(values)
    }

    /// Returns the data of the value with a folded name.
    pub(super) fn value(&self, text: &[u8], name: &str) -> Result<Option<Data>, Wrong> {
        let Some(lines) = &self.lines else {
            for line in self.raw_lines(text) {
                if text::value_name(&text[line.clone()])
                    .is_some_and(|(known, _)| folded(&known) == name)
                {
                    return Ok(raw_value(text, line)?.map(|(_, data)| data));
                }
            }
            return Ok(None);
        };
        match lines.iter().find(|line| line.name() == Some(name)) {
            Some(Line::Raw(range, _)) => Ok(raw_value(text, range.clone())?.map(|(_, data)| data)),
            Some(Line::Value { data, .. }) => Ok(Some(data.clone())),
            _ => Ok(None),
        }
    }

    /// Is this the section of a link key?
    pub(super) fn is_link(&self, text: &[u8]) -> bool {
        match &self.lines {
            None => {
                let marks = self
                    .raw_lines(text)
                    .take_while(|line| text.get(line.start) == Some(&b'#'));
                marks
                    .into_iter()
                    .any(|line| text[line].trim_ascii_end() == b"#link")
            }
            Some(lines) => lines.iter().any(|line| match line {
                Line::Raw(range, None) => text[range.clone()].trim_ascii_end() == b"#link",
                Line::Link => true,
                _ => false,
            }),
        }
    }

    /// Marks a new section as that of a link key.
    pub(super) fn mark_link(&mut self) {
        if let Some(lines) = &mut self.lines {
            lines.insert(0, Line::Link);
        }
    }

    fn edited(&mut self, text: &[u8]) -> &mut Vec<Line> {
        if self.lines.is_none() {
            let parsed = self.raw_lines(text).map(|range| {
                let name = text::value_name(&text[range.clone()]).map(|(name, _)| folded(&name));
                Line::Raw(range, name)
            });
            let parsed = parsed.collect();
            self.lines = Some(parsed);
        }
        self.lines.get_or_insert_default()
    }

    /// Replaces the data of a value, under the name that it has; returns whether there was one.
    pub(super) fn replace(&mut self, text: &[u8], key: &str, new: &Data) -> bool {
        if self.lines.is_none() && !self.has_raw(text, key) {
            return false;
        }
        let Some(line) = self
            .edited(text)
            .iter_mut()
            .find(|line| line.name() == Some(key))
        else {
            return false;
        };
        let name = match line {
            Line::Raw(range, _) => text::value_name(&text[range.clone()]).map(|(name, _)| name),
            Line::Value { name, .. } => Some(std::mem::take(name)),
            Line::Link => None,
        };
        *line = Line::Value {
            name: name.unwrap_or_default(),
            folded: key.to_owned(),
            data: new.clone(),
        };
        true
    }

    /// Adds a value after the last line that is not empty.
    pub(super) fn push(&mut self, text: &[u8], name: &str, data: &Data) {
        let lines = self.edited(text);
        let is_empty = |line: &Line| matches!(line, Line::Raw(range, None) if text[range.clone()].trim_ascii().is_empty());
        let at = lines
            .iter()
            .rposition(|line| !is_empty(line))
            .map_or(0, |at| at + 1);
        lines.insert(
            at,
            Line::Value {
                name: name.to_owned(),
                folded: folded(name),
                data: data.clone(),
            },
        );
    }

    /// Removes a value; returns whether there was one.
    pub(super) fn remove(&mut self, text: &[u8], key: &str) -> bool {
        if self.lines.is_none() && !self.has_raw(text, key) {
            return false;
        }
        let lines = self.edited(text);
        let before = lines.len();
        lines.retain(|line| line.name() != Some(key));
        lines.len() < before
    }

    fn has_raw(&self, text: &[u8], key: &str) -> bool {
        let name =
            |line: Range<usize>| text::value_name(&text[line]).map(|(name, _)| folded(&name));
        self.raw_lines(text)
            .any(|line| name(line).as_deref() == Some(key))
    }
}

impl Line {
    fn name(&self) -> Option<&str> {
        match self {
            Line::Raw(_, name) => name.as_deref(),
            Line::Value { folded, .. } => Some(folded),
            Line::Link => None,
        }
    }
}

fn raw_value(text: &[u8], line: Range<usize>) -> Result<Option<(String, Data)>, Wrong> {
    let start = line.start;
    let bytes = text[line].trim_ascii_end();
    let Some((name, at)) = text::value_name(bytes) else {
        return Ok(None);
    };
    let data = text::data(&bytes[at..]).map_err(|what| (start, what))?;
    Ok(Some((name, data)))
}

/// The line that starts at `at`, its end included.
fn line_at(text: &[u8], at: usize, end: usize) -> Range<usize> {
    at..memchr::memchr(b'\n', &text[at..end]).map_or(end, |length| at + length + 1)
}

/// The line that starts at `at`, with those that it is continued on.
fn whole_line_at(text: &[u8], at: usize, end: usize) -> Range<usize> {
    let mut line = line_at(text, at, end);
    while line.end < end && text[line.clone()].trim_ascii_end().ends_with(b"\\") {
        line.end = line_at(text, line.end, end).end;
    }
    line
}
