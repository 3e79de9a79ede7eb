//! The records of an action: one for each thing that it does, in the form of the package's ActionText table.
//!
//! Follows: Microsoft, "ActionText Table", "INSTALLMESSAGE_ACTIONDATA" in "Parsing Windows Installer Messages"; the
//! fields are those of "ActionData Messages" on each action's page. Actions whose fields are not what their operations
//! change (registrations, environment variables) have no records here.

use machine::MachinePath;
use script::{Operation, data_as_text};
use sequence::{Message, MessageKind, Run};

/// Actions whose operations are what their records tell.
const TOLD: [&str; 14] = [
    "CreateFolders",
    "CreateShortcuts",
    "DuplicateFiles",
    "InstallAdminPackage",
    "InstallFiles",
    "MoveFiles",
    "RemoveDuplicateFiles",
    "RemoveFiles",
    "RemoveFolders",
    "RemoveIniValues",
    "RemoveRegistryValues",
    "RemoveShortcuts",
    "WriteIniValues",
    "WriteRegistryValues",
];

/// Returns the records of an action; none where the package has no template for them.
pub(crate) fn action_data(run: &Run, action: &str, operations: &[Operation]) -> Vec<Message> {
    let template = TOLD
        .contains(&action)
        .then(|| run.action_template(action))
        .flatten();
    let Some(template) = template else {
        return Vec::new();
    };
    let told = operations.iter().filter_map(fields);
    told.map(|fields| Message {
        kind: MessageKind::ActionData,
        ..Message::info(format!(
            "{action}: {}",
            run.format_record(Some(&template), &fields)
        ))
    })
    .collect()
}

/// The fields of an operation's record, from `[1]` on.
fn fields(operation: &Operation) -> Option<Vec<Option<String>>> {
    let some = |text: &str| Some(text.to_owned());
    Some(match operation {
        Operation::FolderCreate { folder } | Operation::FolderRemove { folder } => {
            vec![Some(folder.to_string())]
        }
        Operation::FileCopy { to, metadata, .. } => file(to, metadata.size),
        Operation::FileDuplicate { to, .. } | Operation::FileMove { to, .. } => file(to, None),
        Operation::FileRemove { file: path } => file(path, None),
        Operation::ShortcutCreate { file, .. } | Operation::ShortcutRemove { file } => {
            vec![file.name().map(str::to_owned)]
        }
        Operation::IniWriteValue {
            file,
            section,
            key,
            value,
        } => vec![
            file.name().map(str::to_owned),
            some(section),
            some(key),
            some(value),
        ],
        Operation::IniRemoveValue { file, section, key } => {
            vec![file.name().map(str::to_owned), some(section), some(key)]
        }
        Operation::RegAddValue { key, name, data } => {
            vec![Some(key.to_string()), some(name), Some(data_as_text(data))]
        }
        Operation::RegRemoveValue { key, name } => vec![Some(key.to_string()), some(name)],
        Operation::RegRemoveKey { key } => vec![Some(key.to_string())],
        Operation::RegCreateKey { .. } => return None,
    })
}

/// `[1]` the name, `[6]` the size in bytes, `[9]` the folder.
fn file(path: &MachinePath, size: Option<u64>) -> Vec<Option<String>> {
    let mut fields = vec![None; 9];
    fields[0] = path.name().map(str::to_owned);
    fields[5] = size.map(|size| size.to_string());
    fields[8] = path.parent().map(|folder| folder.as_folder());
    fields
}
