//! `msikit msiexec …`, and msikit called by the name msiexec.

use super::{Context, install};
use crate::output::{End, Failure};
use crate::{msiexec as command_line, request};

/// The help of `/?`, by option families.
const HELP: &str = "\
msikit as msiexec: the same packages, in a machine ($MSIKIT_MACHINE, $WINEPREFIX, or the user's own).

  /i, /package PACKAGE|CODE      install or change a product
  /f[poedcaumsv] PACKAGE|CODE    repair it (letters of REINSTALLMODE; omus)
  /x, /uninstall PACKAGE|CODE    remove it
  /a PACKAGE                     an administrative image, below TARGETDIR=DIR (here or, with a drive, in the machine)
  /j[u|m] PACKAGE [/t LIST] [/g LANGID] [/c]     advertise it to the user or to all, with transforms
  /q[n|b|r|f][+-!], /quiet, /passive             how much is shown
  /L[iwearucmopvx+!*] FILE, /log FILE            a log, in UTF-16
  /norestart, /forcerestart, /promptrestart      restarts
  /n CODE                                        which instance
  PROPERTY=VALUE                                 public properties

Not there yet, refused with 1639: /p /update /y /z /m.
Options ignore case; - equals /. `msikit --help` lists what msiexec has not.";

pub fn msiexec(words: &[String], context: &mut Context<'_>) -> Result<End, Failure> {
    let line = command_line::parse(words)
        .map_err(|refused| Failure::usage(format!("msiexec: {refused}; see msiexec /?")))?;
    match request::msiexec(line)? {
        Some(order) => install::give(&order, context),
        None => {
            let _ = context.output.line(HELP);
            Ok(End::OK)
        }
    }
}
