//! A package as patches make it.
//!
//! The files of a patch become streams of the package, so that its cabinets are found; the product's own files stay as
//! they are. Differences within files are not applied: [`Database::file_differences`].
//! Follows: Microsoft, "Patch Packages", "Sequencing Patches".

use super::{Exclusion, Patch, PatchOutline, PatchSequence, sequence_patches};
use crate::{Database, Error, Value};

/// What patches did to a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patched {
    /// What was applied, in order, and what was not.
    pub sequence: PatchSequence,
    /// What became of each patch, as they were given.
    pub outcomes: Vec<PatchOutcome>,
}

/// What became of a patch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PatchOutcome {
    /// This transform of it was applied.
    Applied(String),
    /// It was not applied.
    Excluded(Exclusion),
}

impl Database {
    /// Makes this package what patches make of it, in memory, in the order that [`sequence_patches`] finds.
    ///
    /// Errors: [`Error::Transform`] where a transform cannot be applied or does not make the version that it says;
    /// others as [`Database::table`]. Some patches may then have been applied.
    pub fn apply_patches(&mut self, patches: &[&Patch]) -> Result<Patched, Error> {
        let product = self.product_properties()?;
        let outlines: Vec<&PatchOutline> = patches.iter().map(|patch| patch.outline()).collect();
        let sequence = sequence_patches(&product, &outlines);
        let mut outcomes: Vec<Option<PatchOutcome>> = vec![None; patches.len()];
        for applied in &sequence.applied {
            let patch = patches[applied.patch];
            self.apply_patch(patch, applied.transform)?;
            let name = patch.transforms()[applied.transform].name.clone();
            outcomes[applied.patch] = Some(PatchOutcome::Applied(name));
        }
        for (patch, why) in &sequence.excluded {
            outcomes[*patch] = Some(PatchOutcome::Excluded(why.clone()));
        }
        Ok(Patched {
            sequence,
            outcomes: outcomes.into_iter().flatten().collect(),
        })
    }

    /// Applies both transforms that a patch has for one target, and takes its files.
    ///
    /// Errors: as [`Transform::check`] and [`Database::apply_transform`]; [`Error::Patch`] where there is no such
    /// transform.
    ///
    /// [`Transform::check`]: crate::Transform::check
    pub fn apply_patch(&mut self, patch: &Patch, transform: usize) -> Result<(), Error> {
        let pair = patch.transforms().get(transform);
        let pair = pair.ok_or_else(|| super::wrong("it has no such transform"))?;
        pair.change.check(self)?;
        self.apply_transform(&pair.change, pair.change.suppressed())?;
        let before: Vec<i32> = disks(self)?;
        if let Some(registration) = &pair.registration {
            self.apply_transform(registration, registration.suppressed())?;
        }
        let files = patch.files()?;
        for (name, bytes) in files {
            let place = self.free_stream(&name);
            if place != name {
                self.rename_cabinet(&before, &name, &place)?;
            }
            self.replace_stream(&place, bytes);
        }
        Ok(())
    }

    /// A name for a stream that no other stream has.
    fn free_stream(&self, name: &str) -> String {
        let names = self.stream_names();
        let mut candidates =
            std::iter::once(name.to_string()).chain((2..).map(|number| format!("{name}.{number}")));
        let free = candidates.find(|candidate| !names.contains(&candidate.as_str()));
        free.unwrap_or_else(|| name.to_string())
    }

    /// Lets the disks that are not among `before` find an embedded cabinet under another name.
    fn rename_cabinet(&mut self, before: &[i32], from: &str, to: &str) -> Result<(), Error> {
        let media = self.rows("Media")?;
        let Some(place) = media.column("Cabinet") else {
            return Ok(());
        };
        for record in media.records() {
            let new = record
                .integer("DiskId")
                .is_some_and(|id| !before.contains(&id));
            if new && record.text("Cabinet") == format!("#{from}") {
                let mut row = record.row.clone();
                row[place] = Value::from(format!("#{to}"));
                self.insert_row("Media", row)?;
            }
        }
        Ok(())
    }
}

fn disks(database: &Database) -> Result<Vec<i32>, Error> {
    let media = database.rows("Media")?;
    Ok(media
        .records()
        .filter_map(|record| record.integer("DiskId"))
        .collect())
}
