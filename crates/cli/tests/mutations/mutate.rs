//! Mutations from a seed: bytes of a file, or cells and lines of a text table.

/// Numbers from a seed: SplitMix64.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `end`; 0 where that is 0.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }

    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}

/// Values that programs stumble over.
const BYTES: [&[u8]; 8] = [
    &[0],
    &[0xFF],
    &[0x80],
    &[0x7F],
    &[0, 0, 0, 0],
    &[0xFF, 0xFF, 0xFF, 0xFF],
    &[0xFE, 0xFF, 0xFF, 0xFF],
    &[0xFF, 0xFF, 0xFF, 0x7F],
];

/// Changes a file in one to eight places.
pub fn bytes(bytes: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..=random.below(8) {
        if bytes.is_empty() {
            return;
        }
        let at = random.below(bytes.len());
        let length = random.below(64).min(bytes.len() - at);
        match random.below(12) {
            0..=3 => bytes[at] ^= 1 << random.below(8),
            4..=6 => {
                let value = random.pick(&BYTES);
                let end = (at + value.len()).min(bytes.len());
                bytes[at..end].copy_from_slice(&value[..end - at]);
            }
            7 => bytes[at] = random.below(256) as u8,
            8 => bytes[at..at + length].fill(0),
            9 => {
                let to = random.below(bytes.len() - length + 1);
                bytes.copy_within(at..at + length, to);
            }
            10 => drop(bytes.drain(at..at + length)),
            _ if random.below(8) == 0 => bytes.truncate(at),
            _ => bytes.insert(at, random.below(256) as u8),
        }
    }
}

/// Cells that programs stumble over.
const CELLS: [&str; 24] = [
    "",
    "0",
    "-1",
    "32767",
    "-32768",
    "2147483647",
    "-2147483648",
    "99999999999",
    "..",
    "..\\..\\..\\etc\\passwd",
    "/etc/passwd",
    "C:\\windows",
    "CON",
    "a:b",
    "a|b|c",
    "|",
    "TARGETDIR",
    "INSTALLDIR",
    "[TARGETDIR][INSTALLDIR][#hello.txt][$Main][~][\\[]{[NO]}{{}",
    "[[[[[[[[[[[[[[[[[[[[[[[[",
    "((((((((((((((((((((",
    "NOT NOT 1 AND",
    "{00000000-0000-0000-0000-000000000000}",
    "\u{0}\u{1}\u{feff}ß",
];

/// Changes a text table in one to four places.
pub fn table(text: &[u8], random: &mut Random) -> Vec<u8> {
    let text = String::from_utf8_lossy(text).into_owned();
    let mut lines: Vec<String> = text.split("\r\n").map(str::to_owned).collect();
    for _ in 0..=random.below(4) {
        if lines.is_empty() {
            break;
        }
        let at = random.below(lines.len());
        match random.below(12) {
            0..=5 => {
                let mut cells: Vec<String> = lines[at].split('\t').map(str::to_owned).collect();
                let cell = random.below(cells.len());
                cells[cell] = mutated_cell(&cells[cell], random);
                lines[at] = cells.join("\t");
            }
            6 => {
                let line = lines[at].clone();
                lines.insert(at, line);
            }
            7 => drop(lines.remove(at)),
            8 => {
                let other = random.below(lines.len());
                lines.swap(at, other);
            }
            9 => lines[at].push('\t'),
            10 => lines[at] = lines[at].replacen('\t', "", 1),
            _ => {
                let mut line = lines[at].clone().into_bytes();
                bytes(&mut line, random);
                lines[at] = String::from_utf8_lossy(&line).into_owned();
            }
        }
    }
    lines.join("\r\n").into_bytes()
}

fn mutated_cell(cell: &str, random: &mut Random) -> String {
    match random.below(6) {
        0..=3 => (*random.pick(&CELLS)).to_owned(),
        4 => cell.repeat(1 + random.below(3000)),
        _ => random
            .pick(&["(", "[", "{", "NOT ", "\"", "A AND ("])
            .repeat(20_000),
    }
}
