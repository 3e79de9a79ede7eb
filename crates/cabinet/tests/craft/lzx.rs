//! A small LZX encoder for tests: it makes valid streams of every kind, not short ones. Trees,
//! blocks and matches are chosen by a generator, so that a seed gives a stream.

use std::collections::HashMap;

use crate::collect::Random;

const FRAME: usize = 32_768;
const MATCH_MAX: usize = 257;

/// How to encode.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The window is 2^`window` bytes.
    pub window: u32,
    /// The size that E8 translation is relative to.
    pub translation: Option<i32>,
    pub seed: u64,
}

impl Options {
    /// `typeCompress` of such a folder.
    pub fn kind(&self) -> u16 {
        3 | (self.window as u16) << 8
    }
}

#[derive(Clone, Copy)]
enum Token {
    Literal(u8),
    Match {
        slot: usize,
        footer: u32,
        length: usize,
    },
}

struct Encoder<'b> {
    random: Random,
    window: usize,
    symbols: usize,
    bytes: &'b [u8],
    seen: HashMap<[u8; 3], usize>,
    recent: [usize; 3],
    main: Vec<u8>,
    lengths: Vec<u8>,
    bits: Vec<bool>,
    frame: Vec<u8>,
}

/// Returns `bytes` as blocks of an LZX folder.
pub fn blocks(bytes: &[u8], options: Options) -> Vec<(Vec<u8>, u16)> {
    let translated = translate(bytes, options.translation);
    let slots = [30, 32, 34, 36, 38, 42, 50][options.window as usize - 15];
    let mut encoder = Encoder {
        random: Random(options.seed | 1),
        window: 1 << options.window,
        symbols: 256 + 8 * slots,
        bytes: &translated,
        seen: HashMap::new(),
        recent: [1; 3],
        main: vec![0; 256 + 8 * slots],
        lengths: vec![0; 249],
        bits: Vec::new(),
        frame: Vec::new(),
    };
    encoder.put(options.translation.is_some().into(), 1);
    if let Some(size) = options.translation {
        encoder.put(size as u32 >> 16, 16);
        encoder.put(size as u32 & 0xffff, 16);
    }
    encoder.encode()
}

/// Makes the targets of calls absolute, the opposite of what the decoder does.
fn translate(bytes: &[u8], size: Option<i32>) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let Some(size) = size.map(i64::from) else {
        return bytes;
    };
    for (number, frame) in bytes.chunks_mut(FRAME).enumerate() {
        let mut at = 0;
        while at + 10 < frame.len() {
            if frame[at] != 0xe8 {
                at += 1;
                continue;
            }
            let current = (number * FRAME + at) as i64;
            let target: &mut [u8; 4] = frame[at + 1..].first_chunk_mut().unwrap();
            let relative = i64::from(i32::from_le_bytes(*target));
            let absolute = if (-current..size - current).contains(&relative) {
                relative + current
            } else if (size - current..size).contains(&relative) {
                relative - size
            } else {
                relative
            };
            *target = (absolute as i32).to_le_bytes();
            at += 5;
        }
    }
    bytes
}

