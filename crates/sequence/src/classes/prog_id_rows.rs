//! Rows of the ProgId table as registry entries: with their class, or with an extension that has verbs.
//!
//! Follows: Microsoft, "ProgId Table", "Class Table" (Icon_).

use std::collections::HashMap;

use database::{Record, Table, Value};
use machine::View;

use super::Entries;
use super::extension_rows::has_verbs;
use super::server::{Server, icon};
use crate::{Error, Run};

/// Returns the ProgIds in the table's order, version independent ones behind theirs.
///
/// Errors: a class or extension names no component or feature.
pub(crate) fn prog_ids(run: &Run, view: &dyn View) -> Result<Vec<Entries>, Error> {
    let table = run.table("ProgId")?;
    let class_table = run.table("Class")?;
    let by_class = servers(run, "Class", "CLSID", |_| Ok(true))?;
    // "ProgId Table": an extension provides its ProgId when it has a verb.
    let by_extension = servers(run, "Extension", "ProgId_", |extension| {
        has_verbs(run, extension.text("Extension"))
    })?;
    let mut rows = Vec::new();
    for record in table.records() {
        let (prog_id, class) = (record.required("ProgId")?, record.text("Class_"));
        let provided = match class {
            "" => by_extension.get(prog_id),
            class => by_class.get(class),
        };
        let Some(server) = provided else {
            continue;
        };
        let mut entries = Entries::new(server.change);
        let key = server.key(run, view, prog_id);
        entries.key(key.clone());
        entries.some_text(&key, "", record.text("Description"));
        entries.some_text(&key.join("CLSID"), "", class);
        if let Some(icon) = own_icon(run, view, record, &class_table)? {
            entries.text(&key.join("DefaultIcon"), "", icon);
        }
        for child in table.records() {
            if child.text("ProgId_Parent") == prog_id {
                let key = server.key(run, view, child.required("ProgId")?);
                entries.some_text(&key, "", child.text("Description"));
                entries.some_text(&key.join("CLSID"), "", class);
                entries.text(&key.join("CurVer"), "", prog_id);
            }
        }
        rows.push(entries);
    }
    Ok(rows)
}

/// Who provides what a column names; of several the one that is changed most.
fn servers<'a>(
    run: &'a Run,
    table: &str,
    column: &str,
    provides: impl Fn(Record<'_>) -> Result<bool, Error>,
) -> Result<HashMap<String, Server<'a>>, Error> {
    let mut servers: HashMap<String, Server<'a>> = HashMap::new();
    for record in run.table(table)?.records() {
        if !provides(record)? {
            continue;
        }
        let server = Server::of(run, table, record)?;
        let known = servers.get(record.text(column));
        if known.is_none_or(|known| known.change < server.change) {
            servers.insert(record.text(column).to_owned(), server);
        }
    }
    Ok(servers)
}

/// A ProgId's own icon, or that of the class whose default it is.
fn own_icon(
    run: &Run,
    view: &dyn View,
    record: Record<'_>,
    classes: &Table,
) -> Result<Option<String>, Error> {
    let own = record.text("Icon_");
    if !own.is_empty() {
        return icon(run, view, own, record.integer("IconIndex"));
    }
    let prog_id = record.value("ProgId");
    let is_default = |class: &Record<'_>| {
        *prog_id != Value::Null
            && class.value("ProgId_Default") == prog_id
            && !class.text("Icon_").is_empty()
    };
    match classes.records().find(is_default) {
        Some(class) => icon(run, view, class.text("Icon_"), class.integer("IconIndex")),
        None => Ok(None),
    }
}
