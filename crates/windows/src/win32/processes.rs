//! The processes of this computer, as a snapshot.

use windows_sys::Win32::Foundation::{CloseHandle, FILETIME, INVALID_HANDLE_VALUE};
use windows_sys::Win32::System::Diagnostics::ToolHelp::{
    CreateToolhelp32Snapshot, PROCESSENTRY32W, Process32FirstW, Process32NextW, TH32CS_SNAPPROCESS,
};
use windows_sys::Win32::System::Threading::{
    GetProcessTimes, OpenProcess, PROCESS_QUERY_LIMITED_INFORMATION,
};

use super::clock::timestamp;
use super::names::narrow;
use crate::Process;

/// Returns all processes; none where Windows does not tell.
pub fn processes() -> Vec<Process> {
    let mut found = Vec::new();
    // SAFETY: no pointers.
    let snapshot = unsafe { CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0) };
    if snapshot == INVALID_HANDLE_VALUE {
        return found;
    }
    let mut entry = PROCESSENTRY32W {
        dwSize: size_of::<PROCESSENTRY32W>() as u32,
        ..PROCESSENTRY32W::default()
    };
    // SAFETY: the structure says its own size; the snapshot is ours, and closed at the end.
    unsafe {
        let mut more = Process32FirstW(snapshot, &mut entry);
        while more != 0 {
            found.push(Process {
                pid: entry.th32ProcessID,
                parent: entry.th32ParentProcessID,
                name: narrow(&entry.szExeFile),
                started: started(entry.th32ProcessID),
            });
            more = Process32NextW(snapshot, &mut entry);
        }
        CloseHandle(snapshot);
    }
    found
}

/// When a process started; none where that may not be asked.
pub(crate) fn started(pid: u32) -> Option<jiff::Timestamp> {
    let mut times = [FILETIME::default(); 4];
    let [created, exited, kernel, user] = &mut times;
    // SAFETY: the handle is ours, and the four times are there.
    let asked = unsafe {
        let process = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, 0, pid);
        if process.is_null() {
            return None;
        }
        let asked = GetProcessTimes(process, created, exited, kernel, user);
        CloseHandle(process);
        asked
    };
    (asked != 0).then(|| timestamp(times[0])).flatten()
}
