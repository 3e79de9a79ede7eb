//! The order of a database's texts: that of their numbers in the string pool, which rows stand in too.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

use crate::Value;

/// The number of each text that was met so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Texts {
    numbers: HashMap<Arc<str>, u32>,
    next: u32,
}

impl Texts {
    /// Gives a text the number that the file's pool has for it; the first one stays.
    pub(crate) fn add_stored(&mut self, text: Arc<str>, number: u32) {
        self.numbers.entry(text).or_insert(number);
        self.next = self.next.max(number);
    }

    /// Gives a text the next number, unless it has one.
    pub(crate) fn add(&mut self, text: &Arc<str>) {
        if !self.numbers.contains_key(text) {
            self.next = self.next.saturating_add(1);
            self.numbers.insert(text.clone(), self.next);
        }
    }

    /// Gives the text of a cell a number.
    pub(crate) fn add_value(&mut self, value: &Value) {
        if let Value::Text(text) = value {
            self.add(text);
        }
    }

    /// The number of a text; those without one come last.
    pub(crate) fn number(&self, text: &str) -> u32 {
        self.numbers.get(text).copied().unwrap_or(u32::MAX)
    }

    /// Compares keys as they are stored: null, numbers by size, texts by their number.
    pub(crate) fn compare<'a>(
        &self,
        one: impl Iterator<Item = &'a Value>,
        other: impl Iterator<Item = &'a Value>,
    ) -> Ordering {
        one.map(|value| self.rank(value))
            .cmp(other.map(|value| self.rank(value)))
    }

    fn rank(&self, value: &Value) -> i64 {
        match value {
            Value::Null => i64::MIN,
            Value::Integer(number) => i64::from(*number),
            Value::Text(text) => i64::from(self.number(text)),
            Value::Stream(_) => 1,
        }
    }
}
