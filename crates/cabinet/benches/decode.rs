//! How fast cabinets are decoded: `cargo bench -p msikit-cabinet -- FILE.cab…`; without files,
//! cabinets made on the spot. Prints the best of several passes in bytes out for each second.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a program that measures, run by hand"
)]

use std::convert::Infallible;
use std::io::Cursor;
use std::time::{Duration, Instant};

use cabinet::{Attributes, Compression, Member, NoVolumes, Sink, Verdict, Writer, extract};

/// Counts bytes.
struct Count(u64);

impl Sink for Count {
    type Error = Infallible;

    fn begin(&mut self, _member: &Member) -> Result<Verdict, Infallible> {
        Ok(Verdict::Take)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Infallible> {
        self.0 += bytes.len() as u64;
        Ok(())
    }

    fn end(&mut self, _member: &Member) -> Result<(), Infallible> {
        Ok(())
    }
}

fn measure(name: &str, cabinet: &[u8]) {
    let mut best = Duration::MAX;
    let mut bytes = 0;
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(2) {
        let mut sink = Count(0);
        let reader = Box::new(Cursor::new(cabinet.to_vec()));
        let start = Instant::now();
        if let Err(error) = extract(reader, &mut NoVolumes, &mut sink) {
            println!("{name}: {error}");
            return;
        }
        best = best.min(start.elapsed());
        bytes = sink.0;
    }
    let rate = bytes as f64 / best.as_secs_f64() / 1e6;
    println!("{name}: {bytes} bytes in {best:?}, {rate:.0} MB/s");
}

/// Returns a cabinet of 32 MiB that look a little like text.
fn made(compression: Compression) -> Vec<u8> {
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        // The product of two numbers below 256 makes early letters more frequent.
        let skewed = (state >> 24) as usize * (state >> 16 & 255) as usize;
        b"etaoin shrdlu\r\n"[(skewed * 15) >> 16]
    };
    let bytes: Vec<u8> = (0..32 << 20).map(|_| next()).collect();
    let mut writer = Writer::new(compression);
    let mut cabinet = Vec::new();
    (writer.add("a", Attributes::default(), None, &mut bytes.as_slice()))
        .and_then(|()| writer.finish(&mut cabinet))
        .unwrap_or_default();
    cabinet
}

fn main() {
    let files: Vec<_> = std::env::args()
        .skip(1)
        .filter(|name| !name.starts_with('-'))
        .collect();
    for file in &files {
        match std::fs::read(file) {
            Ok(cabinet) => measure(file, &cabinet),
            Err(error) => println!("{file}: {error}"),
        }
    }
    if files.is_empty() {
        measure("stored", &made(Compression::Stored));
        measure("MSZIP", &made(Compression::Mszip));
    }
}
