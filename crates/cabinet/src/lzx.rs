//! LZX as cabinets hold it: windows of 2^15 to 2^21 bytes, one 32 KiB frame for each data block.
//!
//! The extensions of LZX DELTA (reference data, matches of 258 bytes and more) are no part of it.
//!
//! Follows: Microsoft, [MS-PATCH] section 2 "Structures".

mod bits;
mod translate;
mod tree;

use crate::decode::BLOCK;
use crate::window::Window;
use bits::Bits;
use translate::Translation;
use tree::Tree;

/// Symbols of the main tree for the largest window: 256 bytes and 8 for each position slot.
const MAIN: usize = 256 + 8 * 50;
const LENGTHS: usize = 249;
const ALIGNED: usize = 8;
const PRETREE: usize = 20;

const PAST_END: &str = "its bits end too early";
const NO_CODE: &str = "a code is in no tree";

/// The decoder of an LZX folder.
#[derive(Clone)]
pub(crate) struct Lzx {
    window: Window,
    /// R0, R1, R2: the last offsets.
    recent: [u32; 3],
    main: Tree<MAIN, 11>,
    main_symbols: usize,
    lengths: Tree<LENGTHS, 10>,
    aligned: Tree<ALIGNED, 7>,
    block: Block,
    translation: Option<Translation>,
}

/// The block being read; it may be shorter or longer than a frame.
#[derive(Clone, Copy)]
struct Block {
    kind: Kind,
    size: usize,
    left: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Verbatim,
    Aligned,
    Uncompressed,
}

impl Lzx {
    /// Returns the decoder for a window of 2^`bits` bytes, 15 to 21; None for others.
    pub fn new(bits: u16) -> Option<Self> {
        let slots = match bits {
            15..=19 => 2 * usize::from(bits),
            20 => 42,
            21 => 50,
            _ => return None,
        };
        Some(Self {
            window: Window::new(1 << bits),
            recent: [1; 3],
            main: Tree::default(),
            main_symbols: 256 + 8 * slots,
            lengths: Tree::default(),
            aligned: Tree::default(),
            block: Block {
                kind: Kind::Verbatim,
                size: 0,
                left: 0,
            },
            translation: None,
        })
    }

