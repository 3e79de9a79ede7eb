//! What a rule found, and where.

use std::fmt;

use database::{Record, Value};

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Worth knowing.
    Information,
    /// It works, but not as its author may think.
    Warning,
    /// It breaks an installation, a repair, a removal or an update.
    Error,
}

impl Level {
    /// `error`, `warning` or `information`.
    pub fn name(self) -> &'static str {
        match self {
            Level::Information => "information",
            Level::Warning => "warning",
            Level::Error => "error",
        }
    }
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule, such as `ICE03`.
    pub rule: &'static str,
    /// How grave it is.
    pub level: Level,
    /// The table; empty where it is about the whole package.
    pub table: String,
    /// The row's primary key, a text for each key column; empty where it is about the whole table.
    pub key: Vec<String>,
    /// The column; empty where it is about the whole row.
    pub column: String,
    /// What is wrong, in one line.
    pub message: String,
}

impl fmt::Display for Finding {
    /// `ICE03 error File/readme.txt, column Version: …`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ", self.rule, self.level.name())?;
        if self.table.is_empty() {
            return f.write_str(&self.message);
        }
        f.write_str(&self.table)?;
        for key in &self.key {
            write!(f, "/{key}")?;
        }
        if !self.column.is_empty() {
            write!(f, ", column {}", self.column)?;
        }
        write!(f, ": {}", self.message)
    }
}

/// Where something is wrong.
#[derive(Default)]
pub(crate) struct Place {
    table: String,
    key: Vec<String>,
    column: String,
}

/// A cell.
pub(crate) fn cell(record: &Record<'_>, column: &str) -> Place {
    Place {
        column: column.to_owned(),
        ..row(record)
    }
}

/// A row.
pub(crate) fn row(record: &Record<'_>) -> Place {
    Place {
        table: record.table.name.to_string(),
        key: record
            .table
            .key(record.row)
            .iter()
            .map(Value::to_string)
            .collect(),
        column: String::new(),
    }
}

/// A table.
pub(crate) fn table(name: &str) -> Place {
    Place {
        table: name.to_owned(),
        ..Place::default()
    }
}

/// A column of a table, in whatever row.
pub(crate) fn column(table: &str, column: &str) -> Place {
    Place {
        table: table.to_owned(),
        column: column.to_owned(),
        ..Place::default()
    }
}

/// The summary information.
pub(crate) fn summary() -> Place {
    table("_SummaryInformation")
}

/// Gathers what one rule finds.
pub(crate) struct Findings {
    rule: &'static str,
    found: Vec<Finding>,
}

impl Findings {
    pub(crate) fn new(rule: &'static str) -> Findings {
        Findings {
            rule,
            found: Vec::new(),
        }
    }

    pub(crate) fn error(&mut self, place: Place, message: impl Into<String>) {
        self.add(Level::Error, place, message.into());
    }

    pub(crate) fn warning(&mut self, place: Place, message: impl Into<String>) {
        self.add(Level::Warning, place, message.into());
    }

    pub(crate) fn information(&mut self, place: Place, message: impl Into<String>) {
        self.add(Level::Information, place, message.into());
    }

    fn add(&mut self, level: Level, place: Place, message: String) {
        let Place { table, key, column } = place;
        self.found.push(Finding {
            rule: self.rule,
            level,
            table,
            key,
            column,
            message,
        });
    }

    pub(crate) fn into_found(self) -> Vec<Finding> {
        self.found
    }
}
