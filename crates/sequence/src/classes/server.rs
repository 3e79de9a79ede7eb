//! Who provides a class, an extension or a type library: a feature with a component, and what this run does to them.
//!
//! Follows: Microsoft, "RegisterClassInfo Action", "UnregisterClassInfo Action", "Platform Support of Advertisement".

use machine::{KeyPath, Root, View};

use crate::assembly_rows::is_side_by_side;
use crate::registration::places::Places;
use crate::registration::write::descriptor;
use crate::registry_rows::bitness;
use crate::reinstall_mode::{Again, writes_again};
use crate::{Component, Error, Feature, Run, State};

/// What this run does to a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Change {
    /// Nothing.
    Stays,
    /// This product leaves it to others, which have the component too.
    IsLeft,
    /// It goes.
    Goes,
    /// It is there, and what it registers is installed on first use.
    IsAdvertised,
    /// It is there with what it registers.
    IsInstalled,
}

impl Change {
    /// Is it written?
    pub(crate) fn comes(self) -> bool {
        matches!(self, Change::IsAdvertised | Change::IsInstalled)
    }
}

/// A feature and a component of it.
pub(crate) struct Server<'a> {
    /// The component.
    pub component: &'a Component,
    /// The feature.
    pub feature: &'a Feature,
    /// What this run does to what they register.
    pub change: Change,
}

impl<'a> Server<'a> {
    /// Reads who provides a row.
    ///
    /// Errors: it names no component or feature.
    pub(crate) fn of(
        run: &'a Run,
        table: &str,
        record: database::Record<'_>,
    ) -> Result<Server<'a>, Error> {
        let key = record.key();
        let component = run.component(table, &key, record.required("Component_")?)?;
        let feature = run.feature(table, &key, record.required("Feature_")?)?;
        let change = match is_side_by_side(run, component)? {
            true => Change::Stays,
            false => change(run, feature, component),
        };
        Ok(Server {
            component,
            feature,
            change,
        })
    }

    /// A key of `HKEY_CLASSES_ROOT`: all users', or the user's own.
    pub(crate) fn key(&self, run: &Run, view: &dyn View, path: &str) -> KeyPath {
        let root = match run.per_machine() {
            true => Root::LocalMachine,
            false => Root::CurrentUser,
        };
        let path = format!("Software\\Classes\\{path}");
        KeyPath::in_view(root, &path, bitness(view, self.component))
    }

    /// The path of the component's key file; none: it has none.
    ///
    /// Errors: the key path is no file of the package.
    pub(crate) fn key_file(&self, run: &Run) -> Result<Option<String>, Error> {
        let component = self.component;
        let is_file = !component.has(Component::REGISTRY_KEY_PATH | Component::ODBC_DATA_SOURCE);
        match component.key_path.as_deref().filter(|_| is_file) {
            Some(file) => Ok(Some(
                run.file_target("Component", &component.name, file)?
                    .to_string(),
            )),
            None => Ok(None),
        }
    }

    /// What names the component to Windows when it is to be installed on first use; none: it has no id.
    ///
    /// Errors: the product code is no GUID.
    pub(crate) fn descriptor(&self, run: &Run, view: &dyn View) -> Result<Option<String>, Error> {
        let Some(id) = &self.component.id else {
            return Ok(None);
        };
        let places = Places::of(run, view)?;
        Ok(descriptor(run, &places, &self.feature.name, id))
    }
}

fn change(run: &Run, feature: &Feature, component: &Component) -> Change {
    let there = feature.installed.installs() && component.installed.installs();
    match feature.action {
        State::Local | State::Source if !component.request.installs() => Change::Stays,
        State::Local | State::Source if there && !writes_again(run, Again::MachineRegistry) => {
            Change::Stays
        }
        State::Local | State::Source => Change::IsInstalled,
        State::Advertised => Change::IsAdvertised,
        State::Absent if component.action == State::Absent => Change::Goes,
        State::Absent if !component.installed.installs() => Change::Goes,
        State::Absent => Change::IsLeft,
        State::Unknown => Change::Stays,
    }
}

/// The text of an icon: its file, and the index in it.
///
/// Errors: the icon's name is no file name.
pub(crate) fn icon(
    run: &Run,
    view: &dyn View,
    name: &str,
    index: Option<i32>,
) -> Result<Option<String>, Error> {
    if name.is_empty() {
        return Ok(None);
    }
    let file = Places::of(run, view)?.icon(view, name)?;
    Ok(Some(format!("{file},{}", index.unwrap_or(0))))
}
