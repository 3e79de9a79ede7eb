//! Windows itself as the machine: the real `Global\_MSIExecute`, the service, the Application event log, the processes,
//! and a queue of our own before msiexec.
//!
//! What decides is plain code that runs and is tested everywhere; what asks Windows is in `win32` and only there is
//! `unsafe`. Absent here on purpose: holding `_MSIExecute`. A program that held it around msiexec would make it fail;
//! so nothing here ever takes that mutex, and a probe leaves nothing behind.
//! Follows: Microsoft, "_MSIExecute Mutex", "Event Logging".

mod answer;
mod command_line;
mod event_record;
mod install_log;
mod probable;
mod turn;

#[cfg(windows)]
mod win32;

pub use answer::{Answer, Mutex, RestartReason, ServiceState, ServiceStatus, State, answer};
pub use command_line::{after_double_dash, msiexec_property, quoted, split_program};
pub use event_record::{NoEventLog, RawEvent};
pub use install_log::{InstallLog, decode_log};
pub use probable::{Candidate, Process, family, installers, probable};
pub use turn::{Attempts, Door, End, Rest, attempts};

#[cfg(windows)]
pub use win32::*;
