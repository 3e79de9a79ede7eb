//! Summary information as bytes: a property set with one section. Follows: [MS-OLEPS] 2.

use crate::{SummaryInformation, SummaryValue, code_page};

/// {F29F85E0-4FF9-1068-AB91-08002B27B3D9}, the format of summary information.
const FORMAT: [u8; 16] = [
    0xE0, 0x85, 0x9F, 0xF2, 0xF9, 0x4F, 0x68, 0x10, 0xAB, 0x91, 0x08, 0x00, 0x2B, 0x27, 0xB3, 0xD9,
];
/// Byte order, version, and the system that wrote it: Windows, 32 bits, 10.0.
const HEAD: [u8; 8] = [0xFE, 0xFF, 0, 0, 10, 0, 2, 0];
const CODE_PAGE: u32 = 1;

/// Returns the stream. A letter that the summary's code page does not have becomes `?`.
pub(crate) fn bytes(summary: &SummaryInformation) -> Vec<u8> {
    let properties: Vec<(u32, Vec<u8>)> = summary
        .properties()
        .map(|(number, property)| (number, value(summary.code_page(), number, property)))
        .collect();
    let head = 8 + 8 * properties.len();
    let length = head
        + properties
            .iter()
            .map(|(_, value)| value.len())
            .sum::<usize>();
    let mut bytes = HEAD.to_vec();
    bytes.extend([0; 16]);
    bytes.extend(1_u32.to_le_bytes());
    bytes.extend(FORMAT);
    bytes.extend(48_u32.to_le_bytes());
    bytes.extend(size(length).to_le_bytes());
    bytes.extend(size(properties.len()).to_le_bytes());
    let mut at = head;
    for (number, value) in &properties {
        bytes.extend(number.to_le_bytes());
        bytes.extend(size(at).to_le_bytes());
        at += value.len();
    }
    bytes.extend(properties.into_iter().flat_map(|(_, value)| value));
    bytes
}

/// A value behind its kind, padded to four bytes.
fn value(code_page: u32, number: u32, value: &SummaryValue) -> Vec<u8> {
    let mut bytes = Vec::new();
    match value {
        SummaryValue::Integer(integer) if number == CODE_PAGE => {
            bytes.extend(2_u32.to_le_bytes());
            bytes.extend(&integer.to_le_bytes()[..2]);
        }
        SummaryValue::Integer(integer) => {
            bytes.extend(3_u32.to_le_bytes());
            bytes.extend(integer.to_le_bytes());
        }
        SummaryValue::Time(time) => {
            bytes.extend(64_u32.to_le_bytes());
            bytes.extend(time.0.to_le_bytes());
        }
        SummaryValue::Text(text) => {
            let text = code_page::encode_lossy(code_page, text);
            bytes.extend(30_u32.to_le_bytes());
            bytes.extend(size(text.len() + 1).to_le_bytes());
            bytes.extend(text);
            bytes.push(0);
        }
    }
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

/// Texts of summary information are short: one that was read fits into 32 bits, and so do all together.
fn size(size: usize) -> u32 {
    u32::try_from(size).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::FileTime;

    #[test]
    fn what_is_written_is_read() {
        let mut summary = SummaryInformation::default();
        for (number, value) in [
            (1, SummaryValue::Integer(1252)),
            (2, SummaryValue::Text("Datenträger".into())),
            (3, SummaryValue::Text("abc".into())),
            (12, SummaryValue::Time(FileTime(131_319_116_800_000_000))),
            (14, SummaryValue::Integer(200)),
            (15, SummaryValue::Integer(-2)),
        ] {
            summary.set(number, value);
        }
        let read = SummaryInformation::read(&bytes(&summary)).unwrap();
        assert_eq!(read, summary);
        summary.set(2, SummaryValue::Text("Ж!".into()));
        let read = SummaryInformation::read(&bytes(&summary)).unwrap();
        assert_eq!(read.title(), "?!");
    }
}
