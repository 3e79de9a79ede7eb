//! Who may use the queue's objects: SYSTEM and administrators in any way, every user who has logged on for taking part.
//!
//! Without this a queue that SYSTEM begins would be closed to users, and a user's to SYSTEM's agents with another token.
//! Follows: Microsoft, "Synchronization Object Security and Access Rights", "ACE Strings".

use windows_sys::Win32::Foundation::LocalFree;
use windows_sys::Win32::Security::Authorization::{
    ConvertStringSecurityDescriptorToSecurityDescriptorW, SDDL_REVISION_1,
};
use windows_sys::Win32::Security::{PSECURITY_DESCRIPTOR, SECURITY_ATTRIBUTES};

use super::names::wide;

/// A security descriptor that Windows made of text.
pub(crate) struct Security {
    descriptor: PSECURITY_DESCRIPTOR,
}

impl Security {
    /// `rights`: what users get, beside SYSTEM (SY) and administrators (BA), who get all.
    ///
    /// Errors: the system's.
    pub(crate) fn for_users(rights: u32) -> std::io::Result<Security> {
        Security::of_text(&format!("D:(A;;GA;;;SY)(A;;GA;;;BA)(A;;0x{rights:x};;;AU)"))
    }

    fn of_text(text: &str) -> std::io::Result<Security> {
        let text = wide(text);
        let mut descriptor = std::ptr::null_mut();
        // SAFETY: the text ends with a zero; what Windows makes is given back when this is dropped.
        let made = unsafe {
            ConvertStringSecurityDescriptorToSecurityDescriptorW(
                text.as_ptr(),
                SDDL_REVISION_1,
                &mut descriptor,
                std::ptr::null_mut(),
            )
        };
        match made {
            0 => Err(std::io::Error::last_os_error()),
            _ => Ok(Security { descriptor }),
        }
    }

    /// The attributes of an object that is made with this; no child inherits it.
    pub(crate) fn attributes(&self) -> SECURITY_ATTRIBUTES {
        SECURITY_ATTRIBUTES {
            nLength: size_of::<SECURITY_ATTRIBUTES>() as u32,
            lpSecurityDescriptor: self.descriptor,
            bInheritHandle: 0,
        }
    }
}

impl Drop for Security {
    fn drop(&mut self) {
        // SAFETY: Windows made it, and it is not used again.
        unsafe { LocalFree(self.descriptor) };
    }
}
