//! The two traits: what can be asked of a machine, and what can be done to it.

use std::fmt;
use std::io::{Read, Seek, Write};
use std::time::SystemTime;

use crate::{Data, Error, Facts, Key, KeyChange, KeyPath, MachinePath, PlannedFile};

/// A file being read.
pub trait ReadSeek: Read + Seek {}
impl<T: Read + Seek> ReadSeek for T {}

/// What a name in a folder is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A folder.
    Folder,
    /// A file.
    File,
}

/// Windows' attribute bits of a file; only these are kept. "File Attribute Constants".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attributes {
    /// FILE_ATTRIBUTE_READONLY
    pub read_only: bool,
    /// FILE_ATTRIBUTE_HIDDEN
    pub hidden: bool,
    /// FILE_ATTRIBUTE_SYSTEM
    pub system: bool,
}

/// What is known of a file or folder without opening it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Metadata {
    /// File or folder.
    pub kind: EntryKind,
    /// Size in bytes; 0 for a folder.
    pub size: u64,
    /// Attribute bits.
    pub attributes: Attributes,
    /// When it was made; where the file system does not tell, `modified`.
    pub created: SystemTime,
    /// When its contents last changed.
    pub modified: SystemTime,
}

/// One name in a folder.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The name as stored.
    pub name: String,
    /// What it is.
    pub metadata: Metadata,
}

/// Reads of a machine. Nothing here changes anything. Lookups ignore case.
pub trait View {
    /// The machine's facts: version, architecture, user, folders, drives.
    fn facts(&self) -> &Facts;

    /// Returns what is at `path`, or none.
    ///
    /// Errors: [`Error::LinkLeadsOut`] for a symbolic link that leaves the machine; I/O.
    fn metadata(&self, path: &MachinePath) -> Result<Option<Metadata>, Error>;

    /// Returns the entries of a folder, sorted by folded name; none where there is no folder.
    fn list(&self, folder: &MachinePath) -> Result<Option<Vec<Entry>>, Error>;

    /// Opens a file for reading.
    ///
    /// Errors: [`Error::NotFound`] where there is no file.
    fn open(&self, file: &MachinePath) -> Result<Box<dyn ReadSeek + '_>, Error>;

    /// Returns a key with its values and the names of its subkeys, or none.
    /// `Software\Wow6432Node\Classes` and `Software\Classes\Wow6432Node` name the same key.
    fn key(&self, key: &KeyPath) -> Result<Option<Key>, Error>;

    /// Returns the data of one value, or none. The default value's name is "".
    fn value(&self, key: &KeyPath, name: &str) -> Result<Option<Data>, Error>;

    /// Returns `path` with the names that are there spelled as they are stored. Undo records name files and
    /// folders so: what is put back then has the name that it had.
    fn stored(&self, path: &MachinePath) -> Result<MachinePath, Error> {
        Ok(path.clone())
    }

    /// Returns the key that `key` means once both orders of `Wow6432Node`, users' names and link keys are followed,
    /// with the names as stored where they are there. Equal results mean one key.
    fn resolved_key(&self, key: &KeyPath) -> Result<KeyPath, Error> {
        Ok(key.clone())
    }

    /// Returns what is planned for a file whose bytes are not there yet. Only an [`crate::Overlay`] has plans.
    fn planned(&self, _file: &MachinePath) -> Option<&PlannedFile> {
        None
    }

    /// Returns the number of bytes free for new files on a drive.
    fn free_bytes(&self, drive: char) -> Result<u64, Error>;

    /// Makes a path of this machine from text with a drive letter.
    ///
    /// Errors: [`Error::Path`]; [`Error::NoSuchDrive`] for a drive that the machine does not have.
    fn path(&self, text: &str) -> Result<MachinePath, Error> {
        let path = MachinePath::parse(text)?;
        if !self.facts().drives.contains(&path.drive()) {
            return Err(Error::NoSuchDrive {
                drive: path.drive(),
                path: text.to_owned(),
            });
        }
        Ok(path)
    }

    /// Is there a file at `path`?
    fn is_file(&self, path: &MachinePath) -> Result<bool, Error> {
        Ok(self
            .metadata(path)?
            .is_some_and(|m| m.kind == EntryKind::File))
    }

    /// Is there a folder at `path`?
    fn is_folder(&self, path: &MachinePath) -> Result<bool, Error> {
        Ok(self
            .metadata(path)?
            .is_some_and(|m| m.kind == EntryKind::Folder))
    }
}

/// The number under which a removed or replaced file is kept in the journal until the transaction ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Saved(pub u32);

impl fmt::Display for Saved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08}", self.0)
    }
}

/// Changes to a machine, and the journal that makes them undoable.
///
/// Every method is one effect. Nothing is durable when it returns unless the method says so.
/// Only `script` calls these: there is no second way to change a machine.
pub trait Machine: View {
    /// Makes one folder; its parent exists. Already there: nothing happens.
    fn create_folder(&mut self, folder: &MachinePath) -> Result<(), Error>;

