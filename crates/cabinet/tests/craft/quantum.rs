//! A small Quantum encoder for tests: literals and matches, chosen by a generator.

use std::collections::HashMap;

use crate::collect::Random;

/// How to encode.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The window is 2^`window` bytes.
    pub window: u32,
    pub seed: u64,
}

impl Options {
    /// `typeCompress` of such a folder.
    pub fn kind(&self) -> u16 {
        2 | 1 << 4 | (self.window as u16) << 8
    }
}

/// Symbols with their frequencies, the frequent ones in front.
struct Model {
    symbols: Vec<(u16, u32)>,
    until_sort: u32,
}

impl Model {
    fn new(first: u16, count: usize) -> Self {
        let symbols = (first..).take(count).map(|symbol| (symbol, 1)).collect();
        Self {
            symbols,
            until_sort: 4,
        }
    }

    fn total(&self) -> u32 {
        self.symbols.iter().map(|(_, frequency)| frequency).sum()
    }

    fn learn(&mut self, place: usize) {
        self.symbols[place].1 += 8;
        if self.total() <= 3800 {
            return;
        }
        self.until_sort -= 1;
        if self.until_sort == 0 {
            self.until_sort = 50;
            self.sort();
            return;
        }
        // Sums from the back are halved, and each is to be more than the one behind it.
        let (mut old, mut new) = (0, 0);
        for (_, frequency) in self.symbols.iter_mut().rev() {
            old += *frequency;
            let sum = (old / 2).max(new + 1);
            *frequency = sum - new;
            new = sum;
        }
    }

    fn sort(&mut self) {
        for (_, frequency) in &mut self.symbols {
            *frequency = frequency.div_ceil(2);
        }
        for place in 0..self.symbols.len() {
            for other in place + 1..self.symbols.len() {
                if self.symbols[place].1 < self.symbols[other].1 {
                    self.symbols.swap(place, other);
                }
            }
        }
    }
}

/// The bits of one block: those of the coder, and others put between them.
#[derive(Default)]
struct Bits {
    low: u32,
    high: u32,
    straddled: usize,
    shifts: usize,
    coded: Vec<bool>,
    /// After how many coded bits which others come.
    others: Vec<(usize, bool)>,
}

impl Bits {
    fn symbol(&mut self, model: &mut Model, symbol: u16) {
        let place = model
            .symbols
            .iter()
            .position(|(other, _)| *other == symbol)
            .unwrap();
        let below: u32 = model.symbols[place + 1..]
            .iter()
            .map(|(_, frequency)| frequency)
            .sum();
        let above = below + model.symbols[place].1;
        let (range, total) = (self.high - self.low + 1, model.total());
        self.high = self.low + above * range / total - 1;
        self.low += below * range / total;
        model.learn(place);
        loop {
            if self.high < 0x8000 || self.low >= 0x8000 {
                self.put(self.low >= 0x8000);
            } else if self.low >= 0x4000 && self.high < 0xc000 {
                self.straddled += 1;
                self.low -= 0x4000;
                self.high -= 0x4000;
            } else {
                return;
            }
            self.shifts += 1;
            self.low = self.low << 1 & 0xffff;
            self.high = (self.high << 1 | 1) & 0xffff;
        }
    }

    fn put(&mut self, bit: bool) {
        self.coded.push(bit);
        self.coded.extend(std::iter::repeat_n(!bit, self.straddled));
        self.straddled = 0;
    }

    /// Puts bits past the coder: where its decoder, 16 bits ahead, will look for them.
    fn raw(&mut self, bits: u32, count: u32) {
        let at = self.shifts + 16;
        self.others
            .extend((0..count).rev().map(|bit| (at, bits >> bit & 1 == 1)));
    }

    fn finish(mut self) -> Vec<u8> {
        self.straddled += 1;
        self.put(self.low >= 0x4000);
        self.coded
            .resize(self.coded.len().max(self.shifts + 16), false);
        let mut all = Vec::new();
        let mut others = self.others.into_iter().peekable();
        for (index, bit) in self.coded.into_iter().enumerate() {
            while let Some((_, other)) = others.next_if(|(at, _)| *at == index) {
                all.push(other);
            }
            all.push(bit);
        }
        all.extend(others.map(|(_, other)| other));
        let byte = |bits: &[bool]| {
            bits.iter()
                .rev()
                .fold(0, |byte, bit| byte >> 1 | u8::from(*bit) << 7)
        };
        all.chunks(8).map(byte).collect()
    }
}

