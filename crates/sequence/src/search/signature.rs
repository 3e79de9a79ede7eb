//! A row of the Signature table: what a file must be like to be the one that is searched.
//!
//! Follows: Microsoft, "Signature Table".

use std::time::{SystemTime, UNIX_EPOCH};

use machine::{EntryKind, MachinePath, View, same_name};

use crate::directory::Name;
use crate::file_version::file_version;
use crate::version::{Version, languages};
use crate::{Error, Run};

/// What is asked of a file.
pub(crate) struct Signature {
    name: Name,
    min_version: Option<Version>,
    max_version: Option<Version>,
    min_size: Option<i32>,
    max_size: Option<i32>,
    min_date: Option<i32>,
    max_date: Option<i32>,
    languages: String,
}

impl Signature {
    /// Reads a row; none: the signature stands for a folder or a value.
    ///
    /// Errors: a row without a file name.
    pub(crate) fn read(run: &Run, signature: &str) -> Result<Option<Signature>, Error> {
        let table = run.table("Signature")?;
        let Some(record) = table
            .records()
            .find(|record| record.text("Signature") == signature)
        else {
            return Ok(None);
        };
        Ok(Some(Signature {
            name: Name::parse(record.required("FileName")?),
            min_version: Version::parse(record.text("MinVersion")),
            max_version: Version::parse(record.text("MaxVersion")),
            min_size: record.integer("MinSize"),
            max_size: record.integer("MaxSize"),
            min_date: record.integer("MinDate"),
            max_date: record.integer("MaxDate"),
            languages: record.text("Languages").to_owned(),
        }))
    }

    /// The names to look for: the long one, and the short one where it differs.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        [&self.name.long, &self.name.short]
            .into_iter()
            .take(if self.name.long == self.name.short {
                1
            } else {
                2
            })
            .map(String::as_str)
    }

    /// Is a file the one?
    ///
    /// Errors: the machine cannot be read.
    pub(crate) fn fits(&self, view: &dyn View, path: &MachinePath) -> Result<bool, Error> {
        let named = path
            .name()
            .is_some_and(|name| self.names().any(|wanted| same_name(name, wanted)));
        let Some(metadata) = view
            .metadata(path)?
            .filter(|metadata| metadata.kind == EntryKind::File)
        else {
            return Ok(false);
        };
        let size = i64::try_from(metadata.size).unwrap_or(i64::MAX);
        let sized = self.min_size.is_none_or(|min| size >= min.into())
            && self.max_size.is_none_or(|max| size <= max.into());
        let dated = self
            .min_date
            .is_none_or(|min| packed(metadata.modified) >= i64::from(min))
            && self
                .max_date
                .is_none_or(|max| packed(metadata.created) <= i64::from(max));
        Ok(named && sized && dated && self.fits_version(view, path)?)
    }

    fn fits_version(&self, view: &dyn View, path: &MachinePath) -> Result<bool, Error> {
        if self.min_version.is_none() && self.max_version.is_none() {
            return Ok(true);
        }
        let (version, spoken) = file_version(view, path)?;
        let Some(version) = version else {
            return Ok(false);
        };
        // Languages count only where the version is exactly the lowest one.
        let low = self.min_version.is_none_or(|min| {
            version > min
                || (version == min && languages(&self.languages).is_subset(&languages(&spoken)))
        });
        Ok(low && self.max_version.is_none_or(|max| version <= max))
    }
}

/// A time as MS-DOS packs it: date in the high word, time in the low one.
fn packed(time: SystemTime) -> i64 {
    let seconds = time
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs());
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = civil(days);
    let date = (year.saturating_sub(1980) << 9) | (month << 5) | day;
    let clock = (rest / 3600) << 11 | (rest % 3600 / 60) << 5 | (rest % 60 / 2);
    i64::try_from(date << 16 | clock).unwrap_or(i64::MAX)
}

/// Year, month and day of a day after 1970-01-01, counted in years that begin in March.
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    (year_of_era + era * 400 + next, month, day)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn times_are_packed_as_ms_dos_does() {
        // 2017-02-18 17:14:40
        let time = UNIX_EPOCH + Duration::from_secs(1_487_438_080);
        assert_eq!(
            packed(time),
            ((2017 - 1980) << 9 | 2 << 5 | 18) << 16 | 17 << 11 | 14 << 5 | 20
        );
        assert_eq!(civil(0), (1970, 1, 1));
        assert_eq!(civil(11_016), (2000, 2, 29));
    }
}
