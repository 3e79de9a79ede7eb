//! `SetODBCFolders`: puts new drivers and translators where existing ones of the same name are.
//!
//! Follows: Microsoft, "SetODBCFolders Action".

use machine::{Architecture, Bitness, KeyPath, Root, View};

use crate::actions::Flow;
use crate::{Error, Run, target_path};

pub(crate) fn set_odbc_folders(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    for (table, value) in [("ODBCDriver", "Driver"), ("ODBCTranslator", "Translator")] {
        for record in run.table(table)?.records() {
            let component = run.component(table, &record.key(), record.required("Component_")?)?;
            if !component.action.installs() {
                continue;
            }
            let directory = component.directory.clone();
            let narrow = run.facts.architecture == Architecture::X64
                && component.bitness() == Bitness::Bits32;
            let bitness = if narrow {
                Bitness::Bits32
            } else {
                Bitness::Bits64
            };
            let key = KeyPath::in_view(Root::LocalMachine, "Software\\ODBC\\ODBCINST.INI", bitness);
            let installed = view.value(&key.join(record.required("Description")?), value)?;
            let path = installed
                .as_ref()
                .and_then(|data| data.as_text())
                .and_then(|text| view.path(text).ok());
            if let Some(folder) = path.and_then(|path| path.parent()) {
                target_path::set(run, "SetODBCFolders", &directory, &folder.as_folder())?;
            }
        }
    }
    Ok(Flow::Continue(Vec::new()))
}
