//! The version and languages of a program file: its version resource, read without the rest of the file.
//!
//! Follows: Microsoft, "PE Format" (headers, sections, the resource directory), "VS_VERSIONINFO",
//! "VS_FIXEDFILEINFO" and "VarFileInfo". Everything read is checked against what is there; sizes are bounded.

use std::fmt;
use std::io::SeekFrom;
use std::str::FromStr;

use crate::{Error, MachinePath, ReadSeek, View};

/// A file version: four numbers, compared from the first on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(pub [u16; 4]);

/// What a version resource says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileVersion {
    /// The file's version.
    pub version: Version,
    /// Its languages as LANGIDs, in order; empty where it does not say.
    pub languages: Vec<u16>,
}

/// Why a text is no version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no version: one to four numbers up to 65535 with dots between")]
pub struct VersionError(pub String);

/// Resource type of versions.
const RT_VERSION: u32 = 16;
/// The magic number of VS_FIXEDFILEINFO.
const FIXED_SIGNATURE: u32 = 0xfeef_04bd;
/// A version resource is a few hundred bytes; Windows' own limit is one of 16 bits.
const RESOURCE_BYTES_MAX: u32 = 0x1_0000;
/// Sections and directory entries that are looked at.
const ENTRIES_MAX: u16 = 4096;

/// Returns the version of a file, or none where it has no version resource (no program file, for one).
///
/// A planned file without contents has the version that its package says.
/// Errors: those of opening and reading; a damaged file has no version.
pub fn file_version(view: &dyn View, file: &MachinePath) -> Result<Option<FileVersion>, Error> {
    if let Some(planned) = view.planned(file).filter(|planned| planned.bytes.is_none()) {
        let version = planned
            .version
            .as_deref()
            .and_then(|text| text.parse().ok());
        let languages = planned.language.as_deref().unwrap_or_default();
        let languages = languages
            .split(',')
            .filter_map(|text| text.trim().parse().ok())
            .collect();
        return Ok(version.map(|version| FileVersion { version, languages }));
    }
    let mut reader = view.open(file)?;
    read_version(&mut *reader).map_err(Error::io("read", file))
}

/// Returns the version resource of an open file.
///
/// Errors: the reader's, save for an early end: that file is damaged and has none.
pub fn read_version(file: &mut dyn ReadSeek) -> std::io::Result<Option<FileVersion>> {
    match find_resource(file) {
        Ok(Some(resource)) => Ok(parse_resource(&resource)),
        Ok(None) => Ok(None),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}

struct Section {
    address: u32,
    size: u32,
    offset: u32,
}

fn bytes_at(file: &mut dyn ReadSeek, at: u64, length: usize) -> std::io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(at))?;
    let mut bytes = vec![0; length];
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(
        bytes.get(at..at.checked_add(2)?)?.try_into().ok()?,
    ))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(
        bytes.get(at..at.checked_add(4)?)?.try_into().ok()?,
    ))
}

/// Finds the bytes of the first version resource.
fn find_resource(file: &mut dyn ReadSeek) -> std::io::Result<Option<Vec<u8>>> {
    let dos = bytes_at(file, 0, 64)?;
    let Some(header) = u32_at(&dos, 60).filter(|_| dos.starts_with(b"MZ")) else {
        return Ok(None);
    };
    let coff = bytes_at(file, u64::from(header), 24)?;
    if !coff.starts_with(b"PE\0\0") {
        return Ok(None);
    }
    let (Some(sections), Some(optional)) = (u16_at(&coff, 6), u16_at(&coff, 20)) else {
        return Ok(None);
    };
    let optional_at = u64::from(header) + 24;
    let optional_header = bytes_at(file, optional_at, usize::from(optional))?;
    let Some(directory) = resource_directory(&optional_header) else {
        return Ok(None);
    };
    let table_at = optional_at + u64::from(optional);
    let table = bytes_at(file, table_at, usize::from(sections.min(ENTRIES_MAX)) * 40)?;
    let Some(base) = offset_of(&table, directory) else {
        return Ok(None);
    };
    // Type, name, language: the first of each leads to the data.
    let mut at = 0;
    for wanted in [Some(RT_VERSION), None, None] {
        match entry(file, base, at, wanted)? {
            Some(next) => at = next,
            None => return Ok(None),
        }
    }
    let leaf = bytes_at(file, base + u64::from(at & 0x7fff_ffff), 8)?;
    let (Some(address), Some(size)) = (u32_at(&leaf, 0), u32_at(&leaf, 4)) else {
        return Ok(None);
    };
    match offset_of(&table, address) {
        Some(offset) if size <= RESOURCE_BYTES_MAX => {
            bytes_at(file, offset, size as usize).map(Some)
        }
        _ => Ok(None),
    }
}

