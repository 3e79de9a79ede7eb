//! Which files of a package are extracted: all, or those of features, components and names.

use std::collections::HashSet;

use database::Database;
use machine::RegFile;
use sequence::LaidFile;

use crate::{Error, code};

/// What is chosen; nothing named: all files. A file comes where one of the lists has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// Features, by name; those below them are not among them.
    pub features: Vec<String>,
    /// Components, by name.
    pub components: Vec<String>,
    /// Files, by key or by name, whatever its case.
    pub files: Vec<String>,
}

impl Choice {
    /// The chosen files of a package, in the order of their numbers.
    ///
    /// Errors: a feature, component or file that is not there (1639); as of [`sequence::layout`].
    pub(super) fn of(&self, database: &Database) -> Result<Vec<LaidFile>, Error> {
        let laid = sequence::layout(database)?;
        if self == &Choice::default() {
            return Ok(laid);
        }
        self.check("Feature", &self.features, database)?;
        self.check("Component", &self.components, database)?;
        for wanted in &self.files {
            if !laid.iter().any(|file| names(file, wanted)) {
                return Err(unknown("file", wanted));
            }
        }
        let components = self.of_components(database)?;
        let files = database.rows("File")?;
        let is_chosen = |file: &LaidFile| {
            let row = files.find(&[file.key.as_str().into()]);
            row.is_some_and(|row| components.contains(row.text("Component_")))
                || self.files.iter().any(|wanted| names(file, wanted))
        };
        Ok(laid.into_iter().filter(is_chosen).collect())
    }

    /// What the chosen components, and those of the chosen features, write to the registry; nothing chosen: all of it.
    ///
    /// Errors: a feature or component that is not there (1639); as of [`sequence::registry_layout`].
    pub(super) fn registry_of(&self, database: &Database) -> Result<RegFile, Error> {
        self.check("Feature", &self.features, database)?;
        self.check("Component", &self.components, database)?;
        let components = self.of_components(database)?;
        let all = self == &Choice::default();
        let is_chosen = |component: &str| all || components.contains(component);
        Ok(sequence::registry_layout(database, &is_chosen)?)
    }

    /// The chosen components, and those of the chosen features.
    fn of_components(&self, database: &Database) -> Result<HashSet<String>, Error> {
        let mut components: HashSet<String> = self.components.iter().cloned().collect();
        let links = database.rows("FeatureComponents")?;
        let chosen = |feature: &str| self.features.iter().any(|wanted| wanted == feature);
        components.extend(
            links
                .records()
                .filter(|link| chosen(link.text("Feature_")))
                .map(|link| link.text("Component_").to_owned()),
        );
        Ok(components)
    }

    fn check(&self, table: &str, wanted: &[String], database: &Database) -> Result<(), Error> {
        let rows = database.rows(table)?;
        let missing = wanted
            .iter()
            .find(|name| rows.find(&[name.as_str().into()]).is_none());
        missing.map_or(Ok(()), |name| Err(unknown(&table.to_lowercase(), name)))
    }
}

fn names(file: &LaidFile, wanted: &str) -> bool {
    file.key == wanted || file.name.eq_ignore_ascii_case(wanted)
}

fn unknown(what: &str, name: &str) -> Error {
    Error::Failed {
        code: code::COMMAND_LINE,
        message: format!("the package has no {what} {name}"),
    }
}
