//! Folders of a module: its `TARGETDIR` becomes a folder of the package, and folders of Windows are set by actions.
//!
//! Follows: Microsoft, "Authoring Merge Module Directory Tables".

use super::merge::Tables;
use crate::schema::column;
use crate::{Column, Row, Table, Value};

/// The root of a module's folders.
const ROOT: &str = "TARGETDIR";
/// A custom action that sets a property.
const SET_PROPERTY: i32 = 51;
/// Columns beside `Directory` that name folders.
const REFERENCES: [(&str, &str); 6] = [
    ("Component", "Directory_"),
    ("CreateFolder", "Directory_"),
    ("Shortcut", "Directory_"),
    ("DuplicateFile", "DestFolder"),
    ("MoveFile", "DestFolder"),
    ("RemoveFile", "DirProperty"),
];
/// The properties that name folders of Windows. "System Folder Properties".
const WINDOWS: [&str; 27] = [
    "AdminToolsFolder",
    "AppDataFolder",
    "CommonAppDataFolder",
    "CommonFiles64Folder",
    "CommonFilesFolder",
    "DesktopFolder",
    "FavoritesFolder",
    "FontsFolder",
    "LocalAppDataFolder",
    "MyPicturesFolder",
    "NetHoodFolder",
    "PersonalFolder",
    "PrintHoodFolder",
    "ProgramFiles64Folder",
    "ProgramFilesFolder",
    "ProgramMenuFolder",
    "RecentFolder",
    "SendToFolder",
    "StartMenuFolder",
    "StartupFolder",
    "System16Folder",
    "System64Folder",
    "SystemFolder",
    "TempFolder",
    "TemplateFolder",
    "WindowsFolder",
    "WindowsVolume",
];

/// Lets everything that lies in the module's root lie in a folder of the package.
pub(super) fn redirect(tables: &mut Tables, folder: &str) {
    let root = Value::from(ROOT);
    if let Some(table) = tables.get_mut("Directory") {
        table.rows.retain(|row| row.first() != Some(&root));
        replace(table, "Directory_Parent", &root, folder);
    }
    for (name, column) in REFERENCES {
        if let Some(table) = tables.get_mut(name) {
            replace(table, column, &root, folder);
        }
    }
}

fn replace(table: &mut Table, column: &str, from: &Value, to: &str) {
    let Some(place) = table.column(column) else {
        return;
    };
    let cells = table.rows.iter_mut().filter_map(|row| row.get_mut(place));
    for cell in cells.filter(|cell| *cell == from) {
        *cell = Value::from(to);
    }
}

/// Adds an action for each folder that stands for one of Windows, unless the module has one. Returns the names of the
/// actions that were added.
pub(super) fn add_actions(tables: &mut Tables) -> Vec<String> {
    let Some(directories) = tables.get("Directory") else {
        return Vec::new();
    };
    let keys = directories
        .rows
        .iter()
        .filter_map(|row| row.first()?.text());
    let folder = |key: &str| {
        let found = WINDOWS.iter().find(|name| key.starts_with(**name));
        found.filter(|name| **name != key).copied()
    };
    let pairs: Vec<(String, &str)> = keys
        .filter_map(|key| Some((key.to_string(), folder(key)?)))
        .collect();
    let actions = tables
        .entry("CustomAction".into())
        .or_insert_with(custom_action);
    let mut added = Vec::new();
    for (key, property) in pairs {
        if actions.find(&[Value::from(key.as_str())]).is_some() {
            continue;
        }
        let cell = |column: &Column| match &*column.name {
            "Action" | "Source" => Value::from(key.as_str()),
            "Type" => Value::Integer(SET_PROPERTY),
            "Target" => Value::from(format!("[{property}]")),
            _ => Value::Null,
        };
        let row: Row = actions.columns.iter().map(cell).collect();
        actions.forget_index();
        actions.rows.push(row);
        added.push(key);
    }
    added
}

fn custom_action() -> Table {
    let columns = [
        ("Action", 0x2D48),
        ("Type", 0x0502),
        ("Source", 0x1D48),
        ("Target", 0x1DFF),
    ];
    let columns = columns.map(|(name, kind)| column(name.into(), kind));
    Table::new("CustomAction", columns.to_vec(), Vec::new())
}
