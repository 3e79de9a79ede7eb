//! The letters of REINSTALLMODE that say what is written again over an installed component.
//!
//! Follows: Microsoft, "REINSTALLMODE Property".

use crate::{Component, Run};

/// What a letter of REINSTALLMODE stands for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Again {
    /// `m`: entries of HKLM and HKCR.
    MachineRegistry,
    /// `u`: entries of HKCU and HKU.
    UserRegistry,
    /// `s`: shortcuts and icons.
    Shortcuts,
    /// `v`: the package is cached again.
    Package,
}

impl Again {
    fn letter(self) -> char {
        match self {
            Again::MachineRegistry => 'm',
            Again::UserRegistry => 'u',
            Again::Shortcuts => 's',
            Again::Package => 'v',
        }
    }
}

/// Is this kind of thing written over what is installed? Without REINSTALLMODE the mode is `omus`.
pub(crate) fn writes_again(run: &Run, what: Again) -> bool {
    let mode = run.property("REINSTALLMODE");
    let mode = if mode.is_empty() { "omus" } else { mode };
    mode.to_ascii_lowercase().contains(what.letter())
}

/// Are a component's things of this kind put in place: is it installed for the first time, or again with that letter?
pub(crate) fn puts(run: &Run, component: &Component, what: Again) -> bool {
    component.action.installs() && (!component.installed.installs() || writes_again(run, what))
}
