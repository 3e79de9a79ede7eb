//! Which machine: `--machine`, `$MSIKIT_MACHINE`, `$WINEPREFIX`, or `msikit/machine` among the user's data.

#[cfg(windows)]
mod computer;

#[cfg(unix)]
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use installer::{Host, Site, code};
use machine::{Facts, MemoryDisk, OsDisk, Tree, View};

use crate::arguments::Global;
use crate::output::{Failure, Output};
use crate::world::World;
#[cfg(windows)]
use computer::Computer;

/// A machine's directory.
pub struct Place {
    /// The directory; absolute.
    pub directory: PathBuf,
    /// Are links from a user's folders out of the machine followed?
    follow_user_links: bool,
}

/// A machine for reading: the directory's, or the default facts in memory where there is none.
pub enum Readable {
    /// It is there.
    Tree(Tree<OsDisk>),
    /// It is not; nothing is made.
    Defaults(Tree<MemoryDisk>),
    /// On Windows it is this computer.
    #[cfg(windows)]
    Computer(Computer),
}

impl Readable {
    /// The machine as something to read.
    pub fn view(&self) -> &dyn View {
        self.site().as_view()
    }

    /// The machine as something to find packages in.
    pub fn site(&self) -> &dyn Site {
        match self {
            Readable::Tree(tree) => tree,
            Readable::Defaults(tree) => tree,
            #[cfg(windows)]
            Readable::Computer(computer) => computer,
        }
    }
}

impl Place {
    /// On Windows the machine is this computer.
    #[cfg(windows)]
    pub fn choose(_: &Global, _: &World, output: &mut Output) -> Result<Place, Failure> {
        output.note("machine: this computer");
        Ok(Place {
            directory: PathBuf::new(),
            follow_user_links: false,
        })
    }

    /// Chooses the machine's directory and says which it is.
    #[cfg(unix)]
    pub fn choose(global: &Global, world: &World, output: &mut Output) -> Result<Place, Failure> {
        let place = Place::find(global, world)?;
        output.note(&format!("machine {}", place.directory.display()));
        Ok(place)
    }

    /// Chooses the machine's directory.
    pub fn find(global: &Global, world: &World) -> Result<Place, Failure> {
        let from_data = || world.data.as_ref().map(|data| data.join("msikit/machine"));
        let served = world.served.clone();
        let chosen = served
            .or_else(|| global.machine.clone())
            .or_else(|| world.msikit_machine.clone())
            .or_else(|| world.wine_prefix.clone())
            .or_else(from_data)
            .ok_or_else(|| {
                Failure::usage(
                    "which machine? say --machine DIR: there is no home directory to look in",
                )
            })?;
        let directory =
            std::path::absolute(&chosen).map_err(|error| Failure::file("find", &chosen, &error))?;
        Ok(Place {
            directory,
            follow_user_links: global.follow_user_links,
        })
    }

    /// Opens the machine for changes, making it where it is not there.
    pub fn open_or_create(
        &self,
        host: &Host,
        output: &mut Output,
    ) -> Result<Tree<OsDisk>, Failure> {
        if self.exists() {
            return self.open_tree();
        }
        let tree = self.create(default_facts(host))?;
        output.note("the machine is made, as `msikit machine init` does");
        Ok(tree)
    }

    /// Makes the machine, or what is missing of it.
    ///
    /// Errors: a folder that has other things in it and is no machine: it may be somebody's documents.
    pub fn create(&self, facts: Facts) -> Result<Tree<OsDisk>, Failure> {
        self.require_free()?;
        let disk = OsDisk::create(&self.directory)
            .map_err(|error| Failure::file("make", &self.directory, &error))?;
        self.with_links(disk, |disk| Tree::create(disk, facts))
    }

    /// Refuses a folder that has other things in it and is no machine.
    pub fn require_free(&self) -> Result<(), Failure> {
        if self.exists() || !self.has_other_things() {
            return Ok(());
        }
        Err(Failure {
            code: code::FAILURE,
            ..Failure::usage(format!(
                "{} is no machine, and other things are in it: name an empty folder, or one that is not there",
                self.directory.display()
            ))
        })
    }

    fn open_tree(&self) -> Result<Tree<OsDisk>, Failure> {
        let disk = OsDisk::open(&self.directory)
            .map_err(|error| Failure::file("open", &self.directory, &error))?;
        self.with_links(disk, Tree::open)
    }

