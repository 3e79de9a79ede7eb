//! Files of which a patched package has only what changes: binary patches.
//!
//! The format of these differences is documented nowhere, so that they are told and not applied. A file that lies whole
//! on a patch's disk is no such file: that disk's row of `Media` names the property of a source.
//! Follows: Microsoft, "Patch Table", "PatchFiles Action", "Media Table".

use std::collections::BTreeMap;

use crate::{Database, Error};

/// A file that a patch changes byte by byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileDifference {
    /// Its key in the File table.
    pub file: String,
    /// `Patch.PatchSize`: how many bytes say what changes, those of several patches together.
    pub size: u64,
}

impl Database {
    /// Returns the files whose bytes are known only once a difference is applied to them, by their keys.
    ///
    /// Errors: as [`Database::table`].
    pub fn file_differences(&self) -> Result<Vec<FileDifference>, Error> {
        let patches = self.rows("Patch")?;
        let mut sizes: BTreeMap<&str, u64> = BTreeMap::new();
        for record in patches.records() {
            let size = record.integer("PatchSize").unwrap_or(0);
            *sizes.entry(record.text("File_")).or_default() += u64::try_from(size).unwrap_or(0);
        }
        let disks = self.patch_disks()?;
        let files = self.rows("File")?;
        let is_whole = |file: &str| {
            let row = files.find(&[file.into()]);
            let number = row.and_then(|row| row.integer("Sequence"));
            number.is_some_and(|number| {
                let disk = disks.iter().find(|(last, _)| number <= *last);
                disk.is_some_and(|(_, of_a_patch)| *of_a_patch)
            })
        };
        let differences = sizes.into_iter().filter(|(file, _)| !is_whole(file));
        Ok(differences
            .map(|(file, size)| FileDifference {
                file: file.to_string(),
                size,
            })
            .collect())
    }

    /// The last number of each disk, in their order, and whether it is a patch's.
    fn patch_disks(&self) -> Result<Vec<(i32, bool)>, Error> {
        let media = self.rows("Media")?;
        let disk = |record: crate::Record<'_>| {
            let last = record.integer("LastSequence")?;
            Some((last, !record.text("Source").is_empty()))
        };
        let mut disks: Vec<(i32, bool)> = media.records().filter_map(disk).collect();
        disks.sort_unstable();
        Ok(disks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_are_not_whole() {
        let text = "== File.idt\nFile\tSequence\ns72\ti4\nFile\tFile\na\t1\nb\t2\nc\t11\n\
            == Media.idt\nDiskId\tLastSequence\tSource\ni2\ti4\tS72\nMedia\tDiskId\n1\t2\t\n2\t12\tPATCH\n\
            == Patch.idt\nFile_\tSequence\tPatchSize\tAttributes\ns72\ti4\ti4\ti2\nPatch\tFile_\tSequence\n\
            a\t10\t100\t0\na\t12\t20\t0\nc\t9\t5\t0\n";
        let found = Database::from_text_str(text)
            .unwrap()
            .file_differences()
            .unwrap();
        let file = "a".to_string();
        assert_eq!(found, [FileDifference { file, size: 120 }]);
    }
}
