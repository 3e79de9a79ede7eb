//! What the tests of the other crates stand on: packages from text, disks that crash, a sweep over every
//! effect, runs that stop where a test says, transforms between packages.
//!
//! Nothing here is shipped, and nothing shipped knows that it exists.
//! Start at [`package`], [`crash_at_every_effect`] and [`parking`].

mod bytes_source;
mod compound;
mod crash_disk;
mod package;
mod parking;
mod planted;
mod power_loss;
mod program;
pub mod signing;
mod sweep;
mod transform;

pub use bytes_source::BytesSource;
pub use crash_disk::{CrashDisk, Fault};
pub use package::{Package, package};
pub use parking::{Parked, Parker, ParkingProgress, ParkingSource, parking};
pub use planted::{Mistake, PlantedDisk};
pub use program::program;
pub use sweep::{Finding, Scenario, Sweep, Work, WorkError, crash_at_every_effect, differences};
pub use transform::transform;
