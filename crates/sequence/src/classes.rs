//! `HKEY_CLASSES_ROOT`: what the Class, AppId, ProgId, Extension, Verb, MIME and TypeLib tables say, as registry
//! entries. The actions write them, or take them away.

mod class_rows;
mod entries;
mod extension_rows;
mod mime_rows;
mod prog_id_rows;
mod server;
mod type_lib_rows;

pub(crate) use class_rows::classes;
pub(crate) use entries::{Entries, write, write_off};
pub(crate) use extension_rows::{extensions, without_prog_id};
pub(crate) use mime_rows::mime_types;
pub(crate) use prog_id_rows::prog_ids;
pub(crate) use server::Change;
pub(crate) use type_lib_rows::type_libraries;
