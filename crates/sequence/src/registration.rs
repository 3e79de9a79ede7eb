//! What is registered on a machine: products, their features, and the clients of components.
//!
//! Reading only. Follows: Microsoft, "Uninstall Registry Key", "Installation Context"; where products, features,
//! components and upgrade codes are kept is public knowledge.

mod clients;
pub mod guid;
mod in_progress;
mod installed;
mod kept_files;
mod missing;
pub(crate) mod places;
mod product;
mod unregister;
pub(crate) mod write;

pub use kept_files::transform_folder;
pub use missing::missing_key_paths;
pub use product::{Context, Product, ProductState, find, products};

pub(crate) use clients::{Client, clients};
pub(crate) use in_progress::{waits_for_restart, waits_no_longer};
pub use installed::registered_features;
pub(crate) use installed::{feature_states, read_states, set_installed};
pub(crate) use product::related;
pub(crate) use unregister::unregister;

use machine::{KeyPath, Root};

/// Where Windows Installer keeps its own data, in the 64-bit view on every machine.
const INSTALLER: &str = "Software\\Microsoft\\Windows\\CurrentVersion\\Installer";

/// The SID that stands for the machine itself.
const MACHINE_SID: &str = "S-1-5-18";

fn installer() -> KeyPath {
    KeyPath::new(Root::LocalMachine, INSTALLER)
}

fn user_data(sid: &str) -> KeyPath {
    installer().join("UserData").join(sid)
}
