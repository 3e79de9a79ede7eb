//! `ValidateProductID`: makes ProductID of PIDKEY, where that fits PIDTemplate. Always succeeds.
//!
//! Follows: Microsoft, "ValidateProductID Action", "PIDTemplate Property", "MaskedEdit Control". The check that
//! `=` and `@` stand for (the manufacturer's DLL, random digits) has no counterpart: such places take digits.

use machine::View;

use crate::actions::Flow;
use crate::{Error, Run};

pub(crate) fn validate_product_id(run: &mut Run, _: &dyn View) -> Result<Flow, Error> {
    if run.property("ProductID").is_empty() {
        let id = match (run.property("PIDTemplate"), run.property("PIDKEY")) {
            ("", key) => Some(key.to_owned()),
            (template, key) => product_id(template, key),
        };
        if let Some(id) = id {
            run.properties.set("ProductID", &id);
        }
    }
    Ok(Flow::Continue(Vec::new()))
}

/// The part between `<` and `>` is what the user types; what is around it is put around the key.
fn product_id(template: &str, key: &str) -> Option<String> {
    let (before, rest) = template.split_once('<').unwrap_or(("", template));
    let (mask, after) = rest.split_once('>').unwrap_or((rest, ""));
    fits(mask, key).then(|| format!("{}{key}{}", fixed(before), fixed(after)))
}

fn fits(mask: &str, key: &str) -> bool {
    let mask: Vec<char> = mask.chars().collect();
    let key: Vec<char> = key.chars().collect();
    let one = |(mask, key): (&char, &char)| match mask {
        '#' | '%' | '=' => key.is_ascii_digit(),
        '?' | '&' => key.is_alphanumeric(),
        '^' => key.is_uppercase(),
        '`' => true,
        other => other == key,
    };
    mask.len() == key.len() && mask.iter().zip(&key).all(one)
}

/// Text outside the key: places for random digits become zeros.
fn fixed(text: &str) -> String {
    text.replace('@', "0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_checked_against_the_mask() {
        assert_eq!(
            product_id("12345<###-???>@@@", "123-ab9").unwrap(),
            "12345123-ab9000"
        );
        assert_eq!(product_id("12345<###>", "12"), None);
        assert_eq!(product_id("12345<###>", "12x"), None);
    }
}
