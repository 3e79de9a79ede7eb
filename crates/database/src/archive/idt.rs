//! One text table: three lines that say what it is, then a line for each row, cells parted by tabs.
//!
//! Control characters in cells are written as others: NUL 21, BS 27, TAB 16, LF 25, FF 24, CR 17.
//! `msidump` leaves line breaks within texts as they are. In files whose lines end with CR LF, a line that is too
//! short is therefore taken as a part of its neighbour.

use std::collections::HashSet;
use std::sync::Arc;

use crate::{Column, ColumnKind, Error, Row, Value, code_page};

/// A text table as parsed. A binary cell holds the name of its file.
pub(super) struct TextTable {
    /// The file it came from.
    pub(super) file: String,
    pub(super) name: Arc<str>,
    pub(super) columns: Vec<Column>,
    /// The code page that the file names.
    pub(super) code_page: Option<u32>,
    /// Has it letters beyond ASCII, as UTF-8, and nothing that says so?
    pub(super) is_unicode: bool,
    /// Each row, with the number of its line.
    pub(super) rows: Vec<(Row, usize)>,
}

/// A line that may have swallowed others: where it begins, and its cells.
struct Line {
    number: usize,
    text: String,
}

impl TextTable {
    /// Reads a file's bytes.
    pub(super) fn parse(file: &str, bytes: &[u8], forced: Option<u32>) -> Result<TextTable, Error> {
        let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
        let declared = declared_code_page(bytes);
        let text = decode(bytes, declared.or(forced))?;
        let has_returns = text.contains("\r\n");
        let mut lines = text
            .trim_end_matches('\0')
            .split(if has_returns { "\r\n" } else { "\n" })
            .enumerate()
            .map(|(number, text)| Line {
                number: number + 1,
                text: text.to_string(),
            });
        let mut head = |what: &str| match lines.next() {
            Some(line) => Ok(line.text),
            None => Err(error(file, 1, format!("there is no line of {what}"))),
        };
        let (names, kinds, third) = (head("names")?, head("types")?, head("keys")?);
        let (name, keys) = keys(&third, declared.is_some());
        if name.is_empty() {
            return Err(error(file, 3, "there is no table name"));
        }
        let columns = columns(file, &names, &kinds, &keys)?;
        let lines: Vec<Line> = lines.collect();
        let lines = if has_returns {
            join(lines, columns.len())
        } else {
            lines
        };
        let mut table = TextTable {
            file: file.to_string(),
            name: name.into(),
            columns,
            code_page: declared,
            is_unicode: declared.or(forced).is_none()
                && !bytes.is_ascii()
                && std::str::from_utf8(bytes).is_ok(),
            rows: Vec::new(),
        };
        table.add_rows(lines)?;
        Ok(table)
    }

    fn add_rows(&mut self, lines: Vec<Line>) -> Result<(), Error> {
        let mut seen = HashSet::new();
        for line in lines.into_iter().filter(|line| !line.text.is_empty()) {
            let row = self.row(&line)?;
            let key: Vec<Value> = (self.columns.iter().zip(&row))
                .filter(|(column, _)| column.key)
                .map(|(_, value)| value.clone())
                .collect();
            if !seen.insert(key) {
                let what = "there is a row with this primary key already";
                return Err(error(&self.file, line.number, what));
            }
            self.rows.push((row, line.number));
        }
        Ok(())
    }

    /// Reads a row; cells that are missing at its end are null where they may be.
    fn row(&self, line: &Line) -> Result<Row, Error> {
        let mut cells = line.text.split('\t');
        let mut row = Row::with_capacity(self.columns.len());
        for column in &self.columns {
            let wrong = |what: String| {
                let what = format!("column {}: {what}", column.name);
                error(&self.file, line.number, what)
            };
            row.push(match cells.next() {
                Some(cell) => value(column.kind, cell).map_err(wrong)?,
                None if column.nullable => Value::Null,
                None => return Err(wrong("there is no cell for it".to_string())),
            });
        }
        if cells.next().is_some() {
            let what = "there are more cells than columns";
            return Err(error(&self.file, line.number, what));
        }
        Ok(row)
    }
}

fn error(file: &str, line: usize, what: impl Into<String>) -> Error {
    Error::Text {
        file: file.to_string(),
        line,
        what: what.into(),
    }
}

