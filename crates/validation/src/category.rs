//! The categories of text: what each may hold.
//!
//! Follows: Microsoft, "Column Data Types" and the page of each type. Looser than those pages in two things that
//! the installer does not mind: a full path is not asked to exist, and an external cabinet may have a long name.

use crate::formatted;

/// The names of the categories that `_Validation` may tell.
const NAMES: [&str; 28] = [
    "Text",
    "UpperCase",
    "LowerCase",
    "Integer",
    "DoubleInteger",
    "TimeDate",
    "Time/Date",
    "Identifier",
    "Property",
    "Filename",
    "WildCardFilename",
    "Path",
    "Paths",
    "AnyPath",
    "DefaultDir",
    "RegPath",
    "Formatted",
    "FormattedSDDLText",
    "Template",
    "Condition",
    "Guid",
    "Version",
    "Language",
    "Binary",
    "CustomSource",
    "Cabinet",
    "Shortcut",
    "URL",
];

/// Is there such a category? Its case is of no matter.
pub(crate) fn is_known(category: &str) -> bool {
    NAMES.iter().any(|name| name.eq_ignore_ascii_case(category))
}

/// Checks a text against its category.
///
/// Errors: what is wrong, as the end of a sentence about the text.
pub(crate) fn check(category: &str, text: &str) -> Result<(), String> {
    let fits = |fits: bool, otherwise: &str| fits.then_some(()).ok_or_else(|| otherwise.to_owned());
    match &*category.to_ascii_lowercase() {
        "uppercase" => fits(!text.chars().any(char::is_lowercase), "has small letters"),
        "lowercase" => fits(!text.chars().any(char::is_uppercase), "has capital letters"),
        "identifier" => fits(is_identifier(text), "is no identifier"),
        "property" => fits(
            is_identifier(text.strip_prefix('%').unwrap_or(text)),
            "is no name of a property",
        ),
        "filename" => filename(text, false),
        "wildcardfilename" => filename(text, true),
        "path" | "anypath" => fits(is_path(text), "is no path"),
        "paths" => fits(text.split(';').all(is_path), "is no list of paths"),
        "defaultdir" => default_dir(text),
        "regpath" => fits(
            !text.starts_with('\\') && !text.ends_with('\\'),
            "begins or ends with a backslash",
        ),
        "formatted" | "template" | "formattedsddltext" => fits(
            formatted::is_closed(text),
            "has a bracket without its partner",
        ),
        "condition" => formatted::symbols(text)
            .map(drop)
            .map_err(|at| format!("does not parse as a condition at character {at}")),
        "guid" => fits(is_guid(text), "is no GUID in braces and capital letters"),
        "version" => fits(is_version(text), "is no version"),
        "language" => fits(is_language(text), "is no list of language numbers"),
        "cabinet" => cabinet(text),
        "shortcut" => match text.contains('[') {
            true => check("formatted", text),
            false => check("identifier", text),
        },
        _ => Ok(()),
    }
}

/// "Identifier".
pub(crate) fn is_identifier(text: &str) -> bool {
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    begins
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'.')
}

/// Is it a GUID in braces and capital letters? "GUID".
pub fn is_guid(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 38
        && bytes.iter().enumerate().all(|(at, byte)| match at {
            0 => *byte == b'{',
            37 => *byte == b'}',
            9 | 14 | 19 | 24 => *byte == b'-',
            _ => byte.is_ascii_digit() || (b'A'..=b'F').contains(byte),
        })
}

/// "Version": one to four numbers of 16 bits.
pub(crate) fn is_version(text: &str) -> bool {
    let mut fields = 0;
    text.split('.').all(|field| {
        fields += 1;
        fields <= 4 && number(field).is_some_and(|number| number <= 0xFFFF)
    })
}

/// A product's version: at most 255.255.65535, and a fourth number that does not matter. "ProductVersion".
pub(crate) fn is_product_version(text: &str) -> bool {
    let limits = [255, 255, 65535];
    let mut fields = text.split('.').enumerate();
    fields.all(|(place, field)| {
        let limit = limits.get(place).copied().unwrap_or(u32::MAX);
        place < 4 && number(field).is_some_and(|number| number <= limit)
    })
}

/// "Language": numbers of 16 bits, parted by commas.
pub(crate) fn is_language(text: &str) -> bool {
    text.split(',')
        .all(|language| number(language.trim()).is_some_and(|number| number <= 0xFFFF))
}

