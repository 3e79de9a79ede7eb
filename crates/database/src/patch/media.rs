//! The disks that a patch adds to a product: where its files come from.

use std::collections::BTreeMap;
use std::io::Read;

use super::{Patch, PatchTransform};
use crate::schema::column;
use crate::{Column, Database, Error, ErrorConditions, Kind, RowChange, Table, Value};

/// The columns of `Media`, whose last sequence is long or, in older packages, short.
pub(crate) const MEDIA: [(&str, u16); 6] = [
    ("DiskId", 0x2502),
    ("LastSequence", 0x0104),
    ("DiskPrompt", 0x1F40),
    ("Cabinet", 0x1DFF),
    ("VolumeLabel", 0x1D20),
    ("Source", 0x1D48),
];
const SHORT_SEQUENCE: u16 = 0x0502;

/// A row of `Media` that a patch adds for one of its targets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatchMedia {
    /// The transform that adds it.
    pub transform: String,
    /// The disk's number.
    pub disk_id: i32,
    /// The number of the last file on it.
    pub last_sequence: i32,
    /// The cabinet; `#` before the name of a stream of the patch.
    pub cabinet: String,
    /// The disk's label.
    pub volume_label: String,
    /// The property that tells where the patch is.
    pub source: String,
}

impl Patch {
    /// Returns the disks that it adds, target by target.
    ///
    /// Errors: [`Error::Transform`] where a transform's changes of `Media` cannot be read.
    pub fn media(&self) -> Result<Vec<PatchMedia>, Error> {
        let mut media = Vec::new();
        for pair in self.transforms() {
            if let Some(registration) = &pair.registration {
                let long = changes(registration, 0x0104);
                let rows =
                    long.or_else(|error| changes(registration, SHORT_SEQUENCE).map_err(|_| error))?;
                media.extend(rows.iter().map(|row| disk(pair, row)));
            }
        }
        Ok(media)
    }

    /// Returns its cabinets and other streams by name: all but the summary information, signatures and streams of
    /// binary cells.
    ///
    /// Errors: [`Error::Io`] where one cannot be read.
    pub(super) fn files(&self) -> Result<BTreeMap<String, Vec<u8>>, Error> {
        let database = self.database();
        let mut files = BTreeMap::new();
        for name in database.stream_names() {
            let of_a_cell = name
                .split_once('.')
                .is_some_and(|(table, _)| database.has_table(table));
            if name.starts_with('\u{5}') || of_a_cell {
                continue;
            }
            if let Some(mut stream) = database.stream(name)? {
                let mut bytes = Vec::new();
                let read = stream.read_to_end(&mut bytes);
                read.map_err(|source| Error::Io {
                    what: format!("the stream {name} of the patch"),
                    source,
                })?;
                files.insert(name.to_string(), bytes);
            }
        }
        Ok(files)
    }
}

/// The rows that a transform adds to `Media`, as they are in a table whose last sequence is of this kind.
fn changes(transform: &crate::Transform, sequence: u16) -> Result<Vec<Vec<Value>>, Error> {
    let columns = MEDIA.map(|(name, kind)| match name {
        "LastSequence" => column(name.into(), sequence),
        _ => column(name.into(), kind),
    });
    let mut database = Database::empty(Kind::Package, transform.code_page());
    database.replace_table(Table::new(
        "Media",
        Vec::<Column>::from(columns),
        Vec::new(),
    ));
    let changes = transform.changes(&database, ErrorConditions::ALL)?;
    let rows = changes
        .into_iter()
        .filter(|table| &*table.name == "Media")
        .flat_map(|table| table.rows);
    Ok(rows
        .filter_map(|row| match row {
            RowChange::Insert(row) => Some(row),
            RowChange::Delete(_) | RowChange::Update { .. } => None,
        })
        .collect())
}

fn disk(pair: &PatchTransform, row: &[Value]) -> PatchMedia {
    let number = |place: usize| row.get(place).and_then(Value::integer).unwrap_or(0);
    let text = |place: usize| row.get(place).map(Value::to_string).unwrap_or_default();
    PatchMedia {
        transform: pair.name.clone(),
        disk_id: number(0),
        last_sequence: number(1),
        cabinet: text(3),
        volume_label: text(4),
        source: text(5),
    }
}
