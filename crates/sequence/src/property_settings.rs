//! Settings of public properties in one text, as on a command line: `NAME=value OTHER="a ""quoted"" value"`.
//!
//! Follows: Microsoft, "Setting Public Property Values on the Command Line", "Concurrent Installations".

/// Splits settings, in order; names become upper case. `Err`: the rest that is no setting.
pub(crate) fn parse(text: &str) -> Result<Vec<(String, String)>, &str> {
    let mut settings = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let (name, after) = rest.split_once('=').ok_or(rest)?;
        if !is_name(name) {
            return Err(rest);
        }
        let (value, after) = match after.strip_prefix('"') {
            Some(inside) => quoted(inside).ok_or(rest)?,
            None => {
                let end = after.find(char::is_whitespace).unwrap_or(after.len());
                (after[..end].to_owned(), &after[end..])
            }
        };
        settings.push((name.to_ascii_uppercase(), value));
        rest = after.trim_start();
    }
    Ok(settings)
}

fn is_name(name: &str) -> bool {
    let begins = |c: char| c.is_ascii_alphabetic() || c == '_';
    let goes_on = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    name.starts_with(begins) && name.chars().all(goes_on)
}

/// Splits a value, up to the quote that is not doubled, from what follows; none: it has no such quote.
pub(crate) fn quoted(text: &str) -> Option<(String, &str)> {
    let (mut value, mut rest) = (String::new(), text);
    loop {
        let (before, after) = rest.split_once('"')?;
        value.push_str(before);
        match after.strip_prefix('"') {
            Some(more) => {
                value.push('"');
                rest = more;
            }
            None => return Some((value, after)),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn settings_are_split_at_spaces_outside_of_quotes() {
        let parsed = |text| match parse(text) {
            Ok(settings) => settings
                .iter()
                .map(|(name, value)| format!("{name}<{value}>"))
                .collect::<Vec<_>>()
                .join(" "),
            Err(rest) => format!("not: {rest}"),
        };
        for (text, expected) in [
            ("", ""),
            ("REMOVE=ALL", "REMOVE<ALL>"),
            ("  a=1\tB=\"x y\"  C= ", "A<1> B<x y> C<>"),
            ("ALLUSERS=\"\" X=1", "ALLUSERS<> X<1>"),
            ("A=\"say \"\"yes\"\"\"", "A<say \"yes\">"),
            ("A=B=C", "A<B=C>"),
            ("ADDLOCAL=One,Two", "ADDLOCAL<One,Two>"),
            ("A=1 REMOVE", "not: REMOVE"),
            ("A=\"open", "not: A=\"open"),
            ("1A=2", "not: 1A=2"),
            ("=2", "not: =2"),
        ] {
            assert_eq!(parsed(text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read(text: String) {
            let _ = parse(&text);
        }

        #[test]
        fn quoted_values_are_read_back(value in "[ -~äЖ\n]{0,20}") {
            let text = format!("A=\"{}\"", value.replace('"', "\"\""));
            prop_assert_eq!(parse(&text).unwrap(), [("A".to_owned(), value)]);
        }
    }
}
