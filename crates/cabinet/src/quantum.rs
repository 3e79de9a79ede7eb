//! Quantum: an arithmetic coder with adaptive models over literals and matches, windows of 2^10 to
//! 2^21 bytes.
//!
//! [MS-CAB] gives its place in a cabinet and no more; the stream follows what is publicly known of
//! the format. The models live as long as the folder, the coder starts anew with each data block.

mod coder;
mod model;

use crate::decode::BLOCK;
use crate::window::Window;
use coder::Coder;
use model::Model;

/// Base and extra bits of the lengths that a symbol of their own gives; 5 is added.
const LENGTHS: [(u16, u32); 27] = {
    let mut lengths = [(0, 0); 27];
    let (mut symbol, mut base) = (0, 0);
    while symbol < 27 {
        let extra = match symbol {
            0..6 | 26 => 0,
            _ => (symbol as u32 - 2) / 4,
        };
        lengths[symbol] = (base, extra);
        base += 1 << extra;
        symbol += 1;
    }
    lengths
};

/// The decoder of a Quantum folder.
#[derive(Clone)]
pub(crate) struct Quantum {
    window: Window,
    models: Models,
}

#[derive(Clone)]
struct Models {
    /// What comes next: 0 to 3 a literal of that quarter, 4 to 6 a match.
    selector: Model,
    literals: [Model; 4],
    /// The position slots of matches of 3, of 4, and of more bytes.
    positions: [Model; 3],
    lengths: Model,
}

impl Quantum {
    /// Returns the decoder for a window of 2^`bits` bytes, 10 to 21; None for others.
    pub fn new(bits: u16) -> Option<Self> {
        if !(10..=21).contains(&bits) {
            return None;
        }
        let slots = 2 * bits;
        let window = Window::new(1 << bits);
        let models = Models {
            selector: Model::new(0, 7),
            literals: [0, 64, 128, 192].map(|first| Model::new(first, 64)),
            positions: [24, 36, 42].map(|most| Model::new(0, slots.min(most))),
            lengths: Model::new(0, 27),
        };
        Some(Self { window, models })
    }

    /// Decodes the next block, of `size` bytes.
    pub fn decode(&mut self, data: &[u8], size: usize) -> Result<(), &'static str> {
        if size > BLOCK {
            return Err("it claims more than 32 KiB");
        }
        let mut coder = Coder::new(data);
        let Self { window, models } = self;
        window.begin(size);
        window.write(size, |tail| {
            while !tail.is_full() {
                match coder.symbol(&mut models.selector) {
                    quarter @ 0..4 => {
                        let literal = coder.symbol(&mut models.literals[usize::from(quarter)]);
                        tail.push(literal as u8);
                    }
                    kind => {
                        let (offset, length) = models.read_match(&mut coder, usize::from(kind) - 4);
                        tail.repeat(offset, length)?;
                    }
                }
                if coder.past_end() {
                    return Err("its bits end too early");
                }
            }
            Ok(())
        })
    }

    /// Returns the block decoded last.
    pub fn output(&self) -> &[u8] {
        self.window.output()
    }
}

impl Models {
    /// Reads offset and length of a match of 3 bytes, of 4, or of a length that comes first.
    fn read_match(&mut self, coder: &mut Coder<'_>, kind: usize) -> (usize, usize) {
        let length = match kind {
            0 | 1 => 3 + kind as u32,
            _ => {
                let (base, extra) = LENGTHS[usize::from(coder.symbol(&mut self.lengths))];
                5 + u32::from(base) + coder.bits(extra)
            }
        };
        let slot = u32::from(coder.symbol(&mut self.positions[kind]));
        let (base, extra) = match slot {
            0..2 => (slot, 0),
            _ => ((2 + slot % 2) << (slot / 2 - 1), slot / 2 - 1),
        };
        let offset = 1 + base + coder.bits(extra);
        (offset as usize, length as usize)
    }
}
