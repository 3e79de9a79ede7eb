//! A database as a folder of text tables, the same bytes for the same contents.
//!
//! Rows stand in the order of their keys as people read them, so that a row's change is a line's change. Texts are in
//! the database's code page, as the form asks for. Binary cells lie in a folder of the table's name, other streams in
//! `_Streams`, storages in `_Storages`. A signature is left out: it is that of the file, and of no other.
//! Follows: Microsoft, "Archive File Format", "ASCII Data in Text Archive Files", "Code Page Handling of Imported and
//! Exported Tables".

use std::collections::BTreeMap;
use std::io::{self, Cursor, Read};

use super::names;
use crate::database::{SIGNATURES, SUMMARY};
use crate::{Column, Database, Error, Record, SummaryInformation, SummaryValue, Value, code_page};

/// Where the files of a folder of text tables go.
pub trait TextSink {
    /// Writes a file, by its name relative to the folder and with `/` between folders.
    ///
    /// Errors: as the system gives them.
    fn write(&mut self, name: &str, contents: &mut dyn Read) -> io::Result<()>;
}

/// A folder in memory: contents by name.
impl TextSink for BTreeMap<String, Vec<u8>> {
    fn write(&mut self, name: &str, contents: &mut dyn Read) -> io::Result<()> {
        let mut bytes = Vec::new();
        contents.read_to_end(&mut bytes)?;
        self.insert(name.to_string(), bytes);
        Ok(())
    }
}

impl Database {
    /// Writes everything as text tables and files beside them.
    ///
    /// Errors: [`Error::Write`] where the sink refuses, [`Error::Unwritable`] for texts that the code page does not
    /// have, and as [`Database::table`].
    pub fn export(&self, sink: &mut dyn TextSink) -> Result<(), Error> {
        let page = self.code_page();
        let force = format!("\r\n\r\n{page}\t_ForceCodepage\r\n");
        write(sink, "_ForceCodepage.idt", &mut force.as_bytes())?;
        let summary = summary(self.summary()?);
        write(sink, "_SummaryInformation.idt", &mut &summary[..])?;
        let mut in_cells = Vec::new();
        for name in self.table_names() {
            if self.is_persistent(name) == Some(true) {
                self.export_table(name, sink)?;
                in_cells.extend(self.export_cells(name, sink)?);
            }
        }
        for name in self.stream_names() {
            let elsewhere = name == SUMMARY || in_cells.iter().any(|other| other == name);
            if elsewhere || SIGNATURES.contains(&name) {
                continue;
            }
            if let Some(mut reader) = self.stream(name)? {
                write(
                    sink,
                    &format!("_Streams/{}", names::file(name)),
                    &mut reader,
                )?;
            }
        }
        for name in self.storage_names() {
            let mut bytes = Vec::new();
            self.save_storage(name, &mut bytes)?;
            let file = format!("_Storages/{}", names::file(name));
            write(sink, &file, &mut Cursor::new(bytes))?;
        }
        Ok(())
    }

    /// Writes one table, without the files of its binary cells.
    ///
    /// Errors: as [`Database::export`].
    pub fn export_table(&self, name: &str, sink: &mut dyn TextSink) -> Result<(), Error> {
        let bytes = self.table_text(name)?;
        write(sink, &format!("{}.idt", names::file(name)), &mut &bytes[..])
    }

    fn table_text(&self, name: &str) -> Result<Vec<u8>, Error> {
        let table = self.rows(name)?;
        let kept: Vec<usize> = (0..table.columns.len())
            .filter(|&place| !table.columns[place].temporary)
            .collect();
        let mut rows: Vec<Record<'_>> = table
            .records()
            .filter(|record| !self.is_temporary(name, &table.key(record.row)))
            .collect();
        rows.sort_by_cached_key(|record| {
            table
                .key(record.row)
                .iter()
                .map(Rank::of)
                .collect::<Vec<_>>()
        });
        let mut lines = Vec::new();
        for record in &rows {
            for (number, &place) in kept.iter().enumerate() {
                if number > 0 {
                    lines.push(b'\t');
                }
                match record.row.get(place) {
                    Some(Value::Text(text)) => {
                        lines.extend(self.text_bytes(text)?.iter().copied().map(escape));
                    }
                    Some(Value::Stream(_)) => {
                        let file = cell_file(*record);
                        lines.extend(self.text_bytes(&file)?.iter());
                    }
                    Some(value) => lines.extend(value.to_string().into_bytes()),
                    None => {}
                }
            }
            lines.extend(b"\r\n");
        }
        let columns: Vec<&Column> = kept.iter().map(|&place| &table.columns[place]).collect();
        let encode = |text: &str| self.text_bytes(text).map(|bytes| bytes.into_owned());
        let mut bytes = head(name, &columns, self.code_page(), &lines, &encode)?;
        bytes.extend(lines);
        Ok(bytes)
    }

