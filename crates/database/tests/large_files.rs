//! Compound files of more than 2 GiB are read and written, though hardly anything of them exists.

use std::collections::BTreeMap;
use std::io::{self, Cursor, Read, Seek, SeekFrom, Write};

use database::{Database, Kind};

/// Large sectors, as files of version 4 have them.
const SECTOR: u64 = 4096;
/// Where the stream lies: 2.3 GiB into the file.
const FAR: u32 = 600_100;
const LENGTH: u64 = 2 * SECTOR;
const FREE: u32 = 0xFFFF_FFFF;
const END: u32 = 0xFFFF_FFFE;
const OF_FAT: u32 = 0xFFFF_FFFD;
const OF_DIFAT: u32 = 0xFFFF_FFFC;

/// A file with its first sectors and its last ones; all between is zeros.
struct Sparse {
    head: Vec<u8>,
    tail_at: u64,
    tail: Vec<u8>,
    position: u64,
}

impl Read for Sparse {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (head, at) = (self.head.len() as u64, self.position);
        let end = self.tail_at + self.tail.len() as u64;
        let count = if at < head {
            Cursor::new(&self.head[at as usize..]).read(buffer)?
        } else if at < self.tail_at {
            let count = buffer.len().min((self.tail_at - at) as usize);
            buffer[..count].fill(0);
            count
        } else if at < end {
            Cursor::new(&self.tail[(at - self.tail_at) as usize..]).read(buffer)?
        } else {
            0
        };
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for Sparse {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let end = self.tail_at + self.tail.len() as u64;
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => end.checked_add_signed(by),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
        };
        self.position = target.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

fn put(bytes: &mut [u8], at: usize, value: &[u8]) {
    bytes[at..at + value.len()].copy_from_slice(value);
}

fn put_all(sector: &mut [u8], at: usize, numbers: &[u32]) {
    for (place, number) in numbers.iter().enumerate() {
        put(sector, at + 4 * place, &number.to_le_bytes());
    }
}

/// A directory entry: its name, its kind, its first sector and its length.
fn entry(name: &str, kind: u8, child: u32, start: u32, length: u64) -> [u8; 128] {
    let mut entry = [0; 128];
    for (place, unit) in name.encode_utf16().enumerate() {
        put(&mut entry, 2 * place, &unit.to_le_bytes());
    }
    let bytes = u16::try_from(2 * name.len() + 2).unwrap();
    put(&mut entry, 64, &bytes.to_le_bytes());
    entry[66] = kind;
    entry[67] = 1;
    put_all(&mut entry, 68, &[FREE, FREE, child]);
    put_all(&mut entry, 116, &[start]);
    put(&mut entry, 120, &length.to_le_bytes());
    entry
}

/// What a header begins with, in a sector of its own.
fn header() -> Vec<u8> {
    let mut header = vec![0; SECTOR as usize];
    put(
        &mut header,
        0,
        &[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1],
    );
    for (at, value) in [(24, 0x3E), (26, 4), (28, 0xFFFE), (30, 12), (32, 6)] {
        put(&mut header, at, &u16::to_le_bytes(value));
    }
    header
}

/// The root's entry, of a file of transforms: no tables are looked for.
fn root() -> [u8; 128] {
    let mut root = entry("Root Entry", 5, 1, END, 0);
    put(
        &mut root,
        80,
        &[
            0x82, 0x10, 0x0C, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46,
        ],
    );
    root
}

/// Sector 0 lists the sectors of the allocation table, 1 is the directory, 2 and on are the table: its first part,
/// parts in which all is free, and the part of the far sectors.
fn file() -> Sparse {
    let part_of_far = FAR / 1024;
    let fat: Vec<u32> = (2..=2 + part_of_far).collect();
    let mut header = header();
    let counts = [1, fat.len() as u32, 1, 0, 4096, END, 0, 0, 1];
    put_all(&mut header, 40, &counts);
    put_all(&mut header, 76, &fat[..109]);
    let mut list = vec![0xFF; SECTOR as usize];
    put_all(&mut list, 0, &fat[109..]);
    put_all(&mut list, 4092, &[END]);
    let mut directory = vec![0; SECTOR as usize];
    put(&mut directory, 0, &root());
    put(&mut directory, 128, &entry("far", 2, FREE, FAR, LENGTH));
    let mut head = [header, list, directory].concat();
    for part in 0..=part_of_far {
        let mut sector = vec![0xFF; SECTOR as usize];
        if part == 0 {
            put_all(&mut sector, 0, &[OF_DIFAT, END]);
            put_all(&mut sector, 8, &vec![OF_FAT; fat.len()]);
        }
        if part == part_of_far {
            put_all(&mut sector, 4 * (FAR % 1024) as usize, &[FAR + 1, END]);
        }
        head.extend(sector);
    }
    let tail = [vec![1; SECTOR as usize], vec![2; SECTOR as usize]].concat();
    Sparse {
        head,
        tail_at: (u64::from(FAR) + 1) * SECTOR,
        tail,
        position: 0,
    }
}

#[test]
fn a_stream_behind_two_gibibytes() {
    let sparse = file();
    assert!(sparse.tail_at > 2 << 30);
    let database = Database::open(sparse).unwrap();
    assert_eq!(
        (database.kind(), database.stream_names()),
        (Kind::Transform, vec!["far"])
    );
    let mut stream = database.stream("far").unwrap().unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let (first, second) = bytes.split_at(SECTOR as usize);
    assert!(bytes.len() as u64 == LENGTH && first.iter().all(|&byte| byte == 1));
    assert!(second.iter().all(|&byte| byte == 2));
}

/// How many sectors the streams of the wide file share.
const SHARED: u32 = 76_800;
/// Every so many sectors of it one is not empty.
const MARKED: usize = 256;
const STREAMS: u32 = 8;

/// A file that keeps only the blocks that are not all zeros.
#[derive(Clone, Default)]
struct Blocks {
    blocks: BTreeMap<u64, Vec<u8>>,
    length: u64,
    position: u64,
}

impl Blocks {
    /// How much of the block at the position lies from there on, and of `wanted` at most.
    fn rest(&self, wanted: usize) -> (u64, usize, usize) {
        let within = (self.position % SECTOR) as usize;
        let count = wanted.min(SECTOR as usize - within);
        (self.position / SECTOR, within, count)
    }
}

impl Write for Blocks {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let (block, within, count) = self.rest(bytes.len());
        if bytes[..count].iter().any(|&byte| byte != 0) {
            let block = self.blocks.entry(block);
            let block = block.or_insert_with(|| vec![0; SECTOR as usize]);
            block[within..within + count].copy_from_slice(&bytes[..count]);
        }
        self.position += count as u64;
        self.length = self.length.max(self.position);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Blocks {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.length - self.position).unwrap();
        let (block, within, count) = self.rest(buffer.len().min(left));
        match self.blocks.get(&block) {
            Some(block) => buffer[..count].copy_from_slice(&block[within..within + count]),
            None => buffer[..count].fill(0),
        }
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for Blocks {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.length.checked_add_signed(by),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
        };
        self.position = target.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.position)
    }
}

