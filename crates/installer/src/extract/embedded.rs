//! Packages, patches and cabinets inside another file, such as a setup program: found by how they begin.
//!
//! Each find is opened before it is told, so that a few bytes that look like a beginning are passed over; what lies
//! inside a find is not looked for again. Follows: [MS-CFB], [MS-CAB].

use std::io::{self, Read, Seek, SeekFrom};

use database::{Database, Kind};

/// How a compound file begins, and a cabinet.
const COMPOUND: [u8; 8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
const CABINET: [u8; 8] = *b"MSCF\0\0\0\0";
/// How much is read at a time.
const BLOCK: usize = 1 << 20;

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmbeddedKind {
    /// A package or merge module.
    Package,
    /// A patch.
    Patch,
    /// A transform.
    Transform,
    /// A cabinet.
    Cabinet,
}

impl EmbeddedKind {
    /// The end of a file's name of this kind.
    pub fn extension(self) -> &'static str {
        match self {
            EmbeddedKind::Package => "msi",
            EmbeddedKind::Patch => "msp",
            EmbeddedKind::Transform => "mst",
            EmbeddedKind::Cabinet => "cab",
        }
    }
}

/// A file inside another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Embedded {
    /// What it is.
    pub kind: EmbeddedKind,
    /// Where it begins, in bytes.
    pub offset: u64,
    /// Its length in bytes.
    pub length: u64,
}

/// A part of a file, from one byte on, as a file of its own.
struct Part<R> {
    file: R,
    begin: u64,
}

impl<R: Read + Seek> Read for Part<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read(buffer)
    }
}

impl<R: Read + Seek> Seek for Part<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let to = match to {
            SeekFrom::Start(at) => SeekFrom::Start(self.begin.saturating_add(at)),
            other => other,
        };
        let at = self.file.seek(to)?;
        at.checked_sub(self.begin)
            .ok_or_else(|| io::ErrorKind::InvalidInput.into())
    }
}

/// Finds what is inside a file. `open` opens the file anew each time.
///
/// Errors: those of opening and reading it.
pub fn embedded<R: Read + Seek + Send + 'static>(
    open: &dyn Fn() -> io::Result<R>,
) -> io::Result<Vec<Embedded>> {
    let mut file = open()?;
    let length = file.seek(SeekFrom::End(0))?;
    let mut found: Vec<Embedded> = Vec::new();
    let mut at = 0;
    while at < length {
        let Some(begin) = next(&mut file, at)? else {
            break;
        };
        match probe(open, begin, length)? {
            Some(one) => {
                at = begin + one.length.max(1);
                found.push(one);
            }
            None => at = begin + 1,
        }
    }
    Ok(found)
}

/// Where the next beginning is, from a byte on.
fn next(file: &mut (impl Read + Seek), from: u64) -> io::Result<Option<u64>> {
    let mut at = from;
    let mut buffer = vec![0; BLOCK + COMPOUND.len()];
    loop {
        file.seek(SeekFrom::Start(at))?;
        let mut read = 0;
        while read < buffer.len() {
            match file.read(&mut buffer[read..])? {
                0 => break,
                more => read += more,
            }
        }
        let windows = buffer[..read].windows(COMPOUND.len());
        if let Some(place) = windows
            .into_iter()
            .position(|window| window == COMPOUND || window == CABINET)
        {
            return Ok(Some(at + place as u64));
        }
        if read < buffer.len() {
            return Ok(None);
        }
        // The last bytes may be the first of a beginning.
        at += BLOCK as u64;
    }
}

/// What begins there; none: it only looks so.
fn probe<R: Read + Seek + Send + 'static>(
    open: &dyn Fn() -> io::Result<R>,
    offset: u64,
    whole: u64,
) -> io::Result<Option<Embedded>> {
    let part = || -> io::Result<Part<R>> {
        let mut file = open()?;
        file.seek(SeekFrom::Start(offset))?;
        Ok(Part {
            file,
            begin: offset,
        })
    };
    let mut head = [0; 12];
    if part()?.read_exact(&mut head).is_err() {
        return Ok(None);
    }
    let rest = whole - offset;
    if head.starts_with(&CABINET) {
        let told = u64::from(u32::from_le_bytes([head[8], head[9], head[10], head[11]]));
        let opens = cabinet::list(Box::new(part()?), &mut cabinet::NoVolumes).is_ok();
        return Ok((opens && told <= rest).then_some(Embedded {
            kind: EmbeddedKind::Cabinet,
            offset,
            length: told,
        }));
    }
    let Ok(database) = Database::open(part()?) else {
        return Ok(None);
    };
    let kind = match database.kind() {
        Kind::Patch => EmbeddedKind::Patch,
        Kind::Transform => EmbeddedKind::Transform,
        Kind::Package
            if database.has_table("Property") || database.has_table("ModuleSignature") =>
        {
            EmbeddedKind::Package
        }
        Kind::Package => return Ok(None),
    };
    let length = database.container_length().unwrap_or(rest).min(rest);
    Ok(Some(Embedded {
        kind,
        offset,
        length,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn program(parts: &[&[u8]]) -> Vec<u8> {
        let mut program = b"MZ a program \xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 not a package".to_vec();
        for part in parts {
            program.extend_from_slice(part);
            program.extend_from_slice(b"between");
        }
        program
    }

    #[test]
    fn packages_and_cabinets_are_found_where_they_are() {
        let package =
            testing::package("product Inner 1.0.0\nfile a.txt in Main: a\ncabinet").database();
        let mut msi = Vec::new();
        package.save(&mut msi).unwrap();
        let mut writer = cabinet::Writer::new(cabinet::Compression::Stored);
        writer
            .add("x", cabinet::Attributes(0), None, &mut &b"contents"[..])
            .unwrap();
        let mut cab = Vec::new();
        writer.finish(&mut cab).unwrap();
        let program = program(&[&msi, &cab, b"MSCF\0\0\0\0 is no cabinet"]);
        let found = embedded(&|| Ok(Cursor::new(program.clone()))).unwrap();
        let kinds: Vec<_> = found.iter().map(|one| one.kind).collect();
        // The cabinet inside the package is the package's.
        assert_eq!(kinds, [EmbeddedKind::Package, EmbeddedKind::Cabinet]);
        for (one, bytes) in found.iter().zip([&msi, &cab]) {
            let begin = usize::try_from(one.offset).unwrap();
            let end = begin + usize::try_from(one.length).unwrap();
            assert!(&program[begin..end] == bytes.as_slice(), "{one:?}");
        }
    }
}
