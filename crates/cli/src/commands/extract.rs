//! `extract`, which is `db extract`: the files of a package in a folder of the host.

use std::path::Path;

use installer::Package;

use super::Context;
use crate::arguments::Extract;
use crate::output::{End, Failure};

pub fn extract(typed: &Extract, context: &mut Context<'_>) -> Result<End, Failure> {
    let package = if installer::is_only_in_machine(&typed.package) {
        let place = context.place()?;
        let machine = place.open(&context.world.host, context.output)?;
        Package::open(&typed.package, machine.site())?
    } else {
        Package::open_on_host(Path::new(&typed.package))?
    };
    let folder = match &typed.folder {
        Some(folder) if installer::is_only_in_machine(folder) => {
            let message = format!("{folder} is in the machine: files are extracted to the host");
            return Err(Failure::usage(message));
        }
        Some(folder) => folder.clone(),
        None => name_of(&typed.package),
    };
    let extracted = match typed.dry_run.dry_run {
        true => installer::extractable(&package, Path::new(&folder))?,
        false => installer::extract(&package, Path::new(&folder))?,
    };
    if context.output.json {
        context.output.value(&extracted);
        return Ok(End::OK);
    }
    for file in &extracted.files {
        let _ = context.output.line(&file.path);
    }
    let count = extracted.files.len();
    match typed.dry_run.dry_run {
        true => context.would(&format!("write {count} files to {folder}")),
        false => context.output.note(&format!("{count} files in {folder}")),
    }
    Ok(End::OK)
}

/// A package's name without its end, for the folder that nobody named.
fn name_of(package: &str) -> String {
    let name = package.rsplit(['/', '\\']).find(|name| !name.is_empty());
    let name = name.unwrap_or("package");
    match name.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem.to_owned(),
        _ => format!("{name}.files"),
    }
}
