//! E8 translation: the targets of x86 CALL instructions, absolute in the window, relative outside.
//!
//! Follows: Microsoft, [MS-PATCH] "E8 Call Translation".

use super::bits::Bits;
use crate::decode::BLOCK;

/// Frames that are translated at all: 1 GiB of them.
const FRAMES: u64 = 32_768;
/// Bytes at the end of a frame in which no instruction is looked for.
const TAIL: usize = 10;

/// The state of the translation, on or off.
#[derive(Clone)]
pub(super) struct Translation {
    /// The size that targets are relative to; None where translation is off.
    size: Option<i32>,
    /// Bytes before the frame.
    position: u64,
    /// The frame as it comes out; empty where it is as it is in the window.
    output: Vec<u8>,
}

impl Translation {
    /// Reads the header of the stream.
    pub fn read(bits: &mut Bits<'_>) -> Self {
        let on = bits.read(1) == 1;
        let size = on.then(|| (bits.read(16) << 16 | bits.read(16)) as i32);
        Self {
            size,
            position: 0,
            output: Vec::new(),
        }
    }

    /// Goes on behind a frame of `length` bytes.
    pub fn skip(&mut self, length: usize) {
        self.position += length as u64;
        self.output.clear();
    }

    /// Translates a frame.
    pub fn translate(&mut self, frame: &[u8]) {
        let Some(size) = self.size else { return };
        if self.position / BLOCK as u64 >= FRAMES || frame.len() <= TAIL {
            return;
        }
        self.output.extend_from_slice(frame);
        let end = frame.len() - TAIL;
        let mut at = 0;
        while let Some(found) = memchr::memchr(0xe8, &self.output[at..end]) {
            at += found;
            // Below 2^30 and 2^15.
            let current = self.position as i32 + at as i32;
            if let Some(target) = self.output[at + 1..].first_chunk_mut() {
                let absolute = i32::from_le_bytes(*target);
                if (-current..size).contains(&absolute) {
                    let by = if absolute >= 0 { -current } else { size };
                    *target = absolute.wrapping_add(by).to_le_bytes();
                }
            }
            at = (at + 5).min(end);
        }
    }

    /// Returns the frame where it was translated.
    pub fn output(&self) -> Option<&[u8]> {
        (!self.output.is_empty()).then_some(&self.output)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn translated(position: u64, size: i32, target: i32, length: usize) -> Vec<u8> {
        let mut translation = Translation {
            size: Some(size),
            position,
            output: Vec::new(),
        };
        let mut frame = vec![0; length];
        frame[2] = 0xe8;
        frame[3..7].copy_from_slice(&target.to_le_bytes());
        translation.translate(&frame);
        translation.output().map_or(frame, <[u8]>::to_vec)
    }

    fn target(position: u64, size: i32, absolute: i32, length: usize) -> i32 {
        let frame = translated(position, size, absolute, length);
        i32::from_le_bytes(*frame[3..].first_chunk().unwrap())
    }

    #[test]
    fn targets_become_relative() {
        for (position, absolute, relative) in [
            (0, 0, -2),
            (100, 0, -102),
            (100, 500, 398),
            (100, 999, 897),
            (100, 1000, 1000),
            (100, -1, 999),
            (100, -102, 898),
            (100, -103, -103),
            (BLOCK as u64 * FRAMES, 500, 500),
        ] {
            assert_eq!(
                target(position, 1000, absolute, 40),
                relative,
                "{position} {absolute}"
            );
        }
    }

    #[test]
    fn the_last_ten_bytes_are_left_alone() {
        assert_eq!(target(0, 1000, 500, 13), 498);
        assert_eq!(target(0, 1000, 500, 12), 500);
        assert_eq!(target(0, 1000, 500, 10), 500);
    }
}
