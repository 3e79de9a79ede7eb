//! Program files with nothing but a version resource, for what the versions of files decide.
//!
//! Follows: Microsoft, "PE Format" (the resource section), "VS_VERSIONINFO".

/// Where the only section begins in the file.
const SECTION: usize = 0x200;
/// Its address in memory.
const ADDRESS: u32 = 0x1000;

/// Returns a 32-bit program of this version (up to four numbers) and these languages (LANGIDs).
///
/// Panics where the version is none.
#[track_caller]
pub fn program(version: &str, languages: &[u16]) -> Vec<u8> {
    let mut numbers: Vec<u16> = version
        .split('.')
        .map(|number| number.parse().expect("a version is numbers and points"))
        .collect();
    numbers.resize(4, 0);
    let resource = version_info([numbers[0], numbers[1], numbers[2], numbers[3]], languages);
    let mut file = vec![0; SECTION];
    let mut put = |at: usize, bytes: &[u8]| file[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, b"MZ");
    put(0x3c, &0x40_u32.to_le_bytes());
    put(0x40, b"PE\0\0");
    // One section; an optional header of 224 bytes, of the 32-bit kind, with 16 directories.
    put(0x46, &1_u16.to_le_bytes());
    put(0x54, &224_u16.to_le_bytes());
    put(0x58, &0x10b_u16.to_le_bytes());
    put(0x58 + 92, &16_u32.to_le_bytes());
    put(0x58 + 112, &ADDRESS.to_le_bytes());
    let directory = resource_directory(resource.len());
    let size = (directory.len() + resource.len()) as u32;
    for (at, number) in [(8, size), (12, ADDRESS), (16, size), (20, SECTION as u32)] {
        put(0x58 + 224 + at, &number.to_le_bytes());
    }
    file.extend(directory);
    file.extend(resource);
    file
}

/// Three levels with one entry each: type 16 (version), name 1, language; then where the resource is.
fn resource_directory(length: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (id, next) in [(16_u32, 0x8000_0018_u32), (1, 0x8000_0030), (1033, 0x48)] {
        bytes.extend([0; 14]);
        bytes.extend(1_u16.to_le_bytes());
        bytes.extend(id.to_le_bytes());
        bytes.extend(next.to_le_bytes());
    }
    bytes.extend((ADDRESS + 0x58).to_le_bytes());
    bytes.extend((length as u32).to_le_bytes());
    bytes.extend([0; 8]);
    bytes
}

fn version_info(version: [u16; 4], languages: &[u16]) -> Vec<u8> {
    let [major, minor, build, revision] = version.map(u32::from);
    let mut fixed = vec![0; 52];
    for (at, number) in [
        (0, 0xFEEF_04BD),
        (8, major << 16 | minor),
        (12, build << 16 | revision),
    ] {
        fixed[at..at + 4].copy_from_slice(&u32::to_le_bytes(number));
    }
    let unicode = 1200_u16;
    let pairs = languages.iter().flat_map(|language| {
        let pair = [language.to_le_bytes(), unicode.to_le_bytes()];
        pair.concat()
    });
    let translation = block("Translation", 0, &pairs.collect::<Vec<_>>(), &[]);
    let inner = block("VarFileInfo", 1, &[], &translation);
    block("VS_VERSION_INFO", 0, &fixed, &inner)
}

/// One block: its length, its value's length, its kind, its name, then value and inner blocks, each on a border
/// of four bytes.
fn block(name: &str, kind: u16, value: &[u8], inner: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; 6];
    bytes.extend(name.encode_utf16().chain([0]).flat_map(u16::to_le_bytes));
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes.extend(value);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes.extend(inner);
    let head = [bytes.len() as u16, value.len() as u16, kind];
    bytes[..6].copy_from_slice(&head.map(u16::to_le_bytes).concat());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_reads_what_was_written() {
        let bytes = program("1.20.3", &[1033, 1031]);
        let found = machine::read_version(&mut std::io::Cursor::new(bytes));
        let found = found.unwrap().unwrap();
        assert_eq!(found.version.to_string(), "1.20.3.0");
        assert_eq!(found.languages, [1033, 1031]);
    }
}
