//! Systems without openat2: a directory cannot be kept closed against links there, so it is no machine, and says so.

use std::io;
use std::path::Path;
use std::time::SystemTime;

use crate::disk::{Disk, Listed, Stat};
use crate::{Attributes, ReadSeek};

/// A directory on the host: there is none.
#[derive(Debug)]
pub enum OsDisk {}

impl OsDisk {
    /// Opens no directory.
    ///
    /// Errors: always [`io::ErrorKind::Unsupported`].
    pub fn open(_: &Path) -> io::Result<OsDisk> {
        let why = "a directory is a machine on Linux only";
        Err(io::Error::new(io::ErrorKind::Unsupported, why))
    }

    /// As [`OsDisk::open`].
    pub fn create(folder: &Path) -> io::Result<OsDisk> {
        OsDisk::open(folder)
    }

    /// Allows the links from a user's folders to folders outside.
    pub fn follow_user_links(&mut self) {
        match *self {}
    }
}

impl Disk for OsDisk {
    fn stat(&self, _: &str) -> io::Result<Option<Stat>> {
        match *self {}
    }

    fn read_link(&self, _: &str) -> io::Result<String> {
        match *self {}
    }

    fn list(&self, _: &str) -> io::Result<Option<Vec<Listed>>> {
        match *self {}
    }

    fn open_read(&self, _: &str) -> io::Result<Box<dyn ReadSeek>> {
        match *self {}
    }

    fn create_new(&mut self, _: &str) -> io::Result<Box<dyn io::Write>> {
        match *self {}
    }

    fn append(&mut self, _: &str, _: &[u8]) -> io::Result<()> {
        match *self {}
    }

    fn sync_file(&mut self, _: &str) -> io::Result<()> {
        match *self {}
    }

    fn sync_folder(&mut self, _: &str) -> io::Result<()> {
        match *self {}
    }

    fn sync_all(&mut self, _: &str) -> io::Result<()> {
        match *self {}
    }

    fn rename(&mut self, _: &str, _: &str) -> io::Result<()> {
        match *self {}
    }

    fn hard_link(&mut self, _: &str, _: &str) -> io::Result<()> {
        match *self {}
    }

    fn remove_file(&mut self, _: &str) -> io::Result<()> {
        match *self {}
    }

    fn create_folder(&mut self, _: &str) -> io::Result<()> {
        match *self {}
    }

    fn remove_folder(&mut self, _: &str) -> io::Result<()> {
        match *self {}
    }

    fn set_attributes(&mut self, _: &str, _: Attributes) -> io::Result<()> {
        match *self {}
    }

    fn set_modified(&mut self, _: &str, _: SystemTime) -> io::Result<()> {
        match *self {}
    }

    fn free_bytes(&self, _: &str) -> io::Result<u64> {
        match *self {}
    }

    fn same_device(&self, _: &str, _: &str) -> io::Result<bool> {
        match *self {}
    }
}
