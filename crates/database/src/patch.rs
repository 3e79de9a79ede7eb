//! Patches: a database of kind patch with transforms as storages, and cabinets as streams.
//!
//! Each target has two transforms, the second of which is named after the first with a `#` before: the first changes
//! the product, the second adds what patching needs (`PatchPackage`, `Patch`, `Media`, actions).
//! Follows: Microsoft, "Patch Packages", "Summary Property Descriptions", "MsiPatchSequence Table", "MsiPatchMetadata
//! Table".

mod apply;
mod differences;
pub(crate) mod media;
mod order;
mod sequence;
#[cfg(test)]
mod tests;

use std::io::{Read, Seek};

pub use self::apply::{PatchOutcome, Patched};
pub use self::differences::FileDifference;
pub use self::media::PatchMedia;
pub use self::sequence::{AppliedPatch, Exclusion, PatchSequence, sequence_patches};
use crate::transform::Applicability;
use crate::{Database, Error, Kind, Transform};

/// The mark of an embedded transform in lists.
const EMBEDDED: char = ':';
/// How the name of the second transform of a target begins.
const REGISTRATION: char = '#';
/// `msidbPatchSequenceSupersedeEarlier`.
const SUPERSEDE_EARLIER: i32 = 1;

/// A patch.
#[derive(Debug)]
pub struct Patch {
    database: Database,
    outline: PatchOutline,
    /// Its transforms, in the order of [`PatchOutline::transforms`].
    transforms: Vec<PatchTransform>,
}

/// What a patch says of itself: enough to tell whether, when and in which order it is applied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PatchOutline {
    /// The patch code, with braces.
    pub code: String,
    /// The codes of the patches that it makes obsolete; counts only between patches that name no family.
    pub obsoletes: Vec<String>,
    /// The codes of the products that it is for.
    pub targets: Vec<String>,
    /// What each of its transforms is for, in their order.
    pub transforms: Vec<Applicability>,
    /// Its rows of `MsiPatchSequence`; none where it says no order.
    pub families: Vec<PatchFamily>,
    /// `MinorUpdateTargetRTM`: a minor upgrade of it takes the place of all patches since the first version.
    pub targets_first_version: bool,
}

/// A patch in one of its families.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PatchFamily {
    /// The family's name.
    pub name: String,
    /// The product that this is said for; "" for all others.
    pub product_code: String,
    /// The place in the family: one to four numbers, parted by points.
    pub sequence: String,
    /// Does it supersede the family's earlier patches?
    pub supersedes_earlier: bool,
}

/// The two transforms for one target.
#[derive(Debug)]
pub struct PatchTransform {
    /// The storage's name.
    pub name: String,
    /// What changes the product.
    pub change: Transform,
    /// What adds what patching needs; none where the patch has none.
    pub registration: Option<Transform>,
}

/// One row of `MsiPatchMetadata`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatchMetadata {
    /// The company whose property it is; "" for those of Windows Installer.
    pub company: String,
    /// The property's name, such as `DisplayName`.
    pub property: String,
    /// Its value.
    pub value: String,
}