    /// Decodes the next frame, of `size` bytes.
    pub fn decode(&mut self, data: &[u8], size: usize) -> Result<(), &'static str> {
        if size > BLOCK {
            return Err("it claims more than 32 KiB");
        }
        let mut bits = Bits::new(data);
        let translation = match self.translation.take() {
            Some(translation) => translation,
            None => Translation::read(&mut bits),
        };
        let translation = self.translation.insert(translation);
        translation.skip(self.window.output().len());
        self.window.begin(size);
        while self.window.lacks() > 0 {
            if self.block.left == 0 {
                self.begin_block(&mut bits)?;
            }
            let part = self.block.left.min(self.window.lacks());
            match self.block.kind {
                Kind::Verbatim => self.matches::<false>(&mut bits, part)?,
                Kind::Aligned => self.matches::<true>(&mut bits, part)?,
                Kind::Uncompressed => self.copy(&mut bits, part)?,
            }
            self.block.left -= part;
        }
        if bits.past_end() {
            return Err(PAST_END);
        }
        if let Some(translation) = &mut self.translation {
            translation.translate(self.window.output());
        }
        Ok(())
    }

    /// Returns the frame decoded last.
    pub fn output(&self) -> &[u8] {
        let translated = self.translation.as_ref().and_then(Translation::output);
        translated.unwrap_or(self.window.output())
    }

    fn begin_block(&mut self, bits: &mut Bits<'_>) -> Result<(), &'static str> {
        let kind = match bits.read(3) {
            1 => Kind::Verbatim,
            2 => Kind::Aligned,
            3 => Kind::Uncompressed,
            _ => return Err("a block is of no known type"),
        };
        let size = (bits.read(16) << 8 | bits.read(8)) as usize;
        if size == 0 {
            return Err("a block is empty");
        }
        if kind == Kind::Uncompressed {
            bits.align();
            for offset in &mut self.recent {
                *offset = bits.number().ok_or(PAST_END)?;
            }
        } else {
            if kind == Kind::Aligned {
                let lengths: [u8; ALIGNED] = std::array::from_fn(|_| bits.read(3) as u8);
                self.aligned.set(&lengths)?;
            }
            self.read_trees(bits)?;
        }
        self.block = Block {
            kind,
            size,
            left: size,
        };
        Ok(())
    }

    fn read_trees(&mut self, bits: &mut Bits<'_>) -> Result<(), &'static str> {
        read_lengths(bits, &mut self.main.lengths[..256])?;
        read_lengths(bits, &mut self.main.lengths[256..self.main_symbols])?;
        self.main.build()?;
        read_lengths(bits, &mut self.lengths.lengths)?;
        self.lengths.build()
    }

    /// Decodes literals and matches of `count` bytes in all.
    fn matches<const WITH_ALIGNED: bool>(
        &mut self,
        bits: &mut Bits<'_>,
        count: usize,
    ) -> Result<(), &'static str> {
        let Self {
            window,
            main,
            lengths,
            aligned,
            recent,
            ..
        } = self;
        window.write(count, |tail| {
            while !tail.is_full() {
                bits.refill();
                let symbol = main.decode(bits).ok_or(NO_CODE)?;
                let Some(symbol) = symbol.checked_sub(256) else {
                    tail.push(symbol as u8);
                    continue;
                };
                let mut length = usize::from(symbol & 7) + 2;
                if length == 9 {
                    length += usize::from(lengths.decode(bits).ok_or(NO_CODE)?);
                }
                let slot = usize::from(symbol >> 3);
                if slot < recent.len() {
                    recent.swap(0, slot);
                } else {
                    let aligned = WITH_ALIGNED.then_some(&*aligned);
                    let offset = read_offset(bits, slot, aligned).ok_or(NO_CODE)?;
                    *recent = [offset, recent[0], recent[1]];
                }
                tail.repeat(recent[0] as usize, length)?;
            }
            Ok(())
        })
    }

    /// Copies `count` bytes of an uncompressed block.
    fn copy(&mut self, bits: &mut Bits<'_>, count: usize) -> Result<(), &'static str> {
        let bytes = bits.bytes(count).ok_or(PAST_END)?;
        self.window.write(count, |tail| {
            tail.extend(bytes);
            Ok(())
        })?;
        if self.block.left == count && self.block.size % 2 == 1 {
            // The bit stream goes on at a whole word; at the end of the data nothing does.
            bits.bytes(1);
        }
        Ok(())
    }
}

/// Reads what follows a position slot, and returns the offset; None where a code is in no tree.
#[inline(always)]
fn read_offset(
    bits: &mut Bits<'_>,
    slot: usize,
    aligned: Option<&Tree<ALIGNED, 7>>,
) -> Option<u32> {
    bits.refill();
    let (base, extra) = SLOTS[slot];
    let footer = match aligned {
        Some(aligned) if extra >= 3 => {
            let high = bits.take(extra - 3) << 3;
            high | u32::from(aligned.decode(bits)?)
        }
        _ => bits.take(extra),
    };
    Some(base + footer - 2)
}

/// Reads path lengths, each stored as a difference to the one before it in time.
fn read_lengths(bits: &mut Bits<'_>, lengths: &mut [u8]) -> Result<(), &'static str> {
    let mut pretree = Tree::<PRETREE, 8>::default();
    pretree.set(&std::array::from_fn(|_| bits.read(4) as u8))?;
    let symbol = |bits: &mut Bits<'_>| {
        bits.refill();
        pretree.decode(bits).ok_or(NO_CODE)
    };
    let changed = |length: u8, by: u16| ((17 + u16::from(length) - by) % 17) as u8;
    let mut at = 0;
    while at < lengths.len() {
        let (run, length) = match symbol(bits)? {
            17 => (4 + bits.read(4), 0),
            18 => (20 + bits.read(5), 0),
            19 => {
                let run = 4 + bits.read(1);
                match symbol(bits)? {
                    by @ 0..=16 => (run, changed(lengths[at], by)),
                    _ => return Err("a run of path lengths is of no length"),
                }
            }
            by => (1, changed(lengths[at], by)),
        };
        let run = lengths
            .get_mut(at..at + run as usize)
            .ok_or("path lengths go beyond their tree")?;
        run.fill(length);
        at += run.len();
    }
    Ok(())
}

/// For each position slot its first formatted offset, and how many bits follow.
const SLOTS: [(u32, u32); 50] = {
    let mut slots = [(0, 0); 50];
    let (mut slot, mut base) = (0, 0);
    while slot < 50 {
        let extra = match slot {
            0..4 => 0,
            4..36 => slot as u32 / 2 - 1,
            _ => 17,
        };
        slots[slot] = (base, extra);
        base += 1 << extra;
        slot += 1;
    }
    slots
};
