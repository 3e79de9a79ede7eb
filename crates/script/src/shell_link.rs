//! Shell links (`.lnk`): [MS-SHLLINK]. Encodes a [`Shortcut`], and decodes what others wrote as far as a
//! `Shortcut` holds it.
//!
//! A target that is a path is told three ways: an item list (My Computer, drive, names), link information
//! and, for descriptors and anything with variables, a data block. Not written: relative path, tracker.

use std::time::{SystemTime, UNIX_EPOCH};

use machine::{Attributes, EntryKind, MachinePath, Metadata, View};

use crate::Shortcut;
use crate::item_list;

const HEADER_SIZE: u32 = 0x4C;
const CLASS: [u8; 16] = [
    0x01, 0x14, 0x02, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0x46,
];

const HAS_ITEM_LIST: u32 = 1;
const HAS_LINK_INFO: u32 = 1 << 1;
const HAS_NAME: u32 = 1 << 2;
const HAS_RELATIVE_PATH: u32 = 1 << 3;
const HAS_WORKING_FOLDER: u32 = 1 << 4;
const HAS_ARGUMENTS: u32 = 1 << 5;
const HAS_ICON: u32 = 1 << 6;
const IS_UNICODE: u32 = 1 << 7;
const HAS_VARIABLES: u32 = 1 << 9;
const HAS_DESCRIPTOR: u32 = 1 << 12;

const VARIABLES_BLOCK: u32 = 0xA000_0001;
const DESCRIPTOR_BLOCK: u32 = 0xA000_0006;
/// Size of both blocks: size, signature, 260 bytes of ANSI text, 260 units of Unicode text.
const BLOCK_SIZE: usize = 8 + 260 + 520;

/// Seconds from 1601 to 1970.
const FILETIME_EPOCH_SECONDS: u64 = 11_644_473_600;

/// Returns what a machine knows of a shortcut's target; none where the target is no path, or is not there.
pub fn examine(shortcut: &Shortcut, view: &dyn View) -> Option<Metadata> {
    let path = target_path(shortcut)?;
    view.metadata(&path).ok().flatten()
}

fn target_path(shortcut: &Shortcut) -> Option<MachinePath> {
    if shortcut.advertised {
        return None;
    }
    MachinePath::parse(&shortcut.target).ok()
}

/// Returns the bytes of a shell link. `target` is what [`examine`] found.
///
/// Errors: a text that is too long for its place, as a sentence.
pub fn encode(shortcut: &Shortcut, target: Option<Metadata>) -> Result<Vec<u8>, String> {
    let path = target_path(shortcut);
    let folder = target.is_some_and(|metadata| metadata.kind == EntryKind::Folder);
    let mut link = header(shortcut, path.is_some(), target);
    if let Some(path) = &path {
        let list = item_list::encode(path, folder);
        let size = u16::try_from(list.len()).map_err(|_| "the target's path is too long")?;
        link.extend(size.to_le_bytes());
        link.extend(list);
        link.extend(link_info(path));
    }
    let icon = shortcut.icon.as_ref().map(|(file, _)| file);
    let texts = [
        &shortcut.description,
        &shortcut.working_folder,
        &shortcut.arguments,
        &icon.cloned(),
    ];
    for text in texts.into_iter().flatten() {
        let units: Vec<u16> = text.encode_utf16().collect();
        let count = u16::try_from(units.len()).map_err(|_| "a text of it is too long")?;
        link.extend(count.to_le_bytes());
        link.extend(units.into_iter().flat_map(u16::to_le_bytes));
    }
    if path.is_none() {
        let signature = if shortcut.advertised {
            DESCRIPTOR_BLOCK
        } else {
            VARIABLES_BLOCK
        };
        link.extend(text_block(signature, &shortcut.target)?);
    }
    link.extend([0; 4]);
    Ok(link)
}

