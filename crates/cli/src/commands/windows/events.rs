//! The events of this computer: what Windows Installer wrote to the Application event log. Where there is no such log,
//! that is said, and is no failure.

use events::Filter;
use installer::code;
use jiff::Timestamp;
use windows::{EventLog, NoEventLog, Patience, Stop, Woken, installer_events};

use super::Tell;
use crate::commands::Context;
use crate::output::{End, Failure};

/// Where events come from.
pub struct Source;

impl Source {
    /// There is one computer.
    pub fn choose(_: &mut Context<'_>) -> Result<Source, Failure> {
        Ok(Source)
    }

    /// Returns the computer's name.
    pub fn computer(&self, context: &mut Context<'_>) -> Result<String, Failure> {
        let name = context.world.variable("COMPUTERNAME");
        Ok(name.unwrap_or_default())
    }

    /// Prints the events that are there.
    pub fn print(
        &self,
        filter: &Filter,
        tell: &mut Tell<'_>,
        context: &mut Context<'_>,
    ) -> Result<End, Failure> {
        let since = filter.since.unwrap_or(Timestamp::MIN);
        match installer_events(since, 0) {
            Err(why) => context.output.note(&why.to_string()),
            Ok(events) => {
                let wanted = events.iter().filter(|(_, event)| filter.admits(event));
                for (_, event) in wanted {
                    if tell(event, context).is_err() {
                        break;
                    }
                }
            }
        }
        Ok(End::OK)
    }

    /// Prints events as they come, until Ctrl-C.
    pub fn follow(
        &self,
        filter: Filter,
        tell: &mut Tell<'_>,
        context: &mut Context<'_>,
    ) -> Result<End, Failure> {
        let stop = Stop::watch().map_err(|error| unusable(&error))?;
        let patience = Patience::start(None, stop);
        let log = EventLog::open().map_err(|error| unusable(&error))?;
        let begun = (context.world.host.now)();
        // The event log keeps whole seconds.
        let begun = Timestamp::from_second(begun.as_second()).unwrap_or(begun);
        let since = filter.since.unwrap_or(begun);
        let mut last = 0;
        loop {
            let events = match installer_events(since, last) {
                Err(NoEventLog::Empty) => Vec::new(),
                events => events.map_err(|error| unusable(&error))?,
            };
            for (record, event) in events {
                last = last.max(record);
                if filter.admits(&event) && tell(&event, context).is_err() {
                    return Ok(End::OK);
                }
            }
            match log.wait(&patience).map_err(|error| unusable(&error))? {
                Woken::Stopped | Woken::Deadline => return Ok(End::OK),
                Woken::Ready | Woken::Rested => {}
            }
        }
    }
}

fn unusable(error: &dyn std::fmt::Display) -> Failure {
    Failure {
        code: code::FAILURE,
        ..Failure::usage(format!("the event log cannot be followed: {error}"))
    }
}
