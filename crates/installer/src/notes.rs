//! What a transaction puts into the event log, and how a later process finds it in the journal.
//!
//! Follows: Microsoft, "Event Logging". Each event carries transaction and ordinal, so that finishing twice writes once.

use events::{Event, Product, Stamp};
use jiff::Timestamp;
use sequence::{Run, TopLevel};
use serde::{Deserialize, Serialize};

use crate::{Error, code};

/// Events of one transaction, as the journal keeps them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Notes {
    /// The product, for people.
    pub(crate) name: String,
    /// The events, in order.
    pub(crate) events: Vec<Event>,
}

impl Notes {
    /// The form in the journal.
    pub(crate) fn to_json(&self) -> String {
        // Plain structs with text keys cannot fail to serialize.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads the form in the journal; what is not understood is empty.
    pub(crate) fn from_json(bytes: &[u8]) -> Notes {
        serde_json::from_slice(bytes).unwrap_or_default()
    }

    /// The same events at another time: of an undo, when it happens.
    pub(crate) fn at(mut self, time: Timestamp) -> Notes {
        self.events.iter_mut().for_each(|event| event.time = time);
        self
    }
}

/// Where the event of an error stands in its transaction: behind those that every transaction has, so that recovery
/// finds the same ones.
pub(crate) const ERROR_ORDINAL: u32 = 500;

/// Where the events of an undo stand that comes after the transaction was told to wait.
const TAKEN_BACK_ORDINAL: u32 = 2000;

/// What one run does to its product, as the event log tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    Install,
    Remove,
    Configure,
    /// An administrative image, or an advertisement: no event says that a product came.
    Publish,
}

impl Deed {
    /// Tells what a run is about to do, once it knows what is installed.
    pub(crate) fn of(run: &Run) -> Deed {
        let installs = run.request().top_level == TopLevel::Install;
        match (run.was_installed(), run.removes_product()) {
            (_, true) => Deed::Remove,
            _ if !installs => Deed::Publish,
            (true, false) => Deed::Configure,
            (false, false) => Deed::Install,
        }
    }

    fn ended(self, stamp: Stamp, product: &Product, success: bool) -> Option<Event> {
        Some(match (self, success) {
            (Deed::Publish, true) => return None,
            (Deed::Publish, false) => Event::install_failed(stamp, product),
            (Deed::Install, true) => Event::installed(stamp, product),
            (Deed::Install, false) => Event::install_failed(stamp, product),
            (Deed::Remove, true) => Event::removed(stamp, product),
            (Deed::Remove, false) => Event::removal_failed(stamp, product),
            (Deed::Configure, true) => Event::configured(stamp, product),
            (Deed::Configure, false) => Event::configuration_failed(stamp, product),
        })
    }

    fn finished(self, stamp: Stamp, product: &Product, status: u32) -> Option<Event> {
        Some(match self {
            Deed::Publish => return None,
            Deed::Install => Event::install_finished(stamp, product, status),
            Deed::Remove => Event::removal_finished(stamp, product, status),
            Deed::Configure => Event::configuration_finished(stamp, product, status),
        })
    }
}

/// One transaction's story, from 1040 to 1042.
#[derive(Clone, Debug)]
pub(crate) struct Story {
    /// The transaction's id.
    pub(crate) id: String,
    package: String,
    client: u32,
    user: String,
    /// What nested runs in the same transaction did.
    nested: Vec<(Deed, Product)>,
    /// The packages of one transaction that have ended, in order.
    members: Vec<Member>,
    /// The message of Windows' that one of them failed with.
    error: Option<Event>,
}

/// One of several packages in one transaction.
#[derive(Clone, Debug)]
struct Member {
    deed: Deed,
    product: Product,
    status: u32,
    nested: Vec<(Deed, Product)>,
}

impl Story {
    pub(crate) fn new(id: String, package: String, client: u32, user: String) -> Story {
        Story {
            id,
            package,
            client,
            user,
            nested: Vec::new(),
            members: Vec::new(),
            error: None,
        }
    }

    /// One of several packages has ended; nothing is final.
    pub(crate) fn add_member(&mut self, deed: Deed, product: Product, status: u32) {
        let nested = std::mem::take(&mut self.nested);
        self.members.push(Member {
            deed,
            product,
            status,
            nested,
        });
    }

    /// What the package that ended last failed with.
    pub(crate) fn add_error(&mut self, error: Option<Event>) {
        self.error = error.or(self.error.take());
    }

