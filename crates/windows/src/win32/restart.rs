//! What the registry says of unfinished installations and restarts.
//!
//! O: none of these places is on a page of Windows Installer; they are what its users look at.

use std::io;

use machine::{Data, Root};

use super::registry::OpenKey;
use crate::RestartReason;

/// Windows Installer's mark of an installation under way or unfinished.
const IN_PROGRESS: &str = "SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Installer\\InProgress";
const SESSION_MANAGER: &str = "SYSTEM\\CurrentControlSet\\Control\\Session Manager";
const RENAMES: [&str; 2] = [
    "PendingFileRenameOperations",
    "PendingFileRenameOperations2",
];
const COMPONENTS: &str =
    "SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Component Based Servicing\\RebootPending";
const UPDATE: &str =
    "SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WindowsUpdate\\Auto Update\\RebootRequired";

/// Is an installation marked as under way? With the gate free: it is unfinished.
///
/// Errors: the registry cannot be read.
pub fn installation_in_progress() -> io::Result<bool> {
    Ok(OpenKey::open(Root::LocalMachine, IN_PROGRESS)?.is_some())
}

/// Returns why Windows waits for a restart; nothing: it does not, as far as can be read.
pub fn restart_reasons() -> Vec<RestartReason> {
    let is_there = |path| matches!(OpenKey::open(Root::LocalMachine, path), Ok(Some(_)));
    let mut reasons = Vec::new();
    if let Ok(Some(key)) = OpenKey::open(Root::LocalMachine, SESSION_MANAGER)
        && RENAMES.iter().any(|name| has_texts(&key, name))
    {
        reasons.push(RestartReason::PendingFileRenames);
    }
    if is_there(COMPONENTS) {
        reasons.push(RestartReason::ComponentServicing);
    }
    if is_there(UPDATE) {
        reasons.push(RestartReason::WindowsUpdate);
    }
    reasons
}

fn has_texts(key: &OpenKey, name: &str) -> bool {
    match key.value(name) {
        Ok(Some(Data::MultiSz(texts))) => texts.iter().any(|text| !text.is_empty()),
        _ => false,
    }
}
