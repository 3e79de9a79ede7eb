//! Files of a package as bytes, for an action that looks into them before they are in place.

use std::time::SystemTime;

use script::{Contents, ReceiveError, Receiver, Source};

/// Bytes that are kept of all files together; beyond it they count as unreadable.
const BYTES_MAX: usize = 512 << 20;

/// Returns the bytes of each of `wanted`, which are all different; none where they cannot be had: where that is an
/// error, putting the file in place says so.
pub(crate) fn read(source: &mut dyn Source, wanted: &[Contents]) -> Vec<Option<Vec<u8>>> {
    let mut collector = Collector {
        files: vec![None; wanted.len()],
        current: None,
        room: BYTES_MAX,
    };
    let wanted: Vec<&Contents> = wanted.iter().collect();
    // A source that fails halfway has delivered what it could.
    let _ = source.deliver(&wanted, &mut collector);
    collector.files
}

struct Collector {
    files: Vec<Option<Vec<u8>>>,
    current: Option<(usize, Vec<u8>)>,
    room: usize,
}

impl Receiver for Collector {
    fn begin(&mut self, index: usize, _: Option<SystemTime>) -> Result<(), ReceiveError> {
        self.current = Some((index, Vec::new()));
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), ReceiveError> {
        self.room = self.room.checked_sub(bytes.len()).ok_or(ReceiveError)?;
        if let Some((_, file)) = &mut self.current {
            file.extend_from_slice(bytes);
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), ReceiveError> {
        if let Some((index, file)) = self.current.take()
            && let Some(place) = self.files.get_mut(index)
        {
            *place = Some(file);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use script::SourceError;

    use super::*;

    /// Delivers each file's own index as its bytes, and fails at the third.
    struct Two;

    impl Source for Two {
        fn deliver(
            &mut self,
            wanted: &[&Contents],
            receiver: &mut dyn Receiver,
        ) -> Result<(), SourceError> {
            for index in (0..wanted.len().min(2)).rev() {
                receiver.begin(index, None)?;
                receiver.write(&[index as u8])?;
                receiver.write(&[9])?;
                receiver.end()?;
            }
            receiver.begin(2, None)?;
            receiver.write(&[2])?;
            Err(SourceError::Unsupported {
                what: "the third".to_owned(),
            })
        }
    }

    #[test]
    fn what_a_failing_source_delivered_is_kept() {
        let wanted = ["a", "b", "c"].map(|name| Contents::Stream(name.to_owned()));
        assert_eq!(
            read(&mut Two, &wanted),
            [Some(vec![0, 9]), Some(vec![1, 9]), None]
        );
    }
}
