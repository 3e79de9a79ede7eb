//! Ctrl-C and SIGTERM as values that can be waited for.

use std::io;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use installer::Cancel;
use signal_hook::consts::{SIGINT, SIGTERM};

/// Returns a cancel that the first Ctrl-C or SIGTERM fires: everything is undone (1602). The second ends the process,
/// and the next command undoes what is left.
///
/// Errors: the process has no file descriptors left.
pub fn cancel() -> io::Result<Cancel> {
    let asked = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        // In this order: the first signal finds the flag unset, and sets it.
        signal_hook::flag::register_conditional_default(signal, Arc::clone(&asked))?;
        signal_hook::flag::register(signal, Arc::clone(&asked))?;
    }
    fired_by(&[SIGINT, SIGTERM])
}

/// Returns what Ctrl-C and SIGTERM fire, and what SIGTERM alone fires; neither ends this process any more.
///
/// Errors: the process has no file descriptors left.
pub fn stop_and_terminate() -> io::Result<(Cancel, Cancel)> {
    Ok((fired_by(&[SIGINT, SIGTERM])?, fired_by(&[SIGTERM])?))
}

/// Returns a pipe's end from which a byte can be read for each Ctrl-C and SIGTERM; neither ends this process any more.
///
/// Errors: the process has no file descriptors left.
pub fn signals() -> io::Result<UnixStream> {
    let (watched, end) = UnixStream::pair()?;
    for signal in [SIGINT, SIGTERM] {
        signal_hook::low_level::pipe::register(signal, end.try_clone()?)?;
    }
    Ok(watched)
}

fn fired_by(signals: &[i32]) -> io::Result<Cancel> {
    let cancel = Cancel::new()?;
    if let Some(end) = cancel.trigger() {
        for signal in signals {
            signal_hook::low_level::pipe::register(*signal, end.try_clone_to_owned()?)?;
        }
    }
    Ok(cancel)
}
