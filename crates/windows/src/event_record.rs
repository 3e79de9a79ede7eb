//! One record of a Windows event log, as ReadEventLog gives it: bytes with offsets, none of which is believed.
//!
//! Follows: Microsoft, "EVENTLOGRECORD".

use events::{Event, Level, SOURCE};
use jiff::Timestamp;

/// Why there is no event log to read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoEventLog {
    /// It has no entries at all, which no Windows that has started has.
    #[error("there is no event log here: it has no entries")]
    Empty,
    /// The system's code.
    #[error("the event log cannot be read ({0})")]
    Unreadable(u32),
}

/// A record's fields, as they are stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawEvent {
    /// The record's number in the log.
    pub record: u32,
    /// When it was made.
    pub time: Timestamp,
    /// The whole identifier; its lower half is what people call the event's id.
    pub identifier: u32,
    /// How grave it is.
    pub level: Level,
    /// Who wrote it.
    pub source: String,
    /// The user's SID, in bytes; empty where there is none.
    pub sid: Vec<u8>,
    /// Its texts.
    pub strings: Vec<String>,
    /// Its binary data.
    pub data: Vec<u8>,
}

/// The fixed part of a record, in bytes.
const FIXED: usize = 56;
/// "LfLe"
const SIGNATURE: u32 = 0x654C_664C;

impl RawEvent {
    /// Reads the first record in `bytes`, and returns it with its length in bytes; none: these are no record.
    pub fn parse(bytes: &[u8]) -> Option<(RawEvent, usize)> {
        let number = |at: usize| -> Option<u32> {
            let four = bytes.get(at..at + 4)?;
            Some(u32::from_le_bytes(four.try_into().ok()?))
        };
        let half = |at: usize| -> Option<u16> {
            Some(u16::from_le_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
        };
        let length = number(0)? as usize;
        if length < FIXED || number(4)? != SIGNATURE {
            return None;
        }
        let record = bytes.get(..length)?;
        let part = |offset: usize, length: usize| -> Option<Vec<u8>> {
            let (from, count) = (number(offset)? as usize, number(length)? as usize);
            Some(record.get(from..from.checked_add(count)?)?.to_vec())
        };
        let (source, _) = text(record, FIXED)?;
        let event = RawEvent {
            record: number(8)?,
            time: Timestamp::from_second(i64::from(number(12)?)).ok()?,
            identifier: number(20)?,
            level: match half(24)? {
                1 => Level::Error,
                2 => Level::Warning,
                _ => Level::Information,
            },
            source,
            sid: part(44, 40).unwrap_or_default(),
            strings: texts(record, number(36)? as usize, half(26)?)?,
            data: part(52, 48).unwrap_or_default(),
        };
        Some((event, length))
    }

    /// Returns the event as this program tells events. `message`: its text, where Windows has one.
    pub fn into_event(self, user: String, message: Option<String>) -> Event {
        let told = self.strings.iter().filter(|text| *text != "(NULL)");
        let joined = || told.cloned().collect::<Vec<String>>().join(" ");
        Event {
            time: self.time,
            id: self.identifier & 0xFFFF,
            level: self.level,
            user,
            message: message.unwrap_or_else(joined),
            transaction: None,
            ordinal: 0,
            product_code: product_code(&self.data),
            source: self.source,
            strings: self.strings,
        }
    }

    /// Is it Windows Installer's?
    pub fn is_installers(&self) -> bool {
        self.source.eq_ignore_ascii_case(SOURCE)
    }
}

/// Reads a text that ends with a zero; returns it and where the next one is.
fn text(bytes: &[u8], from: usize) -> Option<(String, usize)> {
    let units = bytes.get(from..)?.chunks_exact(2);
    let units = units.map(|pair| u16::from_le_bytes([pair[0], pair[1]]));
    let units: Vec<u16> = units.take_while(|unit| *unit != 0).collect();
    Some((String::from_utf16_lossy(&units), from + units.len() * 2 + 2))
}

fn texts(record: &[u8], mut from: usize, count: u16) -> Option<Vec<String>> {
    let mut found = Vec::new();
    for _ in 0..count {
        let (one, next) = text(record, from)?;
        found.push(one);
        from = next;
    }
    Some(found)
}

/// The product code with which Windows Installer begins an event's binary data.
fn product_code(data: &[u8]) -> Option<String> {
    let code = std::str::from_utf8(data.get(..38)?).ok()?;
    (code.starts_with('{') && code.ends_with('}')).then(|| code.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wide(text: &str) -> Vec<u8> {
        let units = text.encode_utf16().chain([0]);
        units.flat_map(u16::to_le_bytes).collect()
    }

    /// A record as Windows lays it out.
    fn record(strings: &[&str], data: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0; FIXED];
        bytes.extend(wide("MsiInstaller"));
        bytes.extend(wide("PC"));
        let sid = bytes.len();
        bytes.extend([1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0]);
        let first = bytes.len();
        strings.iter().for_each(|text| bytes.extend(wide(text)));
        let data_at = bytes.len();
        bytes.extend(data);
        let mut put = |at: usize, number: u32| {
            bytes[at..at + 4].copy_from_slice(&number.to_le_bytes());
        };
        put(4, SIGNATURE);
        put(8, 77);
        put(12, 1_700_000_000);
        put(20, 0x4000_0410);
        put(24, 4 | (strings.len() as u32) << 16);
        put(36, first as u32);
        put(40, 12);
        put(44, sid as u32);
        put(48, data.len() as u32);
        put(52, data_at as u32);
        let length = bytes.len() + 4;
        bytes.extend((length as u32).to_le_bytes());
        bytes[..4].copy_from_slice(&(length as u32).to_le_bytes());
        bytes
    }

    #[test]
    fn a_record_is_read() {
        let code = b"{C0FFEE00-0000-4000-8000-000000000001}00000000";
        let mut bytes = record(&["C:\\a b.msi", "4711", "(NULL)"], code);
        let length = bytes.len();
        bytes.extend(record(&[], b""));
        let (event, used) = RawEvent::parse(&bytes).unwrap();
        assert_eq!((used, event.record, event.sid.len()), (length, 77, 12));
        assert!(event.is_installers());
        let event = event.into_event("SYSTEM".to_owned(), None);
        assert_eq!(
            (event.id, event.message.as_str()),
            (1040, "C:\\a b.msi 4711")
        );
        assert_eq!(event.strings, ["C:\\a b.msi", "4711", "(NULL)"]);
        let code = event.product_code.unwrap();
        assert_eq!(code, "{C0FFEE00-0000-4000-8000-000000000001}");
        let (empty, _) = RawEvent::parse(&bytes[length..]).unwrap();
        assert_eq!((empty.strings.len(), empty.data.len()), (0, 0));
    }

    #[test]
    fn a_record_cut_or_changed_anywhere_is_no_reason_to_panic() {
        let whole = record(&["a", "b"], b"x");
        for length in 0..whole.len() {
            assert_eq!(RawEvent::parse(&whole[..length]), None);
        }
        for at in 0..whole.len() {
            for byte in [0, 1, 0x7F, 0xFF] {
                let mut changed = whole.clone();
                changed[at] = byte;
                let _ = RawEvent::parse(&changed);
            }
        }
    }
}
