//! The string pool: every text of the package, once.
//!
//! `_StringPool` begins with the code page, whose top bit says that references have three bytes. Then comes
//! an entry of four bytes for each text: length and use count, the bytes being in `_StringData` in the same
//! order. Both 0 is a hole. Length 0 with a count is a text over 64 KiB: the next four bytes are its length.
//! Texts are decoded when first asked for.

use std::sync::{Arc, OnceLock};

use crate::bytes::{u16_at, u32_at};
use crate::{Error, code_page};

const LONG_REFERENCES: u32 = 0x8000_0000;

/// The texts of a package.
#[derive(Default)]
pub(crate) struct Pool {
    code_page: u32,
    long_references: bool,
    data: Vec<u8>,
    entries: Vec<Entry>,
}

struct Entry {
    start: usize,
    length: usize,
    text: OnceLock<Arc<str>>,
}

impl Pool {
    /// Reads the pool from its two streams.
    ///
    /// Errors: [`Error::Stream`] where the texts are longer than their bytes.
    pub(crate) fn read(pool: &[u8], data: Vec<u8>) -> Result<Pool, Error> {
        let head = u32_at(pool, 0);
        let mut entries = Vec::with_capacity(pool.len() / 4);
        let mut start = 0usize;
        let mut at = 4;
        while at + 4 <= pool.len() {
            let mut length = usize::from(u16_at(pool, at));
            let count = u16_at(pool, at + 2);
            if length == 0 && count != 0 && at + 8 <= pool.len() {
                at += 4;
                length = u32_at(pool, at) as usize;
            }
            let end = start.checked_add(length).filter(|&end| end <= data.len());
            let Some(end) = end else {
                let what = format!("it ends before text {}", entries.len() + 1);
                return Err(Error::stream("_StringData", what, data.len() as u64));
            };
            entries.push(Entry {
                start,
                length,
                text: OnceLock::new(),
            });
            start = end;
            at += 4;
        }
        Ok(Pool {
            code_page: head & !LONG_REFERENCES,
            long_references: head & LONG_REFERENCES != 0,
            data,
            entries,
        })
    }

    /// The code page of all texts; 0 is neutral.
    pub(crate) fn code_page(&self) -> u32 {
        self.code_page
    }

    /// How many bytes a reference has in a table: 2 or 3.
    pub(crate) fn reference_size(&self) -> usize {
        if self.long_references { 3 } else { 2 }
    }

    /// How many references it has.
    pub(crate) fn count(&self) -> u32 {
        u32::try_from(self.entries.len()).unwrap_or(u32::MAX)
    }

    /// The bytes of a text as they are stored; none where it has no such reference.
    pub(crate) fn bytes(&self, reference: u32) -> Option<&[u8]> {
        let entry = self.entries.get((reference as usize).checked_sub(1)?)?;
        self.data.get(entry.start..entry.start + entry.length)
    }

    /// Calls `with` for each text and its reference.
    ///
    /// Errors: [`Error::CodePage`].
    pub(crate) fn each_text(&self, mut with: impl FnMut(u32, Arc<str>)) -> Result<(), Error> {
        for number in (1..).take(self.entries.len()) {
            if let Some(text) = self.text(number)? {
                with(number, text);
            }
        }
        Ok(())
    }

    /// Returns a text; none for reference 0, for holes and for empty text.
    ///
    /// Errors: [`Error::Stream`] where the pool has no such reference, [`Error::CodePage`].
    pub(crate) fn text(&self, reference: u32) -> Result<Option<Arc<str>>, Error> {
        let Some(index) = (reference as usize).checked_sub(1) else {
            return Ok(None);
        };
        let entry = self.entries.get(index).ok_or_else(|| {
            let what = format!("there is no text {reference}");
            Error::stream("_StringPool", what, 4 + 4 * index as u64)
        })?;
        if entry.length == 0 {
            return Ok(None);
        }
        if let Some(text) = entry.text.get() {
            return Ok(Some(text.clone()));
        }
        let bytes = &self.data[entry.start..entry.start + entry.length];
        let text = Arc::from(code_page::decode(self.code_page, bytes)?);
        Ok(Some(entry.text.get_or_init(|| text).clone()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Writes a pool as Windows does; empty texts become holes.
    fn write(code_page: u32, texts: &[Vec<u8>]) -> (Vec<u8>, Vec<u8>) {
        let mut pool = code_page.to_le_bytes().to_vec();
        for text in texts {
            let count: u16 = if text.is_empty() { 0 } else { 1 };
            match u16::try_from(text.len()) {
                Ok(length) => {
                    pool.extend(length.to_le_bytes());
                    pool.extend(count.to_le_bytes());
                }
                Err(_) => {
                    pool.extend([0, 0, 1, 0]);
                    pool.extend((text.len() as u32).to_le_bytes());
                }
            }
        }
        (pool, texts.concat())
    }

    #[test]
    fn holes_and_long_texts_keep_their_place() {
        let long = vec![b'x'; 70_000];
        let texts = [b"one".to_vec(), Vec::new(), long, b"\xdf".to_vec()];
        let (pool, data) = write(1252 | LONG_REFERENCES, &texts);
        let pool = Pool::read(&pool, data).unwrap();
        assert_eq!((pool.code_page(), pool.reference_size()), (1252, 3));
        let text = |n| pool.text(n).unwrap();
        assert_eq!(text(0), None);
        assert_eq!(text(1).as_deref(), Some("one"));
        assert_eq!(text(2), None);
        assert_eq!(text(3).unwrap().len(), 70_000);
        assert_eq!(text(4).as_deref(), Some("ß"));
        assert_eq!(
            pool.text(5).unwrap_err().to_string(),
            "stream _StringPool: there is no text 5 (at byte 20 of it)"
        );
    }

    #[test]
    fn too_few_bytes_are_an_error() {
        let (pool, mut data) = write(0, &[b"ab".to_vec(), b"cd".to_vec()]);
        data.pop();
        assert_eq!(
            Pool::read(&pool, data).err().unwrap().to_string(),
            "stream _StringData: it ends before text 2 (at byte 3 of it)"
        );
    }

    proptest! {
        #[test]
        fn texts_survive(texts in proptest::collection::vec("[a-zäЖ日]{0,9}", 0..40)) {
            let bytes: Vec<Vec<u8>> = texts.iter().map(|text| text.clone().into_bytes()).collect();
            let (pool, data) = write(65001, &bytes);
            let pool = Pool::read(&pool, data).unwrap();
            for (n, text) in texts.iter().enumerate() {
                let found = pool.text(n as u32 + 1).unwrap();
                prop_assert_eq!(found.as_deref().unwrap_or(""), text);
            }
        }

        #[test]
        fn any_bytes_are_read_or_refused(pool: Vec<u8>, data: Vec<u8>) {
            if let Ok(pool) = Pool::read(&pool, data) {
                for n in 0..50 {
                    let _ = pool.text(n);
                }
            }
        }
    }
}
