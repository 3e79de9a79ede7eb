//! Cabinets put together byte for byte: reserved areas, sets, LZX, and what no tool would write.
#![allow(dead_code, reason = "each test target uses another part")]

pub mod lzx;
pub mod quantum;

use std::collections::HashMap;
use std::io::Cursor;

use cabinet::{ReadSeek, Volumes};
use flate2::{Compress, FlushCompress, Status};

/// `typeCompress` of stored and MSZIP folders.
pub const STORED: u16 = 0;
pub const MSZIP: u16 = 1;

/// `iFolder` of files that span cabinets.
pub const FROM_PREVIOUS: u16 = 0xfffd;
pub const INTO_NEXT: u16 = 0xfffe;
pub const FROM_PREVIOUS_INTO_NEXT: u16 = 0xffff;

/// A cabinet to be.
#[derive(Clone, Default)]
pub struct Craft {
    /// Lengths of the reserved areas: header, folder, data.
    pub reserve: Option<(u16, u8, u8)>,
    pub set_id: u16,
    pub number: u16,
    pub previous: Option<String>,
    pub next: Option<String>,
    pub folders: Vec<CraftFolder>,
    pub files: Vec<CraftFile>,
    /// Write no checksums.
    pub without_checksums: bool,
}

/// A folder: its type, and its blocks with the size that they claim.
#[derive(Clone, Default)]
pub struct CraftFolder {
    pub kind: u16,
    pub blocks: Vec<(Vec<u8>, u16)>,
}

#[derive(Clone)]
pub struct CraftFile {
    pub name: Vec<u8>,
    pub size: u32,
    pub offset: u32,
    pub folder: u16,
}

pub fn file(name: &str, folder: u16, offset: usize, size: usize) -> CraftFile {
    let (size, offset) = (size as u32, offset as u32);
    CraftFile {
        name: name.into(),
        size,
        offset,
        folder,
    }
}

impl Craft {
    pub fn build(&self) -> Vec<u8> {
        let flags = u16::from(self.previous.is_some())
            | u16::from(self.next.is_some()) << 1
            | u16::from(self.reserve.is_some()) << 2;
        let mut tail = Vec::new();
        let (header_reserve, folder_reserve, data_reserve) = self.reserve.unwrap_or_default();
        if self.reserve.is_some() {
            tail.extend(header_reserve.to_le_bytes());
            tail.extend([folder_reserve, data_reserve]);
            tail.extend(vec![0xaa; header_reserve.into()]);
        }
        for name in [&self.previous, &self.next].into_iter().flatten() {
            tail.extend(name.as_bytes());
            tail.extend(b"\0disk\0");
        }
        let files_at = 36 + tail.len() + self.folders.len() * (8 + usize::from(folder_reserve));
        let files: usize = self.files.iter().map(|file| 17 + file.name.len()).sum();
        let mut data = Vec::new();
        for folder in &self.folders {
            tail.extend(((files_at + files + data.len()) as u32).to_le_bytes());
            tail.extend((folder.blocks.len() as u16).to_le_bytes());
            tail.extend(folder.kind.to_le_bytes());
            tail.extend(vec![0xbb; folder_reserve.into()]);
            for (bytes, size) in &folder.blocks {
                data.extend(self.block(bytes, *size, data_reserve));
            }
        }
        for file in &self.files {
            tail.extend(file.size.to_le_bytes());
            tail.extend(file.offset.to_le_bytes());
            tail.extend(file.folder.to_le_bytes());
            tail.extend([0; 6]);
            tail.extend(&file.name);
            tail.push(0);
        }
        let mut bytes = b"MSCF\0\0\0\0".to_vec();
        bytes.extend(((36 + tail.len() + data.len()) as u32).to_le_bytes());
        bytes.extend([0; 4]);
        bytes.extend((files_at as u32).to_le_bytes());
        bytes.extend([0, 0, 0, 0, 3, 1]);
        for number in [self.folders.len() as u16, self.files.len() as u16] {
            bytes.extend(number.to_le_bytes());
        }
        for number in [flags, self.set_id, self.number] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend(tail);
        bytes.extend(data);
        bytes
    }

    fn block(&self, bytes: &[u8], size: u16, reserve: u8) -> Vec<u8> {
        let mut summed = (bytes.len() as u16).to_le_bytes().to_vec();
        summed.extend(size.to_le_bytes());
        summed.extend((0..reserve).map(|byte| byte ^ 0xcc));
        let sum = if self.without_checksums {
            0
        } else {
            checksum(&summed) ^ checksum(bytes)
        };
        [&sum.to_le_bytes()[..], &summed, bytes].concat()
    }
}

/// The checksum as the format's description words it, a byte at a time.
fn checksum(bytes: &[u8]) -> u32 {
    let words = bytes.chunks(4).map(|chunk| match *chunk {
        [a, b, c, d] => u32::from_le_bytes([a, b, c, d]),
        [a, b, c] => u32::from_be_bytes([0, a, b, c]),
        [a, b] => u32::from_be_bytes([0, 0, a, b]),
        [a] => u32::from(a),
        _ => unreachable!("chunks of 4"),
    });
    words.fold(0, |sum, word| sum ^ word)
}

/// Returns `bytes` as blocks of a stored folder, of `size` bytes each.
pub fn stored_blocks(bytes: &[u8], size: usize) -> Vec<(Vec<u8>, u16)> {
    bytes
        .chunks(size)
        .map(|chunk| (chunk.to_vec(), chunk.len() as u16))
        .collect()
}

/// Returns `bytes` as blocks of an MSZIP folder, of `size` bytes each, that refer to the 32 KiB
/// before them.
pub fn mszip_blocks(bytes: &[u8], size: usize) -> Vec<(Vec<u8>, u16)> {
    let block = |at: usize| {
        let mut compress = Compress::new(flate2::Compression::default(), false);
        let history = &bytes[at.saturating_sub(32_768)..at];
        if !history.is_empty() {
            compress.set_dictionary(history).unwrap();
        }
        let chunk = &bytes[at..bytes.len().min(at + size)];
        let mut block = b"CK".to_vec();
        block.reserve(chunk.len() + 1000);
        let status = compress.compress_vec(chunk, &mut block, FlushCompress::Finish);
        assert_eq!(status.unwrap(), Status::StreamEnd);
        (block, chunk.len() as u16)
    };
    (0..bytes.len()).step_by(size).map(block).collect()
}

/// The later cabinets of a set, by name; counts how often one is asked for.
#[derive(Default)]
pub struct Later {
    pub cabinets: HashMap<String, Vec<u8>>,
    pub opened: usize,
}

impl Later {
    pub fn new(cabinets: impl IntoIterator<Item = (&'static str, Vec<u8>)>) -> Self {
        let cabinets = cabinets
            .into_iter()
            .map(|(name, bytes)| (name.to_owned(), bytes))
            .collect();
        Self {
            cabinets,
            opened: 0,
        }
    }
}

impl Volumes for Later {
    fn open(&mut self, name: &str) -> std::io::Result<Box<dyn ReadSeek>> {
        self.opened += 1;
        let bytes = self
            .cabinets
            .get(name)
            .ok_or(std::io::ErrorKind::NotFound)?;
        Ok(Box::new(Cursor::new(bytes.clone())))
    }
}