fn header(shortcut: &Shortcut, is_path: bool, target: Option<Metadata>) -> Vec<u8> {
    let mut flags = IS_UNICODE;
    let mut set = |flag, on: bool| flags |= if on { flag } else { 0 };
    set(HAS_ITEM_LIST | HAS_LINK_INFO, is_path);
    set(HAS_NAME, shortcut.description.is_some());
    set(HAS_WORKING_FOLDER, shortcut.working_folder.is_some());
    set(HAS_ARGUMENTS, shortcut.arguments.is_some());
    set(HAS_ICON, shortcut.icon.is_some());
    set(HAS_DESCRIPTOR, shortcut.advertised);
    set(HAS_VARIABLES, !is_path && !shortcut.advertised);
    let mut header = Vec::with_capacity(HEADER_SIZE as usize);
    header.extend(HEADER_SIZE.to_le_bytes());
    header.extend(CLASS);
    header.extend(flags.to_le_bytes());
    header.extend(target.map_or(0, file_attributes).to_le_bytes());
    // Made and read, and a folder's change, which is when it was made: not told, so that one package always gives one link.
    header.extend([0; 16]);
    let changed = target
        .filter(|target| target.kind == EntryKind::File)
        .map_or(0, |target| file_time(target.modified));
    header.extend(changed.to_le_bytes());
    // The low 32 bits, as the specification says.
    header.extend((target.map_or(0, |metadata| metadata.size) as u32).to_le_bytes());
    header.extend(
        shortcut
            .icon
            .as_ref()
            .map_or(0, |(_, index)| *index)
            .to_le_bytes(),
    );
    header.extend(u32::from(shortcut.show.max(1)).to_le_bytes());
    header.extend(shortcut.hotkey.to_le_bytes());
    header.extend([0; 10]);
    header
}

fn file_attributes(metadata: Metadata) -> u32 {
    let Attributes {
        read_only,
        hidden,
        system,
    } = metadata.attributes;
    let kind = if metadata.kind == EntryKind::Folder {
        0x10
    } else {
        0x20
    };
    u32::from(read_only) | u32::from(hidden) << 1 | u32::from(system) << 2 | kind
}

/// 100-nanosecond intervals since 1601; 0 for a time before 1970.
fn file_time(time: SystemTime) -> u64 {
    let Ok(since) = time.duration_since(UNIX_EPOCH) else {
        return 0;
    };
    let seconds = since.as_secs().saturating_add(FILETIME_EPOCH_SECONDS);
    seconds
        .saturating_mul(10_000_000)
        .saturating_add(u64::from(since.subsec_nanos() / 100))
}

/// Volume and path, in ANSI and Unicode. The volume is a fixed disk without serial number and label.
fn link_info(path: &MachinePath) -> Vec<u8> {
    const HEADER: usize = 0x24;
    const VOLUME: usize = 0x11;
    let text = path.to_string();
    let ansi: Vec<u8> = item_list::ansi(&text).chain([0]).collect();
    let unicode: Vec<u8> = text
        .encode_utf16()
        .chain([0])
        .flat_map(u16::to_le_bytes)
        .collect();
    let local = HEADER + VOLUME;
    let suffix = local + ansi.len();
    let unicode_local = suffix + 1;
    let unicode_suffix = unicode_local + unicode.len();
    let size = unicode_suffix + 2;
    let numbers = [
        size,
        HEADER,
        1,
        HEADER,
        local,
        0,
        suffix,
        unicode_local,
        unicode_suffix,
    ];
    let mut info: Vec<u8> = numbers
        .iter()
        .flat_map(|n| (*n as u32).to_le_bytes())
        .collect();
    info.extend(
        [VOLUME as u32, 3, 0, 0x10]
            .iter()
            .flat_map(|n| n.to_le_bytes()),
    );
    info.push(0);
    info.extend(ansi);
    info.push(0);
    info.extend(unicode);
    info.extend([0; 2]);
    info
}

fn text_block(signature: u32, text: &str) -> Result<Vec<u8>, String> {
    let mut ansi: Vec<u8> = item_list::ansi(text).collect();
    let mut unicode: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    if ansi.len() >= 260 || unicode.len() >= 520 {
        return Err("the target is longer than 259 characters".to_owned());
    }
    ansi.resize(260, 0);
    unicode.resize(520, 0);
    let mut block = (BLOCK_SIZE as u32).to_le_bytes().to_vec();
    block.extend(signature.to_le_bytes());
    block.extend(ansi);
    block.extend(unicode);
    Ok(block)
}

