//! Small compound files: streams in one storage.
//!
//! Every stream is shorter than 4096 bytes, so that all lie in the mini stream. Follows: [MS-CFB].

const SECTOR: usize = 512;
const MINI_SECTOR: usize = 64;
/// From this length on, streams do not lie in the mini stream.
const MINI_CUTOFF: usize = 4096;
const END: u32 = 0xFFFF_FFFE;
const FREE: u32 = 0xFFFF_FFFF;
const FAT: u32 = 0xFFFF_FFFD;

/// Returns a file of this class id with these streams, whose names are units as they are stored.
///
/// Panics where a stream is too long, or all together are.
pub(crate) fn compound(class: [u8; 16], mut streams: Vec<(Vec<u16>, Vec<u8>)>) -> Vec<u8> {
    streams.sort_by_key(|(name, _)| (name.len(), name.clone()));
    let (mut mini, mut mini_fat) = (Vec::new(), Vec::new());
    let mut entries = Vec::new();
    for (name, bytes) in &streams {
        assert!(bytes.len() < MINI_CUTOFF, "a stream for a test is short");
        let start = (mini.len() / MINI_SECTOR) as u32;
        let count = bytes.len().div_ceil(MINI_SECTOR) as u32;
        mini_fat.extend(start + 1..start + count);
        mini_fat.extend((count > 0).then_some(END));
        mini.extend(bytes);
        mini.resize(mini.len().next_multiple_of(MINI_SECTOR), 0);
        let start = if count == 0 { END } else { start };
        entries.push((name.clone(), start, bytes.len()));
    }
    let mini_sectors = mini.len().div_ceil(SECTOR) as u32;
    let mini_fat_sectors = (mini_fat.len() * 4).div_ceil(SECTOR) as u32;
    let directory_sectors = (entries.len() + 1).div_ceil(4) as u32;
    // In this order: the mini stream, its allocation table, the directory, the allocation table.
    let runs = [mini_sectors, mini_fat_sectors, directory_sectors];
    let starts = [0, mini_sectors, mini_sectors + mini_fat_sectors];
    let fat = allocation(runs);
    let mut file = header(starts, runs);
    file.extend(padded(mini.clone(), 0));
    file.extend(padded(numbers(&mini_fat), 0xFF));
    file.extend(padded(directory(class, &entries, mini.len()), 0));
    file.extend(fat);
    file
}

fn allocation(runs: [u32; 3]) -> Vec<u8> {
    let mut fat = Vec::new();
    for count in runs.into_iter().filter(|&count| count > 0) {
        let start = fat.len() as u32;
        fat.extend(start + 1..start + count);
        fat.push(END);
    }
    fat.push(FAT);
    assert!(fat.len() <= SECTOR / 4, "a file for a test is short");
    padded(numbers(&fat), 0xFF)
}

fn header(starts: [u32; 3], runs: [u32; 3]) -> Vec<u8> {
    let mut header = vec![0xFF; SECTOR];
    header[..76].fill(0);
    header[..8].copy_from_slice(&[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]);
    header[24..34].copy_from_slice(&[0x3E, 0, 3, 0, 0xFE, 0xFF, 9, 0, 6, 0]);
    let [_, mini_fat, directory] = starts;
    let fat = directory + runs[2];
    let fields = [
        1,
        directory,
        0,
        MINI_CUTOFF as u32,
        mini_fat,
        runs[1],
        END,
        0,
        fat,
    ];
    header[44..80].copy_from_slice(&numbers(&fields));
    header
}

/// The root, and the streams as a list in the order of their names, each the right neighbour of the one before.
fn directory(class: [u8; 16], streams: &[(Vec<u16>, u32, usize)], mini: usize) -> Vec<u8> {
    let next = |number: usize| match number < streams.len() {
        true => number as u32 + 1,
        false => FREE,
    };
    let root: Vec<u16> = "Root Entry".encode_utf16().collect();
    let start = if mini == 0 { END } else { 0 };
    let mut bytes = entry(&root, [5, 1], [FREE, FREE, next(0)], start, mini);
    bytes[80..96].copy_from_slice(&class);
    for (number, (name, start, length)) in streams.iter().enumerate() {
        let neighbours = [FREE, next(number + 1), FREE];
        bytes.extend(entry(name, [2, 1], neighbours, *start, *length));
    }
    bytes
}

fn entry(name: &[u16], kind: [u8; 2], links: [u32; 3], start: u32, length: usize) -> Vec<u8> {
    let mut entry = vec![0; 128];
    let units: Vec<u8> = name.iter().flat_map(|unit| unit.to_le_bytes()).collect();
    entry[..units.len()].copy_from_slice(&units);
    entry[64..66].copy_from_slice(&(units.len() as u16 + 2).to_le_bytes());
    entry[66..68].copy_from_slice(&kind);
    entry[68..80].copy_from_slice(&numbers(&links));
    entry[116..124].copy_from_slice(&numbers(&[start, length as u32]));
    entry
}

fn padded(mut bytes: Vec<u8>, fill: u8) -> Vec<u8> {
    bytes.resize(bytes.len().next_multiple_of(SECTOR), fill);
    bytes
}

fn numbers(numbers: &[u32]) -> Vec<u8> {
    numbers
        .iter()
        .flat_map(|number| number.to_le_bytes())
        .collect()
}
