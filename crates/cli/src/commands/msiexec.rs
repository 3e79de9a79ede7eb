//! `msikit msiexec …`, and msikit called by the name msiexec.

use super::{Context, install};
use crate::arguments::Msiexec;
use crate::output::{End, Failure};
use crate::{help, msiexec as command_line, request, suggestions};

pub fn msiexec(typed: &Msiexec, context: &mut Context<'_>) -> Result<End, Failure> {
    let line = command_line::parse(&typed.words).map_err(|refused| {
        let meant = suggestions::option(&refused.word);
        let meant = meant.map_or_else(String::new, |meant| format!("; is /{meant} meant"));
        Failure::usage(format!("msiexec: {refused}{meant}; see msiexec /?"))
    })?;
    match request::msiexec(line)? {
        Some(order) if typed.dry_run.dry_run => {
            install::only_tell(&order, install::Telling::default(), context)
        }
        Some(order) => install::give(&order, context),
        None => {
            let _ = context.output.line(help::msiexec::text().trim_end());
            Ok(End::OK)
        }
    }
}
