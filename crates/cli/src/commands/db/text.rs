//! `db export`, `db build` and `db import`: packages as folders of text tables.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::patches::open_patched;
use super::{authored, save, unreadable};
use crate::arguments::{Build, Export, Import};
use crate::commands::Context;
use crate::files::Folder;
use crate::output::{End, Failure};

pub fn export(typed: &Export, context: &mut Context<'_>) -> Result<End, Failure> {
    let package = open_patched(&typed.package, &typed.patches.files, context)?;
    let folder = typed.output.as_path();
    let failed = |error| Failure::file("write", folder, &error);
    if typed.tables.is_empty() {
        let mut sink = Folder::cleared(folder, typed.dry_run).map_err(failed)?;
        package.export(&mut sink).map_err(unreadable)?;
        if typed.dry_run.dry_run {
            context.would(&format!("write all tables to {}", folder.display()));
        }
        return Ok(done("tables", package.table_names().count(), context));
    }
    if let Some(name) = typed.tables.iter().find(|name| !package.has_table(name)) {
        return Err(Failure::usage(format!(
            "{} has no table {name}",
            typed.package
        )));
    }
    let mut sink = Folder::open(folder, typed.dry_run).map_err(failed)?;
    if typed.dry_run.dry_run {
        let names = typed.tables.join(", ");
        context.would(&format!("write {names} to {}", folder.display()));
    }
    for name in &typed.tables {
        package.export_table(name, &mut sink).map_err(unreadable)?;
    }
    Ok(done("tables", typed.tables.len(), context))
}

pub fn build(typed: &Build, context: &mut Context<'_>) -> Result<End, Failure> {
    let mut package = match manifest(&typed.folder) {
        Some(manifest) => authored::build(&manifest)?,
        None if typed.folder.is_dir() => installer::open_text_folder(&typed.folder)?,
        None => installer::Package::open_on_host(&typed.folder)?.database,
    };
    package.set_kind(save::kind(&typed.output));
    save::settle_times(&mut package, context)?;
    save::save(&mut package, &typed.output, typed.dry_run, context)?;
    Ok(done("tables", package.table_names().count(), context))
}

/// The package.toml that a path names: itself, or in its folder.
fn manifest(path: &Path) -> Option<PathBuf> {
    let is_manifest = path
        .extension()
        .is_some_and(|extension| extension == "toml");
    let manifest = match is_manifest {
        true => path.to_owned(),
        false => path.join("package.toml"),
    };
    manifest.is_file().then_some(manifest)
}

pub fn import(typed: &Import, context: &mut Context<'_>) -> Result<End, Failure> {
    let mut package = save::open_or_make(&typed.package)?;
    for file in &typed.files {
        let folder = match file.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let folder = installer::text_folder(folder);
        package.import(&folder, &name).map_err(unreadable)?;
    }
    save::save(
        &mut package,
        Path::new(&typed.package),
        typed.dry_run,
        context,
    )?;
    Ok(done("tables", typed.files.len(), context))
}

/// Says for JSON how many there were.
fn done(what: &str, count: usize, context: &mut Context<'_>) -> End {
    if context.output.json {
        context.output.value(&json!({ what: count }));
    }
    End::OK
}
