//! Packages that commands change: opened or made, and written back whole.

use std::io::Write;
use std::path::Path;

use database::{Database, FileTime, Kind, SummaryValue};

use super::unreadable;
use crate::arguments::DryRun;
use crate::commands::Context;
use crate::files;
use crate::output::Failure;

/// Seconds from 1601 to 1970.
const UNIX_EPOCH: i64 = 11_644_473_600;
/// The summary properties that say when a package was made and last saved.
const TIMES: [u32; 2] = [12, 13];

/// Opens a package of the host that is to be changed, or makes one where there is none.
pub fn open_or_make(package: &str) -> Result<Database, Failure> {
    let path = Path::new(package);
    if installer::is_only_in_machine(package) {
        let what = "is in the machine: only files of the host are changed";
        return Err(Failure::usage(format!("{package} {what}")));
    }
    if path.is_dir() {
        let what = "is a folder of text tables: change its files, or `msikit db build` it";
        return Err(Failure::usage(format!("{package} {what}")));
    }
    match path.exists() {
        true => Ok(installer::Package::open_on_host(path)?.database),
        false => Ok(Database::create(kind(path))),
    }
}

/// What kind of file a name asks for.
pub fn kind(path: &Path) -> Kind {
    let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
    match extension.to_str() {
        Some("msp") => Kind::Patch,
        Some("mst") => Kind::Transform,
        _ => Kind::Package,
    }
}

/// Writes a package to a file. A signature goes, and that is said.
pub fn save(
    database: &mut Database,
    path: &Path,
    dry_run: DryRun,
    context: &mut Context<'_>,
) -> Result<(), Failure> {
    if database.is_changed() && database.remove_signature() {
        let name = path.display();
        context
            .output
            .note(&format!("{name} is no longer signed: it was changed"));
    }
    write(path, dry_run, context, |to| {
        database.save(to).map_err(unreadable)
    })
}

/// Writes a file whole or not at all, or says that it would be written.
pub fn write(
    path: &Path,
    dry_run: DryRun,
    context: &mut Context<'_>,
    contents: impl FnOnce(&mut dyn Write) -> Result<(), Failure>,
) -> Result<(), Failure> {
    if dry_run.dry_run {
        let mut bytes = Vec::new();
        contents(&mut bytes)?;
        let (name, count) = (path.display(), bytes.len());
        context.would(&format!("write {name}, {count} bytes"));
        return Ok(());
    }
    let id = (context.world.host.id)();
    let failed = |error| Failure::file("write", path, &error);
    files::replace(path, &id, contents, failed)
}

/// Makes a build the same whenever it is made: where `SOURCE_DATE_EPOCH` is set, no time is later than that, and
/// none is missing.
pub fn settle_times(database: &mut Database, context: &Context<'_>) -> Result<(), Failure> {
    let Some(seconds) = context.world.source_date()? else {
        return Ok(());
    };
    let since_1601 = seconds.checked_add(UNIX_EPOCH);
    let ticks = since_1601.and_then(|seconds| u64::try_from(seconds).ok()?.checked_mul(10_000_000));
    let ticks = ticks
        .ok_or_else(|| Failure::usage(format!("SOURCE_DATE_EPOCH is out of range: {seconds}")))?;
    let mut summary = database.summary().map_err(unreadable)?.clone();
    for number in TIMES {
        let time = match summary.property(number) {
            Some(SummaryValue::Time(time)) => FileTime(time.0.min(ticks)),
            _ => FileTime(ticks),
        };
        summary.set(number, SummaryValue::Time(time));
    }
    database.replace_summary(summary);
    Ok(())
}
