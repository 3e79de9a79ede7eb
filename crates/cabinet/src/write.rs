//! Writing one cabinet: stored and MSZIP folders, no sets, no reserved areas.
//!
//! Compressed data are held in memory until the cabinet is finished.

use std::io::{self, Read, Write};
use std::time::SystemTime;

use flate2::{Compress, FlushCompress, Status};

use crate::block::checksum;
use crate::decode::BLOCK;
use crate::member::{Attributes, to_dos_time};

/// The longest MSZIP block: 32 KiB and 12 bytes, [MS-MCI] section 2.1.
const MSZIP_MAX: usize = BLOCK + 12;
const HEADER: u64 = 36;

/// How the members of a folder are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    Stored,
    /// MSZIP.
    Mszip,
}

/// Why a cabinet could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// A file could not be read, or the cabinet not be written.
    #[error("cannot read a file for the cabinet, or write the cabinet")]
    Io(#[from] io::Error),
    /// A name that a cabinet cannot hold.
    #[error("`{name}` cannot be a member's name: empty, longer than 255 bytes, or with a NUL")]
    Name {
        /// The name.
        name: String,
    },
    /// More than the format can hold.
    #[error("the cabinet would have {what}")]
    TooLarge {
        /// What there is too much of.
        what: &'static str,
    },
}

/// Builds a cabinet.
pub struct Writer {
    folders: Vec<Folder>,
    members: Vec<Entry>,
}

struct Folder {
    compression: Compression,
    blocks: Vec<Block>,
    /// What does not fill a block yet.
    pending: Vec<u8>,
    /// The block before, which the next one may refer to.
    history: Vec<u8>,
    length: u64,
}

struct Block {
    size: u16,
    data: Vec<u8>,
}

struct Entry {
    name: String,
    size: u32,
    offset: u32,
    folder: u16,
    date: u16,
    time: u16,
    attributes: u16,
}

impl Writer {
    /// Returns an empty cabinet with one folder.
    pub fn new(compression: Compression) -> Self {
        Self {
            folders: vec![Folder::new(compression)],
            members: Vec::new(),
        }
    }

    /// Begins another folder: further members go there. Does nothing but set the compression
    /// while the present one is empty.
    pub fn begin_folder(&mut self, compression: Compression) {
        let index = self.folders.len() - 1;
        if !self
            .members
            .iter()
            .any(|member| usize::from(member.folder) == index)
        {
            self.folders.pop();
        }
        self.folders.push(Folder::new(compression));
    }

    /// Adds a member with what `contents` holds, read to its end.
    ///
    /// A name that is not ASCII is written in UTF-8 and flagged so. `modified` None writes no date.
    /// Errors: those of reading `contents`, a name or an amount that does not fit. The cabinet is
    /// of no use then.
    pub fn add(
        &mut self,
        name: &str,
        attributes: Attributes,
        modified: Option<SystemTime>,
        contents: &mut dyn Read,
    ) -> Result<(), WriteError> {
        if name.is_empty() || name.len() > 255 || name.contains('\0') {
            return Err(WriteError::Name {
                name: name.to_owned(),
            });
        }
        let index = self.folders.len() - 1;
        let folder = &mut self.folders[index];
        let offset = folder.length;
        folder.append(contents)?;
        let size = folder.length - offset;
        let too_large = |_| WriteError::TooLarge {
            what: "4 GiB or more in a folder",
        };
        let (date, time) = modified.map_or((0, 0), to_dos_time);
        let utf8 = if name.is_ascii() {
            0
        } else {
            Attributes::NAME_IS_UTF8
        };
        self.members.push(Entry {
            name: name.to_owned(),
            size: size.try_into().map_err(too_large)?,
            offset: offset.try_into().map_err(too_large)?,
            folder: index.try_into().map_err(|_| WriteError::TooLarge {
                what: "65,536 folders",
            })?,
            date,
            time,
            attributes: attributes.0 & !Attributes::NAME_IS_UTF8 | utf8,
        });
        Ok(())
    }

    /// Writes the cabinet and returns its length in bytes.
    ///
    /// Errors: those of `out`, and amounts that the format cannot hold.
    pub fn finish(mut self, out: &mut dyn Write) -> Result<u64, WriteError> {
        self.drop_empty_folders();
        for folder in &mut self.folders {
            folder.flush()?;
        }
        let head = self.head()?;
        out.write_all(&head)?;
        let mut length = head.len() as u64;
        for block in self.folders.iter().flat_map(|folder| &folder.blocks) {
            let header = block.header();
            out.write_all(&header)?;
            out.write_all(&block.data)?;
            length += (header.len() + block.data.len()) as u64;
        }
        Ok(length)
    }

    /// Drops folders without data; members there, which have no bytes, go to the first folder left.
    fn drop_empty_folders(&mut self) {
        let mut kept = 0;
        let places: Vec<u16> = (self.folders.iter())
            .map(|folder| match folder.length {
                0 => 0,
                _ => {
                    kept += 1;
                    kept - 1
                }
            })
            .collect();
        for member in &mut self.members {
            member.folder = places[usize::from(member.folder)];
        }
        self.folders.retain(|folder| folder.length > 0);
        if self.folders.is_empty() && !self.members.is_empty() {
            self.folders.push(Folder::new(Compression::Stored));
        }
    }