impl Patch {
    /// Opens a patch over any reader.
    ///
    /// Errors: as [`Database::open`] and [`Patch::new`].
    pub fn open<R: Read + Seek + Send + 'static>(reader: R) -> Result<Patch, Error> {
        Patch::new(Database::open(reader)?)
    }

    /// Takes an open file as a patch.
    ///
    /// Errors: [`Error::Patch`] where it is no patch, has no code or names a transform that it has not; others as
    /// [`Database::table`].
    pub fn new(database: Database) -> Result<Patch, Error> {
        if database.kind() != Kind::Patch {
            return Err(wrong("the file is no patch"));
        }
        let summary = database.summary()?;
        let mut codes = codes(summary.revision_number()).into_iter();
        let code = codes.next().ok_or_else(|| wrong("it has no patch code"))?;
        let transforms = transforms(&database, summary.last_saved_by())?;
        let applicability = transforms.iter().map(|pair| pair.change.applicability());
        let outline = PatchOutline {
            code,
            obsoletes: codes.collect(),
            targets: list(summary.template()),
            transforms: applicability.collect(),
            families: families(&database)?,
            targets_first_version: property(&database, "MinorUpdateTargetRTM")?
                .is_some_and(|value| value.trim() != "0"),
        };
        Ok(Patch {
            database,
            outline,
            transforms,
        })
    }

    /// What it says of itself.
    pub fn outline(&self) -> &PatchOutline {
        &self.outline
    }

    /// Its transforms, in their order: that of [`PatchOutline::transforms`].
    pub fn transforms(&self) -> &[PatchTransform] {
        &self.transforms
    }

    /// Its own tables, streams and summary information.
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Where its file may lie besides where it was given. "Keywords Summary".
    ///
    /// Errors: [`Error::Stream`] where the summary information is damaged.
    pub fn sources(&self) -> Result<Vec<String>, Error> {
        Ok(list(self.database.summary()?.keywords()))
    }

    /// Its rows of `MsiPatchMetadata`.
    ///
    /// Errors: as [`Database::table`].
    pub fn metadata(&self) -> Result<Vec<PatchMetadata>, Error> {
        let rows = self.database.rows("MsiPatchMetadata")?;
        let row = |record: crate::Record<'_>| PatchMetadata {
            company: record.text("Company").to_string(),
            property: record.text("Property").to_string(),
            value: record.text("Value").to_string(),
        };
        Ok(rows.records().map(row).collect())
    }

    /// Returns one of Windows Installer's own properties of its `MsiPatchMetadata`; none where it is not said.
    ///
    /// Errors: as [`Database::table`].
    pub fn property(&self, name: &str) -> Result<Option<String>, Error> {
        property(&self.database, name)
    }
}

fn property(database: &Database, name: &str) -> Result<Option<String>, Error> {
    let rows = database.rows("MsiPatchMetadata")?;
    let mut found = rows
        .records()
        .filter(|record| record.text("Company").is_empty() && record.text("Property") == name);
    Ok(found.next().map(|record| record.text("Value").to_string()))
}

fn families(database: &Database) -> Result<Vec<PatchFamily>, Error> {
    let rows = database.rows("MsiPatchSequence")?;
    let attributes = |record: &crate::Record<'_>| record.integer("Attributes").unwrap_or(0);
    let family = |record: crate::Record<'_>| PatchFamily {
        name: record.text("PatchFamily").to_string(),
        product_code: record.text("ProductCode").to_string(),
        sequence: record.text("Sequence").to_string(),
        supersedes_earlier: attributes(&record) & SUPERSEDE_EARLIER != 0,
    };
    Ok(rows.records().map(family).collect())
}

/// Opens the transforms that a patch lists, each with the one that belongs to it.
fn transforms(database: &Database, names: &str) -> Result<Vec<PatchTransform>, Error> {
    let mut transforms = Vec::new();
    for name in list(names) {
        let name = name.trim_start_matches(EMBEDDED);
        if name.starts_with(REGISTRATION) {
            continue;
        }
        let change = database.transform(name)?;
        transforms.push(PatchTransform {
            change: change.ok_or_else(|| wrong(format!("there is no transform {name} in it")))?,
            registration: database.transform(&format!("{REGISTRATION}{name}"))?,
            name: name.to_string(),
        });
    }
    Ok(transforms)
}

fn wrong(what: impl Into<String>) -> Error {
    Error::Patch { what: what.into() }
}

/// The parts of a list that semicolons part.
fn list(text: &str) -> Vec<String> {
    let parts = text.split(';').map(str::trim);
    parts
        .filter(|part| !part.is_empty())
        .map(str::to_string)
        .collect()
}

/// The codes in a text, each in braces, whatever stands between them.
fn codes(text: &str) -> Vec<String> {
    let codes = text
        .split_inclusive('}')
        .filter(|code| code.ends_with('}'))
        .filter_map(|code| code.rfind('{').map(|start| code[start..].to_string()));
    codes.collect()
}