    /// Removes one folder where it is empty. Not there, or not empty: nothing happens.
    /// Returns whether it was removed.
    fn remove_folder(&mut self, folder: &MachinePath) -> Result<bool, Error>;

    /// Makes a new file, whose parent exists, and returns where to write its contents. The writer is
    /// owned: it does not keep the machine borrowed, and its `flush` reports whatever could not be written.
    ///
    /// Errors: [`Error::AlreadyThere`]: what is to be replaced is set aside first.
    fn create_file(&mut self, file: &MachinePath) -> Result<Box<dyn Write>, Error>;

    /// Sets attributes and, where given, the time of last change.
    fn set_metadata(
        &mut self,
        path: &MachinePath,
        attributes: Attributes,
        modified: Option<SystemTime>,
    ) -> Result<(), Error>;

    /// Removes a file for good. Not there: nothing happens.
    fn remove_file(&mut self, file: &MachinePath) -> Result<(), Error>;

    /// Moves a file out of the way, into the journal. Not there: nothing happens.
    /// Across file systems the copy in the journal is durable before the file is removed.
    fn set_aside(&mut self, file: &MachinePath, saved: Saved) -> Result<(), Error>;

    /// Moves a set-aside file back over whatever is at `file`. Not set aside: nothing happens.
    /// Returns whether it was.
    fn put_back(&mut self, saved: Saved, file: &MachinePath) -> Result<bool, Error>;

    /// Makes a key and those above it. In memory until [`Machine::publish_registry`].
    fn create_key(&mut self, key: &KeyPath) -> Result<(), Error>;

    /// Removes a key and everything below it. In memory until [`Machine::publish_registry`].
    fn remove_key(&mut self, key: &KeyPath) -> Result<(), Error>;

    /// Sets a value, making its key. In memory until [`Machine::publish_registry`].
    fn set_value(&mut self, key: &KeyPath, name: &str, data: &Data) -> Result<(), Error>;

    /// Removes a value; its key stays. In memory until [`Machine::publish_registry`].
    fn remove_value(&mut self, key: &KeyPath, name: &str) -> Result<(), Error>;

    // ---- the journal's place; script owns what is written there ----

    /// Returns the bytes of the active journal, or none: no transaction is unfinished.
    fn read_journal(&self) -> Result<Option<Vec<u8>>, Error>;

    /// Makes an empty active journal. Durable with [`Machine::sync_journal`].
    ///
    /// Errors: [`Error::JournalActive`] where one is: recover first.
    fn begin_journal(&mut self) -> Result<(), Error>;

    /// Appends to the active journal. Durable with [`Machine::sync_journal`] or [`Machine::publish_registry`].
    fn append_journal(&mut self, bytes: &[u8]) -> Result<(), Error>;

    /// Makes the active journal durable, with the directory entries that lead to it.
    fn sync_journal(&mut self) -> Result<(), Error>;

    /// Writes changed hives beside the old ones, keeps the old ones in the journal
    /// (hard links, once a transaction), syncs all data and directories changed so far, then renames
    /// the new hives into place and syncs that directory. Durable on return.
    fn publish_registry(&mut self) -> Result<(), Error>;

    /// Puts the hives that the journal keeps back into place and forgets changes in memory. Those of before a
    /// suspension only where nobody has written to the registry since.
    fn restore_registry(&mut self) -> Result<(), Error>;

    /// Syncs everything changed so far (syncfs). Durable on return.
    fn sync(&mut self) -> Result<(), Error>;

    /// The commit point, or the end of an undo: renames the active journal to `{ending}-{id}` and syncs
    /// its directory. Durable on return. `ending` is `committed` or `undone`.
    fn close_journal(&mut self, ending: &str, id: &str) -> Result<(), Error>;

    /// Returns what brings the registry back to what the active journal keeps of it, in order; nothing where it was not
    /// published.
    ///
    /// Errors: a hive cannot be read.
    fn registry_changes_back(&self) -> Result<Vec<KeyChange>, Error>;

    /// Puts the active journal by, with all that it saved: its transaction waits for a restart. Durable on return.
    /// What the registry was is then told by [`Machine::registry_changes_back`] alone, which belongs in the journal before.
    ///
    /// Errors: [`Error::JournalActive`] where another waits already.
    fn suspend_journal(&mut self) -> Result<(), Error>;

    /// Returns the bytes of the journal that was put by, or none.
    fn read_suspended_journal(&self) -> Result<Option<Vec<u8>>, Error>;

    /// Makes the journal that was put by the active one. Durable on return.
    ///
    /// Errors: [`Error::JournalActive`] where one is.
    fn resume_journal(&mut self) -> Result<(), Error>;

    /// Is a file set aside under this number?
    fn is_set_aside(&self, saved: Saved) -> Result<bool, Error>;

    /// Returns the names of closed journals that still hold something to tidy.
    fn closed_journals(&self) -> Result<Vec<String>, Error>;

    /// Returns the bytes of a closed journal.
    fn read_closed_journal(&self, name: &str) -> Result<Vec<u8>, Error>;

    /// Removes a closed journal with all that it saved. Safe to repeat.
    fn remove_closed_journal(&mut self, name: &str) -> Result<(), Error>;
}
