//! Reading the registry of this computer, its 64-bit view.

use std::io;

use machine::{Data, Root};
use windows_sys::Win32::Foundation::{
    ERROR_FILE_NOT_FOUND, ERROR_MORE_DATA, ERROR_NO_MORE_ITEMS, ERROR_PATH_NOT_FOUND, ERROR_SUCCESS,
};
use windows_sys::Win32::System::Registry::{
    HKEY, HKEY_CURRENT_USER, HKEY_LOCAL_MACHINE, HKEY_USERS, KEY_READ, KEY_WOW64_64KEY, REG_BINARY,
    REG_DWORD, REG_EXPAND_SZ, REG_MULTI_SZ, REG_QWORD, REG_SZ, RegCloseKey, RegEnumKeyExW,
    RegEnumValueW, RegOpenKeyExW, RegQueryValueExW,
};

use super::names::{narrow, wide};

/// The longest name of a key, and of a value, in UTF-16 units with the zero.
const KEY_NAME_MAX: usize = 256;
const VALUE_NAME_MAX: usize = 16_384;
/// The longest data that is read, in bytes.
const DATA_BYTES_MAX: usize = 64 * 1024 * 1024;

/// An open key.
pub(crate) struct OpenKey(HKEY);

impl OpenKey {
    /// Opens a key for reading; none where there is none.
    ///
    /// Errors: the system's, as where it may not be read.
    pub(crate) fn open(root: Root, path: &str) -> io::Result<Option<OpenKey>> {
        let root = match root {
            Root::LocalMachine => HKEY_LOCAL_MACHINE,
            Root::CurrentUser => HKEY_CURRENT_USER,
            Root::Users => HKEY_USERS,
        };
        let path = wide(path);
        let mut key: HKEY = std::ptr::null_mut();
        // SAFETY: the path ends with a zero, and the key's place is there.
        let opened =
            unsafe { RegOpenKeyExW(root, path.as_ptr(), 0, KEY_READ | KEY_WOW64_64KEY, &mut key) };
        match opened {
            ERROR_SUCCESS => Ok(Some(OpenKey(key))),
            ERROR_FILE_NOT_FOUND | ERROR_PATH_NOT_FOUND => Ok(None),
            code => Err(io::Error::from_raw_os_error(code as i32)),
        }
    }

    /// Returns the names of its subkeys.
    pub(crate) fn subkeys(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        loop {
            let mut name = [0u16; KEY_NAME_MAX];
            let mut length = KEY_NAME_MAX as u32;
            let null = std::ptr::null_mut();
            // SAFETY: the name's room is told; null is allowed for the rest.
            let told = unsafe {
                RegEnumKeyExW(
                    self.0,
                    names.len() as u32,
                    name.as_mut_ptr(),
                    &mut length,
                    std::ptr::null(),
                    null,
                    null.cast(),
                    null.cast(),
                )
            };
            match told {
                ERROR_SUCCESS => names.push(narrow(&name)),
                ERROR_NO_MORE_ITEMS => return Ok(names),
                code => return Err(io::Error::from_raw_os_error(code as i32)),
            }
        }
    }

    /// Returns its values in the order of the registry.
    pub(crate) fn values(&self) -> io::Result<Vec<(String, Data)>> {
        let mut values = Vec::new();
        let mut name = vec![0u16; VALUE_NAME_MAX];
        for index in 0.. {
            let mut length = VALUE_NAME_MAX as u32;
            let null = std::ptr::null_mut::<u32>();
            // SAFETY: the name's room is told; null is allowed for the rest.
            let told = unsafe {
                RegEnumValueW(
                    self.0,
                    index,
                    name.as_mut_ptr(),
                    &mut length,
                    null.cast(),
                    null,
                    null.cast(),
                    null,
                )
            };
            match told {
                ERROR_SUCCESS | ERROR_MORE_DATA => {}
                ERROR_NO_MORE_ITEMS => break,
                code => return Err(io::Error::from_raw_os_error(code as i32)),
            }
            let name = narrow(&name);
            // A value that has gone since is none.
            values.extend(self.value(&name)?.map(|data| (name, data)));
        }
        Ok(values)
    }

    /// Returns the data of a value; none where there is none.
    pub(crate) fn value(&self, name: &str) -> io::Result<Option<Data>> {
        let name = wide(name);
        let mut bytes = vec![0u8; 512];
        loop {
            let (mut kind, mut length) = (0, bytes.len() as u32);
            // SAFETY: the name ends with a zero, and the room for the data is told.
            let told = unsafe {
                RegQueryValueExW(
                    self.0,
                    name.as_ptr(),
                    std::ptr::null(),
                    &mut kind,
                    bytes.as_mut_ptr(),
                    &mut length,
                )
            };
            match told {
                ERROR_SUCCESS => {
                    bytes.truncate(length as usize);
                    return Ok(Some(data(kind, bytes)));
                }
                ERROR_MORE_DATA if (length as usize) < DATA_BYTES_MAX => {
                    bytes.resize((length as usize).max(bytes.len() * 2), 0);
                }
                ERROR_FILE_NOT_FOUND => return Ok(None),
                code => return Err(io::Error::from_raw_os_error(code as i32)),
            }
        }
    }
}

impl Drop for OpenKey {
    fn drop(&mut self) {
        // SAFETY: the key is ours and is not used again.
        unsafe { RegCloseKey(self.0) };
    }
}

fn data(kind: u32, bytes: Vec<u8>) -> Data {
    let text = || {
        let units = bytes.chunks_exact(2);
        let units: Vec<u16> = units
            .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
            .collect();
        String::from_utf16_lossy(&units)
    };
    let one = || text().split('\0').next().unwrap_or_default().to_owned();
    match (kind, bytes.as_slice()) {
        (REG_SZ, _) => Data::Sz(one()),
        (REG_EXPAND_SZ, _) => Data::ExpandSz(one()),
        (REG_MULTI_SZ, _) => {
            let all = text();
            let all = all.strip_suffix('\0').unwrap_or(&all);
            let all = all.strip_suffix('\0').unwrap_or(all);
            Data::MultiSz(match all {
                "" => Vec::new(),
                all => all.split('\0').map(str::to_owned).collect(),
            })
        }
        (REG_DWORD, &[a, b, c, d]) => Data::Dword(u32::from_le_bytes([a, b, c, d])),
        (REG_QWORD, &[a, b, c, d, e, f, g, h]) => {
            Data::Qword(u64::from_le_bytes([a, b, c, d, e, f, g, h]))
        }
        (REG_BINARY, _) => Data::Binary(bytes),
        (kind, _) => Data::Other(kind, bytes),
    }
}