impl Encoder<'_> {
    fn encode(mut self) -> Vec<(Vec<u8>, u16)> {
        let mut frames = Vec::new();
        let mut at = 0;
        while at < self.bytes.len() {
            let most = [40, 3_000, 70_000][self.below(3)];
            let end = self.bytes.len().min(at + 1 + self.below(most));
            match self.below(4) {
                0 => self.uncompressed(at, end, &mut frames),
                kind => self.compressed(at, end, kind == 1, &mut frames),
            }
            at = end;
        }
        if !self.bytes.len().is_multiple_of(FRAME) {
            self.end_frame(&mut frames, self.bytes.len() % FRAME);
        }
        frames
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.random.next() >> 11) as usize % limit
    }

    fn put(&mut self, bits: u32, count: u32) {
        self.bits
            .extend((0..count).rev().map(|bit| bits >> bit & 1 == 1));
    }

    /// Moves whole words to the frame, filling up the last one.
    fn flush(&mut self) {
        self.bits
            .resize(self.bits.len().next_multiple_of(16), false);
        for word in self.bits.chunks(16) {
            let word = word
                .iter()
                .fold(0u16, |word, bit| word << 1 | u16::from(*bit));
            self.frame.extend(word.to_le_bytes());
        }
        self.bits.clear();
    }

    fn end_frame(&mut self, frames: &mut Vec<(Vec<u8>, u16)>, size: usize) {
        self.flush();
        frames.push((std::mem::take(&mut self.frame), size as u16));
    }

    fn begin_block(&mut self, kind: u32, size: usize) {
        self.put(kind, 3);
        self.put(size as u32, 24);
    }

    fn uncompressed(&mut self, start: usize, end: usize, frames: &mut Vec<(Vec<u8>, u16)>) {
        self.begin_block(3, end - start);
        // Fills up the word; a whole one is followed by an empty one.
        self.put(0, 1);
        self.flush();
        for offset in self.recent {
            self.frame.extend((offset as u32).to_le_bytes());
        }
        for at in start..end {
            self.frame.push(self.bytes[at]);
            if at + 1 == end && (end - start) % 2 == 1 {
                self.frame.push(0);
            }
            if (at + 1) % FRAME == 0 {
                self.end_frame(frames, FRAME);
            }
        }
    }

    fn compressed(
        &mut self,
        start: usize,
        end: usize,
        aligned: bool,
        frames: &mut Vec<(Vec<u8>, u16)>,
    ) {
        let tokens = self.tokens(start, end);
        self.begin_block(if aligned { 2 } else { 1 }, end - start);
        let mut main_used = vec![false; self.symbols];
        let mut lengths_used = vec![false; 249];
        for (token, _) in &tokens {
            let (symbol, footer) = symbols(*token);
            main_used[symbol] = true;
            footer.inspect(|footer| lengths_used[*footer] = true);
        }
        let aligned_lengths = aligned.then(|| self.tree(&mut [true; 8], 7));
        for length in aligned_lengths.iter().flatten() {
            self.put(u32::from(*length), 3);
        }
        let main = self.tree(&mut main_used, 16);
        let old = std::mem::replace(&mut self.main, main.clone());
        self.put_lengths(&old[..256], &main[..256]);
        self.put_lengths(&old[256..], &main[256..]);
        let lengths = self.tree(&mut lengths_used, 16);
        let old = std::mem::replace(&mut self.lengths, lengths.clone());
        self.put_lengths(&old, &lengths);
        let codes = [
            codes(&main),
            codes(&lengths),
            codes(&aligned_lengths.unwrap_or_default()),
        ];
        for (token, at) in tokens {
            self.put_token(token, &codes, aligned);
            if at % FRAME == 0 {
                self.end_frame(frames, FRAME);
            }
        }
    }

    /// Returns tokens for a part of the bytes, each with where it ends.
    fn tokens(&mut self, start: usize, end: usize) -> Vec<(Token, usize)> {
        let mut tokens = Vec::new();
        let mut at = start;
        while at < end {
            let most = MATCH_MAX.min(end - at).min(FRAME - at % FRAME);
            let token = match self.below(8) {
                0 => None,
                _ => self.find_match(at, most),
            };
            let token = token.unwrap_or(Token::Literal(self.bytes[at]));
            let length = match token {
                Token::Literal(_) => 1,
                Token::Match { length, .. } => length,
            };
            for at in at..at + length {
                if let Some(key) = self.bytes[at..].first_chunk() {
                    self.seen.insert(*key, at);
                }
            }
            at += length;
            tokens.push((token, at));
        }
        tokens
    }

    fn find_match(&mut self, at: usize, most: usize) -> Option<Token> {
        let bytes = self.bytes;
        let length = |offset: usize| {
            let same = |step: &usize| bytes[at + step] == bytes[at + step - offset];
            (0..most).take_while(same).count()
        };
        for slot in 0..3 {
            let offset = self.recent[slot];
            if offset <= at && length(offset) >= 2 {
                self.recent.swap(0, slot);
                return Some(Token::Match {
                    slot,
                    footer: 0,
                    length: length(offset),
                });
            }
        }
        let offset = at - *self.seen.get(bytes[at..].first_chunk()?)?;
        let length = length(offset);
        if offset > self.window - 3 || length < 2 {
            return None;
        }
        self.recent = [offset, self.recent[0], self.recent[1]];
        let formatted = offset as u32 + 2;
        let slot = (3..50).rev().find(|slot| base(*slot) <= formatted)?;
        Some(Token::Match {
            slot,
            footer: formatted - base(slot),
            length,
        })
    }

    /// Returns path lengths of a whole tree that has the symbols that are used, and some more.
    fn tree(&mut self, used: &mut [bool], longest: u8) -> Vec<u8> {
        let count = used.iter().filter(|used| **used).count();
        if count == 0 {
            return vec![0; used.len()];
        }
        for _ in count..2 {
            let unused = (0..used.len()).find(|symbol| !used[*symbol]).unwrap();
            used[unused] = true;
        }
        let count = used.iter().filter(|used| **used).count();
        let mut leaves = vec![1u8, 1];
        while leaves.len() < count {
            let leaf = self.below(leaves.len());
            if leaves[leaf] < longest {
                leaves[leaf] += 1;
                leaves.push(leaves[leaf]);
            }
        }
        let mut lengths = vec![0; used.len()];
        for symbol in (0..used.len()).filter(|symbol| used[*symbol]) {
            let leaf = self.below(leaves.len());
            lengths[symbol] = leaves.swap_remove(leaf);
        }
        lengths
    }

    fn put_lengths(&mut self, old: &[u8], new: &[u8]) {
        let pretree = self.tree(&mut [true; 20], 15);
        for length in &pretree {
            self.put(u32::from(*length), 4);
        }
        let codes = codes(&pretree);
        let mut at = 0;
        while at < new.len() {
            let change = (17 + old[at] - new[at]) % 17;
            let run = new[at..]
                .iter()
                .take_while(|length| **length == new[at])
                .count();
            at += match (new[at], run) {
                (0, 20..) => self.put_run(codes[18], run.min(51), 20, 5),
                (0, 4..) => self.put_run(codes[17], run.min(19), 4, 4),
                (_, 4..) => {
                    let run = self.put_run(codes[19], run.min(5), 4, 1);
                    let (code, count) = codes[usize::from(change)];
                    self.put(code, count);
                    run
                }
                _ => {
                    let (code, count) = codes[usize::from(change)];
                    self.put(code, count);
                    1
                }
            };
        }
    }

    fn put_run(
        &mut self,
        (code, count): (u32, u32),
        run: usize,
        least: usize,
        width: u32,
    ) -> usize {
        self.put(code, count);
        self.put((run - least) as u32, width);
        run
    }

    fn put_token(&mut self, token: Token, codes: &[Vec<(u32, u32)>; 3], aligned: bool) {
        let (symbol, length_footer) = symbols(token);
        let (code, count) = codes[0][symbol];
        self.put(code, count);
        if let Some(footer) = length_footer {
            let (code, count) = codes[1][footer];
            self.put(code, count);
        }
        let Token::Match { slot, footer, .. } = token else {
            return;
        };
        match extra(slot) {
            extra @ 3.. if aligned => {
                self.put(footer >> 3, extra - 3);
                let (code, count) = codes[2][footer as usize & 7];
                self.put(code, count);
            }
            extra => self.put(footer, extra),
        }
    }
}

/// Returns the symbols of the main and the length tree for a token.
fn symbols(token: Token) -> (usize, Option<usize>) {
    match token {
        Token::Literal(byte) => (byte.into(), None),
        Token::Match { slot, length, .. } if length < 9 => (256 + 8 * slot + length - 2, None),
        Token::Match { slot, length, .. } => (256 + 8 * slot + 7, Some(length - 9)),
    }
}

/// Returns the canonical codes, each with its length.
fn codes(lengths: &[u8]) -> Vec<(u32, u32)> {
    let mut codes = vec![(0, 0); lengths.len()];
    let mut next = 0;
    for length in 1..=16 {
        for symbol in (0..lengths.len()).filter(|symbol| lengths[*symbol] == length) {
            codes[symbol] = (next, u32::from(length));
            next += 1;
        }
        next <<= 1;
    }
    codes
}

fn extra(slot: usize) -> u32 {
    match slot {
        0..=3 => 0,
        4..=35 => slot as u32 / 2 - 1,
        _ => 17,
    }
}

fn base(slot: usize) -> u32 {
    (0..slot).map(|slot| 1 << extra(slot)).sum()
}
