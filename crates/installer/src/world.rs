//! What the loop acts on: a machine with gate, journal and event log; or, for `plan`, only a view.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use gate::Gate;
use machine::{Disk, Machine, MachinePath, Overlay, Pending, Tree, View, Wineserver};
use script::{Operation, Progress, Source};
use sequence::Table;

use crate::notes::Notes;
use crate::source::PackageFile;
use crate::suspension::{Record, Suspension};
use crate::{Error, Log, Ui};

/// A machine as packages are found in it.
pub trait Site {
    /// The machine as something to read.
    fn as_view(&self) -> &dyn View;

    /// The host's path of a file in the machine, links followed; none where it has none.
    fn host_path(&self, path: &MachinePath) -> Option<PathBuf>;

    /// The bytes of a package that is only planned to be kept there; none: it is no such file.
    fn planned_package(&self, _path: &MachinePath) -> Option<Arc<[u8]>> {
        None
    }
}

/// Packages that are only planned to be kept in the machine, with where.
pub(crate) type Kept = Vec<(MachinePath, PackageFile)>;

/// A machine with pending changes on top, as packages are found in it.
pub(crate) struct Ahead<'a> {
    view: Overlay<'a>,
    site: &'a dyn Site,
    kept: &'a Kept,
}

impl<'a> Ahead<'a> {
    pub(crate) fn new(site: &'a dyn Site, pending: &'a Pending, kept: &'a Kept) -> Ahead<'a> {
        let view = Overlay {
            base: site.as_view(),
            pending,
        };
        Ahead { view, site, kept }
    }

    fn kept(&self, path: &MachinePath) -> Option<&PackageFile> {
        let mut kept = self.kept.iter().rev();
        let found = kept.find(|(known, _)| known == path);
        found.map(|(_, file)| file)
    }
}

impl Site for Ahead<'_> {
    fn as_view(&self) -> &dyn View {
        &self.view
    }

    fn host_path(&self, path: &MachinePath) -> Option<PathBuf> {
        match (self.view.planned(path), self.kept(path)) {
            (None, _) => self.site.host_path(path),
            (Some(_), Some(PackageFile::File(path))) => Some(path.clone()),
            (Some(_), _) => None,
        }
    }

    fn planned_package(&self, path: &MachinePath) -> Option<Arc<[u8]>> {
        self.view.planned(path)?;
        match self.kept(path)? {
            PackageFile::Bytes(bytes) => Some(bytes.clone()),
            PackageFile::File(_) => None,
        }
    }
}

/// A machine that installations change.
pub trait ChangingSite: Site + Machine {
    /// Forgets what was read: another process may have changed it.
    fn refresh(&mut self);

    /// Returns the wineserver that has the machine's registry in its memory, if one does.
    ///
    /// Errors: I/O, where that cannot be told.
    fn wineserver(&self) -> Result<Option<Wineserver>, machine::Error>;

    /// Hands each place that has a journal of its own to `recover`: the machine alone, or more.
    ///
    /// Errors: the first of `recover`.
    fn with_each_journal(
        &mut self,
        recover: &mut dyn FnMut(&mut dyn Machine) -> Result<(), Error>,
    ) -> Result<(), Error>;

    /// The machine as something to change.
    fn as_machine(&mut self) -> &mut dyn Machine;

    /// The machine as something to find packages in.
    fn as_site(&self) -> &dyn Site;
}

/// Where the operations of a script are once it was executed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Executed {
    /// In the machine.
    InMachine,
    /// Nowhere: only the plan has them.
    OnlyPlanned,
}

/// What the loop acts on.
pub(crate) trait World {
    /// The machine as something to find packages in.
    fn site(&self) -> &dyn Site;

    /// Is this an installation, and not only a plan?
    fn installs(&self) -> bool;

    /// The gate of the machine; none: nothing is installed, or nobody guards it.
    fn gate(&self) -> Option<&Gate> {
        None
    }

    /// Takes the gate for an execute table, undoes what an interrupted installation left, and reads the machine anew.
    fn enter(
        &mut self,
        who: gate::Taker,
        table: Table,
        log: &mut Log,
        ui: &mut dyn Ui,
    ) -> Result<(), Error>;

    /// Is a nested run under the hold of its outer one? It never meets 1618 from it. "Concurrent Installations".
    fn admits_nested(&self) -> bool;

    /// Tells others that the hold goes on with another package of the same transaction.
    fn goes_on(&mut self, who: gate::Taker, table: Table);

    /// Says anew what is to be written to the event log if the open transaction is undone.
    fn retell(&mut self, notes: &Notes) -> Result<(), Error>;

    /// Tells others which action runs.
    fn tell(&mut self, action: &str);

    /// Lets the gate go.
    fn leave(&mut self, log: &mut Log);

    /// Opens a transaction. `notes`: what is to be written to the event log if it is undone.
    fn begin(&mut self, id: &str, notes: &Notes) -> Result<(), Error>;

