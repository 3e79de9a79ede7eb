//! Canonical Huffman trees as LZX stores them: a path length of 0 to 16 for each symbol.

use super::bits::Bits;

/// The longest path.
const LONGEST: usize = 16;

/// A tree of up to `N` symbols. Codes of up to `BITS` (at most 15) bits take one look into a table.
#[derive(Clone)]
pub(super) struct Tree<const N: usize, const BITS: usize> {
    /// The path length of each symbol, 0 where it does not occur.
    pub lengths: [u8; N],
    /// By the next `BITS` bits: symbol << 4 | length, or 0 where the code is longer or none.
    table: Vec<u16>,
    /// The symbols in the order of their codes.
    sorted: [u16; N],
    /// For each length: one more than its last code, as the upper bits of 16.
    limits: [u32; LONGEST + 1],
    /// For each length: what to add to a code for its place in `sorted`.
    places: [i32; LONGEST + 1],
}

impl<const N: usize, const BITS: usize> Default for Tree<N, BITS> {
    fn default() -> Self {
        Self {
            lengths: [0; N],
            table: vec![0; 1 << BITS],
            sorted: [0; N],
            limits: [0; LONGEST + 1],
            places: [0; LONGEST + 1],
        }
    }
}

impl<const N: usize, const BITS: usize> Tree<N, BITS> {
    /// Builds the tree from these path lengths.
    pub fn set(&mut self, lengths: &[u8; N]) -> Result<(), &'static str> {
        self.lengths = *lengths;
        self.build()
    }

    /// Builds the tree from `lengths`. One that leaves codes unused is taken; its gaps decode to
    /// nothing. One with more codes than there are is not.
    pub fn build(&mut self) -> Result<(), &'static str> {
        let mut counts = [0u32; LONGEST + 1];
        for length in self.lengths {
            counts[usize::from(length)] += 1;
        }
        let (mut code, mut place) = (0, 0);
        let mut starts = [0; LONGEST + 1];
        for length in 1..=LONGEST {
            starts[length] = place as usize;
            self.places[length] = place - (code >> (LONGEST - length)) as i32;
            code += counts[length] << (LONGEST - length);
            self.limits[length] = code;
            place += counts[length] as i32;
        }
        if code > 1 << LONGEST {
            return Err("a tree has too many codes");
        }
        for (symbol, length) in self
            .lengths
            .iter()
            .enumerate()
            .filter(|(_, length)| **length > 0)
        {
            let start = &mut starts[usize::from(*length)];
            self.sorted[*start] = symbol as u16;
            *start += 1;
        }
        self.fill_table(&counts);
        Ok(())
    }

    fn fill_table(&mut self, counts: &[u32; LONGEST + 1]) {
        let (mut at, mut place) = (0, 0);
        for (length, count) in counts.iter().enumerate().take(BITS + 1).skip(1) {
            for _ in 0..*count {
                let width = 1 << (BITS - length);
                self.table[at..at + width].fill(self.sorted[place] << 4 | length as u16);
                at += width;
                place += 1;
            }
        }
        self.table[at..].fill(0);
    }

    /// Returns and takes the next symbol; None where the next bits are no code. 16 bits are ready.
    #[inline(always)]
    pub fn decode(&self, bits: &mut Bits<'_>) -> Option<u16> {
        let entry = self.table[bits.peek(BITS as u32) as usize];
        if entry == 0 {
            return self.decode_long(bits);
        }
        bits.drop(u32::from(entry & 15));
        Some(entry >> 4)
    }

    #[cold]
    fn decode_long(&self, bits: &mut Bits<'_>) -> Option<u16> {
        let next = bits.peek(LONGEST as u32);
        let length = (BITS + 1..=LONGEST).find(|length| next < self.limits[*length])?;
        let code = (next >> (LONGEST - length)) as i32;
        bits.drop(length as u32);
        self.sorted
            .get(usize::try_from(code + self.places[length]).ok()?)
            .copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode_all(lengths: [u8; 5], words: &[u16]) -> Vec<Option<u16>> {
        let mut tree = Tree::<5, 2>::default();
        tree.set(&lengths).unwrap();
        let data: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        let mut bits = Bits::new(&data);
        let mut next = || {
            bits.refill();
            tree.decode(&mut bits)
        };
        (0..5).map(|_| next()).collect()
    }

    #[test]
    fn short_and_long_codes_come_from_one_tree() {
        // Codes: symbol 1 = 0, 0 = 10, 3 = 110, 2 = 1110, 4 = 1111; the words hold them in this order.
        let symbols = decode_all([2, 1, 4, 3, 4], &[0b0101_1011_1011_1100]);
        assert_eq!(symbols, [Some(1), Some(0), Some(3), Some(2), Some(4)]);
    }

    #[test]
    fn gaps_decode_to_nothing() {
        assert_eq!(
            decode_all([0, 0, 0, 0, 1], &[0b0100_0000_0000_0000])[..2],
            [Some(4), None]
        );
        assert_eq!(decode_all([0; 5], &[0])[0], None);
        assert_eq!(decode_all([0, 0, 16, 0, 0], &[0, 1])[..2], [Some(2), None]);
    }

    #[test]
    fn too_many_codes_are_refused() {
        assert!(Tree::<5, 2>::default().set(&[1, 1, 16, 0, 0]).is_err());
        assert!(Tree::<5, 2>::default().set(&[1; 5]).is_err());
    }
}
