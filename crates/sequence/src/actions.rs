//! Every documented standard action, and what this engine does about it.

use machine::View;

use crate::{ActionResult, Error, Run, Step};

/// How far an action is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// As its page says.
    Done,
    /// Some of it; what is missing is named in the action's file.
    Partly,
    /// Nothing; named in the outcome wherever a package needs it.
    Stub,
}

/// One standard action.
pub struct StandardAction {
    /// Its name.
    pub name: &'static str,
    /// How far it is done.
    pub support: Support,
    /// Tables that give it something to do; none: it always acts.
    pub tables: &'static [&'static str],
    pub(crate) act: Act,
}

/// What an action does: it reads, sets properties, and returns steps.
pub(crate) type Act = fn(&mut Run, &dyn View) -> Result<Flow, Error>;

/// How the sequence goes on after an action.
pub(crate) enum Flow {
    /// Success, with steps to hand out first.
    Continue(Vec<Step>),
    /// The sequence ends here with a result, Windows' code and a line that says why.
    Stop(ActionResult, u32, String),
}

/// Every documented standard action.
pub static STANDARD_ACTIONS: &[StandardAction] = &[];
