//! Machines in memory, packages in a folder, and a clock that stands still.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use gate::{Cancel, Wait};
use installer::{
    Command, CustomActions, Host, Installer, Intent, Log, Package, Report, Silent,
    TransactionReport, Ui, UiLevel,
};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use machine::{Disk, Facts, MemoryDisk, Tree, View};
use tempfile::TempDir;

/// A folder for packages.
pub struct Bench {
    home: TempDir,
    events: Option<events::Log>,
}

#[allow(dead_code, reason = "each test target uses some of it")]
impl Bench {
    pub fn new() -> Bench {
        Bench {
            home: TempDir::new().unwrap(),
            events: None,
        }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Writes a package of text tables and returns its path.
    pub fn package(&self, name: &str, text: &str) -> String {
        for (file, bytes) in testing::package(text).folder() {
            let file = self.path(name).join(file);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, bytes).unwrap();
        }
        self.path(name).to_str().unwrap().to_owned()
    }

    /// From now on events are written, to a log of this name.
    pub fn begin_events(&mut self, name: &str) {
        self.events = Some(events::Log::at(&self.path(name)));
    }

    /// The event log.
    pub fn events(&self) -> &events::Log {
        self.events.as_ref().unwrap()
    }

    /// A property of a package.
    pub fn property(&self, package: &str, name: &str) -> String {
        Package::open_on_host(&self.path(package))
            .unwrap()
            .property(name)
            .unwrap()
    }

    /// A fresh machine.
    pub fn machine(&self) -> MemoryDisk {
        machine::memory(Facts::default()).unwrap().into_disk()
    }

    /// Runs a command on a disk, as a process of its own would.
    pub fn run<D: Disk>(&self, disk: D, command: &Command) -> Result<Report, machine::Error> {
        let (mut tree, host) = (Tree::open(disk)?, host());
        Ok(self
            .installer(&mut tree, &host)
            .run(command, &mut Silent, &mut Log::none(&host)))
    }

    /// Runs a command that somebody watches; returns the disk after it too.
    pub fn watched(
        &self,
        before: &MemoryDisk,
        command: &Command,
        ui: &mut dyn Ui,
    ) -> (Report, MemoryDisk) {
        let (mut tree, host) = (Tree::open(before.clone()).unwrap(), host());
        let report = self
            .installer(&mut tree, &host)
            .run(command, ui, &mut Log::none(&host));
        (report, tree.into_disk())
    }

    /// Runs a command that somebody watches and may call off.
    pub fn cancellable(
        &self,
        before: &MemoryDisk,
        command: &Command,
        cancel: Cancel,
        ui: &mut dyn Ui,
    ) -> (Report, MemoryDisk) {
        let (mut tree, host) = (Tree::open(before.clone()).unwrap(), host());
        let mut installer = Installer {
            cancel,
            ..self.installer(&mut tree, &host)
        };
        let report = installer.run(command, ui, &mut Log::none(&host));
        (report, tree.into_disk())
    }

    /// Recovers, as the next process would.
    pub fn recover<D: Disk>(&self, disk: D) -> Result<(), Box<dyn std::error::Error>> {
        let (mut tree, host) = (Tree::open(disk)?, host());
        self.installer(&mut tree, &host)
            .recover(Wait::No, &mut Silent, &mut Log::none(&host))?;
        Ok(())
    }

    pub fn installer<'a, D: Disk>(&self, tree: &'a mut Tree<D>, host: &'a Host) -> Installer<'a> {
        let cancel = Cancel::never();
        let events = self.events.clone();
        Installer {
            machine: tree,
            gate: None,
            events,
            host,
            cancel,
        }
    }

    /// The disk after a command that succeeds.
    #[track_caller]
    pub fn after(&self, before: &MemoryDisk, command: &Command) -> MemoryDisk {
        let (mut tree, host) = (Tree::open(before.clone()).unwrap(), host());
        let report =
            self.installer(&mut tree, &host)
                .run(command, &mut Silent, &mut Log::none(&host));
        assert_eq!((report.code, &report.message), (0, &None), "{report:?}");
        tree.into_disk()
    }

    /// Runs a command behind a gate, with an event log: everything that it leaves.
    pub fn told(&self, before: &MemoryDisk, command: &Command) -> Told {
        let (mut tree, host) = (Tree::open(before.clone()).unwrap(), host());
        let events = events::Log::at(&self.path("events.jsonl"));
        let report = Installer {
            gate: Some(gate::Gate::at(&self.path("gate"))),
            events: Some(events.clone()),
            ..self.installer(&mut tree, &host)
        }
        .run(command, &mut Silent, &mut Log::none(&host));
        Told {
            report,
            events: read_away(&events),
            disk: tree.into_disk(),
        }
    }

    /// Runs commands in one transaction behind a gate, with an event log.
    pub fn together(&self, before: &MemoryDisk, commands: &[Command]) -> ToldTogether {
        let mut tree = Tree::open(before.clone()).unwrap();
        let events = events::Log::at(&self.path("events.jsonl"));
        let gate = Some(gate::Gate::at(&self.path("gate")));
        let report = self.transaction(&mut tree, commands, gate, Some(events.clone()));
        ToldTogether {
            report,
            events: read_away(&events),
            disk: tree.into_disk(),
        }
    }

    /// Runs commands in one transaction on a disk, as a process of its own would.
    pub fn run_together<D: Disk>(
        &self,
        disk: D,
        commands: &[Command],
    ) -> Result<TransactionReport, machine::Error> {
        let mut tree = Tree::open(disk)?;
        Ok(self.transaction(&mut tree, commands, None, None))
    }

