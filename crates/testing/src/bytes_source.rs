//! A source whose files are texts in memory.

use std::collections::BTreeMap;

use script::{Contents, Receiver, Source, SourceError};

/// Delivers bytes by name: a cabinet's member, a source file's last name, a stream's name.
#[derive(Clone, Debug, Default)]
pub struct BytesSource {
    /// Bytes by name.
    pub files: BTreeMap<String, Vec<u8>>,
}

impl BytesSource {
    /// Makes a source of texts.
    pub fn new(files: &[(&str, &str)]) -> BytesSource {
        let files = files
            .iter()
            .map(|(name, text)| ((*name).to_owned(), text.as_bytes().to_vec()));
        BytesSource {
            files: files.collect(),
        }
    }
}

/// Blocks of this many bytes, so that small texts take several writes.
const BLOCK_BYTES: usize = 16;

impl Source for BytesSource {
    fn deliver(
        &mut self,
        wanted: &[&Contents],
        receiver: &mut dyn Receiver,
    ) -> Result<(), SourceError> {
        // Backwards: the order is the source's own.
        for (index, contents) in wanted.iter().enumerate().rev() {
            let name = match contents {
                Contents::Cabinet { member, .. } => member.clone(),
                Contents::SourceFile { path, .. } => path.last().cloned().unwrap_or_default(),
                Contents::Stream(name) => name.clone(),
                Contents::Package => "package".to_owned(),
                Contents::Image(_) => "image".to_owned(),
                Contents::Given(index) => index.to_string(),
                Contents::Bytes(_) => continue,
            };
            let missing = || SourceError::Missing {
                what: name.clone(),
                cabinet: false,
            };
            let bytes = self.files.get(&name).ok_or_else(missing)?;
            receiver.begin(index, None)?;
            for block in bytes.chunks(BLOCK_BYTES) {
                receiver.write(block)?;
            }
            receiver.end()?;
        }
        Ok(())
    }
}
