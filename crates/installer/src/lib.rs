//! The public API, and the one loop that joins all: opens packages, takes the gate, runs scripts, writes log and events.
//!
//! Absent here on purpose: printing (it talks to a [`Ui`]) and any second loop: install, repair, removal and [`plan`]
//! are one. Files of packages and their sources are touched in `folder` only; clock, ids and environment come in a [`Host`].
//!
//! A program that installs a package and shows its progress:
//!
//! ```no_run
#![doc = include_str!("../examples/install_with_progress.rs")]
//! ```

mod action_data;
pub mod code;
mod command;
mod description;
mod elevation;
mod engine;
mod error;
mod extract;
mod folder;
mod host;
mod image;
mod install;
mod log;
mod missing;
mod nested;
mod notes;
mod opening;
mod package;
mod package_image;
mod plan;
mod products;
mod public_properties;
mod read;
mod real;
mod recover;
mod report;
mod request;
mod restart;
mod show;
mod signatures;
mod source;
mod status;
mod suspension;
mod telling;
mod text_package;
mod ticks;
mod transaction;
mod transforms;
mod ui;
mod ui_sequence;
mod verify;
mod waiting;
mod wineserver;
mod world;

pub use command::{Command, DEFAULT_WAIT, Intent};
pub use description::{DescribedFeature, Description, Detection, Medium, describe};
pub use elevation::elevates;
pub use error::Error;
pub use extract::{
    Choice, Embedded, EmbeddedKind, Extracted, ExtractedFile, FileDigest, LeftOut, SetupKind,
    digests, embedded, extract, extractable, lay_out, registry, setup_kind,
};
pub use folder::{hand_over, read_only_what_was_handed};
pub use gate::{Cancel, Wait};
pub use host::Host;
#[cfg(unix)]
pub use host::user_name;
pub use install::Installer;
pub use log::{Log, LogEncoding, LogOptions};
pub use package::{Package, is_machine_path, is_only_in_machine, wine_path};
pub use plan::{
    Change, DriveSpace, LaunchCondition, Mark, PackagePlan, Plan, PlannedComponent, PlannedFeature,
    Thing, TransactionPlan, plan, plan_together,
};
pub use products::{ProductReport, list};
pub use public_properties::{Peek, PublicProperty, peek, public_properties};
pub use real::Found;
pub use recover::Resumption;
pub use report::{HolderReport, NestedReport, Reboot, Report};
pub use script::{Shortcut, data_as_json as registry_data};
pub use sequence::{Chainer, CustomActions, Message, MessageKind, StepAction, UiLevel};
pub use show::{Shown, ShownFeature, show};
pub use status::{State, Status, Suspended, WaitingReport, awaiting_restart, status};
pub use text_package::{open_text_folder, text_folder};
pub use transaction::{PackageReport, Transaction, TransactionReport};
pub use ui::{Buttons, Question, Silent, Ui};
pub use verify::{Problem, ProblemKind, Verification, verify};
pub use wineserver::wait_for_wineserver;
pub use world::{ChangingSite, Site};