fn number(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

/// The short and the long name of `short|long`; both are the same where there is one.
pub(crate) fn names(text: &str) -> (&str, &str) {
    text.split_once('|').unwrap_or((text, text))
}

fn filename(text: &str, wildcards: bool) -> Result<(), String> {
    let (short, long) = match text.split_once('|') {
        Some((short, long)) => (Some(short), long),
        None => (None, text),
    };
    // A lone name that is no short one is taken for a long one: the installer makes no difference.
    if let Some(short) = short
        && !is_short_name(short, wildcards)
    {
        return Err(format!("has {short:?}, which is no short file name"));
    }
    match is_long_name(long, wildcards) {
        true => Ok(()),
        false => Err("is no file name".to_owned()),
    }
}

/// A name that Windows takes.
pub(crate) fn is_long_name(name: &str, wildcards: bool) -> bool {
    let forbidden = |c: char| match c {
        '?' | '*' => !wildcards,
        '\\' | '/' | '|' | '>' | '<' | ':' | '"' => true,
        _ => c.is_control(),
    };
    !name.is_empty() && !name.chars().any(forbidden) && name.chars().any(|c| c != '.' && c != ' ')
}

/// A name of at most eight characters and three, as DOS had it.
pub(crate) fn is_short_name(name: &str, wildcards: bool) -> bool {
    let (stem, extension) = name.split_once('.').unwrap_or((name, ""));
    let star = wildcards && name.contains('*');
    is_long_name(name, wildcards)
        && !name.contains(['+', ',', ';', '=', '[', ']', ' '])
        && !extension.contains('.')
        && (star || stem.chars().count() <= 8 && extension.chars().count() <= 3)
}

fn is_path(text: &str) -> bool {
    let (short, long) = names(text);
    [short, long].iter().all(|path| {
        let outside = without_references(path);
        // A drive's colon is the only one.
        let rest = match outside.get(1..2) {
            Some(":") => &outside[2..],
            _ => &outside,
        };
        !rest.contains(['?', '|', '>', '<', ':', '*', '"', '/'])
    })
}

/// The text with what stands in brackets left out.
fn without_references(text: &str) -> String {
    let mut depth = 0_u32;
    let mut outside = String::new();
    for character in text.chars() {
        match character {
            '[' => depth += 1,
            ']' if depth > 0 => depth -= 1,
            _ if depth == 0 => outside.push(character),
            _ => {}
        }
    }
    outside
}

/// Target and source, each a name, `.` or, at the root, a property.
fn default_dir(text: &str) -> Result<(), String> {
    for part in text.splitn(2, ':') {
        let bracketed = part.starts_with('[') && part.ends_with(']');
        if part != "." && !bracketed {
            filename(part, false).map_err(|wrong| format!("{wrong} (the part {part:?})"))?;
        }
    }
    Ok(())
}

fn cabinet(text: &str) -> Result<(), String> {
    match text.strip_prefix('#') {
        Some("") => Err("names no stream".to_owned()),
        Some(_) => Ok(()),
        None if is_long_name(text, false) => Ok(()),
        None => Err("is no name of a cabinet".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_category_takes_and_refuses() {
        for (category, good, bad) in [
            ("UpperCase", "ABC1", "AbC"),
            ("LowerCase", "abc1", "aBc"),
            ("Identifier", "_a.b1", "1a"),
            ("Identifier", "Feature", "A-B"),
            ("Property", "%PATH", "%1"),
            ("Filename", "readme.txt", "a|b|c"),
            (
                "Filename",
                "LONGNA~1.TXT|A long name.txt",
                "a long name.text|x",
            ),
            ("Filename", "a.b", "a/b"),
            ("Filename", "a", ".."),
            ("WildCardFilename", "*.tx?", "a:b"),
            ("Path", "C:\\a\\[B]", "C:\\a*"),
            ("AnyPath", "a\\b", "a>b"),
            ("Paths", "a;b", "a;b|*"),
            ("DefaultDir", ".:SOURCE~1|Source folder", "a?"),
            ("DefaultDir", "SourceDir", "a:b:c"),
            ("RegPath", "Software\\[Manufacturer]", "\\Software"),
            ("Formatted", "[A]{[B]}", "[A"),
            ("Template", "[1]: [2]", "[1"),
            ("Condition", "A AND NOT B", "A AND"),
            (
                "Guid",
                "{0000000A-0003-0000-0000-624474736554}",
                "{0000000a-0003-0000-0000-624474736554}",
            ),
            ("Version", "1.2.3.65535", "1.2.3.4.5"),
            ("Version", "1", "1.65536"),
            ("Language", "1033,0", "1033,en"),
            ("Cabinet", "#a.cab", "#"),
            ("Cabinet", "data.cab", "a/b.cab"),
            ("Shortcut", "[#file]", "no feature"),
        ] {
            assert!(is_known(category), "{category}");
            assert_eq!(check(category, good), Ok(()), "{category} {good}");
            assert!(check(category, bad).is_err(), "{category} {bad}");
        }
        assert_eq!(check("Text", "\u{1}anything"), Ok(()));
        assert!(!is_known("Number"));
    }

    #[test]
    fn versions_of_products() {
        for (version, good) in [
            ("255.255.65535", true),
            ("1.2.3.99999", true),
            ("256.0.0", false),
            ("1.256", false),
            ("1..2", false),
            ("", false),
        ] {
            assert_eq!(is_product_version(version), good, "{version}");
        }
    }
}
