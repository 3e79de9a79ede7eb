//! The window of the decoders that refer far back (LZX, Quantum): the bytes decoded last.

use crate::decode::BLOCK;

/// Bytes that copying a match may overwrite behind it.
const SLACK: usize = 16;

/// The bytes decoded last.
///
/// The buffer is twice the window: matches lie in one piece, and it slides down only once for each
/// window of bytes.
#[derive(Clone)]
pub(crate) struct Window {
    size: usize,
    buffer: Vec<u8>,
    /// Where the next byte goes.
    at: usize,
    /// Where the newest block begins and is to end.
    block: std::ops::Range<usize>,
}

impl Window {
    /// Returns an empty window of `size` bytes, at most 2 MiB.
    pub fn new(size: usize) -> Self {
        let size = size.max(BLOCK);
        let buffer = vec![0; 2 * size + SLACK];
        Self {
            size,
            buffer,
            at: 0,
            block: 0..0,
        }
    }

    /// Begins a block of `length` bytes, at most [`BLOCK`].
    pub fn begin(&mut self, length: usize) {
        if self.at + length + SLACK > self.buffer.len() {
            self.buffer.copy_within(self.at - self.size..self.at, 0);
            self.at = self.size;
        }
        self.block = self.at..self.at + length;
    }

    /// Returns how many bytes the block still lacks.
    #[inline(always)]
    pub fn lacks(&self) -> usize {
        self.block.end - self.at
    }

    /// Returns what there is of the newest block.
    pub fn output(&self) -> &[u8] {
        &self.buffer[self.block.start..self.at]
    }

    /// Adds a byte; the block lacks one.
    #[inline(always)]
    pub fn push(&mut self, byte: u8) {
        self.buffer[self.at] = byte;
        self.at += 1;
    }

    /// Adds bytes; the block lacks as many.
    pub fn extend(&mut self, bytes: &[u8]) {
        self.buffer[self.at..][..bytes.len()].copy_from_slice(bytes);
        self.at += bytes.len();
    }

    /// Repeats `length` bytes from `offset` back, which they may reach into.
    ///
    /// Errors: says what is wrong with such a match.
    #[inline(always)]
    pub fn repeat(&mut self, offset: usize, length: usize) -> Result<(), &'static str> {
        if offset == 0 || offset > self.at.min(self.size) {
            return Err("a match lies before the beginning");
        }
        if length > self.lacks() {
            return Err("a match goes beyond its block");
        }
        // One piece, checked once: what is copied, the match, and the slack.
        let piece = &mut self.buffer[self.at - offset..self.at + length + SLACK];
        if offset >= 16 {
            let mut done = 0;
            while let Some(chunk) = piece[done..].first_chunk::<16>().copied() {
                piece[done + offset..][..16].copy_from_slice(&chunk);
                done += 16;
                if done >= length {
                    break;
                }
            }
        } else if offset == 1 {
            let byte = piece[0];
            piece[1..=length].fill(byte);
        } else {
            for done in 0..length {
                piece[done + offset] = piece[done];
            }
        }
        self.at += length;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_of_every_offset_and_length_repeat_what_was_there() {
        let mut window = Window::new(BLOCK);
        let mut all = Vec::new();
        for offset in 1..70 {
            for length in 1..70 {
                window.begin(offset + length);
                for byte in 0..offset {
                    window.push((byte * 31 + length) as u8);
                    all.push((byte * 31 + length) as u8);
                }
                window.repeat(offset, length).unwrap();
                for _ in 0..length {
                    all.push(all[all.len() - offset]);
                }
                assert_eq!(window.lacks(), 0);
                assert!(window.output() == &all[all.len() - offset - length..]);
                // The slack behind the match is overwritten by what comes next.
                let reach = all.len().min(BLOCK);
                window.begin(1);
                window.repeat(reach, 1).unwrap();
                all.push(all[all.len() - reach]);
                assert_eq!(window.output(), &all[all.len() - 1..]);
            }
        }
    }

    #[test]
    fn matches_beyond_either_end_are_refused() {
        let mut window = Window::new(BLOCK);
        window.begin(4);
        assert!(window.repeat(1, 1).is_err());
        window.extend(b"ab");
        assert!(window.repeat(0, 1).is_err());
        assert!(window.repeat(3, 1).is_err());
        assert!(window.repeat(2, 3).is_err());
        assert!(window.repeat(2, 2).is_ok());
        assert_eq!(window.output(), b"abab");
    }
}
