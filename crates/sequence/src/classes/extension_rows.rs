//! Rows of the Extension and Verb tables as registry entries.
//!
//! A verb is registered below its extension's ProgId; what the pages leave open, verbs of an extension without
//! one, is left out, and the outcome says so. Follows: Microsoft, "Extension Table", "Verb Table". What installs the server of a verb on
//! first use, a list of descriptors in the value `command`, is public knowledge.

use database::Record;
use machine::{KeyPath, View};

use super::Entries;
use super::server::Server;
use crate::{Error, Run};

/// Returns the extensions in the table's order.
///
/// Errors: a row names no component or feature.
pub(crate) fn extensions(run: &Run, view: &dyn View) -> Result<Vec<Entries>, Error> {
    let mut rows = Vec::new();
    for record in run.table("Extension")?.records() {
        let server = Server::of(run, "Extension", record)?;
        let (extension, prog_id) = (record.required("Extension")?, record.text("ProgId_"));
        let key = server.key(run, view, &format!(".{extension}"));
        let mut entries = Entries::new(server.change);
        entries.key(key.clone());
        entries.some_text(&key, "Content Type", record.text("MIME_"));
        if !prog_id.is_empty() {
            entries.text(&key, "", prog_id);
            entries.key(key.join(prog_id).join("ShellNew"));
            let shell = server.key(run, view, prog_id).join("shell");
            verbs(run, view, &server, extension, &shell, &mut entries)?;
        }
        rows.push(entries);
    }
    Ok(rows)
}

/// Has an extension a verb?
///
/// Errors: the table cannot be read.
pub(crate) fn has_verbs(run: &Run, extension: &str) -> Result<bool, Error> {
    let table = run.table("Verb")?;
    Ok(table
        .records()
        .any(|verb| verb.text("Extension_") == extension))
}

/// Returns the extensions that are being registered and have verbs but no ProgId to put them below.
///
/// Errors: as [`extensions`].
pub(crate) fn without_prog_id(run: &Run) -> Result<Vec<String>, Error> {
    let mut found = Vec::new();
    for record in run.table("Extension")?.records() {
        let extension = record.text("Extension");
        let comes = Server::of(run, "Extension", record)?.change.comes();
        if comes && record.text("ProgId_").is_empty() && has_verbs(run, extension)? {
            found.push(extension.to_owned());
        }
    }
    Ok(found)
}

fn verbs(
    run: &Run,
    view: &dyn View,
    server: &Server<'_>,
    extension: &str,
    shell: &KeyPath,
    entries: &mut Entries,
) -> Result<(), Error> {
    let table = run.table("Verb")?;
    let verbs = table
        .records()
        .filter(|verb| verb.text("Extension_") == extension);
    let mut ordered = Vec::new();
    for record in verbs {
        let verb = record.required("Verb")?;
        let key = shell.join(verb);
        entries.some_text(&key, "", &run.format(view, record.text("Command")));
        command(run, view, server, record, &key.join("command"), entries)?;
        ordered.extend(record.integer("Sequence").map(|sequence| (sequence, verb)));
    }
    // The list of verbs in their order; the first is the default.
    ordered.sort_by_key(|(sequence, _)| *sequence);
    let list: Vec<&str> = ordered.into_iter().map(|(_, verb)| verb).collect();
    entries.some_text(shell, "", &list.join(","));
    Ok(())
}

fn command(
    run: &Run,
    view: &dyn View,
    server: &Server<'_>,
    record: Record<'_>,
    key: &KeyPath,
    entries: &mut Entries,
) -> Result<(), Error> {
    let argument = run.format(view, record.text("Argument"));
    let behind = match argument.as_str() {
        "" => String::new(),
        argument => format!(" {argument}"),
    };
    let path = server.key_file(run)?;
    if let Some(path) = path.filter(|_| server.change != super::Change::IsAdvertised) {
        entries.text(key, "", format!("\"{path}\"{behind}"));
    }
    let descriptor = server.descriptor(run, view)?;
    entries.string(key, "command", descriptor.map(|text| text + &behind));
    Ok(())
}
