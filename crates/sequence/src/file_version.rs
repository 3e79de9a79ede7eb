//! Version and languages of a file on the machine: of a planned file as its package says, else of the version
//! resource of a portable executable.
//!
//! Follows: Microsoft, "PE Format" (the resource section), "VS_VERSIONINFO". Fonts' versions are not read.

use std::io::{ErrorKind, Read, SeekFrom};

use machine::{MachinePath, ReadSeek, View};

use crate::Error;
use crate::version::Version;

/// What a version resource may have at most, in bytes.
const RESOURCE_MAX: u32 = 1 << 20;
/// Sections and directory entries that are looked at.
const ENTRIES_MAX: u16 = 1024;
/// The resource type of versions.
const VERSION_TYPE: u32 = 16;

/// Version and languages as text with commas; a file without them has none.
///
/// Errors: the machine cannot be read. A damaged executable has no version.
pub(crate) fn file_version(
    view: &dyn View,
    path: &MachinePath,
) -> Result<(Option<Version>, String), Error> {
    if let Some(planned) = view.planned(path) {
        let version = planned.version.as_deref().and_then(Version::parse);
        return Ok((version, planned.language.clone().unwrap_or_default()));
    }
    let mut file = view.open(path)?;
    match resource(&mut *file) {
        Ok(resource) => Ok(resource.map_or((None, String::new()), |bytes| parse(&bytes))),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok((None, String::new())),
        Err(source) => Err(machine::Error::Io {
            what: "read",
            path: path.to_string(),
            source,
        }
        .into()),
    }
}

