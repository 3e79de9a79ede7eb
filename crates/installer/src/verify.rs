//! How an installed product compares with its package: whatever a full repair would write is looked for.
//!
//! Files are compared by version, size and contents; contents with the package's own, or where they are not at hand
//! with the hash that the package knows. Of registry values only those that are missing are told: their data may
//! stand for choices that were made when the product was installed. Follows: Microsoft, "REINSTALLMODE Property",
//! "MsiFileHash Table".

use std::collections::BTreeMap;
use std::io::Read;
use std::time::SystemTime;

use gate::Cancel;
use machine::{EntryKind, MachinePath, ReadSeek, Version, View};
use script::{Contents, FileMetadata, Operation, ReceiveError, Receiver, Source};
use serde::Serialize;

use crate::engine::source_of;
use crate::install::{Driven, drive};
use crate::products::find_any;
use crate::source::PackageSource;
use crate::world::Planned;
use crate::{Command, CustomActions, Error, Host, Intent, Log, Silent, Site, UiLevel, Wait};

/// How a machine compares with a package.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Verification {
    /// Files that were looked for.
    pub files: u64,
    /// Those whose contents were compared, or their hash.
    pub compared: u64,
    /// What is not as the package has it, by path.
    pub problems: Vec<Problem>,
}

/// One thing that is not as the package has it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Problem {
    /// The file, or the key and the value's name.
    pub path: String,
    /// What is wrong.
    pub problem: ProblemKind,
    /// What the package says: a size in bytes, a version.
    pub expected: Option<String>,
    /// What was found.
    pub found: Option<String>,
}

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemKind {
    /// There is no such file.
    MissingFile,
    /// The file has a lower version, or none.
    OlderVersion,
    /// The file has another size.
    ChangedSize,
    /// The file has other bytes.
    ChangedContents,
    /// There is no such shortcut.
    MissingShortcut,
    /// There is no such value in the registry.
    MissingValue,
}

/// Compares an installed product with its package, by product code, package or name.
///
/// Errors: [`Error::UnknownProduct`]; 1612 where the cached package is gone; what a repair would fail with.
pub fn verify(site: &dyn Site, name: &str, host: &Host) -> Result<Verification, Error> {
    let product = find_any(site, name)?;
    let command = Command {
        intent: Intent::Repair {
            mode: "amus".to_owned(),
        },
        target: product.product_code,
        properties: Vec::new(),
        ui_level: UiLevel::None,
        custom_actions: CustomActions::Skip,
        wait: Wait::No,
    };
    let mut world = Planned { site, open: false };
    let (cancel, mut log) = (Cancel::never(), Log::none(host));
    let driven = drive(&mut world, &command, host, &cancel, &mut Silent, &mut log)?;
    if !driven.report.is_success() {
        return Err(Error::Failed {
            code: driven.report.code,
            message: driven.report.message.unwrap_or_default(),
        });
    }
    let mut comparison = Comparison {
        view: site.as_view(),
        told: Verification::default(),
        alike: Vec::new(),
    };
    for scripted in &driven.scripted {
        comparison.look(&scripted.operation)?;
    }
    comparison.compare_contents(&driven)?;
    comparison.told.problems.sort();
    Ok(comparison.told)
}

impl Verification {
    /// The lines for people.
    pub fn lines(&self) -> Vec<String> {
        let (files, compared) = (self.files, self.compared);
        let mut lines = vec![format!(
            "  verified       {files} files, the contents of {compared}; problems: {}",
            self.problems.len()
        )];
        lines.extend(self.problems.iter().map(Problem::line));
        lines
    }
}

impl Problem {
    fn line(&self) -> String {
        let what = match self.problem {
            ProblemKind::MissingFile => "there is no file",
            ProblemKind::OlderVersion => "older:",
            ProblemKind::ChangedSize => "another size:",
            ProblemKind::ChangedContents => "other bytes:",
            ProblemKind::MissingShortcut => "there is no shortcut",
            ProblemKind::MissingValue => "there is no value",
        };
        let compared = match (&self.found, &self.expected) {
            (Some(found), Some(expected)) => format!(" ({found} instead of {expected})"),
            (None, Some(expected)) => format!(" (instead of {expected})"),
            _ => String::new(),
        };
        format!("    {what} {}{compared}", self.path)
    }
}

/// What a first look at a file tells.
enum Look {
    /// It is another product's newer one: right as it is.
    Fine,
    /// Only its contents may differ.
    Alike,
    Wrong(Problem),
}

struct Comparison<'a> {
    view: &'a dyn View,
    told: Verification,
    /// Files of which only the contents may differ, and where the package has them.
    alike: Vec<(&'a MachinePath, &'a Contents)>,
}

impl<'a> Comparison<'a> {
    fn look(&mut self, operation: &'a Operation) -> Result<(), Error> {
        match operation {
            Operation::FileCopy { from, to, metadata } => {
                self.told.files += 1;
                match self.file(to, metadata)? {
                    Look::Fine => {}
                    Look::Alike => self.alike.push((to, from)),
                    Look::Wrong(problem) => self.told.problems.push(problem),
                }
            }
            Operation::FileDuplicate { to, .. } if !self.view.is_file(to)? => {
                self.add(to.to_string(), ProblemKind::MissingFile);
            }
            Operation::ShortcutCreate { file, .. } if !self.view.is_file(file)? => {
                self.add(file.to_string(), ProblemKind::MissingShortcut);
            }
            Operation::RegAddValue { key, name, .. } if self.view.value(key, name)?.is_none() => {
                self.add(format!("{key}\\{name}"), ProblemKind::MissingValue);
            }
            _ => {}
        }
        Ok(())
    }