/// A file of 300 MB whose streams all lie in the same sectors: 2.4 GiB of contents. Sector 0 is the directory, 1 to 75
/// are the allocation table.
fn wide() -> Blocks {
    let parts = SHARED / 1024 + 1;
    let mut file = Blocks::default();
    let mut header = header();
    put_all(&mut header, 40, &[1, parts, 0, 0, 4096, END, 0, END, 0]);
    let mut listed: Vec<u32> = (1..=parts).collect();
    listed.resize(109, FREE);
    put_all(&mut header, 76, &listed);
    let mut directory = root().to_vec();
    let first = 1 + parts;
    for number in 0..STREAMS {
        let mut stream = entry(
            &format!("s{number}"),
            2,
            FREE,
            first,
            u64::from(SHARED) * SECTOR,
        );
        if number + 1 < STREAMS {
            put_all(&mut stream, 72, &[number + 2]);
        }
        directory.extend(stream);
    }
    directory.resize(SECTOR as usize, 0);
    let mut table = vec![END];
    table.extend(vec![OF_FAT; parts as usize]);
    table.extend(first + 1..first + SHARED);
    table.push(END);
    table.resize(1024 * parts as usize, FREE);
    let mut bytes = vec![0; table.len() * 4];
    put_all(&mut bytes, 0, &table);
    for part in [header, directory, bytes] {
        file.write_all(&part).unwrap();
    }
    let begin = file.position;
    for sector in (0..SHARED).step_by(MARKED) {
        file.position = begin + u64::from(sector) * SECTOR;
        file.write_all(&u32::to_le_bytes(sector + 1)).unwrap();
    }
    file.length = begin + u64::from(SHARED) * SECTOR;
    file
}

#[test]
fn what_is_longer_than_two_gibibytes_is_written_with_large_sectors() {
    let database = Database::open(wide()).unwrap();
    let mut written = Blocks::default();
    database.save(&mut written).unwrap();
    assert!(written.length > 9 << 28);
    let copy = Database::open(written).unwrap();
    assert_eq!(copy.stream_names().len(), STREAMS as usize);
    for name in copy.stream_names() {
        let mut stream = copy.stream(name).unwrap().unwrap();
        assert_eq!(stream.length(), u64::from(SHARED) * SECTOR);
        for sector in (0..SHARED).step_by(MARKED) {
            let mut mark = [0; 8];
            let at = u64::from(sector) * SECTOR;
            stream.seek(SeekFrom::Start(at)).unwrap();
            stream.read_exact(&mut mark).unwrap();
            assert_eq!(u64::from_le_bytes(mark), u64::from(sector) + 1, "{name}");
        }
    }
}
