//! A service's status, asked with the right to ask it and no other.
//!
//! Follows: Microsoft, "_MSIExecute Mutex", "QueryServiceStatusEx function".

use windows_sys::Win32::Foundation::GetLastError;
use windows_sys::Win32::System::Services::{
    CloseServiceHandle, OpenSCManagerW, OpenServiceW, QueryServiceStatusEx, SC_HANDLE,
    SC_MANAGER_CONNECT, SC_STATUS_PROCESS_INFO, SERVICE_QUERY_STATUS, SERVICE_STATUS_PROCESS,
};

use super::names::wide;
use crate::{ServiceState, ServiceStatus};

/// Windows Installer's service.
pub const INSTALLER_SERVICE: &str = "msiserver";

/// A handle of the service manager.
struct Handle(SC_HANDLE);

impl Handle {
    fn new(handle: SC_HANDLE) -> Result<Handle, u32> {
        match handle.is_null() {
            // SAFETY: no pointers.
            true => Err(unsafe { GetLastError() }),
            false => Ok(Handle(handle)),
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: the handle is ours and is not used again.
        unsafe { CloseServiceHandle(self.0) };
    }
}

/// Returns the status of a service of this computer.
///
/// Errors: the system's code, such as 1060 (ERROR_SERVICE_DOES_NOT_EXIST) and 5 (ERROR_ACCESS_DENIED).
pub fn query_service(name: &str) -> Result<ServiceStatus, u32> {
    let name = wide(name);
    let null = std::ptr::null();
    // SAFETY: null names the local manager and its database.
    let manager = Handle::new(unsafe { OpenSCManagerW(null, null, SC_MANAGER_CONNECT) })?;
    // SAFETY: the manager is open, and the name ends with a zero.
    let service = unsafe { OpenServiceW(manager.0, name.as_ptr(), SERVICE_QUERY_STATUS) };
    let service = Handle::new(service)?;
    let mut told = SERVICE_STATUS_PROCESS::default();
    let size = size_of::<SERVICE_STATUS_PROCESS>() as u32;
    let mut needed = 0;
    let pointer = (&raw mut told).cast();
    // SAFETY: the structure has the size that is told.
    let asked = unsafe {
        QueryServiceStatusEx(
            service.0,
            SC_STATUS_PROCESS_INFO,
            pointer,
            size,
            &mut needed,
        )
    };
    if asked == 0 {
        // SAFETY: no pointers.
        return Err(unsafe { GetLastError() });
    }
    Ok(ServiceStatus {
        service_type: told.dwServiceType,
        current_state: ServiceState(told.dwCurrentState),
        controls_accepted: told.dwControlsAccepted,
        win32_exit_code: told.dwWin32ExitCode,
        service_specific_exit_code: told.dwServiceSpecificExitCode,
        check_point: told.dwCheckPoint,
        wait_hint: told.dwWaitHint,
        process_id: told.dwProcessId,
        service_flags: told.dwServiceFlags,
    })
}
