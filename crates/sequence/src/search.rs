//! Searching a machine for files, folders and values: the locator tables and signatures.
//!
//! Follows: Microsoft, "AppSearch Action", "Signature Table" and the pages of the four locator tables, in the
//! order CompLocator, RegLocator, IniLocator, DrLocator.

mod folders;
mod signature;
mod values;

use database::{Record, Table};
use machine::{MachinePath, View};

use self::signature::Signature;
use crate::directory::with_backslash;
use crate::registration::clients;
use crate::{Error, Run};

pub(crate) use self::folders::below;

/// The types of locator rows.
const DIRECTORY: i32 = 0;
const FILE_NAME: i32 = 1;
const RAW_VALUE: i32 = 2;

/// Signatures inside signatures (DrLocator's parents): more is a circle.
const DEPTH_MAX: usize = 32;

/// One search.
pub(crate) struct Search<'a> {
    run: &'a Run,
    view: &'a dyn View,
    depth: usize,
}

impl<'a> Search<'a> {
    /// Begins a search.
    pub(crate) fn new(run: &'a Run, view: &'a dyn View) -> Search<'a> {
        Search {
            run,
            view,
            depth: 0,
        }
    }

    /// Returns what is found for a signature: a file's path, a folder with a backslash, or a value.
    ///
    /// Errors: rows that do not fit their columns; the machine cannot be read.
    pub(crate) fn find(&self, signature: &str) -> Result<Option<String>, Error> {
        if self.depth > DEPTH_MAX {
            return Err(Error::Cycle {
                table: "DrLocator",
                row: signature.to_owned(),
            });
        }
        let file = Signature::read(self.run, signature)?;
        let found = self.component(signature, file.as_ref())?;
        let found = found.map_or_else(
            || self.registry(signature, file.as_ref()),
            |found| Ok(Some(found)),
        )?;
        let found = found.map_or_else(
            || self.ini(signature, file.as_ref()),
            |found| Ok(Some(found)),
        )?;
        found.map_or_else(
            || self.folders(signature, file.as_ref()),
            |found| Ok(Some(found)),
        )
    }

    /// CompLocator: the key path of a component that some product has.
    fn component(
        &self,
        signature: &str,
        file: Option<&Signature>,
    ) -> Result<Option<String>, Error> {
        for record in rows(&*self.run.table("CompLocator")?, signature) {
            let kind = record.integer("Type").unwrap_or(FILE_NAME);
            for client in clients(self.view, &record.required("ComponentId")?.to_uppercase())? {
                if let Some(found) = self.place(&client.key_path, kind, file)? {
                    return Ok(Some(found));
                }
            }
        }
        Ok(None)
    }

    /// What a path that was read somewhere stands for: the file of a signature, or a folder.
    fn place(
        &self,
        path: &str,
        kind: i32,
        file: Option<&Signature>,
    ) -> Result<Option<String>, Error> {
        let Ok(path) = self.view.path(path.trim().trim_matches('"')) else {
            return Ok(None);
        };
        match (file, kind) {
            (Some(signature), DIRECTORY) => self.file_in(&path, signature),
            (Some(signature), _) => {
                let fits = signature.fits(self.view, &path)?;
                if fits {
                    return Ok(Some(path.to_string()));
                }
                // A folder where a file was expected: look inside.
                if self.view.is_folder(&path)? {
                    self.file_in(&path, signature)
                } else {
                    Ok(None)
                }
            }
            (None, kind) => {
                let folder = if kind == FILE_NAME && !self.view.is_folder(&path)? {
                    path.parent()
                } else {
                    Some(path)
                };
                match folder {
                    Some(folder) if self.view.is_folder(&folder)? => Ok(Some(folder.as_folder())),
                    _ => Ok(None),
                }
            }
        }
    }

    fn file_in(
        &self,
        folder: &MachinePath,
        signature: &Signature,
    ) -> Result<Option<String>, Error> {
        for name in signature.names() {
            if let Ok(path) = folder.join(name)
                && signature.fits(self.view, &path)?
            {
                return Ok(Some(path.to_string()));
            }
        }
        Ok(None)
    }

    /// The folder that a found text stands for: itself, or the folder of a file.
    fn as_folder(&self, found: &str) -> Result<Option<MachinePath>, Error> {
        let Ok(path) = self.view.path(found) else {
            return Ok(None);
        };
        Ok(if self.view.is_folder(&path)? {
            Some(path)
        } else {
            path.parent()
        })
    }

    /// Resolves a path column, with a trailing backslash.
    fn path_text(&self, text: &str) -> String {
        with_backslash(&self.run.format(self.view, text))
    }
}

/// The rows of a locator table for a signature.
fn rows<'a>(table: &'a Table, signature: &'a str) -> impl Iterator<Item = Record<'a>> {
    let records = table.records();
    records.filter(move |record| record.text("Signature_") == signature)
}
