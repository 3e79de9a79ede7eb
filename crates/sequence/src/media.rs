//! The Media table: which disk and cabinet a file is on.
//!
//! The disk of a file is the first whose LastSequence is not below the file's number ("Media Table";
//! "File Table" says "greater", which would leave the last file of every disk without one).

use database::Database;

use crate::Error;

/// A row of the Media table.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Disk {
    /// `DiskId`, from 1.
    pub id: u16,
    /// `LastSequence`.
    pub last_sequence: i32,
    /// `Cabinet`, with `#` for a stream of the package.
    pub cabinet: Option<String>,
    /// `VolumeLabel`.
    pub volume_label: String,
    /// `DiskPrompt`.
    pub prompt: String,
}

/// The disks, by `DiskId`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Media {
    disks: Vec<Disk>,
}

impl Media {
    /// Reads the table.
    ///
    /// Errors: a DiskId that is no number of a disk.
    pub(crate) fn read(database: &Database) -> Result<Media, Error> {
        let mut disks = Vec::new();
        for row in database.rows("Media")?.records() {
            let id = row
                .integer("DiskId")
                .and_then(|id| u16::try_from(id).ok())
                .filter(|&id| id > 0);
            let id = id.ok_or_else(|| row.error("DiskId", "it is no number of a disk"))?;
            let cabinet = Some(row.text("Cabinet")).filter(|cabinet| !cabinet.is_empty());
            disks.push(Disk {
                id,
                last_sequence: row.integer("LastSequence").unwrap_or(0),
                cabinet: cabinet.map(str::to_owned),
                volume_label: row.text("VolumeLabel").to_owned(),
                prompt: row.text("DiskPrompt").to_owned(),
            });
        }
        disks.sort_by_key(|disk| disk.id);
        Ok(Media { disks })
    }

    /// The disks, by `DiskId`.
    pub(crate) fn disks(&self) -> &[Disk] {
        &self.disks
    }

    /// Returns the disk of a file by its `File.Sequence`; none where the table ends before it.
    pub(crate) fn disk_of(&self, sequence: i32) -> Option<&Disk> {
        self.disks
            .iter()
            .filter(|disk| disk.last_sequence >= sequence)
            .min_by_key(|disk| (disk.last_sequence, disk.id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_file_of_a_disk_is_on_it() {
        let disk = |id, last_sequence| Disk {
            id,
            last_sequence,
            cabinet: None,
            volume_label: String::new(),
            prompt: String::new(),
        };
        let media = Media {
            disks: vec![disk(1, 10), disk(2, 10), disk(3, 30)],
        };
        let of = |sequence| media.disk_of(sequence).map(|disk| disk.id);
        assert_eq!(
            (of(1), of(10), of(11), of(30), of(31)),
            (Some(1), Some(1), Some(3), Some(3), None)
        );
    }
}
