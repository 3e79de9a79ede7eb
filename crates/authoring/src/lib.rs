//! Packages for people who do not know tables: a `package.toml` and folders of files become a database.
//!
//! What it says is in docs/package-toml.md, a page; what it cannot say is said with text tables. The same input gives
//! the same package, and component codes stay the same from version to version.
//! Follows: Microsoft, "Organizing Applications into Components", "Changing the Component Code", "Using a Sequence Table".

mod codes;
mod components;
mod error;
mod files;
mod folders;
mod manifest;
mod names;
mod product;
mod settings;
mod shortcuts;
mod source;
mod tables;

pub use self::codes::{Guid, guid};
pub use self::error::Error;
pub use self::source::{Found, Source};

use std::collections::BTreeMap;

use database::Database;

use self::components::Components;
use self::folders::Folders;
use self::manifest::Manifest;
use self::tables::Tables;

/// Builds a package.
///
/// `manifest`: the text of package.toml; `source`: what it refers to.
/// Errors: [`Error`], with the place in the manifest or the file.
pub fn build(manifest: &str, source: &dyn Source) -> Result<Database, Error> {
    let manifest = Manifest::parse(manifest)?;
    let mut work = Work {
        tables: Tables::new(),
        folders: Folders::new(&manifest),
        components: Components::default(),
        icons: BTreeMap::new(),
        manifest: &manifest,
    };
    work.product();
    let laid = work.files(source)?;
    work.shortcuts(&laid, source)?;
    work.settings(&laid)?;
    work.finish(&laid, source)
}

/// A package in the making.
struct Work<'a> {
    manifest: &'a Manifest,
    tables: Tables,
    folders: Folders,
    components: Components,
    /// Icons by name.
    icons: BTreeMap<String, Vec<u8>>,
}