    /// Opens a disk's machine with links followed as asked for.
    fn with_links(
        &self,
        mut disk: OsDisk,
        open: impl FnOnce(OsDisk) -> Result<Tree<OsDisk>, machine::Error>,
    ) -> Result<Tree<OsDisk>, Failure> {
        if self.follow_user_links {
            disk.follow_user_links();
        }
        let mut tree = open(disk)?;
        if self.follow_user_links {
            tree.follow_user_links();
        }
        Ok(tree)
    }

    /// Opens this computer for reading.
    #[cfg(windows)]
    pub fn open(&self, _: &Host, _: &mut Output) -> Result<Readable, Failure> {
        Ok(Readable::Computer(Computer::look()))
    }

    /// Opens the machine for reading. Where there is none: the default facts in memory, and says so.
    #[cfg(unix)]
    pub fn open(&self, host: &Host, output: &mut Output) -> Result<Readable, Failure> {
        if self.exists() {
            let tree = self.open_tree()?;
            if matches!(tree.wineserver(), Ok(Some(_))) {
                output.note(
                    "a wineserver is using this prefix: what its programs changed last may not be in the registry's files yet",
                );
            }
            if let Ok(Some(waits)) = installer::awaiting_restart(&self.state()) {
                output.note(&waits.describe());
            }
            return Ok(Readable::Tree(tree));
        }
        output.note("there is no machine yet: the default facts are used");
        self.defaults(host)
    }

    /// Opens the machine for a look before it is changed: what is in the way is said by the change itself.
    pub fn peek(&self) -> Result<Readable, Failure> {
        Ok(Readable::Tree(self.open_tree()?))
    }

    /// A machine as it would be made.
    pub fn defaults(&self, host: &Host) -> Result<Readable, Failure> {
        Ok(Readable::Defaults(machine::memory(default_facts(host))?))
    }

    #[expect(clippy::disallowed_methods, reason = "a folder that is no machine yet")]
    fn has_other_things(&self) -> bool {
        let entries = std::fs::read_dir(&self.directory).into_iter().flatten();
        entries
            .flatten()
            .any(|entry| entry.file_name() != ".msikit")
    }

    /// Is there a machine, or a Wine prefix?
    pub fn exists(&self) -> bool {
        ["system.reg", "drive_c", ".msikit/machine.toml"]
            .iter()
            .any(|name| self.directory.join(name).exists())
    }

    /// The version of Windows Installer that the machine claims; the default where there is no machine.
    pub fn installer_version(&self) -> Result<(u32, u32), Failure> {
        match self.exists() {
            true => Ok(self.open_tree()?.facts().installer_version),
            false => Ok(Facts::default().installer_version),
        }
    }

    /// Where machine.toml says that journald listens; none: it says nothing, or cannot be read.
    #[cfg(unix)]
    pub fn journald(&self) -> Option<PathBuf> {
        let tree = self.exists().then(|| self.open_tree())?.ok()?;
        let socket = tree.facts().journald.clone();
        (!socket.is_empty()).then(|| socket.into())
    }

    /// The user whose the machine's directory is. Errors: the system's.
    #[cfg(unix)]
    #[expect(clippy::disallowed_methods, reason = "whose the machine is")]
    pub fn owner(&self) -> std::io::Result<u32> {
        Ok(std::fs::metadata(&self.directory)?.uid())
    }

    /// The gate's folder.
    pub fn gate(&self) -> PathBuf {
        self.directory.join(".msikit/gate")
    }

    /// The event log.
    pub fn events(&self) -> PathBuf {
        self.directory.join(".msikit/events.jsonl")
    }

    /// The machine's own folder.
    pub fn state(&self) -> PathBuf {
        self.directory.join(".msikit")
    }
}

/// The facts of a new machine: the defaults, with this user's name.
pub fn default_facts(host: &Host) -> Facts {
    let mut facts = Facts::default();
    if let Some(name) = file_name(&host.user) {
        facts.user_name = name;
    }
    facts
}

fn file_name(user: &str) -> Option<String> {
    let kept: String = user
        .chars()
        .filter(|c| c.is_alphanumeric() || "-_.".contains(*c))
        .collect();
    (!kept.is_empty() && kept == user).then_some(kept)
}
