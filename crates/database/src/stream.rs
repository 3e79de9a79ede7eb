//! Readers of streams: they own what they need and hold one small buffer, however long the stream is.

use std::io::{self, BufRead, Cursor, Read, Seek, SeekFrom};
use std::sync::Arc;

use crate::compound::{Extent, Source};

/// How much is read ahead for small reads, in bytes.
const BUFFER: u64 = 64 * 1024;

/// Reads one stream of a package from its start; may be sent to another thread and outlive the database.
///
/// Large reads go straight to the file, whole runs of neighbouring sectors at once.
pub struct StreamReader {
    inner: Inner,
}

/// What a stream holds that is not in the package's file.
#[derive(Clone)]
pub(crate) enum Contents {
    /// These bytes.
    Bytes(Arc<[u8]>),
    /// All that this has; it is read when it is asked for.
    Source(Arc<Source>),
}

impl Contents {
    pub(crate) fn reader(&self) -> StreamReader {
        match self {
            Contents::Bytes(bytes) => StreamReader::memory(bytes.clone()),
            Contents::Source(source) => {
                let whole = Extent {
                    offset: 0,
                    length: source.length(),
                };
                StreamReader::file(source.clone(), vec![whole])
            }
        }
    }
}

enum Inner {
    File(io::BufReader<FileStream>),
    Memory(Cursor<Arc<[u8]>>),
}

/// The bytes of a stream in pieces of a file, without a buffer.
struct FileStream {
    source: Arc<Source>,
    extents: Vec<Extent>,
    length: u64,
    /// Where the next read begins in the stream.
    position: u64,
    /// The extent of the last read, and where it begins in the stream.
    current: (usize, u64),
}

impl StreamReader {
    pub(crate) fn file(source: Arc<Source>, extents: Vec<Extent>) -> StreamReader {
        let length = extents.iter().map(|extent| extent.length).sum();
        let stream = FileStream {
            source,
            extents,
            length,
            position: 0,
            current: (0, 0),
        };
        let capacity = usize::try_from(length.min(BUFFER)).unwrap_or(0);
        StreamReader {
            inner: Inner::File(io::BufReader::with_capacity(capacity, stream)),
        }
    }

    pub(crate) fn memory(bytes: Arc<[u8]>) -> StreamReader {
        StreamReader {
            inner: Inner::Memory(Cursor::new(bytes)),
        }
    }

    /// The whole stream's length in bytes.
    pub fn length(&self) -> u64 {
        match &self.inner {
            Inner::File(reader) => reader.get_ref().length,
            Inner::Memory(cursor) => cursor.get_ref().len() as u64,
        }
    }
}

impl FileStream {
    /// Moves `current` to the extent that holds `position`, which is within the stream.
    fn find(&mut self) {
        if self.position < self.current.1 {
            self.current = (0, 0);
        }
        while self.position - self.current.1 >= self.extents[self.current.0].length {
            self.current.1 += self.extents[self.current.0].length;
            self.current.0 += 1;
        }
    }
}

impl Read for FileStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() || self.position >= self.length {
            return Ok(0);
        }
        self.find();
        let extent = self.extents[self.current.0];
        let within = self.position - self.current.1;
        let count = (extent.length - within).min(buffer.len() as u64) as usize;
        let offset = extent.offset + within;
        let read = self.source.read_at(offset, &mut buffer[..count])?;
        if read == 0 {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                format!("the file ends at byte {offset}, within a stream"),
            ));
        }
        self.position += read as u64;
        Ok(read)
    }
}

impl Seek for FileStream {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
        };
        self.position = target.ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::InvalidInput,
                "seek before the stream's start",
            )
        })?;
        Ok(self.position)
    }
}

impl Read for StreamReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match &mut self.inner {
            Inner::File(reader) => reader.read(buffer),
            Inner::Memory(cursor) => cursor.read(buffer),
        }
    }
}

impl BufRead for StreamReader {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        match &mut self.inner {
            Inner::File(reader) => reader.fill_buf(),
            Inner::Memory(cursor) => cursor.fill_buf(),
        }
    }

    fn consume(&mut self, count: usize) {
        match &mut self.inner {
            Inner::File(reader) => reader.consume(count),
            Inner::Memory(cursor) => cursor.consume(count),
        }
    }
}

impl Seek for StreamReader {
    /// A seek within what was read ahead costs nothing.
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        match &mut self.inner {
            Inner::Memory(cursor) => cursor.seek(to),
            Inner::File(reader) => {
                let here = reader.stream_position()?;
                let length = reader.get_ref().length;
                let target = match to {
                    SeekFrom::Start(offset) => Some(offset),
                    SeekFrom::End(by) => length.checked_add_signed(by),
                    SeekFrom::Current(by) => here.checked_add_signed(by),
                };
                match target.map(|target| i128::from(target) - i128::from(here)) {
                    Some(by) if i64::try_from(by).is_ok() => {
                        reader.seek_relative(by as i64)?;
                        reader.stream_position()
                    }
                    _ => reader.seek(to),
                }
            }
        }
    }
}

impl std::fmt::Debug for StreamReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StreamReader({} bytes)", self.length())
    }
}