/// The code page at the start of the third line.
fn declared_code_page(bytes: &[u8]) -> Option<u32> {
    let third = bytes.split(|&byte| byte == b'\n').nth(2)?;
    let number = third.split(|&byte| byte == b'\t').next()?;
    std::str::from_utf8(number).ok()?.parse().ok()
}

fn decode(bytes: &[u8], code_page: Option<u32>) -> Result<String, Error> {
    match (code_page, std::str::from_utf8(bytes)) {
        (None, Ok(text)) => Ok(text.to_string()),
        (page, _) => Ok(code_page::decode(page.unwrap_or(0), bytes)?.into_owned()),
    }
}

/// Parts the third line: a code page where there is one, the table's name, its key columns.
fn keys(line: &str, has_code_page: bool) -> (&str, Vec<&str>) {
    let mut parts = line.split('\t').skip(usize::from(has_code_page));
    let name = parts.next().unwrap_or("");
    (name, parts.filter(|key| !key.is_empty()).collect())
}

fn columns(file: &str, names: &str, kinds: &str, keys: &[&str]) -> Result<Vec<Column>, Error> {
    let names: Vec<&str> = names.split('\t').collect();
    let kinds: Vec<&str> = kinds.split('\t').collect();
    if names.len() != kinds.len() {
        let what = format!("{} columns, but {} types", names.len(), kinds.len());
        return Err(error(file, 2, what));
    }
    for key in keys {
        if !names.contains(key) {
            return Err(error(file, 3, format!("there is no column {key}")));
        }
    }
    names
        .iter()
        .zip(kinds)
        .map(|(name, kind)| {
            let column = column(name, kind, keys.contains(name));
            column.ok_or_else(|| error(file, 2, format!("there is no type {kind}")))
        })
        .collect()
}

/// Reads a column definition: a letter, upper-case where null is allowed, and a size.
fn column(name: &str, kind: &str, key: bool) -> Option<Column> {
    let letter = kind.chars().next().filter(char::is_ascii_alphabetic)?;
    let size: u8 = kind[1..].parse().ok()?;
    let kind = match (letter.to_ascii_lowercase(), size) {
        ('s' | 'l' | 'g', size) => ColumnKind::Text(size),
        ('i' | 'j', 2) => ColumnKind::Short,
        ('i' | 'j', 4) => ColumnKind::Long,
        ('v' | 'o', 0) => ColumnKind::Binary,
        _ => return None,
    };
    Some(Column {
        name: name.into(),
        kind,
        key,
        nullable: letter.is_ascii_uppercase(),
        localizable: letter.eq_ignore_ascii_case(&'l'),
        temporary: matches!(letter.to_ascii_lowercase(), 'g' | 'j' | 'o'),
    })
}

fn value(kind: ColumnKind, cell: &str) -> Result<Value, String> {
    if cell.is_empty() {
        return Ok(Value::Null);
    }
    let range = match kind {
        ColumnKind::Text(_) => return Ok(Value::from(unescape(cell))),
        ColumnKind::Binary => return Ok(Value::Stream(cell.into())),
        // The lowest number of each size means null.
        ColumnKind::Short => -0x7FFF..=0x7FFF,
        ColumnKind::Long => -i32::MAX..=i32::MAX,
    };
    match cell.parse() {
        Ok(number) if range.contains(&number) => Ok(Value::Integer(number)),
        _ => Err(format!("`{cell}` is no number of its size")),
    }
}

fn unescape(cell: &str) -> String {
    let plain = |character| match character {
        '\u{15}' => '\0',
        '\u{1B}' => '\u{8}',
        '\u{10}' => '\t',
        '\u{19}' => '\n',
        '\u{18}' => '\u{C}',
        '\u{11}' => '\r',
        other => other,
    };
    cell.chars().map(plain).collect()
}

/// Joins lines that line breaks within texts have parted.
fn join(lines: Vec<Line>, columns: usize) -> Vec<Line> {
    let mut joined: Vec<Line> = Vec::with_capacity(lines.len());
    let cells = |text: &str| text.matches('\t').count() + 1;
    let last = lines.iter().rposition(|line| !line.text.is_empty());
    for line in lines.into_iter().take(last.map_or(0, |last| last + 1)) {
        match joined.last_mut() {
            // A row that is not yet whole goes on, and one that is may go on in its last cell.
            Some(row) if columns > 1 && (cells(&row.text) < columns || cells(&line.text) == 1) => {
                row.text.push_str("\r\n");
                row.text.push_str(&line.text);
            }
            _ => joined.push(line),
        }
    }
    joined
}
