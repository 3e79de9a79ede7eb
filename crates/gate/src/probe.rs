//! Asking: is the gate free, who holds it, who waits. Nothing is taken, made, changed or kept.

use crate::Gate;
use crate::answer::{Probe, Waiter};
use crate::error::Surroundings;
use crate::files::Folder;
use crate::holder::Holder;
use crate::lock;
use crate::queue::Queue;
use rustix::fs::OFlags;

/// The lock file's name in the gate's folder.
pub(crate) const LOCK: &str = "lock";
/// The holder record's name in the gate's folder.
pub(crate) const HOLDER: &str = "holder.json";

/// How often the record is read again when a change of holders comes between lock and record.
const READS_MAX: usize = 4;

impl Gate {
    /// Answers whether an install is in progress, in well below a millisecond.
    ///
    /// The answer is true of the moment and stale when it is used: to install, [`Gate::take`] instead.
    pub fn probe(&self) -> Probe {
        let answer = match Folder::open(self.folder()) {
            Ok(None) => Ok(Probe::Free),
            Ok(Some(folder)) => probe(&folder),
            Err(reason) => Err(reason),
        };
        answer.unwrap_or_else(|reason| Probe::Unknown { reason })
    }

    /// Returns those who wait, in the order of their turns. The holder is not one of them.
    ///
    /// Errors: the queue cannot be read.
    pub fn waiting(&self) -> Result<Vec<Waiter>, Surroundings> {
        let Some(queue) = Queue::open(self.folder())? else {
            return Ok(Vec::new());
        };
        let held = self.probe();
        let mut live = queue.live()?;
        if let Probe::Held { holder, .. } = &held {
            // A holder keeps its ticket until it has let go, and nobody is before it.
            let ticket = holder.as_deref().map(|holder| holder.ticket);
            let own = ticket.or_else(|| live.first().copied());
            live.retain(|ticket| Some(*ticket) != own);
        }
        // Ticket 0 is a holder's, also when it has just let go.
        live.retain(|ticket| *ticket != 0);
        Ok(live
            .into_iter()
            .zip(1..)
            .map(|(ticket, place)| Waiter {
                place,
                record: queue.record(ticket),
            })
            .collect())
    }
}

/// As [`Gate::probe`], on an opened folder.
pub(crate) fn probe(folder: &Folder) -> Result<Probe, Surroundings> {
    let Some(file) = folder.open_file(LOCK, OFlags::RDONLY)? else {
        return Ok(Probe::Free);
    };
    let mut generation = 0;
    for _ in 0..READS_MAX {
        let answer = lock::ask(&file).map_err(|source| lock_error(folder, source))?;
        let Some(foreign) = answer else {
            return Ok(Probe::Free);
        };
        generation = foreign.generation;
        let holder = read_holder(folder).filter(|holder| holder.generation == generation);
        if let Some(holder) = holder {
            let holder = Some(Box::new(holder));
            return Ok(Probe::Held { holder, generation });
        }
    }
    Ok(Probe::Held {
        holder: None,
        generation,
    })
}

/// Reads the record, whoever's it is. What cannot be read is no record: the lock alone says "held".
pub(crate) fn read_holder(folder: &Folder) -> Option<Holder> {
    let text = folder.read_record(HOLDER).ok().flatten()?;
    serde_json::from_str(&text).ok()
}

/// Sorts an error of the lock calls.
pub(crate) fn lock_error(folder: &Folder, source: std::io::Error) -> Surroundings {
    use rustix::io::Errno;
    match Errno::from_io_error(&source) {
        Some(Errno::INVAL | Errno::NOLCK | Errno::NOSYS | Errno::OPNOTSUPP) => {
            Surroundings::Unsupported {
                path: folder.join(LOCK),
                what: "open-file-description locks",
                source,
            }
        }
        _ => folder.error(LOCK, source),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::io::Errno;

    #[test]
    fn a_file_system_without_locks_is_told() {
        let place = tempfile::TempDir::new().unwrap();
        let folder = Folder::open(place.path()).unwrap().unwrap();
        for error in [Errno::INVAL, Errno::NOLCK, Errno::NOSYS, Errno::OPNOTSUPP] {
            let told = lock_error(&folder, error.into());
            let expected = "/lock: the file system lacks open-file-description locks: ";
            assert!(told.to_string().contains(expected), "{told}");
        }
        let told = lock_error(&folder, Errno::IO.into());
        assert!(matches!(told, Surroundings::Io { .. }), "{told}");
    }
}
