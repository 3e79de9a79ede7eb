//! The reader under a compound file, shared by all its streams.

use std::io::{self, Read, Seek, SeekFrom};
use std::sync::{Mutex, PoisonError};

use crate::Error;

/// What a package or a stream is read from.
pub trait ReadSeek: Read + Seek + Send {}
impl<T: Read + Seek + Send> ReadSeek for T {}

/// A reader behind a lock, which remembers where it stands: reads that follow each other need no seek.
pub(crate) struct Source {
    inner: Mutex<Inner>,
    length: u64,
}

struct Inner {
    reader: Box<dyn ReadSeek>,
    /// Where the reader stands; none after an error.
    position: Option<u64>,
}

impl Source {
    /// Errors: [`Error::Io`] when the length cannot be had.
    pub(crate) fn new(mut reader: Box<dyn ReadSeek>) -> Result<Source, Error> {
        let length = reader.seek(SeekFrom::End(0)).map_err(|source| Error::Io {
            what: "the package".to_string(),
            source,
        })?;
        Ok(Source {
            inner: Mutex::new(Inner {
                reader,
                position: None,
            }),
            length,
        })
    }

    /// The length of the file in bytes.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// Reads from `offset`; fewer bytes than asked for only at the end of the file.
    pub(crate) fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.position != Some(offset) {
            inner.position = None;
            inner.reader.seek(SeekFrom::Start(offset))?;
        }
        inner.position = None;
        let mut done = 0;
        while done < buffer.len() {
            match inner.reader.read(&mut buffer[done..]) {
                Ok(0) => break,
                Ok(count) => done += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        inner.position = Some(offset + done as u64);
        Ok(done)
    }

    /// Reads a piece of the structure; what lies behind the end of the file reads as `fill`.
    pub(crate) fn read_padded(
        &self,
        offset: u64,
        buffer: &mut [u8],
        fill: u8,
    ) -> Result<(), Error> {
        let count = self.read_at(offset, buffer).map_err(|source| Error::Io {
            what: format!("the package at byte {offset}"),
            source,
        })?;
        buffer[count..].fill(fill);
        Ok(())
    }
}
