//! `events`: the event log, read or followed.

use events::{Event, Filter, Log, Start};
use jiff::Timestamp;

use super::Context;
use crate::arguments::Events;
use crate::duration::duration;
use crate::output::{End, Failure};
use crate::{interrupt, place};

pub fn events(typed: &Events, context: &mut Context<'_>) -> Result<End, Failure> {
    let filter = Filter {
        ids: typed.id.clone(),
        product: typed.product.clone(),
        since: typed
            .since
            .as_deref()
            .map(|since| moment(since, (context.world.host.now)()))
            .transpose()?,
    };
    let place = context.place()?;
    let log = Log::at(&place.events());
    if typed.follow {
        return follow(&log, filter, &place, context);
    }
    let reading = log.read(&filter).map_err(installer::Error::from)?;
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

fn follow(
    log: &Log,
    filter: Filter,
    place: &place::Place,
    context: &mut Context<'_>,
) -> Result<End, Failure> {
    if !place.exists() {
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
        .map_err(|error| Failure::file("watch signals for", &place.directory, &error))?;
    let mut follow = log.follow(filter, start).map_err(installer::Error::from)?;
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

/// One object a line, or one line for people. Errors: the reader went away.
fn tell(event: &Event, context: &mut Context<'_>) -> std::io::Result<()> {
    if context.output.json {
        return context.output.json_line(event);
    }
    let time = event
        .time
        .to_zoned_datetime(context.world.host.time_zone.clone());
    let level = match event.level {
        events::Level::Information => "information",
        events::Level::Warning => "warning",
        events::Level::Error => "error",
    };
    let time = time.strftime("%Y-%m-%d %H:%M:%S");
    context.output.line(&format!(
        "{time}  {:>5}  {level:<11}  {}",
        event.id, event.message
    ))
}

/// A time as typed: RFC 3339, or so long ago.
fn moment(text: &str, now: Timestamp) -> Result<Timestamp, Failure> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(time);
    }
    let wrong = || {
        Failure::usage(format!(
            "--since {text}: write a time as 2026-11-24T12:00:00Z, or how long ago, as 5m"
        ))
    };
    let ago = duration(text).map_err(|_| wrong())?;
    now.checked_sub(ago).map_err(|_| wrong())
}
