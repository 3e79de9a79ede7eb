//! The verbs as Windows has them: its own gate, its own msiexec, its own event log. What only looks is the same as elsewhere;
//! what changes a machine's directory is not on Windows, and says so.

mod install;
pub mod service;
pub mod turn;

pub use install::Action;
pub use turn::{Turn, in_the_way};

use super::Context;
use crate::arguments::Verb;
use crate::output::{End, Failure};

/// Carries a verb out that is another one on Windows, or refuses one that is not there; none: it is the same.
pub fn carry_out(verb: &Verb, context: &mut Context<'_>) -> Option<Result<End, Failure>> {
    if context.global.machine.is_some() {
        let why =
            "--machine: on Windows the machine is this computer; directories are machines on Linux";
        return Some(Err(Failure::usage(why)));
    }
    let missing = match verb {
        Verb::Install(typed) => return Some(install::run(&Action::Install, typed, context)),
        Verb::Remove(typed) => return Some(install::run(&Action::Remove, typed, context)),
        Verb::Repair(typed) => {
            let action = Action::Repair(typed.mode.clone());
            return Some(install::run(&action, &typed.install, context));
        }
        Verb::Recover(_) => "recover: Windows Installer undoes what it left itself",
        Verb::Machine(_) => "machine",
        Verb::Msiexec(_) => "msiexec: Windows has its own; `msikit run -- msiexec …` queues for it",
        Verb::Admin(_) => "admin: use `msikit run -- msiexec /a …`",
        Verb::Advertise(_) => "advertise: use `msikit run -- msiexec /j …`",
        Verb::Patch(_) => "patch: use `msikit run -- msiexec /p …`",
        Verb::Check(_) => "check",
        Verb::RunChild(_) => "run-child",
        _ => return None,
    };
    Some(Err(Failure::usage(format!("not on Windows: {missing}"))))
}
