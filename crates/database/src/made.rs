//! Compound files and packages made for tests, also of kinds that common tools do not write.

use std::collections::HashMap;

use crate::schema::type_bits;
use crate::{ColumnKind, Table, Value, stream_name};

/// How a compound file is laid out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layout {
    /// 9 or 12.
    pub(crate) sector_shift: u32,
    /// Are the sectors of a stream stored backwards?
    pub(crate) backwards: bool,
}

const END: u32 = 0xFFFF_FFFE;
const FREE: u32 = 0xFFFF_FFFF;

struct Writer {
    layout: Layout,
    sectors: Vec<Vec<u8>>,
    fat: Vec<u32>,
}

impl Writer {
    /// Adds a chain of sectors, and returns its first.
    fn add(&mut self, bytes: &[u8], fill: u8) -> u32 {
        let size = 1 << self.layout.sector_shift;
        let mut sectors: Vec<Vec<u8>> = bytes.chunks(size).map(<[u8]>::to_vec).collect();
        for sector in &mut sectors {
            sector.resize(size, fill);
        }
        let (start, count) = (self.sectors.len() as u32, sectors.len() as u32);
        if count == 0 {
            return END;
        }
        if self.layout.backwards {
            sectors.reverse();
            self.fat.push(END);
            self.fat.extend(start..start + count - 1);
        } else {
            self.fat.extend(start + 1..start + count);
            self.fat.push(END);
        }
        self.sectors.extend(sectors);
        if self.layout.backwards {
            start + count - 1
        } else {
            start
        }
    }
}

/// Writes a compound file with these streams in its root.
pub(crate) fn compound(layout: Layout, streams: &[(Vec<u16>, Vec<u8>)]) -> Vec<u8> {
    let mut writer = Writer {
        layout,
        sectors: Vec::new(),
        fat: Vec::new(),
    };
    let (mut mini, mut mini_fat) = (Vec::new(), Vec::new());
    let mut entries = Vec::new();
    for (name, bytes) in streams {
        let start = if bytes.is_empty() {
            END
        } else if bytes.len() < 4096 {
            let start = (mini.len() / 64) as u32;
            let count = bytes.len().div_ceil(64) as u32;
            mini_fat.extend(start + 1..start + count);
            mini_fat.push(END);
            mini.extend(bytes);
            mini.resize(mini.len().next_multiple_of(64), 0);
            start
        } else {
            writer.add(bytes, 0)
        };
        entries.push((name.clone(), 2, start, bytes.len() as u64));
    }
    let root: Vec<u16> = "Root Entry".encode_utf16().collect();
    let mini_start = writer.add(&mini, 0);
    entries.insert(0, (root, 5, mini_start, mini.len() as u64));
    let mini_fat_start = writer.add(&numbers(&mini_fat), 0xFF);
    let directory_start = writer.add(&directory(&entries), 0);
    finish(writer, directory_start, mini_fat_start)
}

fn numbers(numbers: &[u32]) -> Vec<u8> {
    numbers
        .iter()
        .flat_map(|number| number.to_le_bytes())
        .collect()
}

/// Each entry is the right neighbour of the one before: a list, in no order.
fn directory(entries: &[(Vec<u16>, u8, u32, u64)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (number, (name, kind, start, size)) in entries.iter().enumerate() {
        let mut entry = vec![0; 128];
        for (place, unit) in name.iter().enumerate() {
            entry[2 * place..2 * place + 2].copy_from_slice(&unit.to_le_bytes());
        }
        let next = number as u32 + 1;
        let next = if entries.len() as u32 == next {
            FREE
        } else {
            next
        };
        let (right, child) = if number == 0 {
            (FREE, next)
        } else {
            (next, FREE)
        };
        entry[64..66].copy_from_slice(&(2 * name.len() as u16 + 2).to_le_bytes());
        entry[66] = *kind;
        entry[68..80].copy_from_slice(&numbers(&[FREE, right, child]));
        entry[116..120].copy_from_slice(&start.to_le_bytes());
        entry[120..128].copy_from_slice(&size.to_le_bytes());
        bytes.extend(entry);
    }
    bytes
}

/// Adds the allocation table, the list of its sectors, and the header.
fn finish(mut writer: Writer, directory_start: u32, mini_fat_start: u32) -> Vec<u8> {
    let size = 1usize << writer.layout.sector_shift;
    let per_sector = size / 4;
    let used = writer.sectors.len();
    let (mut fat_count, mut difat_count) = (0, 0);
    // The tables describe themselves, so their number is found by trying.
    while (fat_count * per_sector) < used + fat_count + difat_count {
        fat_count += 1;
        difat_count = fat_count.saturating_sub(109).div_ceil(per_sector - 1);
    }
    let first_fat = used as u32;
    let first_difat = first_fat + fat_count as u32;
    writer.fat.extend(vec![0xFFFF_FFFD; fat_count]);
    writer.fat.extend(vec![0xFFFF_FFFC; difat_count]);
    writer.fat.resize(fat_count * per_sector, FREE);
    let mut places: Vec<u32> = (first_fat..first_difat).collect();
    let rest = places.split_off(places.len().min(109));
    places.resize(109, FREE);
    let mut header = vec![0; size];
    header[..8].copy_from_slice(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]);
    header[24..30].copy_from_slice(&[0x3E, 0, 3, 0, 0xFE, 0xFF]);
    header[30] = writer.layout.sector_shift as u8;
    header[32] = 6;
    let difat_start = if difat_count == 0 { END } else { first_difat };
    header[44..48].copy_from_slice(&(fat_count as u32).to_le_bytes());
    header[48..52].copy_from_slice(&directory_start.to_le_bytes());
    header[56..72].copy_from_slice(&numbers(&[4096, mini_fat_start, 1, difat_start]));
    header[72..76].copy_from_slice(&(difat_count as u32).to_le_bytes());
    header[76..512].copy_from_slice(&numbers(&places));
    let mut file = header;
    file.extend(writer.sectors.concat());
    file.extend(numbers(&writer.fat));
    for (number, chunk) in rest.chunks(per_sector - 1).enumerate() {
        let mut chunk = chunk.to_vec();
        chunk.resize(per_sector - 1, FREE);
        let last = number + 1 == difat_count;
        chunk.push(if last {
            END
        } else {
            first_difat + number as u32 + 1
        });
        file.extend(numbers(&chunk));
    }
    file
}

