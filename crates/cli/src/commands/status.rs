//! `status` and `wait`: is an installation under way?

mod lines;

use gate::{Gate, Taker};
use installer::{State, Wait, code};

use super::Context;
use crate::arguments;
use crate::output::{End, Failure};
use crate::progress::Watcher;
use crate::{interrupt, request};

pub fn status(typed: &arguments::Status, context: &mut Context<'_>) -> Result<End, Failure> {
    let place = context.place()?;
    if typed.follow {
        #[cfg(unix)]
        super::service::follow(&place, context)?;
        #[cfg(not(unix))]
        return Err(Failure::not_yet("status --follow"));
    }
    let status = installer::status(&Gate::at(&place.gate()), &place.state());
    if context.output.json {
        context.output.value(&status);
    } else {
        let host = &context.world.host;
        for line in lines::lines(&status, (host.now)(), &host.time_zone) {
            let _ = context.output.line(&line);
        }
    }
    Ok(End::Code(match status.state {
        State::Free => code::SUCCESS,
        State::Held => code::ALREADY_RUNNING,
        State::Suspended => code::SUSPEND,
        State::Unknown => code::SERVICE_FAILURE,
    }))
}

pub fn wait(typed: &arguments::Wait, context: &mut Context<'_>) -> Result<End, Failure> {
    let place = context.place()?;
    let gate = Gate::at(&place.gate());
    let host = &context.world.host;
    let status = installer::status(&gate, &place.state());
    match status.state {
        State::Free | State::Suspended => return Ok(End::OK),
        State::Unknown => {
            return Err(installer::Error::Probe(status.reason.unwrap_or_default()).into());
        }
        State::Held => {}
    }
    let stop = interrupt::cancel()
        .map_err(|error| Failure::file("watch signals for", &place.directory, &error))?;
    let taker = Taker {
        command: "wait".to_owned(),
        user: Some(host.user.clone()),
        parent: host.parent_hold(),
        ..Taker::default()
    };
    let waiting = arguments::Waiting {
        wait: typed.duration,
        no_wait: false,
    };
    let wait = request::wait(&waiting, Wait::Forever);
    let mut watcher = Watcher::new(context.output, context.world.terminal, false);
    let hold = gate.take(&taker, wait, &stop, &mut |state| watcher.waits(state));
    watcher.finish();
    let hold = hold.map_err(installer::Error::from)?;
    let _ = hold.release();
    if context.output.json {
        context
            .output
            .value(&installer::status(&gate, &place.state()));
    }
    Ok(End::OK)
}
