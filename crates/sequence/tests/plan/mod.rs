//! Runs over a machine in memory, as a plan: operations go on top of the machine as pending changes.
#![allow(dead_code, unused_imports, reason = "each test target uses a part")]

pub mod fixture;
mod tables;

pub use tables::with_rows;

use std::path::PathBuf;

use database::Database;
use machine::{Facts, MemoryDisk, Overlay, Pending, Tree};
use script::Operation;
use sequence::{
    Answer, Clock, CustomActions, Message, Outcome, Outer, PackageSource, Request, Run, Step,
    TopLevel, Transforms, UiLevel,
};

/// Where the shared material is; none, said so, where it is not there.
#[expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "tests may be told where the material is, and say when it is not there"
)]
pub fn shared() -> Option<PathBuf> {
    let given = std::env::var_os("MSIKIT_SHARED").map(PathBuf::from);
    let path =
        given.unwrap_or_else(|| concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared").into());
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: there is no {}", path.display());
    None
}

/// Opens a shared package.
#[expect(clippy::disallowed_methods, reason = "tests read their packages")]
pub fn open(name: &str) -> Option<Database> {
    let file = std::fs::File::open(shared()?.join("packages").join(name)).unwrap();
    Some(Database::open(file).unwrap())
}

/// A request for an install without dialogs.
pub fn request(properties: &[(&str, &str)]) -> Request {
    Request {
        top_level: TopLevel::Install,
        properties: properties
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        transforms: Transforms::default(),
        ui_level: UiLevel::None,
        custom_actions: CustomActions::Skip,
        source: PackageSource {
            name: "package.msi".to_owned(),
            folder: "C:\\source\\".to_owned(),
            original: "C:\\source\\package.msi".to_owned(),
        },
        clock: Clock {
            date: "11/24/2026".to_owned(),
            time: "12:01:07".to_owned(),
            install_date: "20261124".to_owned(),
            now: None,
        },
        cache_name: "1a2b3c.msi".to_owned(),
        environment: Vec::new(),
        outer: Outer::None,
        together: false,
        elevation: sequence::Elevation::default(),
    }
}

/// A machine and what was planned for it.
pub struct World {
    pub machine: Tree<MemoryDisk>,
    pub pending: Pending,
}

/// What came of a run.
pub struct Planned {
    pub outcome: Outcome,
    pub run: Run,
    /// Every step but messages: names, and operations under the name of their action.
    pub steps: Vec<String>,
    pub messages: Vec<Message>,
    pub operations: Vec<Operation>,
}

impl World {
    pub fn new() -> World {
        World {
            machine: machine::memory(Facts::default()).unwrap(),
            pending: Pending::new(),
        }
    }

    /// The machine with what was planned.
    pub fn view(&self) -> Overlay<'_> {
        Overlay {
            base: &self.machine,
            pending: &self.pending,
        }
    }

    /// Runs to the end; every step is answered with `answer`, or `Go`.
    pub fn run_with(
        &mut self,
        database: Database,
        request: Request,
        answer: impl Fn(&Step) -> Answer,
    ) -> Planned {
        let run = Run::new(
            database,
            request,
            &Overlay {
                base: &self.machine,
                pending: &self.pending,
            },
        )
        .unwrap();
        let (mut steps, mut messages, mut all) = (Vec::new(), Vec::new(), Vec::new());
        let mut run = run;
        let mut next = Answer::Go;
        loop {
            let step = run.next(
                &Overlay {
                    base: &self.machine,
                    pending: &self.pending,
                },
                next,
            );
            next = answer(&step);
            match step {
                Step::Message(message) => messages.push(message),
                Step::Operations { action, operations } => {
                    steps.push(format!("{action} {}", operations.len()));
                    for operation in operations {
                        script::project(&operation, &self.machine, &mut self.pending).unwrap();
                        all.push(operation);
                    }
                }
                Step::Done(outcome) => {
                    return Planned {
                        outcome,
                        run,
                        steps,
                        messages,
                        operations: all,
                    };
                }
                step => steps.push(format!("{step:?}")),
            }
        }
    }

    pub fn run(&mut self, database: Database, properties: &[(&str, &str)]) -> Planned {
        self.run_with(database, request(properties), |_| Answer::Go)
    }
}

/// Walks a run until costing is complete.
pub fn to_cost_finalize(run: &mut Run) {
    let world = World::new();
    let mut steps = 0;
    while run.property("CostingComplete").is_empty() {
        let step = run.next(
            &Overlay {
                base: &world.machine,
                pending: &world.pending,
            },
            Answer::Go,
        );
        assert!(!matches!(step, Step::Done(_)), "{step:?}");
        steps += 1;
        assert!(steps < 100);
    }
}
