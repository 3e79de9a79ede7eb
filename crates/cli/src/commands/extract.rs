//! `extract`, which is `db extract`: the files of a package in a folder of the host.

use std::path::Path;

use installer::{Choice, Embedded, Extracted, code};
use serde_json::{Value, json};

use super::Context;
use super::db::patches;
use crate::arguments::Extract;
use crate::files;
use crate::output::{End, Failure};
use crate::reg_file;

pub fn extract(typed: &Extract, context: &mut Context<'_>) -> Result<End, Failure> {
    let is_taken = context.require_one_output(&[("--reg", &typed.reg)])?;
    if typed.patches.files.is_empty()
        && let Some(found) = carried(typed)?
    {
        if typed.reg.is_some() {
            let message = "--reg: a setup program has no registry; take its packages out first";
            return Err(Failure::usage(message));
        }
        return take_out(typed, &found, context);
    }
    let choice = Choice {
        features: typed.feature.clone(),
        components: typed.component.clone(),
        files: typed.file.clone(),
    };
    let package = patches::patched(&typed.package, &typed.patches.files, context)?;
    let folder = match &typed.folder {
        Some(folder) if installer::is_only_in_machine(folder) => {
            let message = format!("{folder} is in the machine: files are extracted to the host");
            return Err(Failure::usage(message));
        }
        Some(folder) => folder.clone(),
        None => name_of(&typed.package),
    };
    let registry = match &typed.reg {
        Some(_) => Some(installer::registry(&package, &choice)?),
        None => None,
    };
    if let (Some(registry), Some(to), false) = (&registry, &typed.reg, typed.dry_run.dry_run) {
        reg_file::write(registry, to, context)?;
    }
    let extracted = match typed.dry_run.dry_run {
        true => installer::extractable(&package, &choice, Path::new(&folder))?,
        false => installer::extract(&package, &choice, Path::new(&folder))?,
    };
    if !extracted.left_out.is_empty() {
        return Err(left_out(&extracted));
    }
    if context.output.json {
        context.output.value(&extracted);
        return Ok(End::OK);
    }
    for file in extracted.files.iter().filter(|_| !is_taken) {
        let _ = context.output.line(&file.path);
    }
    let count = extracted.files.len();
    match typed.dry_run.dry_run {
        true => context.would(&format!("write {count} files to {folder}")),
        false => context.output.note(&format!("{count} files in {folder}")),
    }
    Ok(End::OK)
}

/// Names the files that are not there, after the others were written.
fn left_out(extracted: &Extracted) -> Failure {
    let names = extracted.left_out.iter().map(|one| one.file.as_str());
    let names = names.collect::<Vec<_>>().join(", ");
    let mut more = serde_json::Map::new();
    if let Ok(Value::Object(all)) = serde_json::to_value(extracted) {
        more.extend(all);
    }
    Failure {
        code: code::PATCH_UNSUPPORTED,
        message: format!(
            "not extracted: {names}: the patches have only what changes in them, in a format that is not documented; \
             {} other files are in {}",
            extracted.files.len(),
            extracted.folder.display()
        ),
        more,
    }
}

/// What a program carries; none: it is a package, or a file that has nothing in it.
fn carried(typed: &Extract) -> Result<Option<Vec<Embedded>>, Failure> {
    let path = Path::new(&typed.package);
    if installer::is_only_in_machine(&typed.package) || !files::is_program(path) {
        return Ok(None);
    }
    let failed = |error| Failure::file("read", path, &error);
    installer::embedded(&|| files::open(path))
        .map(Some)
        .map_err(failed)
}

/// Writes what a program carries as files of their own.
fn take_out(
    typed: &Extract,
    found: &[Embedded],
    context: &mut Context<'_>,
) -> Result<End, Failure> {
    let program = Path::new(&typed.package);
    if found.is_empty() {
        return Err(nothing_in(program));
    }
    let folder = typed
        .folder
        .clone()
        .unwrap_or_else(|| name_of(&typed.package));
    let folder = Path::new(&folder);
    let mut told: Vec<Value> = Vec::new();
    for (number, one) in found.iter().enumerate() {
        let path = folder.join(format!("{}.{}", number + 1, one.kind.extension()));
        if !typed.dry_run.dry_run {
            let failed = |error| Failure::file("write", &path, &error);
            let id = (context.world.host.id)();
            files::copy_part(program, one.offset, one.length, &path, &id).map_err(failed)?;
        }
        if !context.output.json {
            let _ = context.output.line(&format!(
                "{} ({} bytes at {})",
                path.display(),
                one.length,
                one.offset
            ));
        }
        told.push(json!({
            "path": path.to_string_lossy(),
            "kind": one.kind.extension(),
            "offset": one.offset,
            "size": one.length,
        }));
    }
    if context.output.json {
        context
            .output
            .value(&json!({"folder": folder.to_string_lossy(), "embedded": told}));
    } else if typed.dry_run.dry_run {
        context.would(&format!(
            "write {} files to {}",
            found.len(),
            folder.display()
        ));
    }
    Ok(End::OK)
}

/// A program has nothing in it that is found as it is: its maker may be known all the same, and what takes it apart.
fn nothing_in(program: &Path) -> Failure {
    let kind = files::open(program).and_then(|mut file| installer::setup_kind(&mut file));
    let why = match kind {
        Ok(Some(kind)) => format!(
            "it looks like the work of {}, which packs in a way of its own: it is opened with {}",
            kind.name, kind.opened_with
        ),
        _ => "it may be packed in a way of its own".to_owned(),
    };
    Failure {
        code: code::PACKAGE_INVALID,
        message: format!(
            "{}: no package, patch or cabinet is in this program; {why}",
            program.display()
        ),
        more: serde_json::Map::new(),
    }
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
