//! LZX's bit stream: little-endian 16-bit words, each read from its highest bit.

/// Bits of one frame. Behind the end come zeros: see [`Bits::past_end`].
pub(super) struct Bits<'d> {
    data: &'d [u8],
    /// The next bits, from the highest down; those below the `count` that are there may be set.
    buffer: u64,
    count: u32,
    /// The byte after those in `buffer`; beyond the end of `data` once zeros were added.
    at: usize,
}

impl<'d> Bits<'d> {
    pub fn new(data: &'d [u8]) -> Self {
        Self {
            data,
            buffer: 0,
            count: 0,
            at: 0,
        }
    }

    /// Makes at least 48 bits ready, enough for any three codes.
    #[inline(always)]
    pub fn refill(&mut self) {
        let Some(bytes) = self
            .data
            .get(self.at..)
            .and_then(|rest| rest.first_chunk::<8>())
        else {
            return self.refill_at_end();
        };
        let words = u64::from_le_bytes(*bytes).rotate_left(32);
        let words = (words & 0x0000_ffff_0000_ffff) << 16 | words >> 16 & 0x0000_ffff_0000_ffff;
        self.buffer |= words >> self.count;
        let fresh = (63 - self.count) & !15;
        self.at += fresh as usize / 8;
        self.count += fresh;
    }

    #[cold]
    fn refill_at_end(&mut self) {
        while self.count < 48 {
            let byte = |at| u64::from(self.data.get(at).copied().unwrap_or(0));
            let word = byte(self.at + 1) << 8 | byte(self.at);
            self.buffer = self.buffer & !(u64::MAX >> self.count) | word << (48 - self.count);
            self.at += 2;
            self.count += 16;
        }
    }

    /// Returns the next `count` bits, at most 32, without taking them. They were made ready.
    #[inline(always)]
    pub fn peek(&self, count: u32) -> u32 {
        (self.buffer >> 1 >> (63 - count)) as u32
    }

    /// Takes `count` bits that were made ready.
    #[inline(always)]
    pub fn drop(&mut self, count: u32) {
        self.buffer <<= count;
        self.count -= count;
    }

    /// Returns and takes `count` bits, at most 32, that were made ready.
    #[inline(always)]
    pub fn take(&mut self, count: u32) -> u32 {
        let bits = self.peek(count);
        self.drop(count);
        bits
    }

    /// Makes ready, returns and takes `count` bits, at most 32.
    pub fn read(&mut self, count: u32) -> u32 {
        self.refill();
        self.take(count)
    }

    /// Goes to the next whole word: 1 to 16 bits on.
    pub fn align(&mut self) {
        self.refill();
        let padding = (self.count - 1) % 16 + 1;
        self.at -= (self.count - padding) as usize / 8;
        (self.buffer, self.count) = (0, 0);
    }

    /// Returns and takes the next `count` bytes, after [`Bits::align`]; None where there are fewer.
    pub fn bytes(&mut self, count: usize) -> Option<&'d [u8]> {
        debug_assert_eq!(self.count, 0);
        let bytes = self.data.get(self.at..)?.get(..count)?;
        self.at += count;
        Some(bytes)
    }

    /// Returns and takes the next four bytes as a number, after [`Bits::align`].
    pub fn number(&mut self) -> Option<u32> {
        let bytes = self.bytes(4)?.first_chunk()?;
        Some(u32::from_le_bytes(*bytes))
    }

    /// Returns whether more bits were taken than there are.
    pub fn past_end(&self) -> bool {
        self.at - self.count as usize / 8 > self.data.len().next_multiple_of(2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_from_their_highest_bit() {
        let data: Vec<u8> = [0x1234u16, 0x5678, 0x9abc, 0xdef0, 0x1122, 0x3344, 0x5566]
            .iter()
            .flat_map(|word| word.to_le_bytes())
            .collect();
        let mut bits = Bits::new(&data);
        let nibbles: Vec<_> = (0..28).map(|_| bits.read(4)).collect();
        let expected = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0];
        assert_eq!(nibbles[..16], expected);
        assert_eq!(nibbles[16..], [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6]);
        assert!(!bits.past_end());
        assert_eq!(bits.read(32), 0);
        assert!(bits.past_end());
    }

    #[test]
    fn odd_widths_and_lengths() {
        for length in 0..40 {
            let data: Vec<u8> = (0..length as u8)
                .map(|byte| byte.wrapping_mul(37))
                .collect();
            for width in 1..=17 {
                let mut bits = Bits::new(&data);
                for at in 0..length as usize * 8 / width as usize {
                    let expected =
                        (at * width as usize..(at + 1) * width as usize).fold(0, |number, bit| {
                            let byte = data.get((bit / 8) ^ 1).copied().unwrap_or(0);
                            number << 1 | u32::from(byte >> (7 - bit % 8) & 1)
                        });
                    assert_eq!(bits.read(width), expected, "{length} {width} {at}");
                }
            }
        }
    }

    #[test]
    fn alignment_takes_one_to_sixteen_bits() {
        let data: Vec<u8> = (0..32).collect();
        for (taken, next) in [(1, 2), (15, 2), (16, 4), (17, 4), (32, 6)] {
            let mut bits = Bits::new(&data);
            bits.read(taken);
            bits.align();
            assert_eq!(bits.bytes(1), Some(&[next][..]), "{taken}");
        }
    }
}