/// Returns the streams of a package with these tables.
pub(crate) fn package(long_references: bool, tables: &[Table]) -> Vec<(Vec<u16>, Vec<u8>)> {
    let mut texts = Texts::new(long_references);
    let (mut names, mut columns) = (Vec::new(), vec![Vec::new(); 4]);
    let mut streams = Vec::new();
    for table in tables {
        names.extend(texts.reference(&table.name));
        for (number, column) in table.columns.iter().enumerate() {
            columns[0].extend(texts.reference(&table.name));
            columns[1].extend(((number as u16 + 1) ^ 0x8000).to_le_bytes());
            columns[2].extend(texts.reference(&column.name));
            columns[3].extend((type_bits(column) ^ 0x8000).to_le_bytes());
        }
        let mut stream = Vec::new();
        for (place, column) in table.columns.iter().enumerate() {
            for row in &table.rows {
                stream.extend(texts.cell(column.kind, &row[place]));
            }
        }
        streams.push((stream_name::encode(&table.name, true), stream));
    }
    for (name, bytes) in [
        ("_Tables", names),
        ("_Columns", columns.concat()),
        ("_StringPool", texts.pool),
        ("_StringData", texts.data),
    ] {
        streams.push((stream_name::encode(name, true), bytes));
    }
    streams
}

/// A string pool while it is written.
pub(crate) struct Texts {
    long_references: bool,
    numbers: HashMap<String, u32>,
    pub(crate) pool: Vec<u8>,
    pub(crate) data: Vec<u8>,
}

impl Texts {
    pub(crate) fn new(long_references: bool) -> Texts {
        let head: u32 = if long_references { 0x8000_0000 } else { 0 };
        Texts {
            long_references,
            numbers: HashMap::new(),
            pool: (head | 65001).to_le_bytes().to_vec(),
            data: Vec::new(),
        }
    }

    pub(crate) fn reference(&mut self, text: &str) -> Vec<u8> {
        let next = self.numbers.len() as u32 + 1;
        let number = *self.numbers.entry(text.to_string()).or_insert(next);
        if number == next {
            self.data.extend(text.as_bytes());
            match u16::try_from(text.len()) {
                Ok(length) => self.pool.extend(numbers(&[u32::from(length) | 1 << 16])),
                Err(_) => self.pool.extend(numbers(&[1 << 16, text.len() as u32])),
            }
        }
        number.to_le_bytes()[..if self.long_references { 3 } else { 2 }].to_vec()
    }

    pub(crate) fn cell(&mut self, kind: ColumnKind, value: &Value) -> Vec<u8> {
        match (kind, value) {
            (ColumnKind::Text(_), Value::Text(text)) => self.reference(text),
            (ColumnKind::Text(_), _) => vec![0; if self.long_references { 3 } else { 2 }],
            (ColumnKind::Short, Value::Integer(n)) => (*n as u16 ^ 0x8000).to_le_bytes().to_vec(),
            (ColumnKind::Long, Value::Integer(n)) => {
                (*n as u32 ^ 0x8000_0000).to_le_bytes().to_vec()
            }
            (ColumnKind::Binary, Value::Stream(_)) => vec![1, 0],
            (ColumnKind::Long, _) => vec![0; 4],
            _ => vec![0; 2],
        }
    }
}
