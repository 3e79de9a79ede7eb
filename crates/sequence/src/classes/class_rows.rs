//! Rows of the Class and AppId tables as registry entries.
//!
//! Follows: Microsoft, "Class Table", "AppId Table". What installs a class on first use, a list of descriptors
//! under the name of its context, is public knowledge.

use database::{Record, Value};
use machine::{KeyPath, View};

use super::server::{Server, icon};
use super::{Change, Entries};
use crate::{Error, Run};

/// `Class.Attributes`: the server is registered by its bare file name.
const RELATIVE_PATH: i32 = 1;

/// The default handlers of the system.
const HANDLERS: [(&str, &str); 2] = [
    ("InprocHandler", "ole2.dll"),
    ("InprocHandler32", "ole32.dll"),
];

/// Returns the classes in the table's order.
///
/// Errors: a row names no component, feature or AppId.
pub(crate) fn classes(run: &Run, view: &dyn View) -> Result<Vec<Entries>, Error> {
    let mut rows = Vec::new();
    for record in run.table("Class")?.records() {
        let server = Server::of(run, "Class", record)?;
        let class = record.required("CLSID")?;
        let key = server.key(run, view, &format!("CLSID\\{class}"));
        let mut entries = Entries::new(server.change);
        entries.some_text(&key, "", record.text("Description"));
        context(run, view, &server, record, &key, &mut entries)?;
        prog_ids(run, record, &key, &mut entries)?;
        if let Some(icon) = icon(run, view, record.text("Icon_"), record.integer("IconIndex"))? {
            entries.text(&key.join("DefaultIcon"), "", icon);
        }
        let masks = record.text("FileTypeMask").split(';');
        for (number, mask) in masks.filter(|mask| !mask.is_empty()).enumerate() {
            let place = format!("FileType\\{class}\\{number}");
            entries.text(&server.key(run, view, &place), "", mask);
        }
        app_id(run, view, &server, record, &key, &mut entries)?;
        rows.push(entries);
    }
    Ok(rows)
}

/// The server in its context, and the handler that stands in for it.
fn context(
    run: &Run,
    view: &dyn View,
    server: &Server<'_>,
    record: Record<'_>,
    key: &KeyPath,
    entries: &mut Entries,
) -> Result<(), Error> {
    let context = record.required("Context")?;
    let place = key.join(context);
    if let Some(path) = server.key_file(run)?.filter(|_| has_server(server)) {
        let path = match record.integer("Attributes") {
            Some(bits) if bits & RELATIVE_PATH != 0 => {
                path.rsplit('\\').next().unwrap_or(&path).to_owned()
            }
            _ => path,
        };
        let argument = run.format(view, record.text("Argument"));
        let line = match argument.as_str() {
            "" => path,
            argument => format!("{path} {argument}"),
        };
        entries.text(&place, "", line);
    }
    entries.string(&place, context, server.descriptor(run, view)?);
    let handlers = match record.text("DefInprocHandler") {
        "" => &[],
        "1" => &HANDLERS[..1],
        "2" => &HANDLERS[1..],
        "3" => &HANDLERS[..],
        file => {
            entries.text(&key.join("InprocHandler32"), "", file);
            &[]
        }
    };
    for (name, file) in handlers {
        entries.text(&key.join(name), "", *file);
    }
    Ok(())
}

/// What is only advertised has no server yet.
fn has_server(server: &Server<'_>) -> bool {
    server.change != Change::IsAdvertised
}

fn prog_ids(
    run: &Run,
    record: Record<'_>,
    key: &KeyPath,
    entries: &mut Entries,
) -> Result<(), Error> {
    let default = record.text("ProgId_Default");
    if default.is_empty() {
        return Ok(());
    }
    entries.text(&key.join("ProgID"), "", default);
    for child in run.table("ProgId")?.records() {
        if child.text("ProgId_Parent") == default {
            let place = key.join("VersionIndependentProgID");
            entries.text(&place, "", child.required("ProgId")?);
        }
    }
    Ok(())
}

/// The AppId of a class; it is not advertised.
fn app_id(
    run: &Run,
    view: &dyn View,
    server: &Server<'_>,
    record: Record<'_>,
    class: &KeyPath,
    entries: &mut Entries,
) -> Result<(), Error> {
    let id = record.text("AppId_");
    if id.is_empty() || !has_server(server) {
        return Ok(());
    }
    let table = run.table("AppId")?;
    let row = table.find(&[Value::Text(id.into())]);
    let row = row.ok_or_else(|| crate::run::no_such("Class", &record.key(), "AppId", id))?;
    entries.text(class, "AppID", id);
    let key = server.key(run, view, &format!("AppID\\{id}"));
    entries.key(key.clone());
    let remote = run.format(view, row.text("RemoteServerName"));
    entries.some_text(&key, "RemoteServerName", &remote);
    for column in ["LocalService", "ServiceParameters", "DllSurrogate"] {
        entries.some_text(&key, column, row.text(column));
    }
    let is_set = |column| row.integer(column).is_some_and(|number| number != 0);
    if is_set("ActivateAtStorage") {
        entries.text(&key, "ActivateAtStorage", "Y");
    }
    if is_set("RunAsInteractiveUser") {
        entries.text(&key, "RunAs", "Interactive User");
    }
    Ok(())
}
