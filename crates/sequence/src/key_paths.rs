//! The text under which a component's key path is registered.
//!
//! A file or folder is its path; a registry key or value is `02:\Key\` or `02:\Key\Name`: the row's root in
//! two digits, 20 more for a 64-bit component. The form is public knowledge.

use database::Value;
use machine::{Architecture, View};

use crate::{Component, Error, Run};

/// Returns the text; "" for a component whose key path has none (ODBC data sources).
///
/// Errors: the key path names no row of its table.
pub(crate) fn key_path_text(
    run: &Run,
    view: &dyn View,
    component: &Component,
) -> Result<String, Error> {
    let Some(key_path) = component.key_path.as_deref() else {
        return Ok(run
            .folder("Component", &component.name, &component.directory)?
            .as_folder());
    };
    if component.has(Component::REGISTRY_KEY_PATH) {
        return registry_text(run, view, component, key_path);
    }
    if component.has(Component::ODBC_DATA_SOURCE) {
        return Ok(String::new());
    }
    Ok(run
        .file_target("Component", &component.name, key_path)?
        .to_string())
}

/// Is a component's key path there: its file, its folder, its registry key or value?
///
/// Errors: as [`key_path_text`].
pub(crate) fn exists(run: &Run, view: &dyn View, component: &Component) -> Result<bool, Error> {
    let Some(key_path) = component.key_path.as_deref() else {
        let folder = run.folder("Component", &component.name, &component.directory)?;
        return Ok(view.is_folder(&folder)?);
    };
    if component.has(Component::ODBC_DATA_SOURCE) {
        return Ok(false);
    }
    if !component.has(Component::REGISTRY_KEY_PATH) {
        return Ok(view.is_file(&run.file_target("Component", &component.name, key_path)?)?);
    }
    let table = run.database().rows("Registry")?;
    let Some(row) = table.find(&[Value::Text(key_path.into())]) else {
        return Ok(false);
    };
    let (key, _) = crate::registry_rows::key_of(run, view, "Registry", row, component)?;
    let name = row.text("Name");
    let is_sign = row.text("Value").is_empty() && matches!(name, "" | "+" | "-" | "*");
    Ok(if is_sign {
        view.key(&key)?.is_some()
    } else {
        view.value(&key, &run.format(view, name))?.is_some()
    })
}

fn registry_text(
    run: &Run,
    view: &dyn View,
    component: &Component,
    key_path: &str,
) -> Result<String, Error> {
    let table = run.database().table("Registry")?;
    let row = table
        .as_ref()
        .and_then(|table| table.find(&[Value::Text(key_path.into())]));
    let row = row.ok_or_else(|| Error::NoSuch {
        table: "Component".to_owned(),
        row: component.name.clone(),
        what: "row of the Registry table",
        name: key_path.to_owned(),
    })?;
    let name = row.text("Name");
    let is_sign = row.text("Value").is_empty() && matches!(name, "+" | "-" | "*");
    let name = if is_sign {
        String::new()
    } else {
        run.format(view, name)
    };
    let root = row.integer("Root").unwrap_or(0);
    let wide = component.has(Component::BITS_64) && view.facts().architecture == Architecture::X64;
    Ok(text(root, wide, &run.format(view, row.text("Key")), &name))
}

fn text(root: i32, wide: bool, key: &str, name: &str) -> String {
    let root = if wide { root + 20 } else { root };
    format!("{root:02}:\\{}\\{name}", key.trim_matches('\\'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn registry_key_paths_as_registries_have_them() {
        assert_eq!(
            text(2, false, "Software\\SimonTatham\\PuTTY\\StartMenu", ""),
            "02:\\Software\\SimonTatham\\PuTTY\\StartMenu\\"
        );
        assert_eq!(
            text(-1, false, "Software\\nunit.org", "InstallDir"),
            "-1:\\Software\\nunit.org\\InstallDir"
        );
        assert_eq!(text(2, true, "\\Software\\A\\", "b"), "22:\\Software\\A\\b");
        assert_eq!(text(0, false, ".dll", ""), "00:\\.dll\\");
    }
}
