//! Ctrl-C where there are no signals: what changes a machine's directory is not there either. What waits on Windows has
//! [`windows::Stop`].

use std::io;

use installer::Cancel;

/// Watches nothing.
///
/// Errors: always [`io::ErrorKind::Unsupported`].
pub fn cancel() -> io::Result<Cancel> {
    Err(io::ErrorKind::Unsupported.into())
}
