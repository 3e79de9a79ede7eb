//! `[[files]]`: every file its component, in its folder. "File Table", "MsiFileHash Table".

use std::collections::BTreeMap;
use std::io::Read;

use database::Value;
use md5::{Digest, Md5};
use wildmatch::WildMatch;

use crate::components::KeyPath;
use crate::folders::parts;
use crate::manifest::Files;
use crate::names::{Identifiers, refusal};
use crate::{Error, Found, Source, Work};

/// File.Attributes: an installation fails where the file cannot be installed.
const VITAL: i32 = 512;

/// A file with its place.
pub(crate) struct Laid {
    /// Its key in File.
    pub(crate) key: String,
    /// Its component.
    pub(crate) component: String,
    /// Its folder's key.
    pub(crate) folder: String,
    /// Its name.
    pub(crate) name: String,
    /// Its feature.
    pub(crate) feature: String,
    /// Where it is read from.
    pub(crate) from: String,
    /// Its length in bytes.
    pub(crate) size: u64,
}

/// All files, in the order of their sequence numbers.
#[derive(Default)]
pub(crate) struct LaidFiles {
    pub(crate) files: Vec<Laid>,
    /// Their numbers by target path, in small letters.
    paths: BTreeMap<String, usize>,
}

impl LaidFiles {
    /// The file of a target path as the manifest names it.
    pub(crate) fn find(&self, path: &str, place: &str) -> Result<&Laid, Error> {
        if let Some(&number) = self.paths.get(&normal(path)) {
            return Ok(&self.files[number]);
        }
        let name = path
            .rsplit(['/', '\\'])
            .next()
            .unwrap_or(path)
            .to_lowercase();
        let near = self
            .paths
            .keys()
            .find(|known| known.rsplit('/').next() == Some(&name));
        let hint = match near {
            Some(near) => format!("; there is {near:?}"),
            None => String::new(),
        };
        Err(Error::value(
            place,
            format!("no [[files]] brings {path:?}{hint}"),
        ))
    }
}

/// A target path in one form: small letters and `/`.
fn normal(path: &str) -> String {
    parts(path).collect::<Vec<_>>().join("/").to_lowercase()
}

impl Work<'_> {
    /// Lays every file.
    pub(crate) fn files(&mut self, source: &dyn Source) -> Result<LaidFiles, Error> {
        let mut laid = LaidFiles::default();
        let mut keys = Identifiers::default();
        let manifest = self.manifest;
        for files in &manifest.files {
            let place = format!("[[files]] {}", files.from);
            let found = source.list(&files.from).map_err(|error| Error::File {
                path: files.from.clone(),
                source: error,
            })?;
            let exclude: Vec<WildMatch> = files
                .exclude
                .iter()
                .map(|pattern| WildMatch::new_case_insensitive(pattern))
                .collect();
            let kept = |found: &&Found| {
                let name = found.path.rsplit('/').next().unwrap_or(&found.path);
                !exclude
                    .iter()
                    .any(|one| one.matches(&found.path) || one.matches(name))
            };
            for found in found.iter().filter(kept) {
                self.file(files, found, &place, &mut laid, &mut keys, source)?;
            }
        }
        Ok(laid)
    }

    fn file(
        &mut self,
        files: &Files,
        found: &Found,
        place: &str,
        laid: &mut LaidFiles,
        keys: &mut Identifiers,
        source: &dyn Source,
    ) -> Result<(), Error> {
        let (below, name) = found.path.rsplit_once('/').unwrap_or(("", &found.path));
        if let Some(why) = refusal(name) {
            return Err(Error::value(
                place,
                format!("the file {:?}: {why}", found.path),
            ));
        }
        // A file that was asked for by its name is there itself.
        let is_itself = files.from.rsplit(['/', '\\']).next() == Some(name) && below.is_empty();
        let from = match source.open(&files.from) {
            Ok(_) if is_itself => files.from.clone(),
            _ => format!("{}/{}", files.from.trim_end_matches('/'), found.path),
        };
        let target = format!("{}/{below}", files.to);
        let folder = self.folders.folder(&mut self.tables, &target, place)?;
        let path = normal(&format!("{target}/{name}"));
        if let Some(&other) = laid.paths.get(&path) {
            let what = format!(
                "{from:?} goes where {:?} goes already: {path}",
                laid.files[other].from
            );
            return Err(Error::value(place, what));
        }
        let key = keys.of(name);
        let feature = self.manifest.feature_of(files.feature.as_ref());
        let component = self.component(
            &key,
            &format!("file {path}"),
            &folder,
            &feature,
            KeyPath::File(&key),
        );
        let names = self.folders.file_name(&folder.key, name);
        let number = laid.files.len();
        self.file_row(&key, &component, names, found.size, number, &from, source)?;
        laid.paths.insert(path, number);
        laid.files.push(Laid {
            key,
            component,
            folder: folder.key,
            name: name.to_owned(),
            feature,
            from,
            size: found.size,
        });
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "a row has as many cells")]
    fn file_row(
        &mut self,
        key: &str,
        component: &str,
        names: String,
        size: u64,
        number: usize,
        from: &str,
        source: &dyn Source,
    ) -> Result<(), Error> {
        let failed = |error| Error::File {
            path: from.to_owned(),
            source: error,
        };
        let too_large = |what: &str| Error::value(format!("the file {from}"), what);
        let size = i32::try_from(size)
            .map_err(|_| too_large("it has 2 GiB or more, which File.FileSize cannot hold"))?;
        let sequence =
            i32::try_from(number + 1).map_err(|_| too_large("there are too many files"))?;
        let mut file = source.open(from).map_err(failed)?;
        let version = machine::read_version(&mut *file).map_err(failed)?;
        let (version, language) = match version {
            Some(found) => {
                let languages: Vec<String> = found.languages.iter().map(u16::to_string).collect();
                let languages = if languages.is_empty() {
                    "0".to_owned()
                } else {
                    languages.join(",")
                };
                (
                    Value::from(found.version.to_string()),
                    Value::from(languages),
                )
            }
            None => {
                let mut file = source.open(from).map_err(failed)?;
                let hash = hash(&mut *file).map_err(failed)?;
                let mut row = vec![Value::from(key), 0.into()];
                row.extend(hash.map(Value::from));
                self.tables.add("MsiFileHash", row);
                (Value::Null, Value::Null)
            }
        };
        let row = [
            key.into(),
            component.into(),
            names.into(),
            size.into(),
            version,
            language,
            VITAL.into(),
            sequence.into(),
        ];
        self.tables.add("File", row);
        Ok(())
    }
}

/// The four parts of a file's hash. "MsiGetFileHash".
fn hash(file: &mut dyn Read) -> std::io::Result<[i32; 4]> {
    let mut hash = Md5::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            read => hash.update(&buffer[..read]),
        }
    }
    let digest: [u8; 16] = hash.finalize().into();
    let mut parts = [0; 4];
    for (part, bytes) in parts.iter_mut().zip(digest.chunks_exact(4)) {
        *part = bytes
            .iter()
            .rev()
            .fold(0_u32, |number, &byte| number << 8 | u32::from(byte))
            .cast_signed();
    }
    Ok(parts)
}
