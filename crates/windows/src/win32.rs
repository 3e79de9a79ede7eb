//! Everything that asks Windows: one file for each thing asked, and each call's meaning beside it.
#![expect(unsafe_code, reason = "Win32 is called here, and only here")]

mod clock;
mod computer;
mod event_log;
mod look;
mod messages;
mod mutant;
mod names;
mod processes;
mod program;
mod queue;
mod registry;
mod restart;
mod security;
mod semaphore;
mod service;
mod stop;
mod waiting;

pub use clock::boot_time;
pub use computer::Computer;
pub use event_log::{EventLog, installer_events};
pub use look::{Holders, holders, look};
pub use mutant::{EXECUTE, ask, asks_for_disk};
pub use names::user_name;
pub use processes::processes;
pub use program::{Program, own_command_line};
pub use queue::{NoTicket, Queue, Queued, Ticket};
pub use restart::{installation_in_progress, restart_reasons};
pub use service::{INSTALLER_SERVICE, query_service};
pub use stop::Stop;
pub use waiting::{Patience, Woken};
