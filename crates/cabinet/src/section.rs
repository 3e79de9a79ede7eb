//! A part of a reader as a reader of its own: a cabinet that lies inside another file.

use std::io::{self, Read, Seek, SeekFrom};

/// A part of a reader, for instance a cabinet inside a setup program.
#[derive(Debug)]
pub struct Section<R> {
    inner: R,
    start: u64,
    length: u64,
    position: u64,
}

impl<R: Read + Seek> Section<R> {
    /// Returns the `length` bytes of `inner` that begin at byte `start`.
    ///
    /// Errors: what seeking in `inner` gives.
    pub fn new(mut inner: R, start: u64, length: u64) -> io::Result<Self> {
        inner.seek(SeekFrom::Start(start))?;
        let length = length.min(u64::MAX - start);
        Ok(Self {
            inner,
            start,
            length,
            position: 0,
        })
    }
}

impl<R: Read> Read for Section<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.length.saturating_sub(self.position);
        let wanted = usize::try_from(left).map_or(buffer.len(), |left| left.min(buffer.len()));
        let count = self.inner.read(&mut buffer[..wanted])?;
        self.position += count as u64;
        Ok(count)
    }
}

impl<R: Seek> Seek for Section<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
        };
        let target = target.filter(|target| target.checked_add(self.start).is_some());
        let target = target.ok_or(io::ErrorKind::InvalidInput)?;
        self.inner.seek(SeekFrom::Start(self.start + target))?;
        self.position = target;
        Ok(target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_section_is_seen() {
        let mut section = Section::new(io::Cursor::new(b"before middle after"), 7, 6).unwrap();
        let mut text = String::new();
        section.read_to_string(&mut text).unwrap();
        assert_eq!(text, "middle");
        assert_eq!(section.seek(SeekFrom::End(-3)).unwrap(), 3);
        text.clear();
        section.read_to_string(&mut text).unwrap();
        assert_eq!(text, "dle");
        assert_eq!(section.seek(SeekFrom::Start(100)).unwrap(), 100);
        assert_eq!(section.read(&mut [0]).unwrap(), 0);
        assert!(section.seek(SeekFrom::Current(-101)).is_err());
    }
}
