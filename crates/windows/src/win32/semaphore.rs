//! Reading a semaphore's count without changing it.

use std::ffi::c_void;

use windows_sys::Win32::Foundation::{CloseHandle, HANDLE};
use windows_sys::Win32::System::Threading::OpenSemaphoreW;

use super::mutant::QUERY_STATE;
use super::names::wide;

/// SEMAPHORE_BASIC_INFORMATION
#[repr(C)]
#[derive(Default)]
struct BasicInformation {
    current_count: u32,
    maximum_count: u32,
}

#[link(name = "ntdll", kind = "raw-dylib")]
unsafe extern "system" {
    fn NtQuerySemaphore(
        semaphore: HANDLE,
        class: i32,
        information: *mut c_void,
        length: u32,
        returned: *mut u32,
    ) -> i32;
}

/// Returns the count of the semaphore of this name; none where it is not there, or may not be asked.
pub(crate) fn read(name: &str) -> Option<u32> {
    let name = wide(name);
    let mut told = BasicInformation::default();
    let size = size_of::<BasicInformation>() as u32;
    // SAFETY: the name ends with a zero, the structure has the size that is told, the handle is ours and closed once.
    let status = unsafe {
        let handle = OpenSemaphoreW(QUERY_STATE, 0, name.as_ptr());
        if handle.is_null() {
            return None;
        }
        let status = NtQuerySemaphore(
            handle,
            0,
            (&raw mut told).cast(),
            size,
            std::ptr::null_mut(),
        );
        CloseHandle(handle);
        status
    };
    (status == 0).then_some(told.current_count)
}
