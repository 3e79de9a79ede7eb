//! Where a package's bytes come from: its streams, the cabinets and files beside it, the package itself.
//!
//! Each cabinet, or set of cabinets, is read in one pass. Names of members are keys of the File table, never paths.

use std::collections::HashMap;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::PathBuf;
use std::time::SystemTime;

use cabinet::{ExtractError, Member, ReadSeek, Sink, Verdict, Volumes};
use database::Database;
use script::{Contents, ReceiveError, Receiver, Source, SourceError};

use crate::package::Package;
use crate::{folder, package, package_image, signatures};

/// How many bytes are handed on at once where a file is copied.
const BLOCK: usize = 64 * 1024;

/// The source of one open package.
pub(crate) struct PackageSource<'a> {
    /// The package.
    pub(crate) database: &'a Database,
    /// The package's file, or what a folder of text tables makes.
    pub(crate) package: &'a PackageFile,
    /// The transforms that were given with it.
    pub(crate) given: &'a [PackageFile],
    /// The folder of cabinets and uncompressed files; none: it is not known.
    pub(crate) folder: Option<PathBuf>,
    /// Is what is missing to be looked for once more? None: nobody is asked.
    pub(crate) again: Option<&'a Again<'a>>,
    /// Are cabinets refused whose signature is not what the package asks for? Not where they are only looked into.
    pub(crate) checks_signatures: bool,
}

impl<'a> PackageSource<'a> {
    /// The contents of a package that is only looked into: nobody is asked for what is missing, and nothing is run.
    pub(crate) fn looked_into(package: &'a Package) -> PackageSource<'a> {
        PackageSource {
            database: &package.database,
            package: &package.file,
            given: &[],
            folder: package.folder.clone(),
            again: None,
            checks_signatures: false,
        }
    }
}

/// Says whether what is missing, and on which disk it is, is to be looked for once more.
pub(crate) type Again<'a> = dyn Fn(&SourceError, On<'_>) -> bool + 'a;

/// On which disk of the source something is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum On<'a> {
    /// Media.DiskId.
    Disk(u16),
    /// That of this cabinet: Media.Cabinet.
    Cabinet(&'a str),
}

/// The package as one file.
#[derive(Clone, Debug)]
pub(crate) enum PackageFile {
    /// A file of the host.
    File(PathBuf),
    /// Bytes in memory.
    Bytes(std::sync::Arc<[u8]>),
}

impl Source for PackageSource<'_> {
    fn deliver(
        &mut self,
        wanted: &[&Contents],
        receiver: &mut dyn Receiver,
    ) -> Result<(), SourceError> {
        let mut members = HashMap::new();
        let mut cabinets: Vec<&str> = Vec::new();
        for (index, contents) in wanted.iter().enumerate() {
            match contents {
                Contents::Cabinet {
                    cabinet, member, ..
                } => {
                    members.insert(member.as_str(), index);
                    if !cabinets.contains(&cabinet.as_str()) {
                        cabinets.push(cabinet);
                    }
                }
                other => self.deliver_one(other, index, receiver)?,
            }
        }
        for cabinet in cabinets {
            let of_cabinet = |contents: &&Contents| matches!(contents, Contents::Cabinet { cabinet: name, .. } if name == cabinet);
            let left = wanted
                .iter()
                .enumerate()
                .filter(|(_, contents)| of_cabinet(contents));
            let left = left.filter(|(index, _)| members.values().any(|left| left == index));
            let Some(first) = left.map(|(_, contents)| *contents).next() else {
                continue;
            };
            self.deliver_cabinet(cabinet, &mut members, receiver)?;
            // The pass goes through the whole set; a member that it did not have is in none.
            if let Contents::Cabinet { member, .. } = first
                && members.contains_key(member.as_str())
            {
                return Err(SourceError::NoMember {
                    cabinet: cabinet.to_owned(),
                    member: member.clone(),
                });
            }
        }
        Ok(())
    }
}

