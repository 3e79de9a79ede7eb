//! Asking a mutex without taking it: opened for its state only, queried, closed. Nothing is made, owned or left.
//!
//! MUTANT_QUERY_STATE gives no right to wait, so this handle cannot take the mutex even by mistake.

use std::ffi::c_void;

use windows_sys::Win32::Foundation::{
    CloseHandle, ERROR_ACCESS_DENIED, ERROR_FILE_NOT_FOUND, GetLastError, HANDLE,
};
use windows_sys::Win32::System::Threading::OpenMutexW;

use super::names::wide;
use crate::Mutex;

/// The name of Windows Installer's mutex. "_MSIExecute Mutex".
pub const EXECUTE: &str = "Global\\_MSIExecute";

/// MUTANT_QUERY_STATE, SEMAPHORE_QUERY_STATE
pub(crate) const QUERY_STATE: u32 = 1;

/// MUTANT_BASIC_INFORMATION
#[repr(C)]
#[derive(Default)]
struct BasicInformation {
    /// 1: nobody owns it; 0 and below: owned once or more.
    current_count: i32,
    owned_by_caller: u8,
    abandoned: u8,
}

#[link(name = "ntdll", kind = "raw-dylib")]
unsafe extern "system" {
    fn NtQueryMutant(
        mutant: HANDLE,
        class: i32,
        information: *mut c_void,
        length: u32,
        returned: *mut u32,
    ) -> i32;
}

/// Asks whether somebody owns the mutex of this name.
pub fn ask(name: &str) -> Mutex {
    let name = wide(name);
    // SAFETY: the name ends with a zero.
    let handle = unsafe { OpenMutexW(QUERY_STATE, 0, name.as_ptr()) };
    if handle.is_null() {
        // SAFETY: no pointers.
        return match unsafe { GetLastError() } {
            ERROR_FILE_NOT_FOUND => Mutex::Absent,
            ERROR_ACCESS_DENIED => Mutex::Denied,
            code => Mutex::Failed(code),
        };
    }
    let answer = query(handle);
    // SAFETY: the handle is ours and is not used again.
    unsafe { CloseHandle(handle) };
    answer
}

/// The names under which the mutex of a request for a disk may be: of the session, or of all.
const DISK: [&str; 2] = ["__MsiPromptForCD", "Global\\__MsiPromptForCD"];

/// Is somebody asked for a disk? That the mutex exists says so. "--MsiPromptForCD Mutex".
pub fn asks_for_disk() -> bool {
    let exists = |mutex| !matches!(mutex, Mutex::Absent | Mutex::Failed(_));
    DISK.into_iter().any(|name| exists(ask(name)))
}

/// Asks a mutex that was opened with QUERY_STATE.
pub(crate) fn query(handle: HANDLE) -> Mutex {
    let mut told = BasicInformation::default();
    let size = size_of::<BasicInformation>() as u32;
    let pointer = (&raw mut told).cast();
    // SAFETY: the structure has the size that is told.
    let status = unsafe { NtQueryMutant(handle, 0, pointer, size, std::ptr::null_mut()) };
    match (status, told.current_count, told.abandoned) {
        (0, ..=0, _) => Mutex::Held,
        (0, _, 0) => Mutex::Free,
        (0, _, _) => Mutex::Abandoned,
        (status, _, _) => Mutex::Failed(status as u32),
    }
}