    fn add(&mut self, path: String, problem: ProblemKind) {
        self.told.problems.push(Problem {
            path,
            problem,
            expected: None,
            found: None,
        });
    }

    fn file(&self, file: &MachinePath, wanted: &FileMetadata) -> Result<Look, Error> {
        let wrong = |problem, expected, found| {
            Ok(Look::Wrong(Problem {
                path: file.to_string(),
                problem,
                expected,
                found,
            }))
        };
        let found = self.view.metadata(file)?;
        let Some(found) = found.filter(|found| found.kind == EntryKind::File) else {
            return wrong(ProblemKind::MissingFile, None, None);
        };
        let version = wanted.version.as_deref();
        if let Some(version) = version.and_then(|text| text.parse::<Version>().ok()) {
            let there = machine::file_version(self.view, file)?.map(|there| there.version);
            match there {
                Some(there) if there > version => return Ok(Look::Fine),
                Some(there) if there == version => {}
                there => {
                    let there = there.map(|there| there.to_string());
                    return wrong(ProblemKind::OlderVersion, Some(version.to_string()), there);
                }
            }
        }
        match wanted.size {
            Some(size) if size != found.size => {
                let (size, found) = (size.to_string(), found.size.to_string());
                wrong(ProblemKind::ChangedSize, Some(size), Some(found))
            }
            _ => Ok(Look::Alike),
        }
    }

    /// Compares what is alike so far: with the package's hash, else with the bytes at its source.
    fn compare_contents(&mut self, driven: &Driven) -> Result<(), Error> {
        let part = &driven.part;
        let hashes = part.run.file_hashes()?;
        let mut deliveries: BTreeMap<String, Vec<(&MachinePath, &Contents)>> = BTreeMap::new();
        for (file, from) in std::mem::take(&mut self.alike) {
            match (hashes.get(file), from) {
                (Some(hash), _) => {
                    let same = sequence::file_hash(self.view, file)?.as_ref() == Some(hash);
                    self.compared(file, same);
                }
                (None, Contents::Cabinet { cabinet, .. }) => {
                    let delivery = deliveries.entry(cabinet.clone()).or_default();
                    if delivery.iter().all(|(_, other)| *other != from) {
                        delivery.push((file, from));
                    }
                }
                (None, _) => {
                    deliveries.insert(format!("\0{file}"), vec![(file, from)]);
                }
            }
        }
        let mut source = source_of(part);
        for delivery in deliveries.into_values() {
            self.compare_with(&mut source, &delivery)?;
        }
        Ok(())
    }

    /// Compares with what a source delivers; what it does not have, or cannot deliver, is not compared.
    fn compare_with(
        &mut self,
        source: &mut PackageSource<'_>,
        delivery: &[(&MachinePath, &Contents)],
    ) -> Result<(), Error> {
        let wanted: Vec<&Contents> = delivery.iter().map(|(_, contents)| *contents).collect();
        let mut comparer = Comparer {
            view: self.view,
            files: delivery.iter().map(|(file, _)| *file).collect(),
            reader: None,
            at: 0,
            same: true,
            compared: Vec::new(),
            error: None,
        };
        let delivered = source.deliver(&wanted, &mut comparer);
        for (at, same) in comparer.compared {
            self.compared(delivery[at].0, same);
        }
        match (delivered, comparer.error) {
            (Err(_), Some(error)) => Err(error.into()),
            _ => Ok(()),
        }
    }

    fn compared(&mut self, file: &MachinePath, same: bool) {
        self.told.compared += 1;
        if !same {
            self.add(file.to_string(), ProblemKind::ChangedContents);
        }
    }
}

/// Takes the package's bytes and reads the machine's along with them.
struct Comparer<'a> {
    view: &'a dyn View,
    files: Vec<&'a MachinePath>,
    reader: Option<Box<dyn ReadSeek + 'a>>,
    at: usize,
    same: bool,
    /// Files by their index in `files`, and whether their bytes are the same.
    compared: Vec<(usize, bool)>,
    error: Option<machine::Error>,
}

impl Comparer<'_> {
    /// Do the machine's next bytes equal these?
    fn goes_on_with(&mut self, bytes: &[u8]) -> Result<bool, ReceiveError> {
        let mut there = Vec::with_capacity(bytes.len());
        let Some(reader) = &mut self.reader else {
            return Ok(false);
        };
        let limit = bytes.len() as u64;
        match reader.take(limit).read_to_end(&mut there) {
            Ok(_) => Ok(there == bytes),
            Err(source) => {
                self.error = Some(machine::Error::Io {
                    what: "read",
                    path: self.files[self.at].to_string(),
                    source,
                });
                Err(ReceiveError)
            }
        }
    }
}

impl Receiver for Comparer<'_> {
    fn begin(&mut self, index: usize, _: Option<SystemTime>) -> Result<(), ReceiveError> {
        let reader = self.view.open(self.files[index]).map_err(|error| {
            self.error = Some(error);
            ReceiveError
        })?;
        (self.reader, self.at, self.same) = (Some(reader), index, true);
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), ReceiveError> {
        self.same = self.same && self.goes_on_with(bytes)?;
        Ok(())
    }

    fn end(&mut self) -> Result<(), ReceiveError> {
        // The machine's file may not go on where the package's ends: their sizes were compared.
        self.compared.push((self.at, self.same));
        self.reader = None;
        Ok(())
    }
}