impl PackageSource<'_> {
    fn deliver_one(
        &self,
        contents: &Contents,
        index: usize,
        receiver: &mut dyn Receiver,
    ) -> Result<(), SourceError> {
        match contents {
            Contents::Stream(name) => {
                let mut reader = self
                    .stream(name)?
                    .ok_or_else(|| missing(format!("stream {name} in the package"), false))?;
                hand_on(&mut reader, name, index, None, receiver)
            }
            Contents::Package => self.deliver_file(self.package, index, receiver),
            Contents::SourceFile { path, disk } => {
                let found = self.looked_for(On::Disk(*disk), || self.source_file(path))?;
                self.copy_file(&found, index, receiver)
            }
            Contents::Given(number) => {
                let file = self.given.get(*number);
                let file = file.ok_or_else(|| missing(format!("given file {number}"), false))?;
                self.deliver_file(file, index, receiver)
            }
            Contents::Image(image) => {
                let package = package::database(self.package, "the package")
                    .map_err(|error| unreadable("the package", io::Error::other(error)))?;
                package_image::hand_on(package, image, index, receiver)
            }
            Contents::Cabinet { .. } | Contents::Bytes(_) => Ok(()),
        }
    }

    fn deliver_file(
        &self,
        file: &PackageFile,
        index: usize,
        receiver: &mut dyn Receiver,
    ) -> Result<(), SourceError> {
        match file {
            PackageFile::File(path) => self.copy_file(path, index, receiver),
            PackageFile::Bytes(bytes) => {
                hand_on(&mut &bytes[..], "the package", index, None, receiver)
            }
        }
    }

    fn copy_file(
        &self,
        path: &std::path::Path,
        index: usize,
        receiver: &mut dyn Receiver,
    ) -> Result<(), SourceError> {
        let what = path.display().to_string();
        let (mut file, modified) =
            folder::open(path).map_err(|source| unreadable(&what, source))?;
        hand_on(&mut file, &what, index, modified, receiver)
    }

    /// Finds an uncompressed file by the names as authored: each may be `short|long`, and either is looked for.
    fn source_file(&self, names: &[String]) -> Result<PathBuf, SourceError> {
        let what = names.join("\\");
        let Some(at) = &self.folder else {
            return Err(missing(what, false));
        };
        let mut candidates = vec![at.clone()];
        for name in names {
            let (short, long) = name.split_once('|').unwrap_or((name, name));
            let mut next = Vec::new();
            for candidate in &candidates {
                for name in [long, short] {
                    let found = folder::find(candidate, &[name])
                        .map_err(|source| unreadable(&what, source))?;
                    next.extend(found.filter(|found| !next.contains(found)));
                }
            }
            candidates = next;
        }
        candidates
            .into_iter()
            .next()
            .ok_or_else(|| missing(format!("{} below {}", what, at.display()), false))
    }

    fn deliver_cabinet(
        &self,
        name: &str,
        members: &mut HashMap<&str, usize>,
        receiver: &mut dyn Receiver,
    ) -> Result<(), SourceError> {
        let (plain, embedded) = match name.strip_prefix('#') {
            Some(stream) => (stream, true),
            None => (name, false),
        };
        let first = self.sought_cabinet(plain, embedded)?;
        let mut delivery = Delivery { members, receiver };
        let mut volumes = Beside {
            source: self,
            embedded,
        };
        cabinet::extract(first, &mut volumes, &mut delivery).map_err(|error| match error {
            ExtractError::Sink(stopped) => SourceError::Stopped(stopped),
            ExtractError::Cabinet(cabinet::Error::Volume { name, source }) => source
                .downcast::<SourceError>()
                .unwrap_or_else(|_| missing(self.described(&name, embedded), true)),
            ExtractError::Cabinet(error) => SourceError::Damaged {
                cabinet: plain.to_owned(),
                what: error.to_string(),
            },
        })
    }

    /// Looks for something, again and again where it is missing and somebody wants that.
    fn looked_for<T>(
        &self,
        on: On<'_>,
        look: impl Fn() -> Result<T, SourceError>,
    ) -> Result<T, SourceError> {
        loop {
            match (look(), self.again) {
                (Err(error @ SourceError::Missing { .. }), Some(again)) if again(&error, on) => {}
                (found, _) => return found,
            }
        }
    }

    /// What is missing inside of the package stays missing.
    fn sought_cabinet(&self, name: &str, embedded: bool) -> Result<Box<dyn ReadSeek>, SourceError> {
        match embedded {
            true => self.found_cabinet(name, embedded),
            false => self.looked_for(On::Cabinet(name), || self.found_cabinet(name, embedded)),
        }
    }

    fn found_cabinet(&self, name: &str, embedded: bool) -> Result<Box<dyn ReadSeek>, SourceError> {
        let failed = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => missing(self.described(name, embedded), true),
            _ => unreadable(name, source),
        };
        let mut found = self.cabinet(name, embedded).map_err(failed)?;
        if self.checks_signatures && !embedded {
            signatures::check(self.database, name, &mut found)?;
            found.seek(SeekFrom::Start(0)).map_err(failed)?;
        }
        Ok(found)
    }

    /// Why a cabinet would be refused for its signature; none: it would not, or it cannot be opened.
    pub(crate) fn refusal(&self, name: &str) -> Option<SourceError> {
        if name.starts_with('#') {
            return None;
        }
        let mut cabinet = self.cabinet(name, false).ok()?;
        signatures::check(self.database, name, &mut cabinet).err()
    }

    fn described(&self, name: &str, embedded: bool) -> String {
        match (&self.folder, embedded) {
            (_, true) => format!("cabinet {name} in the package"),
            (Some(folder), false) => format!("cabinet {name} in {}", folder.display()),
            (None, false) => format!("cabinet {name}: the package's folder is not known"),
        }
    }

    fn cabinet(&self, name: &str, embedded: bool) -> io::Result<Box<dyn ReadSeek>> {
        if embedded {
            let stream = self.database.stream(name).map_err(io::Error::other)?;
            return stream
                .map(|stream| Box::new(stream) as Box<dyn ReadSeek>)
                .ok_or(io::ErrorKind::NotFound.into());
        }
        let at = self.folder.as_ref().ok_or(io::ErrorKind::NotFound)?;
        let names: Vec<&str> = name
            .split(['\\', '/'])
            .filter(|name| !name.is_empty())
            .collect();
        let found = folder::find(at, &names)?.ok_or(io::ErrorKind::NotFound)?;
        Ok(Box::new(folder::open(&found)?.0))
    }

    fn stream(&self, name: &str) -> Result<Option<database::StreamReader>, SourceError> {
        self.database
            .stream(name)
            .map_err(|error| unreadable(name, io::Error::other(error)))
    }
}