/// The address of the resource directory, from the optional header of either kind.
fn resource_directory(optional: &[u8]) -> Option<u32> {
    let at = match u16_at(optional, 0)? {
        0x10b => 96,
        0x20b => 112,
        _ => return None,
    };
    let count = u32_at(optional, at - 4)?;
    let address = u32_at(optional, at + 2 * 8)?;
    (count > 2 && address != 0).then_some(address)
}

/// Where in the file an address of the loaded image is.
fn offset_of(table: &[u8], address: u32) -> Option<u64> {
    let sections = table.chunks_exact(40).filter_map(|section| {
        Some(Section {
            address: u32_at(section, 12)?,
            size: u32_at(section, 16)?.max(u32_at(section, 8)?),
            offset: u32_at(section, 20)?,
        })
    });
    let mut holding = sections.filter(|s| address >= s.address && address - s.address < s.size);
    holding
        .next()
        .map(|section| u64::from(section.offset) + u64::from(address - section.address))
}

/// Returns where an entry of a resource directory leads: the one with an id, or the first.
fn entry(
    file: &mut dyn ReadSeek,
    base: u64,
    at: u32,
    wanted: Option<u32>,
) -> std::io::Result<Option<u32>> {
    let table = base + u64::from(at & 0x7fff_ffff);
    let head = bytes_at(file, table, 16)?;
    let (Some(named), Some(numbered)) = (u16_at(&head, 12), u16_at(&head, 14)) else {
        return Ok(None);
    };
    let count = named.saturating_add(numbered).min(ENTRIES_MAX);
    let entries = bytes_at(file, table + 16, usize::from(count) * 8)?;
    let mut found = entries
        .chunks_exact(8)
        .filter(|entry| wanted.is_none() || u32_at(entry, 0) == wanted);
    Ok(found.next().and_then(|entry| u32_at(entry, 4)))
}

/// One block of a version resource: key, value and the blocks in it.
struct Block<'a> {
    key: String,
    value: &'a [u8],
    inner: &'a [u8],
}

/// Reads the block at the front; returns it and the rest after its padding.
fn block(bytes: &[u8]) -> Option<(Block<'_>, &[u8])> {
    let (length, value_length, kind) = (u16_at(bytes, 0)?, u16_at(bytes, 2)?, u16_at(bytes, 4)?);
    let whole = bytes.get(..usize::from(length)).filter(|_| length >= 6)?;
    let units: Vec<u16> = whole[6..]
        .chunks_exact(2)
        .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
        .collect();
    let key_length = units.iter().position(|unit| *unit == 0)?;
    let value_at = padded(6 + (key_length + 1) * 2).min(whole.len());
    // The length of text is in characters.
    let value_bytes = usize::from(value_length) * if kind == 1 { 2 } else { 1 };
    let value_end = value_at.saturating_add(value_bytes).min(whole.len());
    let inner = whole.get(padded(value_end)..).unwrap_or_default();
    let key = String::from_utf16_lossy(&units[..key_length]);
    let rest = bytes.get(padded(usize::from(length))..).unwrap_or_default();
    Some((
        Block {
            key,
            value: &whole[value_at..value_end],
            inner,
        },
        rest,
    ))
}

fn padded(at: usize) -> usize {
    at.saturating_add(3) & !3
}

fn parse_resource(bytes: &[u8]) -> Option<FileVersion> {
    let (root, _) = block(bytes)?;
    if root.key != "VS_VERSION_INFO" || u32_at(root.value, 0)? != FIXED_SIGNATURE {
        return None;
    }
    let (high, low) = (u32_at(root.value, 8)?, u32_at(root.value, 12)?);
    let version = Version([
        (high >> 16) as u16,
        high as u16,
        (low >> 16) as u16,
        low as u16,
    ]);
    let translation =
        inner(root.inner, "VarFileInfo").and_then(|info| inner(info.inner, "Translation"));
    let pairs = translation.map(|block| {
        block
            .value
            .chunks_exact(4)
            .filter_map(|pair| u16_at(pair, 0))
            .collect()
    });
    Some(FileVersion {
        version,
        languages: pairs.unwrap_or_default(),
    })
}

fn inner<'a>(mut bytes: &'a [u8], key: &str) -> Option<Block<'a>> {
    while let Some((found, rest)) = block(bytes) {
        if found.key == key {
            return Some(found);
        }
        bytes = rest;
    }
    None
}

impl FromStr for Version {
    type Err = VersionError;

    /// Reads one to four numbers with dots between; missing ones are 0.
    fn from_str(text: &str) -> Result<Version, VersionError> {
        let wrong = || VersionError(text.to_owned());
        let mut numbers = [0; 4];
        for (at, part) in text.trim().split('.').enumerate() {
            *numbers.get_mut(at).ok_or_else(wrong)? = part.parse().map_err(|_| wrong())?;
        }
        Ok(Version(numbers))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d] = self.0;
        write!(f, "{a}.{b}.{c}.{d}")
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;