    fn transaction<D: Disk>(
        &self,
        tree: &mut Tree<D>,
        commands: &[Command],
        gate: Option<gate::Gate>,
        events: Option<events::Log>,
    ) -> TransactionReport {
        let host = host();
        let mut log = Log::none(&host);
        let mut installer = Installer {
            gate,
            events,
            ..self.installer(tree, &host)
        };
        let begun =
            installer.begin_transaction("several", "install", Wait::No, &mut Silent, &mut log);
        let mut transaction = match begun {
            Ok(transaction) => transaction,
            Err(error) => return TransactionReport::refused(&error),
        };
        for command in commands {
            transaction.add(command, &mut Silent, &mut log);
        }
        transaction.commit(&mut log)
    }

    /// The gate of the bench's machines.
    pub fn gate(&self) -> gate::Gate {
        gate::Gate::at(&self.path("gate"))
    }

    /// Runs a command behind the gate, watched, and it can be called off; returns the disk after it too.
    pub fn guarded(
        &self,
        before: &MemoryDisk,
        command: &Command,
        cancel: &Cancel,
        ui: &mut dyn Ui,
    ) -> (Report, MemoryDisk) {
        let (mut tree, host) = (Tree::open(before.clone()).unwrap(), host());
        let report = Installer {
            gate: Some(self.gate()),
            cancel: cancel.clone(),
            ..self.installer(&mut tree, &host)
        }
        .run(command, ui, &mut Log::none(&host));
        (report, tree.into_disk())
    }

    /// Runs a command behind the gate as a program does that the holder started.
    pub fn as_child_of(&self, generation: u64, before: &MemoryDisk, command: &Command) -> Report {
        let mut tree = Tree::open(before.clone()).unwrap();
        let host = Host {
            inherited_hold: Some(generation.to_string()),
            ..host()
        };
        Installer {
            gate: Some(self.gate()),
            ..self.installer(&mut tree, &host)
        }
        .run(command, &mut Silent, &mut Log::none(&host))
    }

    /// What a command would do.
    pub fn plan(&self, before: &MemoryDisk, command: &Command) -> installer::Plan {
        let (tree, host) = (Tree::open(before.clone()).unwrap(), host());
        installer::plan(&tree, command, &host, &mut Silent, &mut Log::none(&host)).unwrap()
    }

    /// The lines of a machine's snapshot.
    pub fn snapshot(&self, disk: &MemoryDisk) -> Vec<String> {
        machine::snapshot(&Tree::open(disk.clone()).unwrap()).unwrap()
    }

    /// The text of a file of the machine; none where there is no such file.
    pub fn text(&self, disk: &MemoryDisk, path: &str) -> Option<String> {
        let tree = Tree::open(disk.clone()).unwrap();
        let path = tree.path(path).unwrap();
        let mut text = String::new();
        let file = tree.is_file(&path).unwrap().then(|| tree.open(&path));
        std::io::Read::read_to_string(&mut file?.unwrap(), &mut text).unwrap();
        Some(text)
    }

    /// The names and versions of the products of a machine.
    pub fn products(&self, disk: &MemoryDisk) -> Vec<String> {
        let tree = Tree::open(disk.clone()).unwrap();
        let products = installer::list(&tree).unwrap();
        products
            .iter()
            .map(|product| {
                format!(
                    "{} {}",
                    product.name.as_deref().unwrap(),
                    product.version.as_deref().unwrap()
                )
            })
            .collect()
    }
}

/// The ids of a log's events, which is empty afterwards; for those that tell how it ended, with the product's name and
/// version.
fn read_away(events: &events::Log) -> Vec<String> {
    let told = events.read(&events::Filter::default()).unwrap();
    let _ = std::fs::remove_file(events.path());
    let about = |event: &events::Event| {
        let about = event.strings.iter().take(2).cloned().collect::<Vec<_>>();
        match event.id {
            1033..=1038 => format!("{} {}", event.id, about.join(" ")),
            _ => event.id.to_string(),
        }
    };
    told.events.iter().map(about).collect()
}

/// What several commands in one transaction left.
#[allow(dead_code, reason = "each test target uses some of it")]
pub struct ToldTogether {
    pub report: TransactionReport,
    /// As in [`Told`].
    pub events: Vec<String>,
    pub disk: MemoryDisk,
}

/// What a command left.
#[allow(dead_code, reason = "each test target uses some of it")]
pub struct Told {
    pub report: Report,
    /// The ids of its events; for those that tell how it ended, with the product's name and version.
    pub events: Vec<String>,
    pub disk: MemoryDisk,
}

/// A command without options.
#[allow(dead_code, reason = "each test target uses some of it")]
pub fn command(intent: Intent, target: &str) -> Command {
    Command {
        intent,
        target: target.to_owned(),
        properties: Vec::new(),
        ui_level: UiLevel::None,
        custom_actions: CustomActions::Skip,
        wait: Wait::No,
    }
}

/// A process whose clock stands still and whose ids count up.
pub fn host() -> Host {
    let count = AtomicU64::new(0);
    Host {
        now: Arc::new(|| Timestamp::UNIX_EPOCH),
        id: Arc::new(move || format!("{:08x}{:024x}", count.fetch_add(1, Ordering::Relaxed), 0)),
        time_zone: TimeZone::UTC,
        administrator: true,
        pid: 4711,
        user: "alice".to_owned(),
        command: "msikit".to_owned(),
        resume_command: "start /unix /usr/bin/msikit recover --resume --wait".to_owned(),
        environment: Vec::new(),
        inherited_hold: None,
    }
}
