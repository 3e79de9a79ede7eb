//! Properties that an administrative image keeps: the stream AdminProperties of its package.
//!
//! The stream's name is documented, its form is not. Here it is text in UTF-16, little end first, in the form of a
//! command line: `NAME="a value" OTHER="with ""quotes"""`.
//! Follows: Microsoft, "AdminProperties Property", "Order of Property Precedence", "Digital Signatures and Windows
//! Installer", "MSINODISABLEMEDIA Property".

use std::io::Read;

use database::Database;

use crate::{Error, Run, property_settings};

/// The stream's name.
pub const STREAM: &str = "AdminProperties";
/// Longer streams are none of ours.
const STREAM_BYTES_MAX: u64 = 1 << 20;
/// Packages for a Windows Installer before 1.5 get DISABLEMEDIA into their image.
const MEDIA_PAGE_COUNT: i32 = 150;

/// Returns the properties that an administrative image keeps, in order; none where the package is no image.
///
/// Errors: the stream cannot be read. What is not understood of it is left out.
pub(crate) fn read(database: &Database) -> Result<Vec<(String, String)>, Error> {
    let Some(stream) = database.stream(STREAM)? else {
        return Ok(Vec::new());
    };
    let mut bytes = Vec::new();
    let read = stream.take(STREAM_BYTES_MAX).read_to_end(&mut bytes);
    read.map_err(|source| database::Error::Io {
        what: format!("the stream {STREAM}"),
        source,
    })?;
    Ok(decode(&bytes))
}

/// Returns what the image that a run makes is to keep.
///
/// Errors: the package cannot be read.
pub(crate) fn to_keep(run: &Run) -> Result<Vec<(String, String)>, Error> {
    let mut kept: Vec<(String, String)> = Vec::new();
    for (name, _) in read(run.database())? {
        keep(&mut kept, &name, run.property(&name));
    }
    let keeps_media = !run.property("MSINODISABLEMEDIA").is_empty();
    let listed = run.property("AdminProperties").split(';').map(str::trim);
    for name in listed.filter(|name| !name.is_empty()) {
        keep(&mut kept, name, run.property(name));
    }
    if keeps_media {
        kept.retain(|(name, _)| name != "DISABLEMEDIA");
    }
    let page_count = run.database().summary()?.page_count().unwrap_or(0);
    if page_count < MEDIA_PAGE_COUNT && !keeps_media {
        keep(&mut kept, "DISABLEMEDIA", "1");
    }
    Ok(kept)
}

fn keep(kept: &mut Vec<(String, String)>, name: &str, value: &str) {
    kept.retain(|(known, _)| known != name);
    kept.push((name.to_owned(), value.to_owned()));
}

/// Returns the stream's bytes.
pub fn encode(properties: &[(String, String)]) -> Vec<u8> {
    let words = properties
        .iter()
        .map(|(name, value)| format!("{name}=\"{}\"", value.replace('"', "\"\"")));
    let text = words.collect::<Vec<_>>().join(" ");
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn decode(bytes: &[u8]) -> Vec<(String, String)> {
    let units = bytes
        .chunks_exact(2)
        .map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
    let text: String = char::decode_utf16(units)
        .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect();
    let mut properties = Vec::new();
    let mut rest = text.trim_start();
    while let Some((name, quoted)) = rest.split_once("=\"") {
        let Some((value, after)) = property_settings::quoted(quoted) else {
            break;
        };
        properties.push((name.to_owned(), value));
        rest = after.trim_start();
    }
    properties
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_kept_is_read(properties in proptest::collection::vec(("[A-Za-z_][A-Za-z0-9_.]{0,9}", "[ -~äЖ日\"\n]{0,20}"), 0..6)) {
            prop_assert_eq!(decode(&encode(&properties)), properties);
        }

        #[test]
        fn any_bytes_are_read(bytes: Vec<u8>) {
            decode(&bytes);
        }
    }
}