    fn block_of(key: &str, kind: u16, value: &[u8], inner: &[u8]) -> Vec<u8> {
        let mut out = vec![0; 6];
        out.extend(key.encode_utf16().chain([0]).flat_map(u16::to_le_bytes));
        out.resize(padded(out.len()), 0);
        out.extend(value);
        if !inner.is_empty() {
            out.resize(padded(out.len()), 0);
            out.extend(inner);
        }
        let value_length = value.len() as u16 / if kind == 1 { 2 } else { 1 };
        for (at, number) in [out.len() as u16, value_length, kind]
            .into_iter()
            .enumerate()
        {
            out[at * 2..at * 2 + 2].copy_from_slice(&number.to_le_bytes());
        }
        out.resize(padded(out.len()), 0);
        out
    }

    fn resource() -> Vec<u8> {
        let mut fixed = vec![0; 52];
        for (at, number) in [(0, FIXED_SIGNATURE), (8, 0x0001_0002), (12, 0x0003_ffff)] {
            fixed[at..at + 4].copy_from_slice(&number.to_le_bytes());
        }
        let strings = block_of(
            "StringFileInfo",
            1,
            &[],
            &block_of("040904b0", 1, &[], &block_of("a", 1, b"x\0\0\0", &[])),
        );
        let translation = block_of(
            "Translation",
            0,
            &[0x09, 0x04, 0xb0, 0x04, 0x07, 0x04, 0xe4, 0x04],
            &[],
        );
        let languages = block_of("VarFileInfo", 1, &[], &translation);
        block_of("VS_VERSION_INFO", 0, &fixed, &[strings, languages].concat())
    }

    /// A program file with nothing but a version resource: one section at address 0x1000, offset 0x200.
    fn program(wide: bool) -> Vec<u8> {
        let resource = resource();
        let mut rsrc = vec![0; 0x58];
        let mut put =
            |at: usize, number: u32| rsrc[at..at + 4].copy_from_slice(&number.to_le_bytes());
        for (table, id, next) in [
            (0, RT_VERSION, 0x8000_0018),
            (0x18, 1, 0x8000_0030),
            (0x30, 1033, 0x48),
        ] {
            put(table + 12, 1 << 16);
            put(table + 16, id);
            put(table + 20, next);
        }
        put(0x48, 0x1058);
        put(0x4c, resource.len() as u32);
        rsrc.extend(resource);
        let optional = if wide { 240 } else { 224 };
        let mut file = vec![0; 0x200];
        let mut put = |at: usize, bytes: &[u8]| file[at..at + bytes.len()].copy_from_slice(bytes);
        put(0, b"MZ");
        put(60, &64u32.to_le_bytes());
        put(64, b"PE\0\0");
        put(70, &1u16.to_le_bytes());
        put(84, &(optional as u16).to_le_bytes());
        put(88, &if wide { 0x20bu16 } else { 0x10b }.to_le_bytes());
        let directories = 88 + if wide { 112 } else { 96 };
        put(directories - 4, &16u32.to_le_bytes());
        put(directories + 16, &0x1000u32.to_le_bytes());
        let section = 88 + optional;
        for (at, number) in [
            (8, rsrc.len() as u32),
            (12, 0x1000),
            (16, rsrc.len() as u32),
            (20, 0x200),
        ] {
            put(section + at, &number.to_le_bytes());
        }
        file.extend(rsrc);
        file
    }

    fn read(bytes: &[u8]) -> Option<FileVersion> {
        read_version(&mut Cursor::new(bytes)).unwrap()
    }

    #[test]
    fn version_and_languages_are_read_from_both_kinds_of_program() {
        for wide in [true, false] {
            let found = read(&program(wide)).unwrap();
            assert_eq!(
                (found.version.to_string().as_str(), found.languages),
                ("1.2.3.65535", vec![1033, 1031])
            );
        }
        assert_eq!(read(b"text"), None);
        assert_eq!(read(&[]), None);
    }

    #[test]
    fn a_file_that_ends_early_has_no_version() {
        let file = program(true);
        for length in 0..file.len() - 1 {
            let _ = read(&file[..length]);
        }
        assert_eq!(read(&file[..0x200]), None);
    }

    #[test]
    fn versions_are_compared_number_by_number() {
        let version = |text: &str| text.parse::<Version>();
        assert!(version("1.10").unwrap() > version("1.9.9.9").unwrap());
        assert_eq!(version("1.2").unwrap().to_string(), "1.2.0.0");
        for text in ["", "a", "1.2.3.4.5", "65536", "1..2", "-1"] {
            assert_eq!(version(text), Err(VersionError(text.to_owned())));
        }
    }

    proptest! {
        #[test]
        fn damage_is_read_without_a_panic(at in 0usize..0x400, byte in any::<u8>(), more in any::<u32>()) {
            let mut file = program(more % 2 == 0);
            let length = file.len();
            file[at % length] = byte;
            file[(more as usize) % length] ^= 0x80;
            let _ = read(&file);
        }
    }
}
