//! One cabinet of a set: its header, folder and file entries (CFHEADER, CFFOLDER, CFFILE), and
//! bytes read from it by offset.
//!
//! Read whole when it is opened; data blocks are read later, by `block`.

use std::io::{BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom};

use crate::member::{Attributes, Member, decode_name, dos_time};
use crate::{Error, ReadSeek};

/// Bytes read ahead: two of the longest data blocks, so that most blocks come with one read.
const BUFFER: usize = 128 * 1024;

const FLAG_PREVIOUS: u16 = 1;
const FLAG_NEXT: u16 = 2;
const FLAG_RESERVE: u16 = 4;

/// `iFolder` of a file that began in the previous cabinet.
const FROM_PREVIOUS: u16 = 0xfffd;
/// `iFolder` of a file that goes on in the next cabinet.
const INTO_NEXT: u16 = 0xfffe;
/// `iFolder` of a file that does both.
const FROM_PREVIOUS_INTO_NEXT: u16 = 0xffff;

/// The longest name, in bytes, without the NUL that ends it.
const NAME_MAX: usize = 255;

/// One cabinet of a set.
pub(crate) struct Volume {
    /// The name that it was opened by; empty for the first.
    pub name: String,
    /// The set that it belongs to.
    pub set_id: u16,
    /// Its number in the set.
    pub number: u16,
    /// The cabinet before.
    pub previous: Option<String>,
    /// The cabinet after.
    pub next: Option<String>,
    /// Bytes between a data block's header and its data.
    pub data_reserve: u8,
    /// The folders.
    pub folders: Vec<FolderEntry>,
    /// The files, as listed.
    pub files: Vec<FileEntry>,
    input: Input,
}

/// One folder, or the part of it that is in this cabinet.
pub(crate) struct FolderEntry {
    /// Where its first data block begins.
    pub first_block: u64,
    /// How many data blocks it has here.
    pub blocks: usize,
    /// `typeCompress`.
    pub kind: u16,
}

/// One file.
pub(crate) struct FileEntry {
    /// What it is.
    pub member: Member,
    /// Whether it began in the previous cabinet.
    pub from_previous: bool,
    /// Whether it goes on in the next one.
    pub into_next: bool,
}

impl Volume {
    /// Reads the header and the entries of a cabinet that begins where `reader` does.
    pub fn open(reader: Box<dyn ReadSeek>, name: String) -> Result<Self, Error> {
        let mut input = Input::new(reader)?;
        let fixed: [u8; 36] = input.array("header")?;
        if fixed[..4] != *b"MSCF" {
            return Err(Error::NotACabinet);
        }
        if fixed[24..26] != [3, 1] {
            return Err(Error::Version {
                major: fixed[25],
                minor: fixed[24],
            });
        }
        let flags = u16_at(&fixed, 30);
        let reserve: [u8; 4] = if flags & FLAG_RESERVE != 0 {
            input.array("header")?
        } else {
            [0; 4]
        };
        input.skip(u64::from(u16_at(&reserve, 0)));
        let [folder_reserve, data_reserve] = [reserve[2], reserve[3]];
        let previous = input.neighbour(flags & FLAG_PREVIOUS != 0)?;
        let next = input.neighbour(flags & FLAG_NEXT != 0)?;
        let folders = input.folders(u16_at(&fixed, 26), folder_reserve)?;
        input.position = u64::from(u32_at(&fixed, 16));
        let files = input.files(u16_at(&fixed, 28), folders.len())?;
        let (set_id, number) = (u16_at(&fixed, 32), u16_at(&fixed, 34));
        Ok(Self {
            name,
            set_id,
            number,
            previous,
            next,
            data_reserve,
            folders,
            files,
            input,
        })
    }

    /// Returns whether folder `index` goes on in the next cabinet.
    pub fn goes_on(&self, index: usize) -> bool {
        self.files
            .iter()
            .any(|file| file.into_next && file.member.folder == index)
    }

    /// Returns whether the first folder began in the previous cabinet.
    pub fn began_before(&self) -> bool {
        self.files.iter().any(|file| file.from_previous)
    }

    /// Appends the `count` bytes at `offset` to `buffer`.
    pub fn append(
        &mut self,
        offset: u64,
        count: usize,
        what: &'static str,
        buffer: &mut Vec<u8>,
    ) -> Result<(), Error> {
        self.input.position = offset;
        let start = buffer.len();
        buffer.resize(start + count, 0);
        self.input.fill(&mut buffer[start..], what)
    }
}

/// A reader with a position of our own, so that only real jumps become seeks.
struct Input {
    reader: BufReader<Box<dyn ReadSeek>>,
    /// Where the next read is to happen.
    position: u64,
    /// Where `reader` stands.
    actual: u64,
}

