//! Rows of the Registry and RemoveRegistry tables, resolved: key in its view, name and value formatted.
//!
//! Follows: Microsoft, "Registry Table", "RemoveRegistry Table". That table's page puts root 0 below the
//! user's `Software\Classes` also in per-machine installations; its sister's and "Installation Context" do not,
//! and neither does this.

use database::Record;
use machine::{Architecture, Bitness, KeyPath, Root, View, fold};

use crate::{Component, Error, Run};

/// A row of one of the two tables.
pub(crate) struct RegistryRow {
    /// The key, as the registry stores it.
    pub key: KeyPath,
    /// The value's name; "" is the default value, or a sign where there is no value.
    pub name: String,
    /// The formatted value; none where the column is null.
    pub value: Option<String>,
    /// Its component.
    pub component: Component,
    /// Does it belong to the machine (HKLM, HKCR per machine), not to a user?
    pub of_machine: bool,
}

impl RegistryRow {
    /// Is it about the key alone, with this sign for a name?
    pub(crate) fn has_sign(&self, signs: &[&str]) -> bool {
        self.value.is_none() && signs.contains(&self.name.as_str())
    }
}

/// Returns the rows of `Registry` or `RemoveRegistry` whose component is wanted, in the table's order.
///
/// Errors: a row names no component, or a root that there is none of.
pub(crate) fn registry_rows(
    run: &Run,
    view: &dyn View,
    table: &'static str,
    wanted: impl Fn(&Component) -> bool,
) -> Result<Vec<RegistryRow>, Error> {
    let mut rows = Vec::new();
    let records = run.database().rows(table)?;
    for record in records.records() {
        let component = run.component(table, &record.key(), record.text("Component_"))?;
        if !wanted(component) {
            continue;
        }
        let (key, of_machine) = key_of(run, view, table, record, component)?;
        let value = Some(record.text("Value")).filter(|text| !text.is_empty());
        rows.push(RegistryRow {
            key,
            name: run.format(view, record.text("Name")),
            value: value.map(|text| run.format(view, text)),
            of_machine,
            component: component.clone(),
        });
    }
    Ok(rows)
}

/// Returns the key that a row of the Registry table means, as the registry stores it.
///
/// Errors: the root is none of the documented ones.
pub(crate) fn key_of(
    run: &Run,
    view: &dyn View,
    table: &str,
    record: Record<'_>,
    component: &Component,
) -> Result<(KeyPath, bool), Error> {
    let text = run.format(view, record.text("Key"));
    let context = if run.per_machine() {
        Root::LocalMachine
    } else {
        Root::CurrentUser
    };
    let (root, path) = match place_of(record.integer("Root"), text, context) {
        Some((Root::Users, text)) => users_key(view, &text),
        Some(place) => place,
        None => return Err(bad_root(table, &record)),
    };
    Ok((
        KeyPath::in_view(root, &path, bitness(view, component)),
        root == Root::LocalMachine,
    ))
}

/// The root and the path below it that a row means; none: its root is none of the documented ones. `context`: where what
/// belongs to neither user nor machine goes.
pub(crate) fn place_of(root: Option<i32>, text: String, context: Root) -> Option<(Root, String)> {
    Some(match root? {
        -1 => (context, text),
        0 => (context, format!("Software\\Classes\\{text}")),
        1 => (Root::CurrentUser, text),
        2 => (Root::LocalMachine, text),
        3 => (Root::Users, text),
        _ => return None,
    })
}

/// A row has none of the documented roots.
pub(crate) fn bad_root(table: &str, record: &Record<'_>) -> Error {
    Error::BadCell {
        table: table.to_owned(),
        row: record.key(),
        column: "Root".to_owned(),
        what: "it is none of -1, 0, 1, 2, 3".to_owned(),
    }
}

/// The view of the registry that a component writes to on this machine.
pub(crate) fn bitness(view: &dyn View, component: &Component) -> Bitness {
    match view.facts().architecture {
        Architecture::X86 => Bitness::Bits64,
        Architecture::X64 => component.bitness(),
    }
}

/// `HKEY_USERS`, where the machine's user is at home too.
fn users_key(view: &dyn View, text: &str) -> (Root, String) {
    let text = text.trim_start_matches('\\');
    let (first, rest) = text.split_once('\\').unwrap_or((text, ""));
    if fold(first) == fold(&view.facts().user_sid) {
        return (Root::CurrentUser, rest.to_owned());
    }
    (Root::Users, text.to_owned())
}
