//! The cabinets of a set that are open: those that the folder being read lies in.

use crate::volume::Volume;
use crate::{Error, ReadSeek, Volumes};

/// The open cabinets of a set, in order; never empty.
pub(crate) struct Set<'v> {
    source: &'v mut dyn Volumes,
    volumes: Vec<Volume>,
}

impl<'v> Set<'v> {
    /// Opens the first cabinet.
    pub fn open(first: Box<dyn ReadSeek>, source: &'v mut dyn Volumes) -> Result<Self, Error> {
        let volumes = vec![Volume::open(first, String::new())?];
        Ok(Self { source, volumes })
    }

    /// Returns the index of the cabinet opened last.
    pub fn last_index(&self) -> usize {
        self.volumes.len() - 1
    }

    /// Returns an open cabinet.
    pub fn volume(&mut self, index: usize) -> &mut Volume {
        &mut self.volumes[index]
    }

    /// Returns the cabinet opened last.
    pub fn last(&mut self) -> &mut Volume {
        let index = self.last_index();
        self.volume(index)
    }

    /// Opens the cabinet after the last one; false where the last one names none.
    pub fn advance(&mut self) -> Result<bool, Error> {
        let before = self.last();
        let Some(name) = before.next.clone() else {
            return Ok(false);
        };
        let (set_id, number) = (before.set_id, before.number.checked_add(1));
        let reader = self.source.open(&name);
        let reader = reader.map_err(|source| Error::Volume {
            name: name.clone(),
            source,
        })?;
        let volume = Volume::open(reader, name.clone())?;
        if volume.set_id != set_id {
            return Err(Error::WrongVolume {
                name,
                why: "it is of another set",
            });
        }
        // The numbers rise, so that a cabinet that names itself ends the set and not our patience.
        if Some(volume.number) != number {
            return Err(Error::WrongVolume {
                name,
                why: "its number in the set is not the next",
            });
        }
        self.volumes.push(volume);
        Ok(true)
    }

    /// Closes all cabinets but the last.
    pub fn close_earlier(&mut self) {
        let last = self.last_index();
        self.volumes.drain(..last);
    }
}
