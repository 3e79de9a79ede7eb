//! What the service needs of its process and of the machine: everything outside of it.

use std::io;

use installer::Status;

use crate::{Start, Worker};

/// The machine that is served, and the process that serves it.
pub trait Site: Send + Sync {
    /// Is an installation in progress? Takes and changes nothing.
    fn installation(&self) -> Status;

    /// The version of Windows Installer that the machine claims.
    ///
    /// Errors: the machine cannot be read.
    fn installer_version(&self) -> Result<(u32, u32), String>;

    /// Looks whether the machine can be served, once, while the service is starting.
    ///
    /// Errors: it cannot, and why.
    fn prepare(&self) -> Result<(), String>;

    /// The user whose the machine is.
    ///
    /// Errors: its folder is gone.
    fn owner(&self) -> io::Result<u32>;

    /// Is this elevated for a user who is no administrator of the machine? `target`: a product code, or a package's path.
    ///
    /// Errors: the machine cannot be read.
    fn elevates(&self, target: &str) -> Result<bool, String>;

    /// Starts a process that carries an order out once it is told to begin, with the rights of the machine's owner.
    ///
    /// Errors: the system's.
    fn start(&self, order: Start) -> io::Result<Worker>;

    /// Keeps a line for whoever looks after the service.
    fn tell(&self, line: &str);
}
