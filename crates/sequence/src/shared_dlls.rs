//! The counts of `SharedDLLs`: how many installations, also those of other installers, share a file.
//!
//! A count that is there always goes up and down with the component; one is begun where the component
//! says so (bit 8) or the file goes to the system folder. Follows: Microsoft, "Component Table".

use machine::{Data, KeyPath, MachinePath, Root, View};

use crate::registry_rows::bitness;
use crate::{Component, Error, Run};

/// Reads and changes the counts.
pub(crate) struct SharedDlls<'a> {
    view: &'a dyn View,
}

impl<'a> SharedDlls<'a> {
    /// Over a machine's registry.
    pub(crate) fn new(view: &'a dyn View) -> SharedDlls<'a> {
        SharedDlls { view }
    }

    /// The key, in the component's view.
    pub(crate) fn key(&self, component: &Component) -> KeyPath {
        let path = "Software\\Microsoft\\Windows\\CurrentVersion\\SharedDLLs";
        KeyPath::in_view(Root::LocalMachine, path, bitness(self.view, component))
    }

    /// Returns a file's count; 0 where there is none.
    ///
    /// Errors: the machine cannot be read.
    pub(crate) fn count(&self, component: &Component, file: &MachinePath) -> Result<u32, Error> {
        match self.view.value(&self.key(component), &file.to_string())? {
            Some(Data::Dword(count)) => Ok(count),
            _ => Ok(0),
        }
    }

    /// Is a file counted when its component is installed?
    ///
    /// Errors: the machine cannot be read.
    pub(crate) fn counts(
        &self,
        run: &Run,
        component: &Component,
        file: &MachinePath,
    ) -> Result<bool, Error> {
        let system = ["SystemFolder", "System64Folder"]
            .iter()
            .filter_map(|name| self.view.path(run.property(name)).ok());
        let in_system = system
            .into_iter()
            .any(|folder| file.parent().is_some_and(|parent| parent == folder));
        Ok(component.has(Component::SHARED_DLL_REF_COUNT)
            || in_system
            || self.count(component, file)? > 0)
    }
}
