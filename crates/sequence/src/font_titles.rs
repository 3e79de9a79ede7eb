//! The title of a font, out of its file: the full names of the fonts in it.
//!
//! TrueType and OpenType fonts and their collections; a font of another kind has no title that could be read.
//! Follows: Microsoft, "OpenType Specification" (font file, "name" table). How Windows joins and ends titles
//! (`A & B (TrueType)`) is seen in registries, on no page.

/// The name that people read: family and style.
const FULL_NAME: u16 = 4;

/// More fonts than any collection has.
const FONTS_MAX: u32 = 256;

/// Returns the title under which Windows registers a font file; none: it has no names that can be read.
pub(crate) fn title(file: &[u8]) -> Option<String> {
    let names: Vec<String> = fonts(file)?
        .into_iter()
        .filter_map(|at| full_name(file, at))
        .collect();
    if names.is_empty() {
        return None;
    }
    Some(format!("{} ({})", names.join(" & "), kind(file)))
}

/// Outlines of PostScript's kind make it an OpenType font, in Windows' words.
fn kind(file: &[u8]) -> &'static str {
    match file.starts_with(b"OTTO") {
        true => "OpenType",
        false => "TrueType",
    }
}

/// Where the fonts of a file begin: one, or those of a collection.
fn fonts(file: &[u8]) -> Option<Vec<usize>> {
    match file.get(..4)? {
        b"ttcf" => {
            let count = u32_at(file, 8)?.min(FONTS_MAX) as usize;
            (0..count).map(|at| offset_at(file, 12 + 4 * at)).collect()
        }
        [0, 1, 0, 0] | b"OTTO" | b"true" => Some(vec![0]),
        _ => None,
    }
}

fn full_name(file: &[u8], font: usize) -> Option<String> {
    let names = name_table(file, font)?;
    let texts = names.get(usize::from(u16_at(names, 4)?)..)?;
    let records =
        (0..usize::from(u16_at(names, 2)?)).map_while(|at| names.get(6 + 12 * at..18 + 12 * at));
    let best = records
        .filter(|record| u16_at(record, 6) == Some(FULL_NAME))
        .filter_map(|record| Some((rank(record)?, text(record, texts)?)))
        .min_by_key(|(rank, _)| *rank);
    best.map(|(_, text)| text).filter(|text| !text.is_empty())
}

fn name_table(file: &[u8], font: usize) -> Option<&[u8]> {
    let count = usize::from(u16_at(file, font.checked_add(4)?)?);
    let first = font.checked_add(12)?;
    let table = (0..count)
        .map_while(|at| file.get(first.checked_add(16 * at)?..)?.get(..16))
        .find(|record| record.starts_with(b"name"))?;
    let (offset, length) = (offset_at(table, 8)?, offset_at(table, 12)?);
    file.get(offset..)?.get(..length)
}

/// Windows' American name first, then its others, Unicode's, and the Macintosh's; none: another platform's.
fn rank(record: &[u8]) -> Option<u8> {
    match (u16_at(record, 0)?, u16_at(record, 4)?) {
        (3, 0x409) => Some(0),
        (3, _) => Some(1),
        (0, _) => Some(2),
        (1, 0) => Some(3),
        _ => None,
    }
}

fn text(record: &[u8], texts: &[u8]) -> Option<String> {
    let length = usize::from(u16_at(record, 8)?);
    let bytes = texts
        .get(usize::from(u16_at(record, 10)?)..)?
        .get(..length)?;
    if u16_at(record, 0)? == 1 {
        return bytes
            .is_ascii()
            .then(|| bytes.iter().map(|&byte| char::from(byte)).collect());
    }
    let units: Vec<u16> = bytes
        .chunks_exact(2)
        .map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
        .collect();
    String::from_utf16(&units).ok()
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let bytes = bytes.get(at..)?.first_chunk()?;
    Some(u16::from_be_bytes(*bytes))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..)?.first_chunk()?;
    Some(u32::from_be_bytes(*bytes))
}

fn offset_at(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u32_at(bytes, at)?).ok()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Returns a font with nothing but names: platform, language, text.
    pub(crate) fn font(tag: &[u8; 4], at: usize, names: &[(u16, u16, &str)]) -> Vec<u8> {
        let mut font = tag.to_vec();
        font.extend([0, 1, 0, 0, 0, 0, 0, 0]);
        let (mut records, mut texts) = (Vec::new(), Vec::new());
        for (platform, language, text) in names {
            let bytes: Vec<u8> = match platform {
                1 => text.bytes().collect(),
                _ => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
            };
            let offset = texts.len() as u16;
            let length = bytes.len() as u16;
            for number in [*platform, 0, *language, FULL_NAME, length, offset] {
                records.extend(number.to_be_bytes());
            }
            texts.extend(bytes);
        }
        let mut table = vec![0, 0, 0, names.len() as u8];
        table.extend((6 + records.len() as u16).to_be_bytes());
        table.extend(records);
        table.extend(texts);
        font.extend(b"name\0\0\0\0");
        font.extend((at as u32 + 28).to_be_bytes());
        font.extend((table.len() as u32).to_be_bytes());
        font.extend(table);
        font
    }

    #[test]
    fn the_american_name_of_windows_wins() {
        let names = [
            (1, 0, "Mac"),
            (3, 0x407, "Schön Fett"),
            (3, 0x409, "Nice Bold"),
            (2, 0x409, "Other"),
        ];
        let titled = |names| title(&font(&[0, 1, 0, 0], 0, names));
        assert_eq!(titled(&names).as_deref(), Some("Nice Bold (TrueType)"));
        assert_eq!(
            titled(&names[..2]).as_deref(),
            Some("Schön Fett (TrueType)")
        );
        assert_eq!(titled(&names[..1]).as_deref(), Some("Mac (TrueType)"));
        assert_eq!(titled(&names[3..]), None);
    }

    #[test]
    fn outlines_of_postscript_and_collections() {
        let post_script = font(b"OTTO", 0, &[(3, 0x409, "Curve")]);
        assert_eq!(title(&post_script).as_deref(), Some("Curve (OpenType)"));
        let mut collection = b"ttcf\0\x01\0\0\0\0\0\x02\0\0\0\x14".to_vec();
        let one = font(&[0, 1, 0, 0], 20, &[(3, 0x409, "One")]);
        let two = 20 + one.len();
        collection.extend((two as u32).to_be_bytes());
        collection.extend(one);
        collection.extend(font(&[0, 1, 0, 0], two, &[(3, 0x409, "Two")]));
        assert_eq!(title(&collection).as_deref(), Some("One & Two (TrueType)"));
    }

    #[test]
    fn what_is_no_font_has_no_title() {
        for bytes in [&b""[..], b"MZ", b"ttcf", &[0, 1, 0, 0, 0, 9, 0, 0]] {
            assert_eq!(title(bytes), None, "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn damage_does_not_end_in_panic(at in 0usize..80, byte: u8, end in 0usize..90) {
            let mut bytes = font(&[0, 1, 0, 0], 0, &[(3, 0x409, "Nice Bold")]);
            if let Some(place) = bytes.get_mut(at) { *place = byte; }
            bytes.truncate(end);
            let _ = title(&bytes);
        }
    }
}