    /// Returns everything before the data: CFHEADER, CFFOLDERs, CFFILEs.
    fn head(&self) -> Result<Vec<u8>, WriteError> {
        let u16_of =
            |count: usize, what| u16::try_from(count).map_err(|_| WriteError::TooLarge { what });
        let u32_of = |length: u64| {
            let what = "4 GiB or more in all";
            u32::try_from(length).map_err(|_| WriteError::TooLarge { what })
        };
        let names: usize = self
            .members
            .iter()
            .map(|member| 17 + member.name.len())
            .sum();
        let files_at = HEADER + 8 * self.folders.len() as u64;
        let data_at = files_at + names as u64;
        let data: u64 = self.folders.iter().map(Folder::stored_length).sum();
        let mut head = b"MSCF\0\0\0\0".to_vec();
        head.extend(u32_of(data_at + data)?.to_le_bytes());
        head.extend([0; 4]);
        head.extend(u32_of(files_at)?.to_le_bytes());
        head.extend([0, 0, 0, 0, 3, 1]);
        head.extend(u16_of(self.folders.len(), "65,536 folders")?.to_le_bytes());
        head.extend(u16_of(self.members.len(), "65,536 members")?.to_le_bytes());
        head.extend([0; 6]);
        let mut block_at = data_at;
        for folder in &self.folders {
            head.extend(u32_of(block_at)?.to_le_bytes());
            head.extend(u16_of(folder.blocks.len(), "65,536 blocks")?.to_le_bytes());
            head.extend((folder.compression as u16).to_le_bytes());
            block_at += folder.stored_length();
        }
        for member in &self.members {
            member.write(&mut head);
        }
        Ok(head)
    }
}

impl Entry {
    fn write(&self, head: &mut Vec<u8>) {
        head.extend(self.size.to_le_bytes());
        head.extend(self.offset.to_le_bytes());
        for number in [self.folder, self.date, self.time, self.attributes] {
            head.extend(number.to_le_bytes());
        }
        head.extend(self.name.as_bytes());
        head.push(0);
    }
}

impl Block {
    fn header(&self) -> [u8; 8] {
        let [s0, s1] = (self.data.len() as u16).to_le_bytes();
        let [u0, u1] = self.size.to_le_bytes();
        let sum = checksum(&[s0, s1, u0, u1]) ^ checksum(&self.data);
        let [c0, c1, c2, c3] = sum.to_le_bytes();
        [c0, c1, c2, c3, s0, s1, u0, u1]
    }
}

impl Folder {
    fn new(compression: Compression) -> Self {
        Self {
            compression,
            blocks: Vec::new(),
            pending: Vec::new(),
            history: Vec::new(),
            length: 0,
        }
    }

    /// Returns the bytes that its blocks take, with their headers.
    fn stored_length(&self) -> u64 {
        self.blocks
            .iter()
            .map(|block| 8 + block.data.len() as u64)
            .sum()
    }

    /// Appends all that `contents` holds.
    fn append(&mut self, contents: &mut dyn Read) -> Result<(), WriteError> {
        loop {
            let wanted = BLOCK - self.pending.len();
            let count = contents
                .take(wanted as u64)
                .read_to_end(&mut self.pending)?;
            self.length += count as u64;
            if count < wanted {
                return Ok(());
            }
            self.flush()?;
        }
    }

    /// Makes a block of what is pending.
    fn flush(&mut self) -> Result<(), WriteError> {
        if self.pending.is_empty() {
            return Ok(());
        }
        if self.blocks.len() == usize::from(u16::MAX) {
            return Err(WriteError::TooLarge {
                what: "more than 65,535 blocks in a folder",
            });
        }
        let data = match self.compression {
            Compression::Stored => self.pending.clone(),
            Compression::Mszip => deflate(&self.pending, &self.history),
        };
        // BLOCK and MSZIP_MAX both fit.
        self.blocks.push(Block {
            size: self.pending.len() as u16,
            data,
        });
        std::mem::swap(&mut self.history, &mut self.pending);
        self.pending.clear();
        Ok(())
    }
}

/// Returns `block` as an MSZIP block, stored where deflating makes it too long.
fn deflate(block: &[u8], history: &[u8]) -> Vec<u8> {
    let mut data = b"CK".to_vec();
    data.reserve_exact(MSZIP_MAX);
    let mut compress = Compress::new(flate2::Compression::default(), false);
    let primed = history.is_empty() || compress.set_dictionary(history).is_ok();
    let status = compress.compress_vec(block, &mut data, FlushCompress::Finish);
    if primed && matches!(status, Ok(Status::StreamEnd)) && data.len() <= MSZIP_MAX {
        return data;
    }
    data.truncate(2);
    let length = block.len() as u16;
    data.push(1);
    data.extend(length.to_le_bytes());
    data.extend((!length).to_le_bytes());
    data.extend(block);
    data
}