    /// A nested run in the same transaction succeeded.
    pub(crate) fn add_nested(&mut self, deed: Deed, product: Product) {
        self.nested.push((deed, product));
    }

    /// 1040.
    pub(crate) fn begins(&self, time: Timestamp) -> Notes {
        let event = Event::transaction_begins(self.stamp(time, 0), &self.package, self.client);
        Notes {
            name: String::new(),
            events: vec![event],
        }
    }

    /// How it ended: what nested runs did, the result, 1042.
    pub(crate) fn ends(
        &self,
        time: Timestamp,
        deed: Deed,
        product: &Product,
        status: u32,
    ) -> Notes {
        let success = code::is_success(status);
        let mut ordinal = 0;
        let mut stamp = || {
            ordinal += 1;
            self.stamp(time, ordinal)
        };
        let mut events = Vec::new();
        for (deed, product) in self.nested.iter().filter(|_| success) {
            events.extend(deed.ended(stamp(), product, true));
            events.extend(deed.finished(stamp(), product, code::SUCCESS));
        }
        events.extend(deed.ended(stamp(), product, success));
        events.extend(deed.finished(stamp(), product, status));
        events.push(Event::transaction_ends(stamp(), &self.package, self.client));
        Notes {
            name: product.name.clone(),
            events,
        }
    }

    /// How several packages ended together: the result of each, 1042. Undone, those that had succeeded failed.
    pub(crate) fn ends_together(&self, time: Timestamp, committed: bool) -> Notes {
        let mut ordinal = 0;
        let mut stamp = || {
            ordinal += 1;
            self.stamp(time, ordinal)
        };
        let mut events: Vec<Event> = self.error.iter().cloned().collect();
        for member in &self.members {
            let success = committed && code::is_success(member.status);
            for (deed, product) in member.nested.iter().filter(|_| success) {
                events.extend(deed.ended(stamp(), product, true));
                events.extend(deed.finished(stamp(), product, code::SUCCESS));
            }
            let status = match success || !code::is_success(member.status) {
                true => member.status,
                false => code::FAILURE,
            };
            events.extend(member.deed.ended(stamp(), &member.product, success));
            events.extend(member.deed.finished(stamp(), &member.product, status));
        }
        events.push(Event::transaction_ends(stamp(), &self.package, self.client));
        let names = self
            .members
            .iter()
            .map(|member| member.product.name.as_str());
        Notes {
            name: names.collect::<Vec<_>>().join(", "),
            events,
        }
    }

    /// It waits for a restart: the result, 1042.
    pub(crate) fn waits(&self, time: Timestamp, deed: Deed, product: &Product) -> Notes {
        let finished = deed.finished(self.stamp(time, 1), product, code::SUSPEND);
        let ends = Event::transaction_ends(self.stamp(time, 2), &self.package, self.client);
        Notes {
            name: product.name.clone(),
            events: finished.into_iter().chain([ends]).collect(),
        }
    }

    /// It waited for a restart, and was undone.
    pub(crate) fn taken_back(&self, time: Timestamp, deed: Deed, product: &Product) -> Notes {
        let stamp = |at: u32| self.stamp(time, TAKEN_BACK_ORDINAL + at);
        let ended = deed.ended(stamp(0), product, false);
        let finished = deed.finished(stamp(1), product, code::FAILURE);
        Notes {
            name: product.name.clone(),
            events: ended.into_iter().chain(finished).collect(),
        }
    }

    pub(crate) fn stamp(&self, time: Timestamp, ordinal: u32) -> Stamp {
        Stamp {
            time,
            user: self.user.clone(),
            transaction: Some(self.id.clone()),
            ordinal,
        }
    }
}

/// What events tell about a run's product.
pub(crate) fn product_of(run: &Run) -> Product {
    Product {
        code: Some(run.property("ProductCode").to_owned()).filter(|code| !code.is_empty()),
        name: run.property("ProductName").to_owned(),
        version: run.property("ProductVersion").to_owned(),
        language: run.property("ProductLanguage").parse().unwrap_or(0),
        manufacturer: run.property("Manufacturer").to_owned(),
    }
}

/// Writes what interrupted transactions left to be told, once each.
pub(crate) fn finish(log: Option<&events::Log>, notes: &Notes) -> Result<(), Error> {
    if let Some(log) = log.filter(|_| !notes.events.is_empty()) {
        log.append_missing(&notes.events)?;
    }
    Ok(())
}