impl Input {
    fn new(reader: Box<dyn ReadSeek>) -> Result<Self, Error> {
        let mut reader = BufReader::with_capacity(BUFFER, reader);
        reader
            .seek(SeekFrom::Start(0))
            .map_err(|source| Error::Read { offset: 0, source })?;
        Ok(Self {
            reader,
            position: 0,
            actual: 0,
        })
    }

    fn skip(&mut self, count: u64) {
        self.position += count;
    }

    /// Seeks to where the next read is to happen.
    fn settle(&mut self) -> Result<(), Error> {
        if self.position != self.actual {
            let offset = self.position;
            // Both are below 2^34: 32-bit offsets and block lengths added up.
            let by = offset as i64 - self.actual as i64;
            self.reader
                .seek_relative(by)
                .map_err(|source| Error::Read { offset, source })?;
            self.actual = offset;
        }
        Ok(())
    }

    fn fill(&mut self, buffer: &mut [u8], what: &'static str) -> Result<(), Error> {
        self.settle()?;
        let offset = self.position;
        self.reader
            .read_exact(buffer)
            .map_err(|source| match source.kind() {
                ErrorKind::UnexpectedEof => Error::Truncated { what, offset },
                _ => Error::Read { offset, source },
            })?;
        self.position += buffer.len() as u64;
        self.actual = self.position;
        Ok(())
    }

    fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], Error> {
        let mut bytes = [0; N];
        self.fill(&mut bytes, what)?;
        Ok(bytes)
    }

    /// Reads a text that ends with NUL.
    fn text(&mut self, what: &'static str) -> Result<Vec<u8>, Error> {
        self.settle()?;
        let offset = self.position;
        let mut text = Vec::new();
        let mut limited = self.reader.by_ref().take(NAME_MAX as u64 + 1);
        limited
            .read_until(0, &mut text)
            .map_err(|source| Error::Read { offset, source })?;
        self.position += text.len() as u64;
        self.actual = self.position;
        match text.pop() {
            Some(0) => Ok(text),
            Some(_) if text.len() == NAME_MAX => Err(Error::Header {
                what: "a name is longer than 255 bytes",
                offset,
            }),
            _ => Err(Error::Truncated { what, offset }),
        }
    }

    /// Reads the name and the disk of the previous or next cabinet, returning the name.
    fn neighbour(&mut self, there: bool) -> Result<Option<String>, Error> {
        if !there {
            return Ok(None);
        }
        let name = self.text("header")?;
        self.text("header")?;
        Ok(Some(decode_name(&name, Attributes::default())))
    }

    fn folders(&mut self, count: u16, reserve: u8) -> Result<Vec<FolderEntry>, Error> {
        let mut folders = Vec::new();
        for _ in 0..count {
            let entry: [u8; 8] = self.array("folder entries")?;
            self.skip(u64::from(reserve));
            folders.push(FolderEntry {
                first_block: u64::from(u32_at(&entry, 0)),
                blocks: usize::from(u16_at(&entry, 4)),
                kind: u16_at(&entry, 6),
            });
        }
        Ok(folders)
    }

    fn files(&mut self, count: u16, folders: usize) -> Result<Vec<FileEntry>, Error> {
        (0..count).map(|_| self.file(folders)).collect()
    }

    fn file(&mut self, folders: usize) -> Result<FileEntry, Error> {
        let offset = self.position;
        let entry: [u8; 16] = self.array("file entries")?;
        let name = self.text("file entries")?;
        let index = u16_at(&entry, 8);
        let from_previous = matches!(index, FROM_PREVIOUS | FROM_PREVIOUS_INTO_NEXT);
        let into_next = matches!(index, INTO_NEXT | FROM_PREVIOUS_INTO_NEXT);
        let folder = match index {
            FROM_PREVIOUS | FROM_PREVIOUS_INTO_NEXT => 0,
            INTO_NEXT => folders.wrapping_sub(1),
            index => usize::from(index),
        };
        if folder >= folders {
            return Err(Error::Header {
                what: "a file's folder is not there",
                offset,
            });
        }
        if index == FROM_PREVIOUS_INTO_NEXT && folders != 1 {
            let what = "a file goes on through a cabinet of several folders";
            return Err(Error::Header { what, offset });
        }
        let attributes = Attributes(u16_at(&entry, 14));
        let member = Member {
            name: decode_name(&name, attributes),
            size: u32_at(&entry, 0),
            attributes,
            modified: dos_time(u16_at(&entry, 10), u16_at(&entry, 12)),
            folder,
            offset: u32_at(&entry, 4),
            needs_previous: false,
        };
        Ok(FileEntry {
            member,
            from_previous,
            into_next,
        })
    }
}

/// Returns the little-endian number at `at`, which the caller knows to be there.
pub(crate) fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

/// Returns the little-endian number at `at`, which the caller knows to be there.
pub(crate) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}
