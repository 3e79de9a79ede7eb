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
    pub fn lacks(&self) -> usize {
        self.block.end - self.at
    }

    /// Returns what there is of the newest block.
    pub fn output(&self) -> &[u8] {
        &self.buffer[self.block.start..self.at]
    }

    /// Lets `write` add to the block, `count` bytes at most; it lacks as many.
    #[inline(always)]
    pub fn write(
        &mut self,
        count: usize,
        write: impl FnOnce(&mut Tail<'_>) -> Result<(), &'static str>,
    ) -> Result<(), &'static str> {
        let reach = self.size;
        let (at, end) = (self.at, self.at + count);
        let mut tail = Tail {
            buffer: &mut self.buffer,
            reach,
            at,
            end,
        };
        let written = write(&mut tail);
        self.at = tail.at;
        written
    }
}

/// The end of a window, being written.
pub(crate) struct Tail<'w> {
    buffer: &'w mut [u8],
    /// How far back matches may reach.
    reach: usize,
    at: usize,
    end: usize,
}

impl Tail<'_> {
    /// Returns whether all that may be added was.
    #[inline(always)]
    pub fn is_full(&self) -> bool {
        self.at >= self.end
    }

    /// Adds a byte; it is not full.
    #[inline(always)]
    pub fn push(&mut self, byte: u8) {
        self.buffer[self.at] = byte;
        self.at += 1;
    }

    /// Adds bytes; there is room for as many.
    pub fn extend(&mut self, bytes: &[u8]) {
        self.buffer[self.at..][..bytes.len()].copy_from_slice(bytes);
        self.at += bytes.len();
    }

    /// Repeats `length` bytes from `offset` back, which they may reach into.
    ///
    /// Errors: says what is wrong with such a match.
    #[inline(always)]
    pub fn repeat(&mut self, offset: usize, length: usize) -> Result<(), &'static str> {
        if offset == 0 || offset > self.at.min(self.reach) {
            return Err("a match lies before the beginning");
        }
        if length > self.end - self.at {
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
        for (offset, length) in
            (1..70).flat_map(|offset| (1..70).map(move |length| (offset, length)))
        {
            let fresh: Vec<_> = (0..offset).map(|byte| (byte * 31 + length) as u8).collect();
            all.extend(&fresh);
            (0..length).for_each(|_| all.push(all[all.len() - offset]));
            // The slack behind the match is overwritten by what comes next.
            let reach = all.len().min(BLOCK);
            all.push(all[all.len() - reach]);
            window.begin(offset + length + 1);
            let written = window.write(offset + length + 1, |tail| {
                tail.extend(&fresh);
                tail.repeat(offset, length)?;
                tail.repeat(reach, 1)?;
                assert!(tail.is_full());
                Ok(())
            });
            assert_eq!((written, window.lacks()), (Ok(()), 0));
            assert!(window.output() == &all[all.len() - offset - length - 1..]);
        }
    }

    #[test]
    fn matches_reach_as_far_as_the_window_and_no_further() {
        let mut window = Window::new(BLOCK);
        let mut all = Vec::new();
        for round in 0..200 {
            let fresh: Vec<_> = (0..1000).map(|byte| (byte * 7 + round) as u8).collect();
            all.extend(&fresh);
            window.begin(1001);
            let written = window.write(1001, |tail| {
                tail.extend(&fresh);
                assert!(tail.repeat(BLOCK + 1, 1).is_err());
                tail.repeat(BLOCK.min(all.len()), 1)
            });
            all.push(all[all.len() - BLOCK.min(all.len())]);
            assert_eq!(written, Ok(()));
            assert!(window.output() == &all[all.len() - 1001..]);
        }
    }

    #[test]
    fn matches_beyond_either_end_are_refused() {
        let mut window = Window::new(BLOCK);
        window.begin(5);
        let written = window.write(4, |tail| {
            assert!(tail.repeat(1, 1).is_err());
            tail.push(b'a');
            tail.push(b'b');
            assert!(tail.repeat(0, 1).is_err());
            assert!(tail.repeat(3, 1).is_err());
            assert!(tail.repeat(2, 3).is_err());
            tail.repeat(2, 2)
        });
        assert_eq!((written, window.lacks()), (Ok(()), 1));
        assert_eq!(window.output(), b"abab");
    }
}
