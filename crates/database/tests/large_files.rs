//! A compound file of more than 2 GiB is read where its streams are, though hardly any of it exists.

use std::io::{self, Cursor, Read, Seek, SeekFrom};

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

/// Sector 0 lists the sectors of the allocation table, 1 is the directory, 2 and on are the table: its first part,
/// parts in which all is free, and the part of the far sectors.
fn file() -> Sparse {
    let part_of_far = FAR / 1024;
    let fat: Vec<u32> = (2..=2 + part_of_far).collect();
    let mut header = vec![0; SECTOR as usize];
    put(
        &mut header,
        0,
        &[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1],
    );
    for (at, value) in [(24, 0x3E), (26, 4), (28, 0xFFFE), (30, 12), (32, 6)] {
        put(&mut header, at, &u16::to_le_bytes(value));
    }
    let counts = [1, fat.len() as u32, 1, 0, 4096, END, 0, 0, 1];
    put_all(&mut header, 40, &counts);
    put_all(&mut header, 76, &fat[..109]);
    let mut list = vec![0xFF; SECTOR as usize];
    put_all(&mut list, 0, &fat[109..]);
    put_all(&mut list, 4092, &[END]);
    let mut root = entry("Root Entry", 5, 1, END, 0);
    root[80] = 0x82;
    put(
        &mut root,
        81,
        &[0x10, 0x0C, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46],
    );
    let mut directory = vec![0; SECTOR as usize];
    put(&mut directory, 0, &root);
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
