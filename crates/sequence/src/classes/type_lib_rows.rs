//! Rows of the TypeLib table as registry entries: always of the machine, also for one user.
//!
//! Follows: Microsoft, "TypeLib Table". The library's flags and the interfaces in it are in its file alone.

use machine::{Bitness, KeyPath, Root, View};

use super::Entries;
use super::server::Server;
use crate::registry_rows::bitness;
use crate::{Error, Run};

/// A type library.
pub(crate) struct TypeLibrary {
    /// Its GUID.
    pub id: String,
    /// Its entries; none: only its file has its version.
    pub entries: Option<Entries>,
    /// Is it being registered?
    pub comes: bool,
}

/// Returns the type libraries in the table's order.
///
/// Errors: a row names no component, feature or folder.
pub(crate) fn type_libraries(run: &Run, view: &dyn View) -> Result<Vec<TypeLibrary>, Error> {
    let mut rows = Vec::new();
    for record in run.table("TypeLib")?.records() {
        let server = Server::of(run, "TypeLib", record)?;
        let id = record.required("LibID")?;
        // Type libraries are not advertised.
        let change = match server.change {
            super::Change::IsAdvertised => super::Change::Stays,
            change => change,
        };
        let mut library = TypeLibrary {
            id: id.to_owned(),
            entries: None,
            comes: change.comes(),
        };
        if let Some(version) = record.integer("Version") {
            let version = format!("{:x}.{:x}", version >> 8 & 0xffff, version & 0xff);
            let bitness = bitness(view, server.component);
            let path = format!("Software\\Classes\\TypeLib\\{id}\\{version}");
            let key = KeyPath::in_view(Root::LocalMachine, &path, bitness);
            let mut entries = Entries::new(change);
            entries.text(&key, "", record.text("Description"));
            let platform = match server.component.bitness() {
                Bitness::Bits64 => "win64",
                Bitness::Bits32 => "win32",
            };
            let language = format!("{:x}", record.integer("Language").unwrap_or(0));
            if let Some(file) = server.key_file(run)? {
                entries.text(&key.join(&language).join(platform), "", file);
            }
            entries.text(&key.join("FLAGS"), "", "0");
            let help = record.text("Directory_");
            if !help.is_empty() {
                let folder = run.folder("TypeLib", &record.key(), help)?;
                entries.text(&key.join("HELPDIR"), "", folder.to_string());
            }
            library.entries = Some(entries);
        }
        rows.push(library);
    }
    Ok(rows)
}
