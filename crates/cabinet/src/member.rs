//! One file in a cabinet: what its CFFILE entry says.

use std::time::{Duration, SystemTime};

/// `attribs` of a CFFILE entry. Other bits than those named are kept and mean nothing here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Attributes(pub u16);

impl Attributes {
    /// `_A_RDONLY`.
    pub const READ_ONLY: u16 = 0x01;
    /// `_A_HIDDEN`.
    pub const HIDDEN: u16 = 0x02;
    /// `_A_SYSTEM`.
    pub const SYSTEM: u16 = 0x04;
    /// `_A_ARCH`.
    pub const ARCHIVE: u16 = 0x20;
    /// `_A_EXEC`: run after extraction. Never obeyed here.
    pub const EXECUTE: u16 = 0x40;
    /// `_A_NAME_IS_UTF`.
    pub const NAME_IS_UTF8: u16 = 0x80;

    /// Returns whether the file is read-only.
    pub fn read_only(self) -> bool {
        self.0 & Self::READ_ONLY != 0
    }

    /// Returns whether the file is hidden.
    pub fn hidden(self) -> bool {
        self.0 & Self::HIDDEN != 0
    }

    /// Returns whether the file is a system file.
    pub fn system(self) -> bool {
        self.0 & Self::SYSTEM != 0
    }

    /// Returns whether the file's archive bit is set.
    pub fn archive(self) -> bool {
        self.0 & Self::ARCHIVE != 0
    }

    /// Returns whether the file asks to be run after extraction.
    pub fn execute(self) -> bool {
        self.0 & Self::EXECUTE != 0
    }

    /// Returns whether the file's name is stored in UTF-8.
    pub fn name_is_utf8(self) -> bool {
        self.0 & Self::NAME_IS_UTF8 != 0
    }
}

/// One file in a cabinet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The name, a key and never a path: it may be absolute, hold `..` or be empty
    /// (see [`safe_path`](crate::safe_path)). In a package it is the key of the File table.
    ///
    /// A name flagged as UTF-8 is decoded so, invalid bytes as U+FFFD. The code page of others is
    /// not recorded: each byte becomes the character of that number, so that the bytes can be had
    /// back and ASCII stays what it is.
    pub name: String,
    /// Bytes of the file when it is extracted.
    pub size: u32,
    /// Attribute bits.
    pub attributes: Attributes,
    /// When the file was last changed: the entry's DOS date and time, two seconds fine, taken as
    /// UTC for want of a time zone. None where it is no date.
    pub modified: Option<SystemTime>,
    /// The index of its folder in the first cabinet that it was met in.
    pub folder: usize,
    /// Bytes from the start of its folder's data to its own.
    pub offset: u32,
    /// Whether its folder begins in an earlier cabinet than the first one given: taking it is
    /// [`Error::NeedsPrevious`](crate::Error::NeedsPrevious).
    pub needs_previous: bool,
}

/// Decodes a name, see [`Member::name`].
pub(crate) fn decode_name(bytes: &[u8], attributes: Attributes) -> String {
    if attributes.name_is_utf8() {
        String::from_utf8_lossy(bytes).into_owned()
    } else {
        bytes.iter().copied().map(char::from).collect()
    }
}

/// Returns the moment of a DOS date and time taken as UTC, None where they are no date.
pub(crate) fn dos_time(date: u16, time: u16) -> Option<SystemTime> {
    let (year, month, day) = (1980 + u64::from(date >> 9), date >> 5 & 15, date & 31);
    let (hour, minute, second) = (time >> 11, time >> 5 & 63, (time & 31) * 2);
    if !(1..=12).contains(&month) || !(1..=days_in_month(year, month)).contains(&day) {
        return None;
    }
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let days = days_since_epoch(year, month) + u64::from(day - 1);
    let seconds = u64::from(hour) * 3600 + u64::from(minute) * 60 + u64::from(second);
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(days * 86_400 + seconds))
}

/// Returns the DOS date and time of a moment, taken as UTC and rounded down to two seconds; those
/// before 1980 become its first second and those after 2107 its last.
pub(crate) fn to_dos_time(moment: SystemTime) -> (u16, u16) {
    let seconds = moment
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    let (days, seconds) = (seconds / 86_400, seconds % 86_400);
    let date =
        |year: u64, month: u16, day: u64| ((year - 1980) as u16) << 9 | month << 5 | day as u16;
    for year in 1980..=2107 {
        for month in 1..=12 {
            let first = days_since_epoch(year, month);
            if days < first {
                return (date(1980, 1, 1), 0);
            }
            if days - first < u64::from(days_in_month(year, month)) {
                let time = (seconds / 3600) << 11 | (seconds / 60 % 60) << 5 | (seconds % 60 / 2);
                return (date(year, month, days - first + 1), time as u16);
            }
        }
    }
    (date(2107, 12, 31), 23 << 11 | 59 << 5 | 29)
}

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn days_in_month(year: u64, month: u16) -> u16 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Returns the days from 1970-01-01 to the first of a month; `year` is 1970 or later.
fn days_since_epoch(year: u64, month: u16) -> u64 {
    let before = year - 1;
    let leap_days = before / 4 - before / 100 + before / 400 - 477;
    let months: u64 = (1..month)
        .map(|month| u64::from(days_in_month(year, month)))
        .sum();
    (year - 1970) * 365 + leap_days + months
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(date: u16, time: u16) -> Option<u64> {
        let moment = dos_time(date, time)?;
        moment
            .duration_since(SystemTime::UNIX_EPOCH)
            .ok()
            .map(|since| since.as_secs())
    }

    #[test]
    fn dates_are_read_as_utc() {
        // 2024-11-26 04:19:24, 1980-01-01, 2000-02-29, 2107-12-31 23:59:58.
        assert_eq!(seconds(0x597a, 0x226c), Some(1_732_594_764));
        assert_eq!(seconds(0x0021, 0), Some(315_532_800));
        assert_eq!(seconds(20 << 9 | 2 << 5 | 29, 0), Some(951_782_400));
        assert_eq!(
            seconds(127 << 9 | 12 << 5 | 31, 23 << 11 | 59 << 5 | 29),
            Some(4_354_819_198)
        );
    }

    #[test]
    fn what_is_no_date_is_none() {
        for (date, time) in [
            (0, 0),
            (0x0020, 0),
            (0x01e1, 0),
            (1 << 5 | 31, 24 << 11),
            (1 << 5 | 1, 60 << 5),
            (1 << 5 | 1, 30),
            (1 << 9 | 2 << 5 | 29, 0),
        ] {
            assert_eq!(dos_time(date, time), None, "{date:04x} {time:04x}");
        }
    }

    #[test]
    fn each_date_survives_there_and_back() {
        for date in 0..=u16::MAX {
            for time in [0, 0x226c, 0xbf7d] {
                if let Some(moment) = dos_time(date, time) {
                    assert_eq!(to_dos_time(moment), (date, time));
                }
            }
        }
        assert_eq!(to_dos_time(SystemTime::UNIX_EPOCH), (0x21, 0));
        let late = SystemTime::UNIX_EPOCH + Duration::from_secs(9_000_000_000);
        assert_eq!(to_dos_time(late), (0xff9f, 0xbf7d));
    }

    #[test]
    fn names_without_the_flag_keep_their_bytes() {
        assert_eq!(decode_name(b"a\xe9", Attributes(0)), "a\u{e9}");
        assert_eq!(
            decode_name("a\u{e9}".as_bytes(), Attributes(0x80)),
            "a\u{e9}"
        );
        assert_eq!(decode_name(b"a\xe9", Attributes(0x80)), "a\u{fffd}");
    }
}
