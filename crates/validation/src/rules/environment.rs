//! Environment variables. "Environment Table".

use crate::finding::{Findings, cell};
use crate::package::Package;

/// Values of variables have no separator too many.
pub(super) fn ice65(package: &Package<'_>, found: &mut Findings) {
    for variable in package.rows("Environment") {
        let value = variable.text("Value");
        if value.is_empty() || value == "[~]" {
            continue;
        }
        let prefix = value.strip_prefix("[~]");
        let suffix = value.strip_suffix("[~]");
        let place = || cell(&variable, "Value");
        match (prefix, suffix) {
            (Some(_), Some(_)) => found.error(place(), "[~] stands at both ends"),
            (None, None) if value.contains("[~]") => {
                found.error(place(), "[~] stands in the middle")
            }
            (Some(rest), None) => {
                // The first character after [~] parts the values.
                let separator = rest.chars().next();
                if separator.is_some_and(char::is_alphanumeric) {
                    found.error(place(), "no separator stands after [~]");
                } else if rest.chars().last() == separator && rest.chars().count() > 1 {
                    found.error(place(), "a separator stands at the end");
                }
            }
            (None, Some(rest)) => {
                let separator = rest.chars().last();
                if separator.is_some_and(char::is_alphanumeric) {
                    found.error(place(), "no separator stands before [~]");
                } else if rest.chars().next() == separator && rest.chars().count() > 1 {
                    found.error(place(), "a separator stands at the beginning");
                }
            }
            (None, None) => {
                if value.starts_with(';') || value.ends_with(';') {
                    found.warning(place(), "a separator stands at an end");
                }
            }
        }
    }
}
