//! The real program on fresh machines, with an environment of its own: what people and programs get to see.
#![allow(
    clippy::disallowed_methods,
    reason = "tests touch files and start programs"
)]

mod bad_input;
mod db;
mod dry_run;
mod events;
mod extract;
mod gate;
mod help;
mod images;
mod install;
mod json;
mod log;
mod modules;
mod patches;
mod people;
mod plan;
mod refusals;
mod report;
mod service;
mod service_kills;
mod service_manager;
mod service_questions;
mod signatures;
mod statements;
mod stress;
mod terminal;
mod together;
mod transforms;
mod varlink;
mod waiting;
mod wine;
mod world;
