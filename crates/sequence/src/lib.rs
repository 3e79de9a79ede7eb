//! One run over one package: properties, conditions, formatted text, costing, features, components, and
//! one file per standard action. [`Run::next`] says what is to be done next; somebody else does it.
//!
//! Absent here on purpose: any write. A run reads the package and a [`machine::View`] and returns values.
//! Follows: Microsoft, "Using a Sequence Table", "Action Execution Order".

mod actions;
pub mod admin_properties;
mod assembly_rows;
mod builtin;
mod classes;
mod component;
mod component_states;
mod concurrent;
pub mod condition;
mod costing;
mod custom_action;
mod directory;
mod duplicate_rows;
mod elevation;
mod embedded_chainer;
mod emptied;
mod environment_rows;
mod environment_value;
mod error;
mod failure;
mod feature;
mod file_rules;
mod file_source;
mod file_version;
mod font_rows;
mod font_titles;
mod format;
mod hidden;
mod ini_rows;
mod ini_text;
mod installed_files;
mod installed_folders;
mod key_paths;
mod layout;
mod media;
mod multiple_packages;
mod odbc_rows;
mod properties;
mod property_settings;
mod qualified_components;
pub mod registration;
mod registry_layout;
mod registry_removals;
mod registry_rows;
mod registry_value;
mod reinstall_mode;
mod request;
mod resume;
mod run;
mod search;
mod selection;
mod sequence_table;
mod service_rows;
mod shared_dlls;
mod shortcut_rows;
mod state;
mod step;
mod target_path;
mod version;
mod walk;
mod wildcard;

pub use actions::disable_rollback::disabled_by_policy as rollback_is_disabled;
pub use actions::{STANDARD_ACTIONS, StandardAction, Support};
pub use component::Component;
pub use condition::properties as condition_properties;
pub use elevation::{Elevation, always_elevated};
pub use embedded_chainer::Chainer;
pub use error::Error;
pub use failure::Failure;
pub use feature::Feature;
pub use file_rules::file_hash;
pub use format::format_record;
pub use installed_files::InstalledFile;
pub use layout::{LaidFile, authored_folders, layout};
pub use properties::PropertyChange;
pub use registry_layout::registry_layout;
pub use request::{
    Clock, CustomActions, Outer, PackageSource, Request, TopLevel, TransformFile, Transforms,
    UiLevel,
};
pub use resume::Resume;
pub use run::Run;
pub use state::State;
pub use step::{
    ActionResult, Answer, CustomAction, Message, MessageKind, Nested, NestedPackage, Outcome,
    RebootReason, Step, StepAction, Table,
};
