//! When Windows started, and its file times.

use std::time::Duration;

use jiff::Timestamp;
use windows_sys::Win32::Foundation::FILETIME;
use windows_sys::Win32::System::SystemInformation::GetTickCount64;

/// 1970 in Windows' count: 100 ns since 1601.
const EPOCH: i64 = 116_444_736_000_000_000;

/// Returns when Windows started.
pub fn boot_time() -> Timestamp {
    // SAFETY: no pointers.
    let up = Duration::from_millis(unsafe { GetTickCount64() });
    let now = Timestamp::now();
    now.checked_sub(up).unwrap_or(now)
}

/// Returns a file time as a time; none where it is out of range.
pub(crate) fn timestamp(time: FILETIME) -> Option<Timestamp> {
    let count = i64::from(time.dwHighDateTime) << 32 | i64::from(time.dwLowDateTime);
    let since = count.checked_sub(EPOCH)?;
    Timestamp::from_nanosecond(i128::from(since) * 100).ok()
}
