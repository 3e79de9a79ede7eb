//! Registry files on the host: written whole, or to standard output.

use std::path::Path;

use machine::RegFile;

use crate::commands::Context;
use crate::files;
use crate::output::{Failure, unless_nobody_reads};

/// Writes a registry file; `-` is standard output. What such a file cannot have is named in warnings.
///
/// Errors: those of the system.
pub fn write(file: &RegFile, to: &Path, context: &mut Context<'_>) -> Result<(), Failure> {
    let (bytes, left_out) = file.encode();
    for name in left_out {
        let why = "a .reg file cannot have control characters in names";
        context
            .output
            .note(&format!("warning: {name} is left out: {why}"));
    }
    let failed = |error| Failure::file("write", to, &error);
    if to == Path::new("-") {
        return unless_nobody_reads(context.output.bytes(&bytes)).map_err(failed);
    }
    let id = (context.world.host.id)();
    files::replace(to, &id, |out| out.write_all(&bytes).map_err(failed), failed)
}
