//! RegLocator and IniLocator: values, and files and folders that values name.

use database::Record;
use machine::{Architecture, Bitness, Data, KeyPath, Root};

use super::signature::Signature;
use super::{DIRECTORY, FILE_NAME, RAW_VALUE, Search, rows};
use crate::Error;
use crate::ini_text::IniText;

const BITS_64: i32 = 16;

impl Search<'_> {
    /// RegLocator: a value, or the file or folder that it names.
    pub(super) fn registry(
        &self,
        signature: &str,
        file: Option<&Signature>,
    ) -> Result<Option<String>, Error> {
        for record in rows(&*self.run.table("RegLocator")?, signature) {
            let kind = record.integer("Type").unwrap_or(FILE_NAME);
            let name = self.run.format(self.view, record.text("Name"));
            let mut data = None;
            for key in self.keys(record, kind & BITS_64 != 0)? {
                data = data.or(self.view.value(&key, &name)?);
            }
            let found = match (data, kind & !BITS_64) {
                (None, _) => None,
                (Some(data), RAW_VALUE) if file.is_none() => {
                    Some(raw(&data)).filter(|text| !text.is_empty())
                }
                (Some(data), kind) => self.place(data.as_text().unwrap_or_default(), kind, file)?,
            };
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// The keys that a row means: HKCR is the user's classes before the machine's.
    fn keys(&self, record: Record<'_>, bits_64: bool) -> Result<Vec<KeyPath>, Error> {
        let narrow = self.run.facts.architecture == Architecture::X64 && !bits_64;
        let bitness = if narrow {
            Bitness::Bits32
        } else {
            Bitness::Bits64
        };
        let path = self.run.format(self.view, record.text("Key"));
        let key = |root, path: &str| KeyPath::in_view(root, path, bitness);
        Ok(match record.integer("Root") {
            Some(0) => {
                let classes = format!("Software\\Classes\\{path}");
                vec![
                    key(Root::CurrentUser, &classes),
                    key(Root::LocalMachine, &classes),
                ]
            }
            Some(1) => vec![key(Root::CurrentUser, &path)],
            Some(2) => vec![key(Root::LocalMachine, &path)],
            Some(3) => vec![key(Root::Users, &path)],
            _ => {
                return Err(Error::BadCell {
                    table: "RegLocator".to_owned(),
                    row: record.key(),
                    column: "Root".to_owned(),
                    what: "it is none of 0, 1, 2, 3".to_owned(),
                });
            }
        })
    }

    /// IniLocator: a line of a file in the Windows folder, or the file or folder that it names.
    pub(super) fn ini(
        &self,
        signature: &str,
        file: Option<&Signature>,
    ) -> Result<Option<String>, Error> {
        for record in rows(&*self.run.table("IniLocator")?, signature) {
            let name = crate::directory::Name::parse(record.required("FileName")?);
            let folder = self
                .run
                .folder("IniLocator", &record.key(), "WindowsFolder")?;
            let Ok(path) = folder.join(&name.long) else {
                continue;
            };
            let text = IniText::read(self.view, &path)?;
            let Some(line) = text.get(record.text("Section"), record.text("Key")) else {
                continue;
            };
            let value = match record
                .integer("Field")
                .and_then(|field| usize::try_from(field).ok())
            {
                None | Some(0) => line,
                Some(field) => line.split(',').nth(field - 1).unwrap_or("").trim(),
            };
            let found = match record.integer("Type").unwrap_or(FILE_NAME) {
                RAW_VALUE if file.is_none() => {
                    Some(value.to_owned()).filter(|text| !text.is_empty())
                }
                kind => self.place(
                    value,
                    if kind == DIRECTORY {
                        DIRECTORY
                    } else {
                        FILE_NAME
                    },
                    file,
                )?,
            };
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }
}

/// A registry value as a property holds it: with the prefix of its type.
fn raw(data: &Data) -> String {
    match data {
        Data::Sz(text) if text.starts_with('#') => format!("#{text}"),
        Data::Sz(text) => text.clone(),
        Data::ExpandSz(text) => format!("#%{text}"),
        Data::Dword(number) => format!("#{}", *number as i32),
        Data::Qword(number) => binary(&number.to_le_bytes()),
        Data::MultiSz(texts) => texts
            .iter()
            .fold("\0".to_owned(), |all, text| all + text + "\0"),
        Data::Binary(bytes) | Data::Other(_, bytes) => binary(bytes),
    }
}

fn binary(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold("#x".to_owned(), |text, byte| text + &format!("{byte:02X}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_values_tell_their_type() {
        let cases = [
            (Data::Sz("a".into()), "a"),
            (Data::Sz("#a".into()), "##a"),
            (Data::ExpandSz("%A%".into()), "#%%A%"),
            (Data::Dword(7), "#7"),
            (Data::Dword(u32::MAX), "#-1"),
            (Data::Binary(vec![1, 0xab]), "#x01AB"),
            (Data::MultiSz(vec!["a".into(), "b".into()]), "\0a\0b\0"),
        ];
        for (data, text) in cases {
            assert_eq!(raw(&data), text);
        }
    }
}
