//! The operations of a script, named as Windows names them, with absolute paths and final data.
//!
//! `sequence` returns them, `run` performs them; nothing here touches a disk.

use std::time::SystemTime;

use machine::{Attributes, Data, KeyPath, MachinePath};

/// One change to a machine. Whatever an operation needs was decided when it was made: running it asks no questions.
#[derive(Clone, Debug, PartialEq)]
pub enum Operation {
    /// Makes a folder, and the folders above it. Already there: nothing happens.
    FolderCreate {
        /// The folder.
        folder: MachinePath,
    },
    /// Removes a folder. Not empty, or not there: nothing happens.
    FolderRemove {
        /// The folder.
        folder: MachinePath,
    },
    /// Writes a file, replacing what is there; its folder is made where it is missing.
    FileCopy {
        /// Where its bytes come from.
        from: Contents,
        /// The file.
        to: MachinePath,
        /// Size, attributes and time.
        metadata: FileMetadata,
    },
    /// Copies a file of the machine to another place in it, replacing what is there.
    FileDuplicate {
        /// The file to copy, as earlier operations leave it.
        from: MachinePath,
        /// The copy.
        to: MachinePath,
    },
    /// Moves a file of the machine, replacing what is there.
    FileMove {
        /// The file.
        from: MachinePath,
        /// Its new place.
        to: MachinePath,
    },
    /// Removes a file. Not there: nothing happens.
    FileRemove {
        /// The file.
        file: MachinePath,
    },
    /// Writes a shell link, replacing what is there.
    ShortcutCreate {
        /// The link's file, `.lnk` included.
        file: MachinePath,
        /// What it says.
        shortcut: Shortcut,
    },
    /// Removes a shell link. Not there: nothing happens.
    ShortcutRemove {
        /// The link's file.
        file: MachinePath,
    },
    /// Sets one line of an .ini file, making file and section.
    IniWriteValue {
        /// The file.
        file: MachinePath,
        /// The section, without brackets.
        section: String,
        /// The key.
        key: String,
        /// The whole value.
        value: String,
    },
    /// Removes one line of an .ini file, and its section when that was the last.
    IniRemoveValue {
        /// The file.
        file: MachinePath,
        /// The section, without brackets.
        section: String,
        /// The key.
        key: String,
    },
    /// Makes a registry key and those above it.
    RegCreateKey {
        /// The key.
        key: KeyPath,
    },
    /// Sets a registry value, making its key.
    RegAddValue {
        /// The key.
        key: KeyPath,
        /// The value's name; "" is the default value.
        name: String,
        /// Its data.
        data: Data,
    },
    /// Removes a registry value; its key stays. Not there: nothing happens.
    RegRemoveValue {
        /// The key.
        key: KeyPath,
        /// The value's name.
        name: String,
    },
    /// Removes a registry key with all below it. Not there: nothing happens.
    RegRemoveKey {
        /// The key.
        key: KeyPath,
    },
}

/// Where a file's bytes come from; `run` asks a [`crate::Source`] for them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Contents {
    /// A member of a cabinet: a stream of the package (`#name` without `#`) or a file at the source.
    Cabinet {
        /// `Media.Cabinet` as authored, `#` included.
        cabinet: String,
        /// The disk, `Media.DiskId`.
        disk: u16,
        /// `File.File`: the member's name.
        member: String,
    },
    /// An uncompressed file at the source: names below SourceDir, as authored.
    SourceFile {
        /// Long and short candidates are tried in this order, each a list of names.
        path: Vec<String>,
        /// The disk, `Media.DiskId`.
        disk: u16,
    },
    /// A binary cell of the package, by its stream name such as `Icon.app.exe`.
    Stream(String),
    /// The package file itself (the cached copy).
    Package,
    /// A transform or another file that was given on the command line, by its index in the request.
    Given(usize),
    /// Bytes that the installer made.
    Bytes(Vec<u8>),
    /// The package file as an administrative image has it.
    Image(PackageImage),
}

/// What becomes of a package in an administrative image: its tables stay as they are, its cabinets go.
/// "InstallAdminPackage Action".
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PackageImage {
    /// Streams that are left out.
    pub without: Vec<String>,
    /// The summary information's word count.
    pub word_count: i32,
    /// Who made the image.
    pub made_by: String,
    /// When it was made; none: the times of the package stay.
    pub made: Option<SystemTime>,
    /// Properties that installations from the image begin with. "AdminProperties Property".
    pub properties: Vec<(String, String)>,
}

/// What a new file is to be besides its bytes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FileMetadata {
    /// Size in bytes as the package says; a source with another size is an error.
    pub size: Option<u64>,
    /// Attributes.
    pub attributes: Attributes,
    /// Time of last change; none: the cabinet's or source's own.
    pub modified: Option<SystemTime>,
    /// Version and languages as the package's File table says, for later operations to see.
    pub version: Option<String>,
    /// See `version`.
    pub language: Option<String>,
}

/// A shell link: [MS-SHLLINK].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shortcut {
    /// The target's path, or the advertised descriptor's text for an advertised link.
    pub target: String,
    /// Is the target an advertised feature (a Darwin descriptor)?
    pub advertised: bool,
    /// Command-line arguments.
    pub arguments: Option<String>,
    /// Description.
    pub description: Option<String>,
    /// The working folder's path.
    pub working_folder: Option<String>,
    /// The icon's file and index.
    pub icon: Option<(String, i32)>,
    /// Hot key, as in `Shortcut.Hotkey`.
    pub hotkey: u16,
    /// Window state, as in `Shortcut.ShowCmd`: 1, 3 or 7.
    pub show: u16,
}
