//! What the tests of the other crates stand on: disks that crash, a sweep over every effect, sources that wait.
//!
//! Nothing here is shipped, and nothing shipped knows that it exists. Start at [`crash_at_every_effect`].

mod bytes_source;
mod crash_disk;
mod planted;
mod power_loss;
mod sweep;

pub use bytes_source::BytesSource;
pub use crash_disk::{CrashDisk, Fault};
pub use planted::{Mistake, PlantedDisk};
pub use sweep::{Finding, Scenario, Sweep, Work, WorkError, crash_at_every_effect};
