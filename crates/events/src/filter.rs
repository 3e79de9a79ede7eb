//! Which events a reader wants.

use crate::event::{Event, Level};
use jiff::Timestamp;

/// What events must have to be read; what is None or empty does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// One of these ids.
    pub ids: Vec<u32>,
    /// This product's code or name, without regard to case; or this package, of a transaction's events.
    pub product: Option<String>,
    /// Not before this.
    pub since: Option<Timestamp>,
    /// At least this grave.
    pub level: Option<Level>,
    /// Of this transaction.
    pub transaction: Option<String>,
}

impl Filter {
    /// Returns whether `event` is wanted.
    pub fn admits(&self, event: &Event) -> bool {
        (self.ids.is_empty() || self.ids.contains(&event.id))
            && self.since.is_none_or(|since| event.time >= since)
            && self.level.is_none_or(|level| event.level >= level)
            && (self.transaction.is_none() || self.transaction == event.transaction)
            && self
                .product
                .as_deref()
                .is_none_or(|product| about(event, product))
    }
}

/// Field 1 of every event that we write names the product or the package.
fn about(event: &Event, product: &str) -> bool {
    let named = [
        event.product_code.as_deref(),
        event.strings.first().map(String::as_str),
    ];
    named.into_iter().flatten().any(|name| {
        name.eq_ignore_ascii_case(product) || name.to_lowercase() == product.to_lowercase()
    })
}
