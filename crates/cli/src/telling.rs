//! Whom else a command tells what it does: the service, when it is a worker of one.

use installer::{Cancel, HolderReport, Message, Question};
use serde::Serialize;

#[cfg(unix)]
use crate::output::Output;

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

    /// Asks the client. Nobody there: no.
    pub fn asks(&self, question: &Question) -> bool {
        let service = self.service.as_ref();
        service.is_some_and(|service| service.asks(question))
    }

    /// Tells the service once what is being done is called off. A service that has gone cannot be told: the user is.
    pub fn watch(&self, cancel: &Cancel) {
        let (Some(service), cancel) = (self.service.clone(), cancel.clone()) else {
            return;
        };
        std::thread::spawn(move || {
            cancel.wait();
            if !service.cancelling() {
                Output::new(false)
                    .note("the service has gone: this is called off, and what was done is undone");
            }
        });
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
    pub fn asks(&self, _: &Question) -> bool {
        false
    }
    pub fn watch(&self, _: &Cancel) {}
    pub fn result(&self, _: &impl Serialize) {}
}