fn missing(what: String, cabinet: bool) -> SourceError {
    SourceError::Missing { what, cabinet }
}

fn unreadable(what: &str, source: io::Error) -> SourceError {
    SourceError::Io {
        what: what.to_owned(),
        source,
    }
}

fn hand_on(
    reader: &mut dyn Read,
    what: &str,
    index: usize,
    modified: Option<SystemTime>,
    receiver: &mut dyn Receiver,
) -> Result<(), SourceError> {
    receiver.begin(index, modified)?;
    let mut block = vec![0; BLOCK];
    loop {
        match reader.read(&mut block) {
            Ok(0) => break,
            Ok(count) => receiver.write(&block[..count])?,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(source) => return Err(unreadable(what, source)),
        }
    }
    receiver.end()?;
    Ok(())
}

/// Hands the wanted members of a cabinet on; what was delivered is wanted no more.
struct Delivery<'a, 'b, 'c> {
    members: &'a mut HashMap<&'b str, usize>,
    receiver: &'c mut dyn Receiver,
}

impl Sink for Delivery<'_, '_, '_> {
    type Error = ReceiveError;

    fn begin(&mut self, member: &Member) -> Result<Verdict, ReceiveError> {
        match self.members.remove(member.name.as_str()) {
            Some(index) => self
                .receiver
                .begin(index, member.modified)
                .map(|()| Verdict::Take),
            None if self.members.is_empty() => Ok(Verdict::Stop),
            None => Ok(Verdict::Skip),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), ReceiveError> {
        self.receiver.write(bytes)
    }

    fn end(&mut self, _: &Member) -> Result<(), ReceiveError> {
        self.receiver.end()
    }
}

/// The later cabinets of a set: where the first one was.
struct Beside<'a, 'b> {
    source: &'a PackageSource<'b>,
    embedded: bool,
}

impl Volumes for Beside<'_, '_> {
    fn open(&mut self, name: &str) -> io::Result<Box<dyn ReadSeek>> {
        let found = self.source.sought_cabinet(name, self.embedded);
        found.map_err(|error| match error {
            SourceError::Io { source, .. } => source,
            error => io::Error::new(io::ErrorKind::NotFound, error),
        })
    }
}
