//! Quantum's arithmetic decoder: 16-bit bounds, bits from the highest of each byte down.

use super::model::Model;

/// Bits that the decoder has read ahead when a block ends.
const AHEAD: usize = 16;

/// The decoder of one block. Behind the end come zeros: see [`Coder::past_end`].
pub(super) struct Coder<'d> {
    data: &'d [u8],
    /// Bits taken so far.
    taken: usize,
    low: u32,
    high: u32,
    code: u32,
}

impl<'d> Coder<'d> {
    pub fn new(data: &'d [u8]) -> Self {
        let mut coder = Self {
            data,
            taken: 0,
            low: 0,
            high: 0xffff,
            code: 0,
        };
        coder.code = coder.bits(16);
        coder
    }

    /// Returns the next `count` bits, at most 24, past the coder.
    pub fn bits(&mut self, count: u32) -> u32 {
        let at = self.taken / 8;
        let byte = |step| u32::from(self.data.get(at + step).copied().unwrap_or(0));
        let word = byte(0) << 24 | byte(1) << 16 | byte(2) << 8 | byte(3);
        let bits = u64::from(word << (self.taken % 8)) << count >> 32;
        self.taken += count as usize;
        bits as u32
    }

    /// Returns the next symbol of `model`, which learns it.
    pub fn symbol(&mut self, model: &mut Model) -> u16 {
        let range = self.high - self.low + 1;
        let total = model.total();
        let wanted = ((self.code - self.low + 1) * total - 1) / range;
        let found = model.find(wanted);
        self.high = self.low + found.above * range / total - 1;
        self.low += found.below * range / total;
        model.learn(found.place);
        self.narrow();
        found.symbol
    }

    /// Drops the leading bits that the bounds agree on, and those that only straddle the middle.
    fn narrow(&mut self) {
        loop {
            if (self.low ^ self.high) & 0x8000 != 0 {
                if self.low & 0x4000 == 0 || self.high & 0x4000 != 0 {
                    return;
                }
                self.code ^= 0x4000;
                self.low &= 0x3fff;
                self.high |= 0x4000;
            }
            self.low = self.low << 1 & 0xffff;
            self.high = (self.high << 1 | 1) & 0xffff;
            self.code = (self.code << 1 | self.bits(1)) & 0xffff;
        }
    }

    /// Returns whether more bits were taken than there are, but for those read ahead.
    pub fn past_end(&self) -> bool {
        self.taken > self.data.len() * 8 + AHEAD
    }
}