/// Reads a shell link, whoever wrote it.
///
/// Errors: a sentence that says what is wrong, for bytes that are no shell link.
pub fn decode(bytes: &[u8]) -> Result<Shortcut, String> {
    let mut reader = Reader { bytes, at: 0 };
    let header = reader.take(HEADER_SIZE as usize)?;
    if header[..4] != HEADER_SIZE.to_le_bytes() || header[4..20] != CLASS {
        return Err("it does not begin as a shell link does".to_owned());
    }
    let flags = u32_at(header, 20);
    let icon_index = u32_at(header, 56) as i32;
    let listed = if flags & HAS_ITEM_LIST == 0 {
        None
    } else {
        let size = reader.u16()?;
        item_list::decode(reader.take(usize::from(size))?)
    };
    let informed = if flags & HAS_LINK_INFO == 0 {
        None
    } else {
        link_info_path(&mut reader)?
    };
    let mut text = |flag| match flags & flag {
        0 => Ok(None),
        _ => reader.text(flags & IS_UNICODE != 0).map(Some),
    };
    let description = text(HAS_NAME)?;
    text(HAS_RELATIVE_PATH)?;
    let working_folder = text(HAS_WORKING_FOLDER)?;
    let arguments = text(HAS_ARGUMENTS)?;
    let icon = text(HAS_ICON)?.map(|file| (file, icon_index));
    let (descriptor, variables) = blocks(&mut reader)?;
    Ok(Shortcut {
        advertised: descriptor.is_some(),
        target: descriptor
            .or(informed)
            .or(listed)
            .or(variables)
            .unwrap_or_default(),
        arguments,
        description,
        working_folder,
        icon,
        hotkey: u16::from_le_bytes([header[64], header[65]]),
        show: u16::try_from(u32_at(header, 60)).unwrap_or(1),
    })
}

fn link_info_path(reader: &mut Reader<'_>) -> Result<Option<String>, String> {
    let size = u32_at(reader.peek(4)?, 0) as usize;
    let info = reader.take(size)?;
    let number = |at: usize| info.get(at..at + 4).map(|b| u32_at(b, 0) as usize);
    if number(8).is_none_or(|flags| flags & 1 == 0) {
        return Ok(None);
    }
    let long_header = number(4).is_some_and(|size| size >= 0x24);
    let text = |ansi: usize, unicode: usize| match number(unicode).filter(|_| long_header) {
        Some(at) => info.get(at..).map(utf16_to_nul),
        None => number(ansi).and_then(|at| info.get(at..)).map(ansi_to_nul),
    };
    Ok(text(16, 28).map(|base| base + &text(24, 32).unwrap_or_default()))
}

/// Returns the descriptor and the target with variables, where there are such blocks.
fn blocks(reader: &mut Reader<'_>) -> Result<(Option<String>, Option<String>), String> {
    let (mut descriptor, mut variables) = (None, None);
    while let Ok(size) = reader.peek(4).map(|size| u32_at(size, 0) as usize)
        && size >= 8
    {
        let block = reader.take(size)?;
        let text = || block.get(268..788).map(utf16_to_nul);
        match u32_at(block, 4) {
            DESCRIPTOR_BLOCK => descriptor = text(),
            VARIABLES_BLOCK => variables = text(),
            _ => {}
        }
    }
    Ok((descriptor, variables))
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self, count: usize) -> Result<&'a [u8], String> {
        let end = self.at.checked_add(count).ok_or("a size is too large")?;
        self.bytes
            .get(self.at..end)
            .ok_or_else(|| format!("it ends early, at byte {}", self.at))
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], String> {
        let taken = self.peek(count)?;
        self.at += count;
        Ok(taken)
    }

    fn u16(&mut self) -> Result<u16, String> {
        let bytes = self.take(2)?;
        Ok(u16::from_le_bytes([bytes[0], bytes[1]]))
    }

    fn text(&mut self, unicode: bool) -> Result<String, String> {
        let count = usize::from(self.u16()?);
        if unicode {
            Ok(utf16(self.take(count * 2)?))
        } else {
            Ok(self
                .take(count)?
                .iter()
                .map(|byte| char::from(*byte))
                .collect())
        }
    }
}

/// The caller has checked that four bytes are there.
fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn utf16(bytes: &[u8]) -> String {
    let units: Vec<u16> = bytes
        .chunks_exact(2)
        .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
        .collect();
    String::from_utf16_lossy(&units)
}

/// Reads UTF-16 up to a zero unit or the end.
pub(crate) fn utf16_to_nul(bytes: &[u8]) -> String {
    let units = bytes
        .chunks_exact(2)
        .take_while(|pair| pair != &[0, 0])
        .count();
    utf16(&bytes[..units * 2])
}

