//! The events of a machine's directory: its log, read or followed.

use events::{Filter, Log, Start};

use super::Tell;
use crate::commands::Context;
use crate::interrupt;
use crate::output::{End, Failure};
use crate::place::Place;

/// Where events come from.
pub struct Source {
    place: Place,
    log: Log,
}

impl Source {
    /// Chooses the machine.
    pub fn choose(context: &mut Context<'_>) -> Result<Source, Failure> {
        let place = context.place()?;
        let log = Log::at(&place.events());
        Ok(Source { place, log })
    }

    /// Returns the computer's name.
    pub fn computer(&self, context: &mut Context<'_>) -> Result<String, Failure> {
        let machine = self.place.open(&context.world.host, context.output)?;
        Ok(machine.site().as_view().facts().computer_name.clone())
    }

    /// Prints the events that are there.
    pub fn print(
        &self,
        filter: &Filter,
        tell: &mut Tell<'_>,
        context: &mut Context<'_>,
    ) -> Result<End, Failure> {
        let reading = self.log.read(filter).map_err(installer::Error::from)?;
        for event in &reading.events {
            if tell(event, context).is_err() {
                return Ok(End::OK);
            }
        }
        if reading.damaged_lines > 0 {
            context.output.note(&format!(
                "warning: {} lines of the event log are damaged and were left out",
                reading.damaged_lines
            ));
        }
        Ok(End::OK)
    }

    /// Prints events as they come.
    pub fn follow(
        &self,
        filter: Filter,
        tell: &mut Tell<'_>,
        context: &mut Context<'_>,
    ) -> Result<End, Failure> {
        if !self.place.exists() {
            return Err(Failure::usage(
                "there is no machine to follow: make it with `msikit machine init`",
            ));
        }
        let start = if filter.since.is_some() {
            Start::Beginning
        } else {
            Start::Now
        };
        let stop = interrupt::cancel()
            .map_err(|error| Failure::file("watch signals for", &self.place.directory, &error))?;
        let follow = self.log.follow(filter, start);
        let mut follow = follow.map_err(installer::Error::from)?;
        while let Some(event) = follow
            .next(stop.watched())
            .map_err(installer::Error::from)?
        {
            if tell(&event, context).is_err() {
                break;
            }
        }
        Ok(End::OK)
    }
}
