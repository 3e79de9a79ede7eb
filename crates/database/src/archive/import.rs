//! One text table put into a database, in the place of the one that it has.
//!
//! Follows: Microsoft, "MsiDatabaseImport function", "Database.Import method".

use std::collections::{BTreeMap, BTreeSet};

use super::idt::TextTable;
use super::{Archive, TextFolder, forced_code_page, summary};
use crate::{Database, Error};

impl Database {
    /// Imports a text table out of a folder, in memory; binary cells are files in the folder of the table's name.
    ///
    /// `_SummaryInformation` takes the place of the summary information, and `_ForceCodepage` sets the code page.
    /// Errors: [`Error::Text`] with file and line, [`Error::Io`].
    pub fn import(&mut self, folder: &dyn TextFolder, file: &str) -> Result<(), Error> {
        let names = folder.names().map_err(|source| Error::Io {
            what: "the folder of text tables".to_string(),
            source,
        })?;
        let archive = Archive {
            folder,
            names: BTreeSet::from_iter(names),
        };
        let bytes = archive.read(file)?;
        if names_itself(&bytes) == Some("_ForceCodepage") {
            self.set_code_page(forced_code_page(file, &bytes)?);
            return Ok(());
        }
        let page = Some(self.code_page()).filter(|&page| page != 0);
        let table = TextTable::parse(file, &bytes, page)?;
        if &*table.name == "_SummaryInformation" {
            self.replace_summary(summary(&table)?);
            return Ok(());
        }
        if let (0, Some(page)) = (self.code_page(), table.code_page) {
            self.set_code_page(page);
        }
        let name = table.name.clone();
        self.forget_table(&name)?;
        archive.add_table(self, table)?;
        self.sort_slots()?;
        self.sort_rows(&name)
    }

    /// Imports a text table without binary cells, in memory.
    ///
    /// Errors: as [`Database::import`].
    pub fn import_text(&mut self, file: &str, bytes: &[u8]) -> Result<(), Error> {
        let folder = BTreeMap::from([(file.to_string(), bytes.to_vec())]);
        self.import(&folder, file)
    }
}

/// The name that stands in the third line.
fn names_itself(bytes: &[u8]) -> Option<&str> {
    let third = bytes.split(|&byte| byte == b'\n').nth(2)?;
    let mut words = std::str::from_utf8(third).ok()?.trim_end().split('\t');
    let first = words.next()?;
    match first.parse::<u32>() {
        Ok(_) => words.next(),
        Err(_) => Some(first),
    }
}
