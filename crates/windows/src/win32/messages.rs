//! The texts of Windows Installer's events, from Windows' own file of messages, in the user's language.

use windows_sys::Win32::Foundation::{FreeLibrary, HMODULE};
use windows_sys::Win32::System::Diagnostics::Debug::{
    FORMAT_MESSAGE_ARGUMENT_ARRAY, FORMAT_MESSAGE_FROM_HMODULE, FormatMessageW,
};
use windows_sys::Win32::System::LibraryLoader::{
    LOAD_LIBRARY_AS_DATAFILE, LOAD_LIBRARY_SEARCH_SYSTEM32, LoadLibraryExW,
};

use super::names::{narrow, wide};

/// The most texts that a message can ask for: `%1` to `%99`.
const INSERTS_MAX: usize = 99;
/// The longest message, in UTF-16 units.
const MESSAGE_MAX: usize = 32 * 1024;

/// The file of messages, where Windows has one.
pub(crate) struct Messages {
    module: Option<HMODULE>,
}

impl Messages {
    /// Opens it as data: none of its code runs.
    pub(crate) fn open() -> Messages {
        let name = wide("msimsg.dll");
        let flags = LOAD_LIBRARY_AS_DATAFILE | LOAD_LIBRARY_SEARCH_SYSTEM32;
        // SAFETY: the name ends with a zero, and null is what has to stand there.
        let module = unsafe { LoadLibraryExW(name.as_ptr(), std::ptr::null_mut(), flags) };
        Messages {
            module: (!module.is_null()).then_some(module),
        }
    }

    /// Returns the text of an event; none where the file has none.
    pub(crate) fn text(&self, identifier: u32, strings: &[String]) -> Option<String> {
        let module = self.module?;
        let strings: Vec<Vec<u16>> = strings.iter().map(|text| wide(text)).collect();
        let empty = [0u16];
        // A message may ask for more than the event has.
        let inserts = strings.iter().map(|text| text.as_ptr());
        let inserts = inserts.chain(std::iter::repeat(empty.as_ptr()));
        let inserts: Vec<*const u16> = inserts.take(INSERTS_MAX).collect();
        let mut text = vec![0u16; MESSAGE_MAX];
        // SAFETY: as many texts as can be asked for are there, each with a zero; the room is told.
        let length = unsafe {
            FormatMessageW(
                FORMAT_MESSAGE_FROM_HMODULE | FORMAT_MESSAGE_ARGUMENT_ARRAY,
                module.cast_const(),
                identifier,
                0,
                text.as_mut_ptr(),
                MESSAGE_MAX as u32,
                inserts.as_ptr().cast(),
            )
        };
        (length != 0).then(|| narrow(&text).trim_end().to_owned())
    }
}

impl Drop for Messages {
    fn drop(&mut self) {
        if let Some(module) = self.module {
            // SAFETY: the module is ours and is not used again.
            unsafe { FreeLibrary(module) };
        }
    }
}
