//! Versions of files and products, and lists of languages.

use std::cmp::Ordering;
use std::collections::BTreeSet;

/// A version of up to four fields; missing ones are 0. "Version", "ProductVersion Property".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version(pub [u32; 4]);

impl Version {
    /// Reads `1.2.3.4`; none where a field is no number or there are more than four.
    pub(crate) fn parse(text: &str) -> Option<Version> {
        let mut fields = [0; 4];
        let mut texts = text.trim().split('.');
        for (field, text) in fields.iter_mut().zip(texts.by_ref()) {
            if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            *field = text.parse().ok()?;
        }
        texts.next().is_none().then_some(Version(fields))
    }

    /// Compares as products are compared: by three fields.
    pub(crate) fn compare_product(&self, other: &Version) -> Ordering {
        self.0[..3].cmp(&other.0[..3])
    }
}

/// Reads a list of languages with commas between; what is no number is left out.
pub(crate) fn languages(text: &str) -> BTreeSet<u32> {
    text.split(',')
        .filter_map(|language| language.trim().parse().ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_field_by_field() {
        let version = |text| Version::parse(text).unwrap();
        assert!(version("1.10") > version("1.9.9.9"));
        assert_eq!(version("1"), version("1.0.0.0"));
        assert_eq!(
            version("1.2.3.4").compare_product(&version("1.2.3.9")),
            Ordering::Equal
        );
        for text in ["", "1.", "a", "1.2.3.4.5", "-1", "99999999999"] {
            assert_eq!(Version::parse(text), None, "{text}");
        }
    }
}