/// Reads single-byte text up to a zero byte or the end.
pub(crate) fn ansi_to_nul(bytes: &[u8]) -> String {
    bytes
        .iter()
        .take_while(|byte| **byte != 0)
        .map(|byte| char::from(*byte))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shortcut(target: &str) -> Shortcut {
        Shortcut {
            target: target.to_owned(),
            arguments: Some("/a \"b\"".to_owned()),
            description: Some("Ünïcode ☃".to_owned()),
            working_folder: Some("C:\\Program Files".to_owned()),
            icon: Some(("C:\\i.ico".to_owned(), -3)),
            hotkey: 0x0341,
            show: 7,
            ..Shortcut::default()
        }
    }

    #[test]
    fn what_was_encoded_is_decoded() {
        for target in [
            "C:\\A folder\\Prögram ☃.exe",
            "C:\\",
            "%windir%\\x.exe",
            "https://example.com/",
        ] {
            let link = shortcut(target);
            assert_eq!(decode(&encode(&link, None).unwrap()).unwrap(), link);
        }
        let advertised = Shortcut {
            target: "w_1^VX!!!!!!!!!MKKSkA>tgHfGP-e+?f*4'{".to_owned(),
            advertised: true,
            show: 1,
            ..Shortcut::default()
        };
        assert_eq!(
            decode(&encode(&advertised, None).unwrap()).unwrap(),
            advertised
        );
    }

    #[test]
    fn the_item_list_alone_names_the_target() {
        let path = MachinePath::parse("C:\\Ä b\\c.exe").unwrap();
        let list = item_list::encode(&path, false);
        assert_eq!(item_list::decode(&list).unwrap(), "C:\\Ä b\\c.exe");
    }

    #[test]
    fn the_header_is_as_specified() {
        let link = Shortcut {
            target: "C:\\a.exe".to_owned(),
            ..Shortcut::default()
        };
        let modified = UNIX_EPOCH + std::time::Duration::from_secs(1);
        let metadata = Metadata {
            kind: EntryKind::File,
            size: 0x1_0000_0005,
            attributes: Attributes {
                read_only: true,
                ..Attributes::default()
            },
            created: modified,
            modified,
        };
        let bytes = encode(&link, Some(metadata)).unwrap();
        assert_eq!(
            u32_at(&bytes, 20),
            HAS_ITEM_LIST | HAS_LINK_INFO | IS_UNICODE
        );
        assert_eq!(u32_at(&bytes, 24), 0x21);
        assert_eq!(bytes[44..52], 116_444_736_010_000_000_u64.to_le_bytes());
        assert_eq!(u32_at(&bytes, 52), 5);
        assert_eq!(u32_at(&bytes, 60), 1);
        assert_eq!(bytes[bytes.len() - 4..], [0; 4]);
    }

    #[test]
    fn the_link_to_a_folder_is_the_same_whenever_the_folder_was_made() {
        let link = Shortcut {
            target: "C:\\a".to_owned(),
            ..Shortcut::default()
        };
        let folder_of = |seconds| {
            let modified = UNIX_EPOCH + std::time::Duration::from_secs(seconds);
            let metadata = Metadata {
                kind: EntryKind::Folder,
                size: 0,
                attributes: Attributes::default(),
                created: modified,
                modified,
            };
            encode(&link, Some(metadata)).unwrap()
        };
        assert_eq!(folder_of(1), folder_of(2));
    }

    #[test]
    fn cut_and_foreign_bytes_are_errors_or_less_and_never_panics() {
        let bytes = encode(&shortcut("C:\\a\\b.exe"), None).unwrap();
        for cut in 0..bytes.len() - 4 {
            assert!(
                decode(&bytes[..cut]).is_err() || cut > HEADER_SIZE as usize,
                "cut at {cut}"
            );
        }
        assert!(decode(&[0; 200]).is_err());
    }

    proptest::proptest! {
        #[test]
        fn damaged_links_do_not_panic(at in 20_usize..600, byte: u8) {
            let mut bytes = encode(&shortcut("C:\\a\\b.exe"), None).unwrap();
            let at = at % bytes.len();
            bytes[at] = byte;
            let _ = decode(&bytes);
        }
    }
}
