//! Rows of the MIME table as registry entries, with the extension or the class that they belong to.
//!
//! Follows: Microsoft, "MIME Table".

use database::Record;
use machine::View;

use super::server::Server;
use super::{Change, Entries};
use crate::{Error, Run};

/// Returns the content types in the table's order.
///
/// Errors: the extension or class of a row names no component or feature.
pub(crate) fn mime_types(run: &Run, view: &dyn View) -> Result<Vec<Entries>, Error> {
    let mut rows = Vec::new();
    for record in run.table("MIME")?.records() {
        let Some(server) = server(run, record)? else {
            continue;
        };
        let place = format!(
            "MIME\\Database\\Content Type\\{}",
            record.required("ContentType")?
        );
        let key = server.key(run, view, &place);
        let mut entries = Entries::new(server.change);
        let extension = format!(".{}", record.required("Extension_")?);
        entries.text(&key, "Extension", extension);
        entries.some_text(&key, "CLSID", record.text("CLSID"));
        rows.push(entries);
    }
    Ok(rows)
}

/// The server of a row's extension or class: of several the one that is changed most.
fn server<'a>(run: &'a Run, record: Record<'_>) -> Result<Option<Server<'a>>, Error> {
    let mut best: Option<Server<'a>> = None;
    for (table, column, own) in [
        ("Extension", "Extension", "Extension_"),
        ("Class", "CLSID", "CLSID"),
    ] {
        for provider in run.table(table)?.records() {
            if provider.text(column) != record.text(own) {
                continue;
            }
            let server = Server::of(run, table, provider)?;
            let changed_so_far = best.as_ref().map_or(Change::Stays, |best| best.change);
            if best.is_none() || changed_so_far < server.change {
                best = Some(server);
            }
        }
    }
    Ok(best)
}
