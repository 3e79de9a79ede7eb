//! A package as a folder of text tables, as `msidb` and `msidump` write them.
//!
//! `Table.idt` holds a table, `Table/…` its binary cells, `_Streams/…` further streams such as cabinets, `_Storages/…`
//! storages such as embedded transforms.
//! `_SummaryInformation.idt` and `_ForceCodepage.idt` have meanings of their own. Other files are left alone:
//! they may be the source files that the package installs. Long streams stay files and are read when the package is written.
//! Follows: Microsoft, "Archive File Format", "ASCII Data in Text Archive Files", "_ForceCodepage",
//! "_SummaryInformation".

mod export;
mod idt;
mod import;
mod names;

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::Arc;

pub use self::export::TextSink;
use self::idt::TextTable;
use crate::{
    Database, Error, FileTime, Kind, ReadSeek, Row, SummaryInformation, SummaryValue, Table, Value,
    rows,
};

/// The code page of Unicode.
const UTF_8: u32 = 65001;
/// Files of streams up to this length are held in memory, longer ones stay open.
const SHORT_BYTES_MAX: u64 = 16 << 20;

/// A folder that text tables are read from.
pub trait TextFolder {
    /// Returns the names of all files in it, relative to it and with `/` between folders, in any order.
    ///
    /// Errors: as the system gives them.
    fn names(&self) -> io::Result<Vec<String>>;

    /// Returns the contents of a file, by a name that [`TextFolder::names`] gave.
    ///
    /// Errors: as the system gives them.
    fn read(&self, name: &str) -> io::Result<Vec<u8>>;

    /// Opens a file, by a name that [`TextFolder::names`] gave, so that a long one needs no memory.
    ///
    /// Errors: as the system gives them.
    fn open(&self, name: &str) -> io::Result<Box<dyn ReadSeek>> {
        Ok(Box::new(io::Cursor::new(self.read(name)?)))
    }
}

