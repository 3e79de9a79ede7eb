//! Undo records: what brings one file or folder back to what it was before the transaction.
//!
//! Each is idempotent, and right whether what it undoes ran fully, partly or not at all. They say what
//! was there *before*, never what an operation was about to do. The registry has none while a transaction runs, for
//! hives are kept whole; one that waits for a restart gets them, for others write to the registry meanwhile.

use std::fmt;

use machine::{Attributes, Data, KeyChange, KeyPath, Machine, MachinePath, Saved};
use serde::{Deserialize, Serialize};

/// One undo record. Paths are text, so that a journal can be read by people.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "undo")]
pub(crate) enum Record {
    /// There was no file here.
    RemoveFile {
        /// The file.
        file: String,
    },
    /// There was this file; it is or will be set aside under this number.
    PutBack {
        /// The file.
        file: String,
        /// Its number in the journal.
        saved: u32,
    },
    /// There was no folder here.
    RemoveFolder {
        /// The folder.
        folder: String,
    },
    /// There was this folder.
    CreateFolder {
        /// The folder.
        folder: String,
        /// FILE_ATTRIBUTE_READONLY
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        read_only: bool,
        /// FILE_ATTRIBUTE_HIDDEN
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        hidden: bool,
        /// FILE_ATTRIBUTE_SYSTEM
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        system: bool,
    },
    /// There was this key.
    CreateKey {
        /// The key.
        key: String,
    },
    /// There was this value.
    SetValue {
        /// The key.
        key: String,
        /// The value's name.
        name: String,
        /// Its data.
        value: Data,
    },
    /// There was no such value.
    RemoveValue {
        /// The key.
        key: String,
        /// The value's name.
        name: String,
    },
    /// There was no such key. It goes if it is empty.
    RemoveEmptyKey {
        /// The key.
        key: String,
    },
}

impl From<KeyChange> for Record {
    fn from(change: KeyChange) -> Record {
        match change {
            KeyChange::CreateKey(key) => Record::CreateKey {
                key: key.to_string(),
            },
            KeyChange::SetValue(key, name, value) => Record::SetValue {
                key: key.to_string(),
                name,
                value,
            },
            KeyChange::RemoveValue(key, name) => Record::RemoveValue {
                key: key.to_string(),
                name,
            },
            KeyChange::RemoveEmptyKey(key) => Record::RemoveEmptyKey {
                key: key.to_string(),
            },
        }
    }
}

impl Record {
    /// Undoes. Doing it again changes nothing.
    ///
    /// Errors: the machine's, with the path. Other records can still be undone.
    pub(crate) fn undo(&self, machine: &mut dyn Machine) -> Result<(), machine::Error> {
        if self.is_of_registry() {
            return self.undo_in_registry(machine);
        }
        let path = machine.path(self.path())?;
        match self {
            Record::RemoveFile { .. } => {
                if machine.is_file(&path)? {
                    machine.remove_file(&path)?;
                }
            }
            Record::PutBack { saved, .. } => {
                // Foreign code may have removed the folder meanwhile.
                make_folders_above(machine, &path)?;
                machine.put_back(Saved(*saved), &path)?;
            }
            Record::RemoveFolder { .. } => {
                if machine.is_folder(&path)? {
                    machine.remove_folder(&path)?;
                }
            }
            Record::CreateFolder {
                read_only,
                hidden,
                system,
                ..
            } => {
                let attributes = Attributes {
                    read_only: *read_only,
                    hidden: *hidden,
                    system: *system,
                };
                make_folder(machine, &path, attributes)?;
            }
            Record::CreateKey { .. }
            | Record::SetValue { .. }
            | Record::RemoveValue { .. }
            | Record::RemoveEmptyKey { .. } => {}
        }
        Ok(())
    }

    /// Does it say that nothing was here?
    pub(crate) fn was_nothing(&self) -> bool {
        matches!(
            self,
            Record::RemoveFile { .. } | Record::RemoveFolder { .. }
        )
    }

    /// Is it about the registry? It is then durable once the registry is published.
    pub(crate) fn is_of_registry(&self) -> bool {
        matches!(
            self,
            Record::CreateKey { .. }
                | Record::SetValue { .. }
                | Record::RemoveValue { .. }
                | Record::RemoveEmptyKey { .. }
        )
    }

    fn undo_in_registry(&self, machine: &mut dyn Machine) -> Result<(), machine::Error> {
        let Some(key) = KeyPath::parse(self.path()) else {
            return Err(machine::Error::Outside(self.path().to_owned()));
        };
        match self {
            Record::CreateKey { .. } => machine.create_key(&key),
            Record::SetValue { name, value, .. } => machine.set_value(&key, name, value),
            Record::RemoveValue { name, .. } => machine.remove_value(&key, name),
            _ => match machine.key(&key)? {
                Some(found) if found.values.is_empty() && found.subkeys.is_empty() => {
                    machine.remove_key(&key)
                }
                _ => Ok(()),
            },
        }
    }

    /// About how many bytes it takes in a journal.
    pub(crate) fn size(&self) -> usize {
        let value = match self {
            Record::SetValue { name, value, .. } => 2 * name.len() + size_of_data(value),
            Record::RemoveValue { name, .. } => 2 * name.len(),
            _ => 0,
        };
        100 + 2 * self.path().len() + value
    }

    /// The file, folder or key that this is about.
    pub(crate) fn path(&self) -> &str {
        match self {
            Record::CreateKey { key }
            | Record::SetValue { key, .. }
            | Record::RemoveValue { key, .. }
            | Record::RemoveEmptyKey { key } => key,
            Record::RemoveFile { file } | Record::PutBack { file, .. } => file,
            Record::RemoveFolder { folder } | Record::CreateFolder { folder, .. } => folder,
        }
    }
}

impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self {
            Record::RemoveFile { .. } => "remove file",
            Record::PutBack { .. } => "put back file",
            Record::RemoveFolder { .. } => "remove folder",
            Record::CreateFolder { .. } => "make folder",
            Record::CreateKey { .. } => "make key",
            Record::SetValue { .. } => "set a value of",
            Record::RemoveValue { .. } => "remove a value of",
            Record::RemoveEmptyKey { .. } => "remove key",
        };
        write!(f, "{what} {}", self.path())
    }
}

/// As JSON: bytes are numbers with commas.
fn size_of_data(data: &Data) -> usize {
    match data {
        Data::Sz(text) | Data::ExpandSz(text) => 2 * text.len(),
        Data::MultiSz(texts) => texts.iter().map(|text| 2 * text.len() + 3).sum(),
        Data::Binary(bytes) | Data::Other(_, bytes) => 4 * bytes.len(),
        Data::Dword(_) | Data::Qword(_) => 20,
    }
}

fn make_folder(
    machine: &mut dyn Machine,
    folder: &MachinePath,
    attributes: Attributes,
) -> Result<(), machine::Error> {
    if machine.is_folder(folder)? {
        return Ok(());
    }
    make_folders_above(machine, folder)?;
    machine.create_folder(folder)?;
    if attributes != Attributes::default() {
        machine.set_metadata(folder, attributes, None)?;
    }
    Ok(())
}

fn make_folders_above(machine: &mut dyn Machine, path: &MachinePath) -> Result<(), machine::Error> {
    match path.parent() {
        Some(parent) if !parent.names().is_empty() => {
            make_folder(machine, &parent, Attributes::default())
        }
        _ => Ok(()),
    }
}
