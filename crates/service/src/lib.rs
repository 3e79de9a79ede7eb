//! `msiserver` for the users of one machine: varlink on a socket in the machine's own folder.
//!
//! It is optional. The gate is the same with it and without it, so that who uses it and who does not may be mixed.
//! `docs/service.md` tells how it is used, and why it is built so.
//!
//! Absent here on purpose: packages, and programs. What a process needs of its system and of the machine comes through
//! [`Site`]; each installation runs in a process of its own, which the site starts. Threads are at this edge only.

#![cfg(unix)]

pub mod activation;
mod client;
mod installs;
mod order;
mod order_of_user;
mod peer;
mod question;
mod relay;
mod running;
mod server;
mod site;
mod socket;
mod status;
pub mod units;
mod varlink;
mod wire;
mod worker;

pub use client::{Carried, Client, Failed, NotDone};
pub use installs::Worker;
pub use order::{OpenFile, Order, Start};
pub use peer::Peer;
pub use server::{Ended, Server, Settings};
pub use site::Site;
pub use socket::{Listening, SOCKET, SocketError, listen, listen_on};
pub use status::{NoStatus, Phase, Process, ServiceStatus, stop_refusal};
pub use varlink::{DESCRIPTION, INTERFACE};
pub use wire::WireError;
pub use worker::{Begun, Teller};
