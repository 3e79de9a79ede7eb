//! Texts as Windows takes and gives them: UTF-16 with a zero at the end.

use windows_sys::Win32::Foundation::LocalFree;
use windows_sys::Win32::Security::Authorization::ConvertSidToStringSidW;
use windows_sys::Win32::Security::{LookupAccountSidW, SID_NAME_USE};

/// Returns a text with a zero at its end.
pub(crate) fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().chain([0]).collect()
}

/// Returns the text before the first zero.
pub(crate) fn narrow(units: &[u16]) -> String {
    let end = units.iter().position(|unit| *unit == 0);
    String::from_utf16_lossy(&units[..end.unwrap_or(units.len())])
}

/// Returns the text of a pointer to UTF-16 with a zero at its end.
///
/// # Safety
/// The pointer is null, or leads to such a text.
pub(crate) unsafe fn narrow_at(pointer: *const u16) -> String {
    if pointer.is_null() {
        return String::new();
    }
    let mut length = 0;
    // SAFETY: the caller promises a zero; nothing behind it is read.
    unsafe {
        while *pointer.add(length) != 0 {
            length += 1;
        }
        String::from_utf16_lossy(std::slice::from_raw_parts(pointer, length))
    }
}

/// Returns the name of the user with this SID (`DOMAIN\NAME`), else the SID's text; "" for no SID.
pub fn user_name(sid: &[u8]) -> String {
    // Revision, count of parts, authority, and four bytes a part.
    if sid.len() < 8 || sid.len() < 8 + 4 * usize::from(sid[1]) {
        return String::new();
    }
    let mut aligned: Vec<u32> = vec![0; sid.len().div_ceil(4)];
    for (word, bytes) in aligned.iter_mut().zip(sid.chunks(4)) {
        let mut four = [0; 4];
        four[..bytes.len()].copy_from_slice(bytes);
        *word = u32::from_le_bytes(four);
    }
    let sid = aligned.as_mut_ptr().cast();
    let (mut name, mut domain) = ([0u16; 256], [0u16; 256]);
    let (mut name_size, mut domain_size) = (256, 256);
    let mut kind: SID_NAME_USE = 0;
    // SAFETY: the SID is whole and aligned, and both buffers have the sizes that are told.
    let found = unsafe {
        LookupAccountSidW(
            std::ptr::null(),
            sid,
            name.as_mut_ptr(),
            &mut name_size,
            domain.as_mut_ptr(),
            &mut domain_size,
            &mut kind,
        )
    };
    if found != 0 {
        let (name, domain) = (narrow(&name), narrow(&domain));
        return match domain.is_empty() {
            true => name,
            false => format!("{domain}\\{name}"),
        };
    }
    let mut text = std::ptr::null_mut();
    // SAFETY: the SID is whole; the text that Windows makes is read and given back.
    unsafe {
        if ConvertSidToStringSidW(sid, &mut text) == 0 {
            return String::new();
        }
        let told = narrow_at(text);
        LocalFree(text.cast());
        told
    }
}
