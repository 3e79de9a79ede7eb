//! Quantum's adaptive models: how often each symbol came, and the order that this gives.

/// What one symbol adds to its frequency.
const STEP: u16 = 8;
/// The total at which frequencies are scaled down.
const TOTAL_MAX: u16 = 3800;
/// Halvings until the first sorting, and between two.
const FIRST_SORT: u8 = 4;
const NEXT_SORT: u8 = 50;

/// A model of up to 64 symbols.
#[derive(Clone)]
pub(super) struct Model {
    /// The symbols, frequent ones towards the front.
    symbols: Vec<u16>,
    /// For each place: how often symbols there and behind came; a 0 ends it.
    sums: Vec<u16>,
    until_sort: u8,
}

/// A symbol found in a model, with the part of the total that it covers.
pub(super) struct Found {
    pub symbol: u16,
    pub place: usize,
    pub below: u32,
    pub above: u32,
}

impl Model {
    /// Returns a model of `count` symbols from `first` on, all equally frequent.
    pub fn new(first: u16, count: u16) -> Self {
        let symbols = (first..first + count).collect();
        let sums = (0..=count).rev().collect();
        Self {
            symbols,
            sums,
            until_sort: FIRST_SORT,
        }
    }

    /// Returns the sum of all frequencies.
    pub fn total(&self) -> u32 {
        self.sums[0].into()
    }

    /// Returns the symbol whose part of the total `wanted` lies in.
    pub fn find(&self, wanted: u32) -> Found {
        let last = self.symbols.len() - 1;
        let at_or_below = |sum: &u16| u32::from(*sum) <= wanted;
        let place = self.sums[1..=last]
            .iter()
            .position(at_or_below)
            .unwrap_or(last);
        let [above, below] = [self.sums[place], self.sums[place + 1]].map(u32::from);
        Found {
            symbol: self.symbols[place],
            place,
            below,
            above,
        }
    }

    /// Counts the symbol at `place` once more.
    pub fn learn(&mut self, place: usize) {
        for sum in &mut self.sums[..=place] {
            *sum += STEP;
        }
        if self.sums[0] <= TOTAL_MAX {
            return;
        }
        self.until_sort -= 1;
        if self.until_sort > 0 {
            self.halve();
        } else {
            self.until_sort = NEXT_SORT;
            self.sort();
        }
    }

    /// Halves the sums, keeping each frequency above 0.
    fn halve(&mut self) {
        for place in (0..self.symbols.len()).rev() {
            self.sums[place] = (self.sums[place] / 2).max(self.sums[place + 1] + 1);
        }
    }

    /// Halves the frequencies and puts the symbols in their order.
    fn sort(&mut self) {
        let count = self.symbols.len();
        for place in 0..count {
            self.sums[place] = (self.sums[place] - self.sums[place + 1]).div_ceil(2);
        }
        // This exchange sort is part of the format: it says in which order equal ones end.
        for place in 0..count {
            for other in place + 1..count {
                if self.sums[place] < self.sums[other] {
                    self.sums.swap(place, other);
                    self.symbols.swap(place, other);
                }
            }
        }
        for place in (0..count).rev() {
            self.sums[place] += self.sums[place + 1];
        }
    }
}
