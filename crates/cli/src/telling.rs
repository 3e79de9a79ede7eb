//! Whom else a command tells what it does: the service, when it is a worker of one.

use installer::{HolderReport, Message};
use serde::Serialize;

/// The service that a worker tells, or nobody.
#[derive(Clone, Default)]
pub struct Telling {
    #[cfg(unix)]
    service: Option<service::Teller>,
}

impl Telling {
    /// Tells this service.
    #[cfg(unix)]
    pub fn to(service: service::Teller) -> Telling {
        Telling {
            service: Some(service),
        }
    }
}

#[cfg(unix)]
impl Telling {
    pub fn message(&self, message: &Message) {
        self.service
            .iter()
            .for_each(|service| service.message(message));
    }

    pub fn progress(&self, done: u64, total: u64) {
        self.service
            .iter()
            .for_each(|service| service.progress(done, total));
    }

    pub fn waiting(&self, holder: Option<&HolderReport>, place: u64) {
        self.service
            .iter()
            .for_each(|service| service.waiting(holder, place));
    }

    pub fn waiting_for_wineserver(&self) {
        self.service
            .iter()
            .for_each(service::Teller::waiting_for_wineserver);
    }

    pub fn result(&self, result: &impl Serialize) {
        self.service
            .iter()
            .for_each(|service| service.result(result));
    }

    pub fn ended(&self, code: u32) {
        self.service.iter().for_each(|service| service.ended(code));
    }
}

#[cfg(not(unix))]
impl Telling {
    pub fn message(&self, _: &Message) {}
    pub fn progress(&self, _: u64, _: u64) {}
    pub fn waiting(&self, _: Option<&HolderReport>, _: u64) {}
    pub fn waiting_for_wineserver(&self) {}
    pub fn result(&self, _: &impl Serialize) {}
}
