//! Why a run ends early: a code, the number of Windows' message where it has one, and a line for people.
//!
//! Follows: Microsoft, "Error Codes", "Windows Installer Error Messages".

use std::fmt;

use crate::Error;

/// Why a run ends early.
#[derive(Clone, Debug, PartialEq)]
pub struct Failure {
    /// Windows' code: 1603, 1638, …
    pub code: u32,
    /// The number of Windows' message, where it has one: 1335, 2602, …
    pub number: Option<u32>,
    /// The fields of that message, from `[2]` on.
    pub fields: Vec<String>,
    /// One line: what, where, why.
    pub text: String,
}

impl Failure {
    /// Makes one without a message of Windows'.
    pub fn new(code: u32, text: impl Into<String>) -> Failure {
        Failure {
            code,
            number: None,
            fields: Vec::new(),
            text: text.into(),
        }
    }

    /// Makes one that ends with 1603 and has a message of Windows', with its fields from `[2]` on.
    pub fn numbered<const N: usize>(
        number: u32,
        fields: [String; N],
        text: impl Into<String>,
    ) -> Failure {
        Failure {
            number: Some(number),
            fields: fields.into(),
            ..Failure::new(1603, text)
        }
    }

    /// Says first where it came from: `InstallFiles: …`.
    pub fn of(mut self, what: &str) -> Failure {
        self.text = format!("{what}: {}", self.text);
        self
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.number {
            Some(number) => write!(f, "{} [message {number}]", self.text),
            None => f.write_str(&self.text),
        }
    }
}

impl From<&Error> for Failure {
    fn from(error: &Error) -> Failure {
        Failure {
            number: error.number(),
            fields: error.fields(),
            ..Failure::new(1603, error.to_string())
        }
    }
}
