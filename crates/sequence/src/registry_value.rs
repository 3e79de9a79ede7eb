//! The text of `Registry.Value`: which type it means, and how a list of strings joins what is there.
//!
//! Text that has a prefix but not what must follow it (`#blue`, `#xyz`) is stored as it stands.
//! Follows: Microsoft, "Registry Table", "RemoveRegistryValues Action".

use machine::Data;

/// What a formatted `Registry.Value` means. `[~]` has become a null character by then.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum RegistryValue {
    /// The whole value.
    Whole(Data),
    /// Strings to join with those that are there.
    Strings(Placement, Vec<String>),
}

/// Where the strings of a list go.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Placement {
    /// In place of what is there.
    Replace,
    /// After what is there.
    Append,
    /// Before what is there.
    Prepend,
}

impl RegistryValue {
    /// Reads formatted text.
    pub(crate) fn parse(text: &str) -> RegistryValue {
        if let Some(data) = text.strip_prefix('#').and_then(prefixed) {
            return RegistryValue::Whole(data);
        }
        if text.contains('\0') {
            return strings(text);
        }
        RegistryValue::Whole(Data::Sz(text.to_owned()))
    }

    /// Returns the data to write over what is there.
    pub(crate) fn written(&self, present: Option<&Data>) -> Data {
        let (placement, new) = match self {
            RegistryValue::Whole(data) => return data.clone(),
            RegistryValue::Strings(placement, new) => (*placement, new),
        };
        let others: Vec<String> = match (placement, present) {
            (Placement::Append | Placement::Prepend, Some(Data::MultiSz(old))) => old
                .iter()
                .filter(|string| !new.contains(string))
                .cloned()
                .collect(),
            _ => Vec::new(),
        };
        Data::MultiSz(match placement {
            Placement::Prepend => new.iter().cloned().chain(others).collect(),
            _ => others.into_iter().chain(new.iter().cloned()).collect(),
        })
    }

    /// Returns what is left of the present data once this value is taken away; none: nothing.
    pub(crate) fn left_of(&self, present: &Data) -> Option<Data> {
        let (
            RegistryValue::Strings(Placement::Append | Placement::Prepend, own),
            Data::MultiSz(all),
        ) = (self, present)
        else {
            return None;
        };
        let left: Vec<String> = all
            .iter()
            .filter(|string| !own.contains(string))
            .cloned()
            .collect();
        (!left.is_empty()).then_some(Data::MultiSz(left))
    }
}

fn prefixed(rest: &str) -> Option<Data> {
    match rest.chars().next()? {
        '#' => Some(Data::Sz(rest.to_owned())),
        '%' => Some(Data::ExpandSz(rest[1..].to_owned())),
        'x' | 'X' => bytes(&rest[1..]).map(Data::Binary),
        _ => number(rest).map(Data::Dword),
    }
}

/// An odd first digit stands for itself, as if a zero came before it.
fn bytes(digits: &str) -> Option<Vec<u8>> {
    if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let even = if digits.len() % 2 == 1 {
        format!("0{digits}")
    } else {
        digits.to_owned()
    };
    (0..even.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&even[at..at + 2], 16).ok())
        .collect()
}

/// A number that 32 bits hold, with or without a sign.
fn number(text: &str) -> Option<u32> {
    let number: i64 = text.trim().parse().ok()?;
    u32::try_from(number)
        .ok()
        .or_else(|| i32::try_from(number).ok().map(i32::cast_unsigned))
}

fn strings(text: &str) -> RegistryValue {
    let placement = match (text.starts_with('\0'), text.ends_with('\0')) {
        (true, false) => Placement::Append,
        (false, true) => Placement::Prepend,
        _ => Placement::Replace,
    };
    let inner = text.strip_prefix('\0').unwrap_or(text);
    let inner = inner.strip_suffix('\0').unwrap_or(inner);
    let strings = inner
        .split('\0')
        .filter(|string| !string.is_empty())
        .map(str::to_owned)
        .collect();
    RegistryValue::Strings(placement, strings)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn multi(strings: &[&str]) -> Data {
        Data::MultiSz(strings.iter().map(|&string| string.to_owned()).collect())
    }

    #[test]
    fn prefixes_choose_the_type() {
        let whole = |text: &str| match RegistryValue::parse(text) {
            RegistryValue::Whole(data) => data,
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!(whole("plain"), Data::Sz("plain".to_owned()));
        assert_eq!(whole("##1"), Data::Sz("#1".to_owned()));
        assert_eq!(whole("#%%TEMP%"), Data::ExpandSz("%TEMP%".to_owned()));
        assert_eq!(whole("#12"), Data::Dword(12));
        assert_eq!(whole("#-1"), Data::Dword(u32::MAX));
        assert_eq!(whole("#+7"), Data::Dword(7));
        assert_eq!(whole("#4294967295"), Data::Dword(u32::MAX));
        assert_eq!(whole("#x0aFF"), Data::Binary(vec![10, 255]));
        assert_eq!(whole("#xabc"), Data::Binary(vec![10, 188]));
        assert_eq!(whole("#x"), Data::Binary(Vec::new()));
        assert_eq!(whole(""), Data::Sz(String::new()));
    }

    #[test]
    fn a_prefix_without_its_value_is_text() {
        for text in ["#", "#blue", "#xyz", "#4294967296", "#%é#"] {
            let kept = match RegistryValue::parse(text) {
                RegistryValue::Whole(Data::Sz(kept) | Data::ExpandSz(kept)) => kept,
                other => panic!("{other:?}"),
            };
            assert_eq!(kept, text.trim_start_matches("#%"));
        }
    }

    #[test]
    fn lists_join_what_is_there_and_move_what_is_there_already() {
        let written = |text: &str, present: &[&str]| {
            RegistryValue::parse(text).written(Some(&multi(present)))
        };
        assert_eq!(written("a\0b\0c", &["x"]), multi(&["a", "b", "c"]));
        assert_eq!(written("\0a\0b\0", &["x"]), multi(&["a", "b"]));
        assert_eq!(
            written("\0a\0b", &["x", "a", "y"]),
            multi(&["x", "y", "a", "b"])
        );
        assert_eq!(written("a\0b\0", &["x", "b"]), multi(&["a", "b", "x"]));
        assert_eq!(RegistryValue::parse("\0a").written(None), multi(&["a"]));
        assert_eq!(
            RegistryValue::parse("\0a").written(Some(&Data::Dword(1))),
            multi(&["a"])
        );
    }

    #[test]
    fn only_the_strings_that_were_added_are_taken_away() {
        let left =
            |text: &str, present: &[&str]| RegistryValue::parse(text).left_of(&multi(present));
        assert_eq!(left("\0b", &["a", "b", "c"]), Some(multi(&["a", "c"])));
        assert_eq!(left("b\0", &["b"]), None);
        assert_eq!(left("a\0b", &["a", "b", "c"]), None);
        assert_eq!(
            RegistryValue::parse("a").left_of(&Data::Sz("other".to_owned())),
            None
        );
    }
}
