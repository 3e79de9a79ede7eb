//! Undo records: what brings one file or folder back to what it was before the transaction.
//!
//! Each is idempotent, and right whether what it undoes ran fully, partly or not at all. They say what
//! was there *before*, never what an operation was about to do. The registry needs none: hives are kept whole.

use std::fmt;

use machine::{Attributes, Machine, MachinePath, Saved};
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
}

impl Record {
    /// Undoes. Doing it again changes nothing.
    ///
    /// Errors: the machine's, with the path. Other records can still be undone.
    pub(crate) fn undo(&self, machine: &mut dyn Machine) -> Result<(), machine::Error> {
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
        }
        Ok(())
    }

    /// The file or folder that this is about.
    pub(crate) fn path(&self) -> &str {
        match self {
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
        };
        write!(f, "{what} {}", self.path())
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