fn bytes<const N: usize>(file: &mut dyn ReadSeek, at: u64) -> std::io::Result<[u8; N]> {
    file.seek(SeekFrom::Start(at))?;
    let mut bytes = [0; N];
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn word(file: &mut dyn ReadSeek, at: u64) -> std::io::Result<u16> {
    bytes(file, at).map(u16::from_le_bytes)
}

fn double(file: &mut dyn ReadSeek, at: u64) -> std::io::Result<u32> {
    bytes(file, at).map(u32::from_le_bytes)
}

/// Where a section of an executable lies.
struct Section {
    address: u32,
    size: u32,
    offset: u32,
}

/// Reads the bytes of the first version resource.
fn resource(file: &mut dyn ReadSeek) -> std::io::Result<Option<Vec<u8>>> {
    if &bytes::<2>(file, 0)? != b"MZ" {
        return Ok(None);
    }
    let header = u64::from(double(file, 0x3c)?);
    if &bytes::<4>(file, header)? != b"PE\0\0" {
        return Ok(None);
    }
    let sections = word(file, header + 6)?.min(ENTRIES_MAX);
    let optional_size = u64::from(word(file, header + 20)?);
    let optional = header + 24;
    let directories = match word(file, optional)? {
        0x10b => optional + 96,
        0x20b => optional + 112,
        _ => return Ok(None),
    };
    let root = double(file, directories + 2 * 8)?;
    let mut found = Vec::new();
    for section in 0..u64::from(sections) {
        let at = optional + optional_size + section * 40;
        let (virtual_size, address) = (double(file, at + 8)?, double(file, at + 12)?);
        let (raw_size, offset) = (double(file, at + 16)?, double(file, at + 20)?);
        found.push(Section {
            address,
            size: virtual_size.max(raw_size),
            offset,
        });
    }
    match offset_of(&found, root) {
        Some(base) if root != 0 => version_leaf(file, base, &found),
        _ => Ok(None),
    }
}

fn offset_of(sections: &[Section], address: u32) -> Option<u64> {
    let section = sections.iter().find(|s| {
        address
            .checked_sub(s.address)
            .is_some_and(|inside| inside < s.size)
    })?;
    Some(u64::from(section.offset) + u64::from(address - section.address))
}

/// Walks the three levels of the resource directory: type, name, language.
fn version_leaf(
    file: &mut dyn ReadSeek,
    base: u64,
    sections: &[Section],
) -> std::io::Result<Option<Vec<u8>>> {
    let mut directory = base;
    for level in 0..3 {
        let wanted = (level == 0).then_some(VERSION_TYPE);
        let Some(entry) = directory_entry(file, directory, wanted)? else {
            return Ok(None);
        };
        let is_directory = entry & 0x8000_0000 != 0;
        directory = base + u64::from(entry & 0x7fff_ffff);
        if is_directory != (level < 2) {
            return Ok(None);
        }
    }
    let (address, size) = (double(file, directory)?, double(file, directory + 4)?);
    let Some(offset) = offset_of(sections, address).filter(|_| size <= RESOURCE_MAX) else {
        return Ok(None);
    };
    file.seek(SeekFrom::Start(offset))?;
    let mut resource = Vec::new();
    file.take(u64::from(size)).read_to_end(&mut resource)?;
    Ok(Some(resource))
}

/// Returns where the entry of an id, or the first entry, leads to.
fn directory_entry(
    file: &mut dyn ReadSeek,
    at: u64,
    id: Option<u32>,
) -> std::io::Result<Option<u32>> {
    let count = word(file, at + 12)?
        .saturating_add(word(file, at + 14)?)
        .min(ENTRIES_MAX);
    for entry in 0..u64::from(count) {
        let at = at + 16 + entry * 8;
        if id.is_none_or(|id| id == double(file, at).unwrap_or(0)) {
            return double(file, at + 4).map(Some);
        }
    }
    Ok(None)
}

/// Reads the fixed part's file version, and the languages of `Translation`.
fn parse(resource: &[u8]) -> (Option<Version>, String) {
    let double = |at: usize| {
        resource
            .get(at..at + 4)
            .map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
    };
    let signature = 0xFEEF_04BD_u32.to_le_bytes();
    let Some(fixed) = resource.windows(4).position(|window| window == signature) else {
        return (None, String::new());
    };
    let version = double(fixed + 8).zip(double(fixed + 12));
    let version =
        version.map(|(high, low)| Version([high >> 16, high & 0xffff, low >> 16, low & 0xffff]));
    (version, languages(resource))
}

fn languages(resource: &[u8]) -> String {
    let name: Vec<u8> = "Translation\0"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let Some(at) = resource
        .windows(name.len())
        .position(|window| window == name)
    else {
        return String::new();
    };
    // Before the name stand the block's length, the length of its value, and a type.
    let length = at.checked_sub(4).and_then(|at| resource.get(at..at + 2));
    let length = length.map_or(0, |b| usize::from(u16::from_le_bytes([b[0], b[1]])));
    let start = (at + name.len()).next_multiple_of(4);
    let value = resource
        .get(start..(start + length).min(resource.len()))
        .unwrap_or_default();
    let languages = value
        .chunks_exact(4)
        .map(|pair| u16::from_le_bytes([pair[0], pair[1]]).to_string());
    languages.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;

    /// A VS_VERSIONINFO with version 1.2.3.4 and the languages 1033 and 1031.
    fn version_info() -> Vec<u8> {
        let mut bytes = vec![0; 40];
        bytes.extend(0xFEEF_04BD_u32.to_le_bytes());
        bytes.extend([0; 4]);
        bytes.extend((1_u32 << 16 | 2).to_le_bytes());
        bytes.extend((3_u32 << 16 | 4).to_le_bytes());
        bytes.extend([0; 34]);
        bytes.extend([32, 0, 8, 0, 0, 0]);
        bytes.extend("Translation\0".encode_utf16().flat_map(u16::to_le_bytes));
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes.extend([0x09, 0x04, 0xb0, 0x04, 0x07, 0x04, 0xb0, 0x04]);
        bytes
    }

    /// An executable with one section, which holds nothing but the resource.
    fn executable() -> Vec<u8> {
        let resource = version_info();
        let mut file = vec![0; 0x200];
        file[..2].copy_from_slice(b"MZ");
        file[0x3c] = 0x40;
        file[0x40..0x44].copy_from_slice(b"PE\0\0");
        file[0x46] = 1;
        file[0x54] = 224;
        file[0x58..0x5a].copy_from_slice(&0x10b_u16.to_le_bytes());
        file[0x58 + 96 + 16..0x58 + 96 + 20].copy_from_slice(&0x1000_u32.to_le_bytes());
        let section = 0x58 + 224;
        for (at, value) in [(8, 0x1000_u32), (12, 0x1000), (16, 0x400), (20, 0x200)] {
            file[section + at..section + at + 4].copy_from_slice(&value.to_le_bytes());
        }
        for (id, to) in [(16_u32, 0x8000_0018_u32), (1, 0x8000_0030), (1033, 0x48)] {
            file.extend([0; 14]);
            file.extend([1, 0]);
            file.extend(id.to_le_bytes());
            file.extend(to.to_le_bytes());
        }
        file.extend(0x1058_u32.to_le_bytes());
        file.extend((resource.len() as u32).to_le_bytes());
        file.extend([0; 8]);
        file.extend(resource);
        file
    }

    fn read(file: Vec<u8>) -> (Option<Version>, String) {
        match resource(&mut Cursor::new(file)) {
            Ok(Some(bytes)) => parse(&bytes),
            _ => (None, String::new()),
        }
    }

    #[test]
    fn the_version_resource_of_an_executable() {
        assert_eq!(
            read(executable()),
            (Some(Version([1, 2, 3, 4])), "1033,1031".to_owned())
        );
        assert_eq!(read(b"text".to_vec()), (None, String::new()));
    }

    proptest! {
        #[test]
        fn damaged_executables_have_no_version_or_another(at in 0_usize..700, value: u8) {
            let mut file = executable();
            let at = at % file.len();
            file[at] = value;
            let _ = read(file.clone());
            file.truncate(at);
            let _ = read(file);
        }
    }
}