    /// Writes the files of a table's binary cells, and returns the names of their streams.
    fn export_cells(&self, name: &str, sink: &mut dyn TextSink) -> Result<Vec<String>, Error> {
        let table = self.rows(name)?;
        let mut streams = Vec::new();
        for record in table.records() {
            for value in record.row {
                if let Value::Stream(stream) = value {
                    let file = format!("{}/{}", names::file(name), cell_file(record));
                    match self.stream(stream)? {
                        Some(mut reader) => write(sink, &file, &mut reader)?,
                        None => write(sink, &file, &mut io::empty())?,
                    }
                    streams.push(stream.to_string());
                }
            }
        }
        Ok(streams)
    }
}

fn write(sink: &mut dyn TextSink, name: &str, contents: &mut dyn Read) -> Result<(), Error> {
    let written = sink.write(name, contents);
    written.map_err(|source| Error::Write { source })
}

/// The name of the file that a row's binary cell is in.
fn cell_file(record: Record<'_>) -> String {
    let keys = record.table.key(record.row);
    let keys: Vec<String> = keys.iter().map(Value::to_string).collect();
    format!("{}.ibd", names::file(&keys.join(".")))
}

/// How rows are put in order: numbers by size, texts by their letters.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Null,
    Number(i32),
    Text(String),
}

impl Rank {
    fn of(value: &Value) -> Rank {
        match value {
            Value::Null => Rank::Null,
            Value::Integer(number) => Rank::Number(*number),
            other => Rank::Text(other.to_string()),
        }
    }
}

/// The three lines that say what a table is. The third names the code page where a text needs it.
fn head(
    name: &str,
    columns: &[&Column],
    code_page: u32,
    lines: &[u8],
    encode: &dyn Fn(&str) -> Result<Vec<u8>, Error>,
) -> Result<Vec<u8>, Error> {
    let join = |parts: &[String]| parts.join("\t");
    let names: Vec<String> = columns
        .iter()
        .map(|column| column.name.to_string())
        .collect();
    let kinds: Vec<String> = columns.iter().map(|column| column.definition()).collect();
    let keys = columns.iter().filter(|column| column.key);
    let mut last: Vec<String> = vec![name.to_string()];
    last.extend(keys.map(|column| column.name.to_string()));
    let (first, last) = (encode(&join(&names))?, encode(&join(&last))?);
    let mut bytes = first;
    bytes.extend(b"\r\n");
    bytes.extend(join(&kinds).into_bytes());
    bytes.extend(b"\r\n");
    if !(bytes.is_ascii() && last.is_ascii() && lines.is_ascii()) {
        bytes.extend(format!("{code_page}\t").into_bytes());
    }
    bytes.extend(last);
    bytes.extend(b"\r\n");
    Ok(bytes)
}

/// Control characters as the form writes them.
fn escape(byte: u8) -> u8 {
    match byte {
        0 => 21,
        8 => 27,
        9 => 16,
        10 => 25,
        12 => 24,
        13 => 17,
        other => other,
    }
}

fn summary(summary: &SummaryInformation) -> Vec<u8> {
    let mut lines = Vec::new();
    for (number, value) in summary.properties() {
        let text = match value {
            SummaryValue::Integer(number) => number.to_string(),
            SummaryValue::Text(text) => text.to_string(),
            SummaryValue::Time(time) => time.to_string(),
        };
        lines.extend(format!("{number}\t").into_bytes());
        let text = code_page::encode_lossy(summary.code_page(), &text);
        lines.extend(text.into_iter().map(escape));
        lines.extend(b"\r\n");
    }
    let page = match lines.is_ascii() {
        true => String::new(),
        false => format!("{}\t", summary.code_page()),
    };
    let head = "PropertyId\tValue\r\ni2\tl255\r\n";
    let mut bytes = format!("{head}{page}_SummaryInformation\tPropertyId\r\n").into_bytes();
    bytes.extend(lines);
    bytes
}