struct Encoder<'b> {
    random: Random,
    window: usize,
    bytes: &'b [u8],
    seen: HashMap<[u8; 3], usize>,
    selector: Model,
    literals: Vec<Model>,
    positions: Vec<Model>,
    lengths: Model,
}

/// Returns `bytes` as blocks of a Quantum folder.
pub fn blocks(bytes: &[u8], options: Options) -> Vec<(Vec<u8>, u16)> {
    let slots = 2 * options.window as usize;
    let mut encoder = Encoder {
        random: Random(options.seed | 1),
        window: 1 << options.window,
        bytes,
        seen: HashMap::new(),
        selector: Model::new(0, 7),
        literals: (0..4).map(|quarter| Model::new(64 * quarter, 64)).collect(),
        positions: [24, 36, 42]
            .map(|most| Model::new(0, slots.min(most)))
            .into(),
        lengths: Model::new(0, 27),
    };
    let block = |start| encoder.block(start, bytes.len().min(start + 32_768));
    (0..bytes.len()).step_by(32_768).map(block).collect()
}

impl Encoder<'_> {
    fn block(&mut self, start: usize, end: usize) -> (Vec<u8>, u16) {
        let mut bits = Bits {
            high: 0xffff,
            ..Bits::default()
        };
        let mut at = start;
        while at < end {
            let length = match self.find_match(at, end) {
                Some((offset, length)) => {
                    self.put_match(&mut bits, offset - 1, length);
                    length
                }
                None => {
                    let quarter = self.bytes[at] / 64;
                    bits.symbol(&mut self.selector, quarter.into());
                    let model = &mut self.literals[usize::from(quarter)];
                    bits.symbol(model, self.bytes[at].into());
                    1
                }
            };
            for at in at..at + length {
                if let Some(key) = self.bytes[at..].first_chunk() {
                    self.seen.insert(*key, at);
                }
            }
            at += length;
        }
        (bits.finish(), (end - start) as u16)
    }

    fn find_match(&mut self, at: usize, end: usize) -> Option<(usize, usize)> {
        let offset = at - *self.seen.get(self.bytes[at..].first_chunk()?)?;
        let same = |step: &usize| self.bytes[at + step] == self.bytes[at + step - offset];
        let length = (0..259.min(end - at)).take_while(same).count();
        // Matches of 3 and of 4 have fewer position slots; now and then one is cut short.
        let length = if self.random.next().is_multiple_of(5) {
            length.min(4)
        } else {
            length
        };
        let most = match length {
            0..3 => return None,
            3 => 1 << 12,
            4 => 1 << 18,
            _ => 1 << 21,
        };
        (offset <= self.window.min(most)).then_some((offset, length))
    }

    fn put_match(&mut self, bits: &mut Bits, position: usize, length: usize) {
        let kind = (length - 3).min(2);
        bits.symbol(&mut self.selector, 4 + kind as u16);
        if kind == 2 {
            let mut bases = vec![0];
            let extra = |symbol: usize| {
                if matches!(symbol, 0..6 | 26) {
                    0
                } else {
                    (symbol - 2) / 4
                }
            };
            bases.extend((0..26).scan(0, |base, symbol| {
                *base += 1 << extra(symbol);
                Some(*base)
            }));
            let symbol = bases.iter().rposition(|base| *base <= length - 5).unwrap();
            bits.symbol(&mut self.lengths, symbol as u16);
            bits.raw((length - 5 - bases[symbol]) as u32, extra(symbol) as u32);
        }
        let (slot, rest, extra) = match position {
            0..2 => (position, 0, 0),
            _ => {
                let extra = position.ilog2() - 1;
                let slot = 2 * extra as usize + (position >> extra);
                (slot, position & ((1 << extra) - 1), extra)
            }
        };
        bits.symbol(&mut self.positions[kind], slot as u16);
        bits.raw(rest as u32, extra);
    }
}