/// A folder in memory: contents by name.
impl TextFolder for BTreeMap<String, Vec<u8>> {
    fn names(&self) -> io::Result<Vec<String>> {
        Ok(self.keys().cloned().collect())
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        self.get(name)
            .cloned()
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl Database {
    /// Opens a folder of text tables.
    ///
    /// Text is read in the code page that its file names, else in that of `_ForceCodepage`, else as UTF-8
    /// where it is that: the database then has that code page.
    /// Errors: [`Error::Text`] with file and line, [`Error::Io`].
    pub fn from_text(folder: &dyn TextFolder) -> Result<Database, Error> {
        let archive = Archive::list(folder)?;
        let mut tables = Vec::new();
        let forced = archive.forced_code_page()?;
        for name in archive.tables() {
            tables.push(TextTable::parse(&name, &archive.read(&name)?, forced)?);
        }
        let declared = tables.iter().filter_map(|table| table.code_page).max();
        let unicode = tables.iter().any(|table| table.is_unicode);
        let page = forced
            .or(declared)
            .unwrap_or(if unicode { UTF_8 } else { 0 });
        let mut database = Database::empty(Kind::Package, page);
        archive.add_streams(&mut database)?;
        for table in tables {
            match &*table.name {
                "_SummaryInformation" => database.replace_summary(summary(&table)?),
                _ => archive.add_table(&mut database, table)?,
            }
        }
        Ok(database)
    }

    /// Opens text tables out of one text, for tests and examples: each file begins with a line `== NAME`, such
    /// as `== Property.idt`, and its lines end with a line feed.
    ///
    /// Errors: as [`Database::from_text`].
    pub fn from_text_str(text: &str) -> Result<Database, Error> {
        let mut files = BTreeMap::new();
        for file in text.split("== ").skip(1) {
            let (name, contents) = file.split_once('\n').unwrap_or((file, ""));
            files.insert(name.trim().to_string(), contents.as_bytes().to_vec());
        }
        Database::from_text(&files)
    }
}

/// A folder and its names.
struct Archive<'a> {
    folder: &'a dyn TextFolder,
    names: BTreeSet<String>,
}

impl<'a> Archive<'a> {
    fn list(folder: &'a dyn TextFolder) -> Result<Archive<'a>, Error> {
        let names = folder.names().map_err(|source| Error::Io {
            what: "the folder of text tables".to_string(),
            source,
        })?;
        let names = BTreeSet::from_iter(names);
        let archive = Archive { folder, names };
        if archive.tables().is_empty() {
            let what = "the folder has no text tables (.idt)";
            return Err(Error::container(what, 0));
        }
        Ok(archive)
    }

    fn read(&self, name: &str) -> Result<Vec<u8>, Error> {
        self.folder.read(name).map_err(|source| Error::Io {
            what: name.to_string(),
            source,
        })
    }

    /// The names of the files that hold tables, `_ForceCodepage` left out.
    fn tables(&self) -> Vec<String> {
        let is_table = |name: &&String| {
            let stem = name.get(name.len().saturating_sub(4)..);
            stem.is_some_and(|stem| stem.eq_ignore_ascii_case(".idt"))
                && !name.contains('/')
                && !name.eq_ignore_ascii_case("_ForceCodepage.idt")
        };
        self.names.iter().filter(is_table).cloned().collect()
    }

    /// Returns a file's name as the folder has it; by case only where no other fits.
    fn find(&self, name: &str) -> Option<&str> {
        if let Some(exact) = self.names.get(name) {
            return Some(exact);
        }
        let mut found = self
            .names
            .iter()
            .filter(|other| other.eq_ignore_ascii_case(name));
        found.next().map(String::as_str)
    }

    /// Reads `_ForceCodepage`, where there is one.
    fn forced_code_page(&self) -> Result<Option<u32>, Error> {
        let Some(name) = self.find("_ForceCodepage.idt") else {
            return Ok(None);
        };
        forced_code_page(name, &self.read(name)?).map(Some)
    }

    /// Adds the files of `_Streams` under their names.
    fn add_streams(&self, database: &mut Database) -> Result<(), Error> {
        for file in &self.names {
            if let Some(name) = file.strip_prefix("_Streams/") {
                // msidump leaves the control character out of these names.
                let name = match name {
                    "SummaryInformation" | "DigitalSignature" | "MsiDigitalSignatureEx" => {
                        format!("\u{5}{name}")
                    }
                    other => names::original(other),
                };
                self.add_stream(database, &name, file)?;
            }
            if let Some(name) = file.strip_prefix("_Storages/") {
                database.put_storage(&names::original(name), Some(self.read(file)?.into()))?;
            }
        }
        Ok(())
    }

    /// Adds a stream. A short file is read, and closed again.
    fn add_stream(&self, database: &mut Database, name: &str, file: &str) -> Result<(), Error> {
        let failed = |source| Error::Io {
            what: file.to_string(),
            source,
        };
        let mut reader = self.folder.open(file).map_err(failed)?;
        let length = reader.seek(SeekFrom::End(0)).map_err(failed)?;
        if length > SHORT_BYTES_MAX {
            return database.replace_stream_from(name, reader);
        }
        let mut bytes = Vec::new();
        reader.rewind().map_err(failed)?;
        reader.read_to_end(&mut bytes).map_err(failed)?;
        database.replace_stream(name, bytes);
        Ok(())
    }

    fn add_table(&self, database: &mut Database, mut table: TextTable) -> Result<(), Error> {
        let mut rows = std::mem::take(&mut table.rows);
        for (row, line) in &mut rows {
            for (place, column) in table.columns.iter().enumerate() {
                if let Value::Stream(file) = row[place].clone() {
                    let name = rows::stream_name(&table.name, &table.columns, row);
                    if let Some(bytes) = self.cell(&table, &file, &name, *line, &column.name)? {
                        database.replace_stream(&name, bytes);
                    }
                    row[place] = Value::Stream(name.into());
                }
            }
        }
        let rows: Vec<Row> = rows.into_iter().map(|(row, _)| row).collect();
        database.replace_table(Table::new(table.name, table.columns, rows));
        Ok(())
    }

    /// Reads the file of a binary cell; none where the stream is there already.
    fn cell(
        &self,
        table: &TextTable,
        file: &str,
        stream: &str,
        line: usize,
        column: &str,
    ) -> Result<Option<Vec<u8>>, Error> {
        let place = format!("{}/{file}", table.name);
        let safe = format!("{}/{file}", names::file(&table.name));
        if let Some(name) = self.find(&place).or_else(|| self.find(&safe)) {
            return self.read(name).map(Some);
        }
        if self.find(&format!("_Streams/{stream}")).is_some() {
            return Ok(None);
        }
        Err(Error::Text {
            file: table.file.clone(),
            line,
            what: format!("column {column}: there is no file {place}"),
        })
    }
}

/// Reads what `_ForceCodepage` says: two empty lines, then the code page and the file's own name.
fn forced_code_page(file: &str, bytes: &[u8]) -> Result<u32, Error> {
    let text = String::from_utf8_lossy(bytes);
    let line = text.lines().nth(2).unwrap_or("");
    let number = line.split('\t').next().unwrap_or("").trim().parse();
    number.map_err(|_| Error::Text {
        file: file.to_string(),
        line: 3,
        what: "there must be a code page".to_string(),
    })
}

/// Reads the summary information's table of numbers and values.
fn summary(table: &TextTable) -> Result<SummaryInformation, Error> {
    let mut summary = SummaryInformation::default();
    for (row, line) in &table.rows {
        let wrong = |what: &str| Error::Text {
            file: table.file.clone(),
            line: *line,
            what: what.to_string(),
        };
        let [Value::Integer(number), value] = row.as_slice() else {
            return Err(wrong("there must be a number and a value"));
        };
        let text = value.to_string();
        let value = match number {
            1 | 14 | 15 | 16 | 19 => {
                let number = text.parse();
                SummaryValue::Integer(number.map_err(|_| wrong("it must be a number"))?)
            }
            10..=13 => {
                let wrong = || wrong("it must be a time, YYYY/MM/DD hh:mm:ss");
                SummaryValue::Time(FileTime::parse(&text).ok_or_else(wrong)?)
            }
            _ => SummaryValue::Text(Arc::from(text)),
        };
        let number = u32::try_from(*number).map_err(|_| wrong("there is no such property"))?;
        summary.set(number, value);
    }
    Ok(summary)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn error(text: &str) -> String {
        Database::from_text_str(text).unwrap_err().to_string()
    }

    #[test]
    fn tables_out_of_text() {
        let database = Database::from_text_str(
            "== Property.idt\nProperty\tValue\ns72\tl0\nProperty\tProperty\nA\tone\u{11}\u{19}two\u{10}\n\
             == T.idt\nK\tJ\tW\ts\ns20\ti4\tI2\tS0\n1252\tT\tK\tJ\na\t70000\t\tx\na\t-1\n",
        )
        .unwrap();
        assert_eq!(database.code_page(), 1252);
        assert_eq!(
            database.table_names().collect::<Vec<_>>(),
            ["Property", "T"]
        );
        let property = database.table("Property").unwrap().unwrap();
        assert_eq!(
            property.find(&["A".into()]).unwrap().text("Value"),
            "one\r\ntwo\t"
        );
        let table = database.table("T").unwrap().unwrap();
        let row = table.find(&["a".into(), (-1).into()]).unwrap();
        assert_eq!(
            *row.row,
            ["a".into(), (-1).into(), Value::Null, Value::Null]
        );
        assert!(table.columns[1].key && !table.columns[2].key);
    }

    #[test]
    fn streams_and_summary() {
        let database = Database::from_text_str(
            "== Binary.idt\nName\tData\ns72\tv0\nBinary\tName\nBooks\tBooks.ibd\nCars\tBinary.Cars\n\
             == Binary/Books.ibd\nbooks\
             == binary/binary.cars\ncars\
             == _Streams/a.cab\ncabinet\
             == _Streams/Binary.Cars\ncars\
             == _Streams/DigitalSignature\nsigned\
             == _ForceCodepage.idt\n\n\n932\t_ForceCodepage\n\
             == _SummaryInformation.idt\nPropertyId\tValue\ni2\tl255\n_SummaryInformation\tPropertyId\n\
             7\tx64;1033\n12\t2017/02/18 17:14:40\n14\t500\n",
        )
        .unwrap();
        assert_eq!(database.code_page(), 932);
        assert_eq!(
            database.stream_names(),
            [
                "\u{5}DigitalSignature",
                "Binary.Books",
                "Binary.Cars",
                "a.cab"
            ]
        );
        for (name, expected) in [
            ("Binary.Books", "books"),
            ("Binary.Cars", "cars"),
            ("a.cab", "cabinet"),
        ] {
            let mut text = String::new();
            let mut reader = database.stream(name).unwrap().unwrap();
            reader.read_to_string(&mut text).unwrap();
            assert_eq!(text, expected);
        }
        let binary = database.table("Binary").unwrap().unwrap();
        assert_eq!(binary.rows[1][1], Value::Stream("Binary.Cars".into()));
        let summary = database.summary().unwrap();
        assert_eq!(
            (summary.template(), summary.page_count()),
            ("x64;1033", Some(500))
        );
        assert_eq!(
            summary.create_time().unwrap().to_string(),
            "2017/02/18 17:14:40"
        );
        assert!(!database.has_table("_SummaryInformation"));
    }

    #[test]
    fn line_breaks_that_msidump_leaves() {
        let database = Database::from_text_str(
            "== T.idt\nK\tText\tMore\r\ns72\tL0\tL0\r\nT\tK\r\na\tone\r\ntwo\tthree\r\nfour\r\nb\tx\ny\tz\r\n",
        )
        .unwrap();
        let table = database.table("T").unwrap().unwrap();
        assert_eq!(
            table.rows[0],
            ["a", "one\r\ntwo", "three\r\nfour"].map(Value::from)
        );
        assert_eq!(table.rows[1], ["b", "x\ny", "z"].map(Value::from));
    }

    #[test]
    fn text_that_is_not_ascii() {
        for (page, bytes, text) in [
            ("", "é日".as_bytes(), "é日"),
            ("1252\t", b"\xe9", "é"),
            ("932\t", b"\x93\xfa", "日"),
            ("", b"\xe9", "é"),
        ] {
            let mut file = format!("K\tV\ns72\tL0\n{page}T\tK\na\t").into_bytes();
            file.extend(bytes);
            let folder = BTreeMap::from([("T.idt".to_string(), file)]);
            let database = Database::from_text(&folder).unwrap();
            assert_eq!(
                database.table("T").unwrap().unwrap().rows[0][1],
                text.into()
            );
        }
    }

    #[test]
    fn mistakes_are_named() {
        let head = "== T.idt\nK\tN\tD\ns72\ti2\tV0\nT\tK\n";
        for (text, expected) in [
            (
                "",
                "not a Windows Installer package: the folder has no text tables (.idt) (at byte 0)",
            ),
            ("== T.idt\nK\tN", "T.idt, line 1: there is no line of types"),
            (
                "== T.idt\nK\tN\ns72\nT\tK",
                "T.idt, line 2: 2 columns, but 1 types",
            ),
            (
                "== T.idt\nK\nz9\nT\tK",
                "T.idt, line 2: there is no type z9",
            ),
            (
                "== T.idt\nK\ns72\nT\tX",
                "T.idt, line 3: there is no column X",
            ),
            (
                &format!("{head}a\tb\t\n"),
                "T.idt, line 4: column N: `b` is no number of its size",
            ),
            (
                &format!("{head}a\t-32768\t\n"),
                "T.idt, line 4: column N: `-32768` is no number of its size",
            ),
            (
                &format!("{head}a\n"),
                "T.idt, line 4: column N: there is no cell for it",
            ),
            (
                &format!("{head}a\t1\t\t\n"),
                "T.idt, line 4: there are more cells than columns",
            ),
            (
                &format!("{head}a\t1\tx\n"),
                "T.idt, line 4: column D: there is no file T/x",
            ),
            (
                &format!("{head}a\t1\n\na\t2\n"),
                "T.idt, line 6: there is a row with this primary key already",
            ),
        ] {
            assert_eq!(error(text), expected);
        }
    }
}
