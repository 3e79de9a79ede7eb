//! The item list of a shell link: My Computer, a drive, then one item a name.
//!
//! [MS-SHLLINK] leaves items to the shell; this is the form that Windows' and Wine's shells read:
//! a short single-byte name, and an extension block with the Unicode name.

use machine::MachinePath;

use crate::shell_link::{ansi_to_nul, utf16_to_nul};

/// My Computer: a root item with its class id.
const MY_COMPUTER: [u8; 20] = [
    0x14, 0, 0x1F, 0x50, 0xE0, 0x4F, 0xD0, 0x20, 0xEA, 0x3A, 0x69, 0x10, 0xA2, 0xD8, 0x08, 0, 0x2B,
    0x30, 0x30, 0x9D,
];
const DRIVE: u8 = 0x2F;
const DRIVE_SIZE: usize = 25;
const FOLDER: u8 = 0x31;
const FILE: u8 = 0x32;
/// Size, kind, zero, file size, date, time, attributes.
const NAME_AT: usize = 14;
const EXTENSION: u32 = 0xBEEF_0004;
/// Where the Unicode name begins in the extension block of version 3.
const UNICODE_AT: usize = 20;

/// Returns the list for a path, its terminal item included. `folder`: the last name is a folder's.
pub(crate) fn encode(path: &MachinePath, folder: bool) -> Vec<u8> {
    let mut list = MY_COMPUTER.to_vec();
    let mut drive = vec![DRIVE_SIZE as u8, 0, DRIVE];
    drive.extend(format!("{}:\\", path.drive()).bytes());
    drive.resize(DRIVE_SIZE, 0);
    list.extend(drive);
    let last = path.names().len().saturating_sub(1);
    for (index, name) in path.names().iter().enumerate() {
        list.extend(item(name, folder || index < last));
    }
    list.extend([0; 2]);
    list
}

fn item(name: &str, folder: bool) -> Vec<u8> {
    let (kind, attributes) = if folder {
        (FOLDER, 0x10_u16)
    } else {
        (FILE, 0x20)
    };
    let mut item = vec![0, 0, kind, 0];
    item.extend([0; 8]);
    item.extend(attributes.to_le_bytes());
    item.extend(ansi(name).chain([0]));
    if item.len() % 2 == 1 {
        item.push(0);
    }
    // Names have at most 255 characters, so all sizes fit.
    let extension_at = item.len() as u16;
    let unicode: Vec<u8> = name
        .encode_utf16()
        .chain([0])
        .flat_map(u16::to_le_bytes)
        .collect();
    let size = (UNICODE_AT + unicode.len() + 2) as u16;
    item.extend(size.to_le_bytes());
    item.extend(3_u16.to_le_bytes());
    item.extend(EXTENSION.to_le_bytes());
    item.extend([0; 8]);
    item.extend((UNICODE_AT as u16).to_le_bytes());
    item.extend([0; 2]);
    item.extend(unicode);
    item.extend(extension_at.to_le_bytes());
    let size = (item.len() as u16).to_le_bytes();
    item[..2].copy_from_slice(&size);
    item
}

/// Returns the path that a list names; none for lists of other things than files and folders.
pub(crate) fn decode(mut list: &[u8]) -> Option<String> {
    let mut path = String::new();
    loop {
        let size = usize::from(u16::from_le_bytes([*list.first()?, *list.get(1)?]));
        if size < 3 {
            return (!path.is_empty()).then_some(path);
        }
        let item = list.get(..size)?;
        match item[2] & 0x70 {
            0x10 => {}
            0x20 => path = ansi_to_nul(&item[3..]),
            0x30 => {
                if !path.ends_with('\\') {
                    path.push('\\');
                }
                path.push_str(&name(item)?);
            }
            _ => return None,
        }
        list = &list[size..];
    }
}

/// The Unicode name of the extension block, else the single-byte name.
fn name(item: &[u8]) -> Option<String> {
    let at = item
        .last_chunk::<2>()
        .map(|at| usize::from(u16::from_le_bytes(*at)))?;
    let unicode = item.get(at..).filter(|_| at > NAME_AT).and_then(|block| {
        let known = block.get(4..8)? == EXTENSION.to_le_bytes();
        let version = u16::from_le_bytes([block[2], block[3]]);
        // Later versions put more before the name.
        let name_at = match version {
            0..=6 => UNICODE_AT,
            7 => UNICODE_AT + 18,
            8 => UNICODE_AT + 22,
            _ => UNICODE_AT + 26,
        };
        known.then(|| block.get(name_at..).map(utf16_to_nul))?
    });
    unicode.or_else(|| item.get(NAME_AT..).map(ansi_to_nul))
}

/// The bytes of a text where only single bytes fit; other characters become `_`.
pub(crate) fn ansi(text: &str) -> impl Iterator<Item = u8> {
    text.chars()
        .map(|c| if c.is_ascii() { c as u8 } else { b'_' })
}
