//! A sink that keeps what it gets, and bytes to put into cabinets.
#![allow(dead_code, reason = "each test target uses another part")]

use std::convert::Infallible;
use std::io::Cursor;

use cabinet::{Error, ExtractError, Member, NoVolumes, Sink, Verdict, extract};

/// Keeps the members that it takes, and checks the order of the calls.
pub struct Collect<'c> {
    pub files: Vec<(String, Vec<u8>)>,
    pub offered: Vec<String>,
    open: bool,
    choose: Box<dyn FnMut(&Member) -> Verdict + 'c>,
}

impl<'c> Collect<'c> {
    pub fn all() -> Self {
        Self::choosing(|_| Verdict::Take)
    }

    pub fn choosing(choose: impl FnMut(&Member) -> Verdict + 'c) -> Self {
        Self {
            files: Vec::new(),
            offered: Vec::new(),
            open: false,
            choose: Box::new(choose),
        }
    }
}

impl Sink for Collect<'_> {
    type Error = Infallible;

    fn begin(&mut self, member: &Member) -> Result<Verdict, Infallible> {
        assert!(!self.open);
        self.offered.push(member.name.clone());
        let verdict = (self.choose)(member);
        if verdict == Verdict::Take {
            self.open = true;
            self.files.push((member.name.clone(), Vec::new()));
        }
        Ok(verdict)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Infallible> {
        assert!(self.open && !bytes.is_empty());
        self.files.last_mut().unwrap().1.extend(bytes);
        Ok(())
    }

    fn end(&mut self, member: &Member) -> Result<(), Infallible> {
        assert!(self.open);
        self.open = false;
        let (name, bytes) = self.files.last().unwrap();
        assert_eq!((name, bytes.len()), (&member.name, member.size as usize));
        Ok(())
    }
}

/// Extracts everything from a cabinet that stands alone.
pub fn extract_all(bytes: Vec<u8>) -> Result<Vec<(String, Vec<u8>)>, Error> {
    let mut sink = Collect::all();
    match extract(Box::new(Cursor::new(bytes)), &mut NoVolumes, &mut sink) {
        Ok(()) => Ok(sink.files),
        Err(ExtractError::Cabinet(error)) => Err(error),
        Err(ExtractError::Sink(never)) => match never {},
    }
}

/// A small generator, so that tests repeat themselves.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

/// Bytes that do not compress.
pub fn noise(size: usize) -> Vec<u8> {
    let mut random = Random(size as u64 + 1);
    (0..size).map(|_| (random.next() >> 24) as u8).collect()
}

/// Bytes that compress well.
pub fn text(size: usize) -> Vec<u8> {
    let words = ["folder ", "cabinet ", "block\r\n", "member ", "of ", "the "];
    let mut random = Random(size as u64 + 7);
    let mut text = Vec::new();
    while text.len() < size {
        text.extend(words[(random.next() >> 20) as usize % words.len()].as_bytes());
    }
    text.truncate(size);
    text
}
