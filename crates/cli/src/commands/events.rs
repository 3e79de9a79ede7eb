//! `events`: the event log, read or followed.

#[cfg_attr(windows, path = "windows/events.rs")]
mod source;

use events::{Event, Filter, Level, XML_ENDS};
use jiff::Timestamp;
use source::Source;

use super::Context;
use crate::arguments::{EventLevel, Events};
use crate::duration::duration;
use crate::output::{End, Failure};
use crate::screen::{RED, YELLOW, hanging, paint};

pub fn events(typed: &Events, context: &mut Context<'_>) -> Result<End, Failure> {
    let filter = Filter {
        ids: typed.id.clone(),
        product: typed.product.clone(),
        since: typed
            .since
            .as_deref()
            .map(|since| moment(since, (context.world.host.now)()))
            .transpose()?,
        level: typed.level.map(|level| match level {
            EventLevel::Information => Level::Information,
            EventLevel::Warning => Level::Warning,
            EventLevel::Error => Level::Error,
        }),
        transaction: typed.transaction.clone(),
    };
    let source = Source::choose(context)?;
    if !typed.xml {
        return print(&source, filter, typed.follow, &mut tell, context);
    }
    let computer = source.computer(context)?;
    let mut record = 0;
    let mut tell = |event: &Event, context: &mut Context<'_>| {
        record += 1;
        context.output.line(&event.to_xml(&computer, record))
    };
    if context.output.line(XML_ENDS[0]).is_err() {
        return Ok(End::OK);
    }
    let end = print(&source, filter, typed.follow, &mut tell, context)?;
    let _ = context.output.line(XML_ENDS[1]);
    Ok(end)
}

/// Prints an event. Errors: the reader went away.
type Tell<'a> = dyn FnMut(&Event, &mut Context<'_>) -> std::io::Result<()> + 'a;

fn print(
    source: &Source,
    filter: Filter,
    follows: bool,
    tell: &mut Tell<'_>,
    context: &mut Context<'_>,
) -> Result<End, Failure> {
    match follows {
        true => source.follow(filter, tell, context),
        false => source.print(&filter, tell, context),
    }
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
        events::Level::Information => "info",
        events::Level::Warning => "warning",
        events::Level::Error => "error",
    };
    let time = time.strftime("%Y-%m-%d %H:%M:%S");
    let beginning = format!("{time}  {:>5}  {level:<7}", event.id);
    // A pipe gets one line for each event, however long.
    let width = context.world.columns.unwrap_or(usize::MAX);
    for (number, line) in hanging(&beginning, &event.message, width)
        .into_iter()
        .enumerate()
    {
        let color = match event.level {
            _ if number > 0 || !context.colors() => None,
            events::Level::Information => None,
            events::Level::Warning => Some(YELLOW),
            events::Level::Error => Some(RED),
        };
        context.output.line(&match color {
            Some(color) => line.replacen(level, &paint(true, color, level), 1),
            None => line,
        })?;
    }
    Ok(())
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
