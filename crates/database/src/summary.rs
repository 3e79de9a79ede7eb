//! Summary information: a property set beside the tables.
//!
//! Follows: Microsoft, "Summary Information Stream" and "Summary Property Descriptions"; [MS-OLEPS] 2.
//! Of a set with several sections the first is read, as Windows Installer does.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use crate::bytes::{u16_at, u32_at, u64_at};
use crate::{Error, code_page};

const NAME: &str = "SummaryInformation";

/// The properties of the summary information, by number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SummaryInformation {
    properties: BTreeMap<u32, SummaryValue>,
}

/// The value of one property.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SummaryValue {
    /// A 16- or 32-bit integer.
    Integer(i32),
    /// Text.
    Text(Arc<str>),
    /// A time.
    Time(FileTime),
}

/// A point in time: units of 100 nanoseconds since 1601-01-01 00:00 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileTime(pub u64);

/// What a package allows and how its source lies: bits of the word count. "Word Count Summary".
pub mod word_count {
    /// The source has short file names.
    pub const SHORT_NAMES: i32 = 1;
    /// The source is compressed.
    pub const COMPRESSED: i32 = 2;
    /// The source is an administrative image.
    pub const ADMINISTRATIVE: i32 = 4;
    /// Installing needs no elevated privileges.
    pub const NO_ELEVATION: i32 = 8;
}

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident = $number:literal;)*) => {
        $($(#[$doc])* pub fn $name(&self) -> &str { self.text($number) })*
    };
}

macro_rules! integers {
    ($($(#[$doc:meta])* $name:ident = $number:literal;)*) => {
        $($(#[$doc])* pub fn $name(&self) -> Option<i32> { self.integer($number) })*
    };
}

macro_rules! times {
    ($($(#[$doc:meta])* $name:ident = $number:literal;)*) => {
        $($(#[$doc])* pub fn $name(&self) -> Option<FileTime> { self.time($number) })*
    };
}

impl SummaryInformation {
    texts! {
        /// What kind of file it is, in words.
        title = 2;
        /// The product's name.
        subject = 3;
        /// The manufacturer.
        author = 4;
        /// Words to search for; of a patch: its sources, separated by `;`.
        keywords = 5;
        /// A sentence about the file.
        comments = 6;
        /// Platform and languages, `x64;1033,1031`; of a patch: the product codes it is for.
        template = 7;
        /// Of a patch: its transforms in order, separated by `;`. Of a transform: the template of its result.
        last_saved_by = 8;
        /// The package code; of a patch: its code and those it replaces; of a transform: what it is for.
        revision_number = 9;
        /// The tool that made the file.
        creating_application = 18;
    }
    integers! {
        /// The lowest Windows Installer version that can install it, times 100.
        page_count = 14;
        /// Bits of [`word_count`]; of a patch: the lowest installer, 1 to 5.
        word_count = 15;
        /// Of a transform: validation flags in the high word, error conditions in the low one.
        character_count = 16;
        /// 0 no restriction, 2 read-only recommended, 4 read-only enforced.
        security = 19;
    }
    times! {
        /// When the administrative image was made.
        last_printed = 11;
        /// When it was made.
        create_time = 12;
        /// When it was last saved.
        last_saved_time = 13;
    }

    /// The code page of the texts above, not of the tables; 0 where it is not said.
    pub fn code_page(&self) -> u32 {
        // Stored as a signed 16-bit number: 65001 appears as -535.
        self.integer(1).map_or(0, |page| page as u32 & 0xFFFF)
    }

    /// The package code: the first code of the revision number, braces included; "" where there is none.
    pub fn package_code(&self) -> &str {
        let revision = self.revision_number();
        revision.get(..38).unwrap_or(revision)
    }

    /// Returns a property by its number ("Summary Information Stream Property Set").
    pub fn property(&self, number: u32) -> Option<&SummaryValue> {
        self.properties.get(&number)
    }

    /// All properties, by number.
    pub fn properties(&self) -> impl Iterator<Item = (u32, &SummaryValue)> {
        self.properties
            .iter()
            .map(|(&number, value)| (number, value))
    }

    /// Sets a property. In memory only.
    pub fn set(&mut self, number: u32, value: SummaryValue) {
        self.properties.insert(number, value);
    }

    fn text(&self, number: u32) -> &str {
        match self.properties.get(&number) {
            Some(SummaryValue::Text(text)) => text,
            _ => "",
        }
    }

    fn integer(&self, number: u32) -> Option<i32> {
        match self.properties.get(&number) {
            Some(&SummaryValue::Integer(value)) => Some(value),
            _ => None,
        }
    }

    fn time(&self, number: u32) -> Option<FileTime> {
        match self.properties.get(&number) {
            Some(&SummaryValue::Time(time)) => Some(time),
            _ => None,
        }
    }

    /// Reads the stream; no bytes are no properties.
    ///
    /// Errors: [`Error::Stream`] where a value lies outside, or its kind is not one of Windows Installer's.
    pub(crate) fn read(bytes: &[u8]) -> Result<SummaryInformation, Error> {
        let mut summary = SummaryInformation::default();
        if bytes.is_empty() {
            return Ok(summary);
        }
        if bytes.len() < 48 || u16_at(bytes, 0) != 0xFFFE {
            return Err(Error::stream(NAME, "it is no property set", 0));
        }
        let start = u32_at(bytes, 44) as usize;
        let section = bytes.get(start..).filter(|section| section.len() >= 8);
        let Some(section) = section else {
            return Err(Error::stream(NAME, "its section lies outside", 44));
        };
        let count = (u32_at(section, 4) as usize).min((section.len() - 8) / 8);
        let entries: Vec<(u32, usize)> = (0..count)
            .map(|n| 8 + 8 * n)
            .map(|at| (u32_at(section, at), u32_at(section, at + 4) as usize))
            .collect();
        // The code page says how to read the others, wherever it stands.
        for (number, at) in entries.iter().filter(|(number, _)| *number == 1) {
            summary.add(*number, section, *at, start)?;
        }
        for (number, at) in entries.iter().filter(|(number, _)| *number != 1) {
            summary.add(*number, section, *at, start)?;
        }
        Ok(summary)
    }

    fn add(&mut self, number: u32, section: &[u8], at: usize, start: usize) -> Result<(), Error> {
        let wrong = |what: &str| {
            let what = format!("property {number} {what}");
            Error::stream(NAME, what, (start as u64).saturating_add(at as u64))
        };
        let value = section
            .get(at..)
            .filter(|value| value.len() >= 4)
            .ok_or_else(|| wrong("lies outside"))?;
        let (kind, value) = (u32_at(value, 0) & 0xFFFF, &value[4..]);
        let value = match kind {
            0 | 1 => return Ok(()),
            2 => SummaryValue::Integer(i32::from(u16_at(value, 0).cast_signed())),
            3 => SummaryValue::Integer(u32_at(value, 0).cast_signed()),
            64 => SummaryValue::Time(FileTime(u64_at(value, 0))),
            30 => {
                let length = u32_at(value, 0) as usize;
                let text = value
                    .get(4..)
                    .and_then(|text| text.get(..length))
                    .ok_or_else(|| wrong("has a text that lies outside"))?;
                let end = memchr::memchr(0, text).unwrap_or(text.len());
                let text = code_page::decode(self.code_page(), &text[..end])?;
                SummaryValue::Text(text.into())
            }
            _ => return Err(wrong("is of a kind that summary information does not have")),
        };
        self.properties.insert(number, value);
        Ok(())
    }
}

impl FileTime {
    const SECOND: u64 = 10_000_000;
    /// Seconds from 1601 to 1970.
    const UNIX_EPOCH: i64 = 11_644_473_600;

    /// Seconds since 1970-01-01 00:00 UTC, rounded down.
    pub fn unix_seconds(self) -> i64 {
        (self.0 / FileTime::SECOND).cast_signed() - FileTime::UNIX_EPOCH
    }

    /// Reads `YYYY/MM/DD hh:mm:ss`, the form of text tables. None where it is not that.
    pub fn parse(text: &str) -> Option<FileTime> {
        let mut numbers = text.split(['/', ' ', ':']).map(str::parse::<i64>);
        let mut next = || numbers.next()?.ok();
        let (year, month, day) = (next()?, next()?, next()?);
        let (hour, minute, second) = (next()?, next()?, next()?);
        let valid = (1601..=30_000).contains(&year)
            && (1..=12).contains(&month)
            && (1..=31).contains(&day)
            && (0..24).contains(&hour)
            && (0..60).contains(&minute)
            && (0..60).contains(&second);
        let days = days_from_civil(year, month, day) - days_from_civil(1601, 1, 1);
        let seconds = ((days * 24 + hour) * 60 + minute) * 60 + second;
        let seconds = u64::try_from(seconds).ok().filter(|_| valid)?;
        Some(FileTime(seconds * FileTime::SECOND))
    }
}

impl From<SystemTime> for FileTime {
    /// Times before 1601 are 1601.
    fn from(time: SystemTime) -> FileTime {
        let since_1970 = match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => i128::try_from(after.as_nanos()).unwrap_or(i128::MAX) / 100,
            Err(before) => -(i128::try_from(before.duration().as_nanos()).unwrap_or(0) / 100),
        };
        let epoch = i128::from(FileTime::UNIX_EPOCH) * i128::from(FileTime::SECOND);
        FileTime(u64::try_from(since_1970.saturating_add(epoch)).unwrap_or(0))
    }
}

impl fmt::Display for FileTime {
    /// Writes `YYYY/MM/DD hh:mm:ss`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.unix_seconds();
        let (year, month, day) = civil_from_days(seconds.div_euclid(86_400));
        let rest = seconds.rem_euclid(86_400);
        let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
        write!(
            f,
            "{year:04}/{month:02}/{day:02} {hour:02}:{minute:02}:{second:02}"
        )
    }
}

/// Days from 1970-01-01 to a date of the Gregorian calendar. Years are counted from March, so that the day that
/// leap years add is a year's last.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The date that lies so many days after 1970-01-01.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Writes a property set whose values have their kind before them.
    fn write(properties: &[(u32, Vec<u8>)]) -> Vec<u8> {
        let mut bytes = vec![0xFE, 0xFF, 0, 0];
        bytes.resize(44, 0);
        bytes.extend(48u32.to_le_bytes());
        bytes.extend([0; 4]);
        bytes.extend((properties.len() as u32).to_le_bytes());
        let mut at = 8 + 8 * properties.len();
        for (number, value) in properties {
            bytes.extend(number.to_le_bytes());
            bytes.extend((at as u32).to_le_bytes());
            at += value.len();
        }
        bytes.extend(properties.iter().flat_map(|(_, value)| value.clone()));
        bytes
    }

    fn text(bytes: &[u8]) -> Vec<u8> {
        let mut value = 30u32.to_le_bytes().to_vec();
        value.extend((bytes.len() as u32 + 1).to_le_bytes());
        value.extend(bytes);
        value.push(0);
        value
    }

    #[test]
    fn every_kind_of_property() {
        let bytes = write(&[
            (3, text(b"\xcf\xf0\xe8")),
            (1, vec![2, 0, 0, 0, 0xE3, 4, 0, 0]),
            (9, text(b"{00000000-1111-2222-3333-444444444444}{5}")),
            (
                12,
                [
                    &64u32.to_le_bytes()[..],
                    &131_319_116_800_000_000u64.to_le_bytes(),
                ]
                .concat(),
            ),
            (15, vec![3, 0, 0, 0, 10, 0, 0, 0]),
        ]);
        let summary = SummaryInformation::read(&bytes).unwrap();
        assert_eq!((summary.code_page(), summary.subject()), (1251, "При"));
        assert_eq!(
            summary.package_code(),
            "{00000000-1111-2222-3333-444444444444}"
        );
        assert_eq!(summary.word_count(), Some(10));
        assert_eq!((summary.title(), summary.security()), ("", None));
        assert_eq!(
            summary.create_time().unwrap().to_string(),
            "2017/02/18 17:14:40"
        );
    }

    #[test]
    fn an_empty_stream_has_no_properties() {
        assert_eq!(
            SummaryInformation::read(&[]).unwrap().properties().count(),
            0
        );
    }

    #[test]
    fn times_of_the_system_are_counted_from_1601() {
        let at = |seconds: u64| SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
        assert_eq!(
            FileTime::from(at(1_487_438_080)).to_string(),
            "2017/02/18 17:14:40"
        );
        assert_eq!(FileTime::from(SystemTime::UNIX_EPOCH).unix_seconds(), 0);
    }

    #[test]
    fn damage_is_named() {
        let mut bytes = write(&[(2, text(b"Title"))]);
        bytes.truncate(bytes.len() - 3);
        assert_eq!(
            SummaryInformation::read(&bytes).unwrap_err().to_string(),
            "stream SummaryInformation: property 2 has a text that lies outside (at byte 64 of it)"
        );
    }

    proptest! {
        #[test]
        fn times_survive(seconds in 0u64..500_000_000_000) {
            let time = FileTime(seconds * FileTime::SECOND);
            prop_assert_eq!(FileTime::parse(&time.to_string()), Some(time));
        }

        #[test]
        fn any_bytes_are_read_or_refused(mut bytes: Vec<u8>) {
            bytes.splice(0..0, [0xFE, 0xFF]);
            let _ = SummaryInformation::read(&bytes);
        }
    }
}