    /// Is a transaction open?
    fn is_open(&self) -> bool;

    /// Performs operations.
    fn execute(
        &mut self,
        operations: &[Operation],
        source: &mut dyn Source,
        progress: &mut dyn Progress,
    ) -> Result<Executed, Error>;

    /// Makes the registry visible to foreign code.
    fn publish(&mut self) -> Result<(), Error>;

    /// Commits, writes `notes` to the event log, tidies. Returns the time that the commit took.
    fn commit(&mut self, notes: &Notes) -> Result<Duration, Error>;

    /// Undoes the open transaction, writes `notes` to the event log, tidies.
    fn undo(&mut self, notes: &Notes) -> Result<(), Error>;

    /// Commits what was done of the open transaction although it failed, writes `notes` to the event log, tidies.
    fn keep(&mut self, notes: &Notes) -> Result<(), Error>;

    /// Returns the installation that waits for a restart, if one does.
    fn suspended(&mut self) -> Result<Option<Suspension>, Error>;

    /// Puts the open transaction by. `undone`: what is to be written to the event log if it is undone.
    fn suspend(&mut self, undone: &Notes, record: &Record) -> Result<(), Error>;

    /// Opens the transaction that waits for a restart, as [`World::begin`] opens a new one.
    fn resume(&mut self, id: &str, notes: &Notes) -> Result<(), Error>;

    /// Undoes the transaction that waits for a restart.
    fn undo_suspended(&mut self, log: &mut Log) -> Result<(), Error>;

    /// Writes to the event log what belongs to no open transaction.
    fn write_notes(&mut self, notes: &Notes) -> Result<(), Error>;
}

/// A plan's world: nothing is taken, written or remembered.
pub(crate) struct Planned<'a> {
    pub(crate) site: &'a dyn Site,
    pub(crate) open: bool,
}

impl World for Planned<'_> {
    fn site(&self) -> &dyn Site {
        self.site
    }

    fn installs(&self) -> bool {
        false
    }

    fn enter(
        &mut self,
        _: gate::Taker,
        _: Table,
        _: &mut Log,
        _: &mut dyn Ui,
    ) -> Result<(), Error> {
        Ok(())
    }

    fn admits_nested(&self) -> bool {
        true
    }

    fn goes_on(&mut self, _: gate::Taker, _: Table) {}

    fn retell(&mut self, _: &Notes) -> Result<(), Error> {
        Ok(())
    }

    fn tell(&mut self, _: &str) {}

    fn leave(&mut self, _: &mut Log) {}

    fn begin(&mut self, _: &str, _: &Notes) -> Result<(), Error> {
        self.open = true;
        Ok(())
    }

    fn is_open(&self) -> bool {
        self.open
    }

    fn execute(
        &mut self,
        _: &[Operation],
        _: &mut dyn Source,
        _: &mut dyn Progress,
    ) -> Result<Executed, Error> {
        Ok(Executed::OnlyPlanned)
    }

    fn publish(&mut self) -> Result<(), Error> {
        Ok(())
    }

    fn commit(&mut self, _: &Notes) -> Result<Duration, Error> {
        self.open = false;
        Ok(Duration::ZERO)
    }

    fn undo(&mut self, _: &Notes) -> Result<(), Error> {
        self.open = false;
        Ok(())
    }

    fn keep(&mut self, _: &Notes) -> Result<(), Error> {
        self.open = false;
        Ok(())
    }

    fn suspended(&mut self) -> Result<Option<Suspension>, Error> {
        Ok(None)
    }

    fn suspend(&mut self, _: &Notes, _: &Record) -> Result<(), Error> {
        self.open = false;
        Ok(())
    }

    fn resume(&mut self, id: &str, notes: &Notes) -> Result<(), Error> {
        self.begin(id, notes)
    }

    fn undo_suspended(&mut self, _: &mut Log) -> Result<(), Error> {
        Ok(())
    }

    fn write_notes(&mut self, _: &Notes) -> Result<(), Error> {
        Ok(())
    }
}

impl<D: Disk> Site for Tree<D> {
    fn as_view(&self) -> &dyn View {
        self
    }

    fn host_path(&self, path: &MachinePath) -> Option<PathBuf> {
        Tree::host_path(self, path).ok().flatten()
    }
}

impl<D: Disk> ChangingSite for Tree<D> {
    fn refresh(&mut self) {
        Tree::refresh(self);
    }

    fn wineserver(&self) -> Result<Option<Wineserver>, machine::Error> {
        Tree::wineserver(self)
    }

    fn with_each_journal(
        &mut self,
        recover: &mut dyn FnMut(&mut dyn Machine) -> Result<(), Error>,
    ) -> Result<(), Error> {
        recover(self)
    }

    fn as_machine(&mut self) -> &mut dyn Machine {
        self
    }

    fn as_site(&self) -> &dyn Site {
        self
    }
}
