//! This computer as something to read: its registry and its files, for `list`, `show` and `plan`. Nothing is changed.
//!
//! The folders are where a Windows on drive C: has them; folders that were moved elsewhere are not followed.
#![expect(
    clippy::disallowed_methods,
    reason = "the files of the computer are read here"
)]

use std::fs;
use std::io;
use std::os::windows::fs::MetadataExt;
use std::path::PathBuf;

use machine::{
    Architecture, Attributes, Data, Entry, EntryKind, Error, Facts, Key, KeyPath, MachinePath,
    Metadata, ReadSeek, View, fold,
};
use windows_sys::Win32::Storage::FileSystem::{GetDiskFreeSpaceExW, GetLogicalDrives};
use windows_sys::Win32::System::SystemInformation::{
    GetNativeSystemInfo, PROCESSOR_ARCHITECTURE_INTEL, SYSTEM_INFO,
};

use super::names::wide;
use super::registry::OpenKey;

/// The key that says which Windows this is.
const WINDOWS: &str = "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion";

/// This computer.
pub struct Computer {
    facts: Facts,
}

impl Computer {
    /// Looks at what it is.
    pub fn look() -> Computer {
        let mut facts = Facts {
            drives: drives(),
            architecture: architecture(),
            ..Facts::default()
        };
        if let Ok(name) = std::env::var("USERNAME") {
            facts.user_name = name;
        }
        if let Ok(name) = std::env::var("COMPUTERNAME") {
            facts.computer_name = name;
        }
        if let Some(version) = windows_version() {
            facts.windows_version = version;
        }
        Computer { facts }
    }

    /// Returns a path as programs of this computer take it.
    pub fn host_path(path: &MachinePath) -> PathBuf {
        PathBuf::from(path.to_string())
    }
}

fn drives() -> Vec<char> {
    // SAFETY: no pointers.
    let there = unsafe { GetLogicalDrives() };
    let letters = (b'A'..=b'Z').enumerate();
    letters
        .filter(|(bit, _)| there & (1 << bit) != 0)
        .map(|(_, letter)| char::from(letter))
        .collect()
}

fn architecture() -> Architecture {
    let mut information = SYSTEM_INFO::default();
    // SAFETY: the structure is there; each of its variants is numbers.
    let processor = unsafe {
        GetNativeSystemInfo(&mut information);
        information.Anonymous.Anonymous.wProcessorArchitecture
    };
    match processor {
        PROCESSOR_ARCHITECTURE_INTEL => Architecture::X86,
        _ => Architecture::X64,
    }
}

fn windows_version() -> Option<(u32, u32, u32)> {
    let key = OpenKey::open(machine::Root::LocalMachine, WINDOWS).ok()??;
    let number = |name: &str| match key.value(name) {
        Ok(Some(Data::Dword(number))) => Some(number),
        Ok(Some(Data::Sz(text))) => text.parse().ok(),
        _ => None,
    };
    let build = number("CurrentBuildNumber")?;
    Some((
        number("CurrentMajorVersionNumber")?,
        number("CurrentMinorVersionNumber")?,
        build,
    ))
}

fn metadata(of: &fs::Metadata) -> Metadata {
    let bits = of.file_attributes();
    let modified = of.modified().unwrap_or(std::time::UNIX_EPOCH);
    Metadata {
        kind: match of.is_dir() {
            true => EntryKind::Folder,
            false => EntryKind::File,
        },
        size: if of.is_dir() { 0 } else { of.len() },
        attributes: Attributes {
            read_only: bits & 1 != 0,
            hidden: bits & 2 != 0,
            system: bits & 4 != 0,
        },
        created: of.created().unwrap_or(modified),
        modified,
    }
}

/// Nothing there is an answer, not an error.
fn found<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
            ) =>
        {
            Ok(None)
        }
        other => other.map(Some),
    }
}

fn failed(what: &'static str, path: &dyn std::fmt::Display) -> impl FnOnce(io::Error) -> Error {
    let path = path.to_string();
    move |source| Error::Io { what, path, source }
}

fn key_error(key: &KeyPath) -> impl FnOnce(io::Error) -> Error {
    failed("read", key)
}

impl View for Computer {
    fn facts(&self) -> &Facts {
        &self.facts
    }

    fn metadata(&self, path: &MachinePath) -> Result<Option<Metadata>, Error> {
        let there = found(fs::metadata(Computer::host_path(path)));
        let there = there.map_err(failed("look at", path))?;
        Ok(there.as_ref().map(metadata))
    }

    fn list(&self, folder: &MachinePath) -> Result<Option<Vec<Entry>>, Error> {
        let failed = || failed("list", folder);
        let Some(there) = found(fs::read_dir(Computer::host_path(folder))).map_err(failed())?
        else {
            return Ok(None);
        };
        let mut entries = Vec::new();
        for entry in there {
            let entry = entry.map_err(failed())?;
            // What has gone since is not there.
            if let Some(of) = found(entry.metadata()).map_err(failed())? {
                entries.push(Entry {
                    name: entry.file_name().to_string_lossy().into_owned(),
                    metadata: metadata(&of),
                });
            }
        }
        entries.sort_by_key(|entry| fold(&entry.name));
        Ok(Some(entries))
    }

    fn open(&self, file: &MachinePath) -> Result<Box<dyn ReadSeek + '_>, Error> {
        let opened = fs::File::open(Computer::host_path(file));
        let opened = opened.map_err(failed("open", file))?;
        Ok(Box::new(opened))
    }

    fn key(&self, key: &KeyPath) -> Result<Option<Key>, Error> {
        let path = key.names().join("\\");
        let Some(open) = OpenKey::open(key.root, &path).map_err(key_error(key))? else {
            return Ok(None);
        };
        Ok(Some(Key {
            path: key.clone(),
            values: open.values().map_err(key_error(key))?,
            subkeys: open.subkeys().map_err(key_error(key))?,
        }))
    }

    fn value(&self, key: &KeyPath, name: &str) -> Result<Option<Data>, Error> {
        let path = key.names().join("\\");
        match OpenKey::open(key.root, &path).map_err(key_error(key))? {
            Some(open) => open.value(name).map_err(key_error(key)),
            None => Ok(None),
        }
    }

    fn free_bytes(&self, drive: char) -> Result<u64, Error> {
        let root = format!("{drive}:\\");
        let wide_root = wide(&root);
        let (mut free, null) = (0u64, std::ptr::null_mut());
        // SAFETY: the path ends with a zero, and the number is there.
        let asked = unsafe { GetDiskFreeSpaceExW(wide_root.as_ptr(), &mut free, null, null) };
        match asked {
            0 => Err(failed("look at", &root)(io::Error::last_os_error())),
            _ => Ok(free),
        }
    }
}
