//! Merge modules: packages of components that are merged into installation packages.
//!
//! Follows: Microsoft, "Merge Modules", "ModuleSignature Table", "Opening a Multiple-Language Merge Module in a Specific
//! Language", "Authoring a Language Transform for a Multiple Language Merge Module".

mod actions;
mod configuration;
mod files;
mod folders;
mod merge;
mod relations;
mod special_format;
#[cfg(test)]
mod tests;

use std::io::{Read, Seek};

pub use self::configuration::{ConfigurationItem, ItemFormat};
pub use self::files::ModuleCabinet;
pub use self::merge::{MergeOptions, MergeProblem, Merged};
pub use self::relations::{ModuleDependency, ModuleSignature};
use crate::{Database, Error, Kind};

/// The stream that holds a module's files.
const CABINET: &str = "MergeModule.CABinet";
/// How the storages begin that hold transforms into other languages.
const LANGUAGE: &str = "MergeModule.Lang";
/// What stands for the feature that a module is merged into.
const NULL_GUID: &str = "{00000000-0000-0000-0000-000000000000}";

/// A merge module, in one of its languages.
#[derive(Debug)]
pub struct Module {
    database: Database,
    signature: ModuleSignature,
}

impl Module {
    /// Opens a merge module over any reader, in its own language.
    ///
    /// Errors: as [`Database::open`] and [`Module::new`].
    pub fn open<R: Read + Seek + Send + 'static>(reader: R) -> Result<Module, Error> {
        Module::new(Database::open(reader)?)
    }

    /// Takes an open file as a merge module.
    ///
    /// Errors: [`Error::Module`] where it is none; others as [`Database::table`].
    pub fn new(database: Database) -> Result<Module, Error> {
        if database.kind() != Kind::Package || !database.has_table("ModuleSignature") {
            return Err(wrong(
                "the file is no merge module: it has no ModuleSignature",
            ));
        }
        // A package has the signatures of the modules that were merged into it; no module has features.
        if !database.rows("Feature")?.rows.is_empty() {
            return Err(wrong("the file is no merge module: it has features"));
        }
        let mut signatures = relations::signatures(&database)?;
        if signatures.len() != 1 {
            let count = signatures.len();
            return Err(wrong(format!(
                "it has {count} rows in ModuleSignature, not one"
            )));
        }
        Ok(Module {
            signature: signatures.remove(0),
            database,
        })
    }

    /// Its name, language and version.
    pub fn signature(&self) -> &ModuleSignature {
        &self.signature
    }

    /// Its tables, streams and summary information.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// The languages that it can be had in, its present one first.
    pub fn languages(&self) -> Vec<i32> {
        let names = self.database.storage_names();
        let others = names.iter().filter_map(|name| name.strip_prefix(LANGUAGE));
        let mut languages = vec![self.signature.language];
        languages.extend(others.filter_map(|language| language.parse::<i32>().ok()));
        languages
    }

    /// Turns it into a language: it stays where its own is the one or more general; else the language's transform in it
    /// is applied, or the one of the language's group, or the neutral one.
    ///
    /// Errors: [`Error::Module`] where it has none of these; [`Error::Transform`] where a transform cannot be applied.
    pub fn into_language(mut self, language: i32) -> Result<Module, Error> {
        let own = self.signature.language;
        let general = [language, primary(language), 0];
        if general.contains(&own) {
            return Ok(self);
        }
        for candidate in general {
            let name = format!("{LANGUAGE}{candidate}");
            if let Some(transform) = self.database.transform(&name)? {
                let suppress = transform.suppressed();
                self.database.apply_transform(&transform, suppress)?;
                return Module::new(self.database);
            }
        }
        let has: Vec<String> = self.languages().iter().map(i32::to_string).collect();
        let has = has.join(", ");
        Err(wrong(format!(
            "it cannot be had in language {language}, only in {has}"
        )))
    }

    /// The items that whoever merges it may set.
    ///
    /// Errors: as [`Database::table`].
    pub fn items(&self) -> Result<Vec<ConfigurationItem>, Error> {
        configuration::items(&self.database)
    }

    /// The modules that it needs.
    ///
    /// Errors: as [`Database::table`].
    pub fn dependencies(&self) -> Result<Vec<ModuleDependency>, Error> {
        relations::dependencies(&self.database)
    }

    /// The bytes of the cabinet that holds its files; none where it has none.
    ///
    /// Errors: as [`Database::stream`]; [`Error::Io`].
    pub fn cabinet(&self) -> Result<Option<std::sync::Arc<[u8]>>, Error> {
        self.database.stream_bytes(CABINET)
    }
}

/// The group of a language: 9 for every English.
fn primary(language: i32) -> i32 {
    language & 0x3FF
}

fn wrong(what: impl Into<String>) -> Error {
    Error::Module { what: what.into() }
}
