//! An administrative image in a folder of the host.
//!
//! Every change that this program makes is an operation in a script over a machine, undone by a journal. A folder of
//! the host is no machine, and the machine may not change for it: so the folder is made the drive of a machine that
//! has nothing else, with the journal in its `.msikit` for as long as the image is being made. To the run it shows as
//! what Wine calls the folder, `Z:\home\me\image`; all else that the run sees is the machine, which is only read. An
//! installation that fails, or that is killed and asked for again, leaves the folder as it was.
//! Follows: Microsoft, "Administrative Installation", "TARGETDIR Property".

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use machine::{
    Attributes, Data, Entry, Facts, Key, KeyChange, KeyPath, Machine, MachinePath, MemoryDisk,
    Metadata, OsDisk, PlannedFile, ReadSeek, Saved, Tree, View, Wineserver,
};

use sequence::TopLevel;

use crate::package::{is_machine_path, wine_folder};
use crate::world::{ChangingSite, Site};
use crate::{Command, Error};

/// The drive that the host's folders are on, as Wine has them.
const DRIVE: char = 'Z';

/// The machine that a run reads.
pub(crate) enum Base<'a> {
    /// For a plan.
    Planned(&'a dyn Site),
    /// For an installation, which recovers it first.
    Real(&'a mut dyn ChangingSite),
}

/// A machine with the folder of an image as the only place that can be changed.
pub(crate) struct Image<'a> {
    base: Base<'a>,
    /// The machine's, with the image's drive.
    facts: Facts,
    /// The folder as the run sees it.
    folder: MachinePath,
    /// The folder as a drive.
    drive: Box<dyn ChangingSite>,
    /// Folders of the host that may go again where they are empty: deepest first.
    made: Vec<PathBuf>,
}

/// Returns the folder of the host that a command makes an image in; none: it makes none, or one in the machine.
///
/// Errors: [`Error::Usage`] for a path that has no name in a machine.
pub(crate) fn folder(command: &Command) -> Result<Option<PathBuf>, Error> {
    let target = command.property("TARGETDIR");
    if command.top_level() != TopLevel::Admin || target.is_empty() || is_machine_path(target) {
        return Ok(None);
    }
    let unusable = |why: &dyn std::fmt::Display| {
        Error::Usage(format!("TARGETDIR={target} cannot be used: {why}"))
    };
    let folder = std::path::absolute(target).map_err(|error| unusable(&error))?;
    let folder: PathBuf = folder.components().collect();
    MachinePath::parse(&seen_as(&folder)).map_err(|error| unusable(&error))?;
    Ok(Some(folder))
}

/// What a folder of the host is to the run.
pub(crate) fn seen_as(folder: &Path) -> String {
    wine_folder(folder)
}

impl<'a> Image<'a> {
    /// Makes a folder of the host, which is made where it is not there, the place that can be changed.
    ///
    /// Errors: it cannot be made or opened.
    pub(crate) fn create(
        machine: &'a mut dyn ChangingSite,
        folder: &Path,
    ) -> Result<Image<'a>, Error> {
        let own = [".msikit/journal", ".msikit"].map(|name| folder.join(name));
        let above = folder.ancestors().take_while(|folder| !folder.exists());
        let made = own.into_iter().chain(above.map(Path::to_owned)).collect();
        let disk = OsDisk::create(folder).map_err(|error| unusable(folder, &error))?;
        let drive = Box::new(Tree::drive(disk, DRIVE));
        Ok(Image {
            made,
            ..Image::new(Base::Real(machine), folder, drive)?
        })
    }

    /// Takes what was needed to make the image away: the journal's folders, and the image's own folder where nothing
    /// came of it. What is not empty stays.
    pub(crate) fn close(self) {
        for folder in &self.made {
            // That an empty folder is left is no failure of an image that is whole.
            let _ = std::fs::remove_dir(folder);
        }
    }

    /// Shows a folder of the host, which need not be there, as it is.
    ///
    /// Errors: it cannot be opened.
    pub(crate) fn preview(machine: &'a dyn Site, folder: &Path) -> Result<Image<'a>, Error> {
        let drive: Box<dyn ChangingSite> = match OsDisk::open(folder) {
            Ok(disk) => Box::new(Tree::drive(disk, DRIVE)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Box::new(Tree::drive(MemoryDisk::new(), DRIVE))
            }
            Err(error) => return Err(unusable(folder, &error)),
        };
        Image::new(Base::Planned(machine), folder, drive)
    }

    fn new(
        base: Base<'a>,
        folder: &Path,
        drive: Box<dyn ChangingSite>,
    ) -> Result<Image<'a>, Error> {
        let mut facts = base.site().as_view().facts().clone();
        if !facts.drives.contains(&DRIVE) {
            facts.drives.push(DRIVE);
        }
        let folder = MachinePath::parse(&seen_as(folder)).map_err(machine::Error::from)?;
        Ok(Image {
            base,
            facts,
            folder,
            drive,
            made: Vec::new(),
        })
    }

    /// Returns a path of the image as its drive has it; none for one of the machine.
    fn below(&self, path: &MachinePath) -> Result<Option<MachinePath>, machine::Error> {
        if !path.is_within(&self.folder) {
            return Ok(None);
        }
        let mut below = MachinePath::parse(&format!("{DRIVE}:\\"))?;
        for name in &path.names()[self.folder.names().len()..] {
            below = below.join(name)?;
        }
        Ok(Some(below))
    }

    /// The same for what is to be changed.
    ///
    /// Errors: [`machine::Error::Outside`] for a path of the machine.
    fn own(&self, path: &MachinePath) -> Result<MachinePath, machine::Error> {
        self.below(path)?
            .ok_or_else(|| machine::Error::Outside(path.to_string()))
    }

    /// The machine, where it has a path's drive.
    fn elsewhere(&self, path: &MachinePath) -> Option<&dyn View> {
        let view = self.base.site().as_view();
        view.facts().drives.contains(&path.drive()).then_some(view)
    }
}

impl Base<'_> {
    fn site(&self) -> &dyn Site {
        match self {
            Base::Planned(site) => *site,
            Base::Real(machine) => machine.as_site(),
        }
    }
}

fn unusable(folder: &Path, error: &std::io::Error) -> Error {
    Error::Failed {
        code: crate::code::FAILURE,
        message: format!("cannot use the folder {}: {error}", folder.display()),
    }
}

impl View for Image<'_> {
    fn facts(&self) -> &Facts {
        &self.facts
    }

    fn metadata(&self, path: &MachinePath) -> Result<Option<Metadata>, machine::Error> {
        match (self.below(path)?, self.elsewhere(path)) {
            (Some(below), _) => self.drive.metadata(&below),
            (None, Some(machine)) => machine.metadata(path),
            (None, None) => Ok(None),
        }
    }

    fn list(&self, folder: &MachinePath) -> Result<Option<Vec<Entry>>, machine::Error> {
        match (self.below(folder)?, self.elsewhere(folder)) {
            (Some(below), _) => self.drive.list(&below),
            (None, Some(machine)) => machine.list(folder),
            (None, None) => Ok(None),
        }
    }

    fn open(&self, file: &MachinePath) -> Result<Box<dyn ReadSeek + '_>, machine::Error> {
        match (self.below(file)?, self.elsewhere(file)) {
            (Some(below), _) => self.drive.open(&below),
            (None, Some(machine)) => machine.open(file),
            (None, None) => Err(machine::Error::NotFound(file.clone())),
        }
    }

    fn key(&self, key: &KeyPath) -> Result<Option<Key>, machine::Error> {
        self.base.site().as_view().key(key)
    }

    fn value(&self, key: &KeyPath, name: &str) -> Result<Option<Data>, machine::Error> {
        self.base.site().as_view().value(key, name)
    }

    fn stored(&self, path: &MachinePath) -> Result<MachinePath, machine::Error> {
        let Some(below) = self.below(path)? else {
            return self
                .elsewhere(path)
                .map_or_else(|| Ok(path.clone()), |machine| machine.stored(path));
        };
        let mut stored = self.folder.clone();
        for name in self.drive.stored(&below)?.names() {
            stored = stored.join(name)?;
        }
        Ok(stored)
    }

    fn resolved_key(&self, key: &KeyPath) -> Result<KeyPath, machine::Error> {
        self.base.site().as_view().resolved_key(key)
    }

    fn planned(&self, file: &MachinePath) -> Option<&PlannedFile> {
        self.base.site().as_view().planned(file)
    }

    fn free_bytes(&self, drive: char) -> Result<u64, machine::Error> {
        match drive {
            DRIVE => self.drive.free_bytes(drive),
            _ => self.base.site().as_view().free_bytes(drive),
        }
    }
}

impl Machine for Image<'_> {
    fn create_folder(&mut self, folder: &MachinePath) -> Result<(), machine::Error> {
        let own = self.own(folder)?;
        self.drive.create_folder(&own)
    }

    fn remove_folder(&mut self, folder: &MachinePath) -> Result<bool, machine::Error> {
        let own = self.own(folder)?;
        self.drive.remove_folder(&own)
    }

    fn create_file(
        &mut self,
        file: &MachinePath,
    ) -> Result<Box<dyn std::io::Write>, machine::Error> {
        let own = self.own(file)?;
        self.drive.create_file(&own)
    }

    fn set_metadata(
        &mut self,
        path: &MachinePath,
        attributes: Attributes,
        modified: Option<SystemTime>,
    ) -> Result<(), machine::Error> {
        let own = self.own(path)?;
        self.drive.set_metadata(&own, attributes, modified)
    }

    fn remove_file(&mut self, file: &MachinePath) -> Result<(), machine::Error> {
        let own = self.own(file)?;
        self.drive.remove_file(&own)
    }

    fn set_aside(&mut self, file: &MachinePath, saved: Saved) -> Result<(), machine::Error> {
        let own = self.own(file)?;
        self.drive.set_aside(&own, saved)
    }

    fn put_back(&mut self, saved: Saved, file: &MachinePath) -> Result<bool, machine::Error> {
        let own = self.own(file)?;
        self.drive.put_back(saved, &own)
    }

    fn create_key(&mut self, key: &KeyPath) -> Result<(), machine::Error> {
        Err(machine::Error::Outside(key.to_string()))
    }

    fn remove_key(&mut self, key: &KeyPath) -> Result<(), machine::Error> {
        Err(machine::Error::Outside(key.to_string()))
    }

    fn set_value(&mut self, key: &KeyPath, _: &str, _: &Data) -> Result<(), machine::Error> {
        Err(machine::Error::Outside(key.to_string()))
    }

    fn remove_value(&mut self, key: &KeyPath, _: &str) -> Result<(), machine::Error> {
        Err(machine::Error::Outside(key.to_string()))
    }

    fn read_journal(&self) -> Result<Option<Vec<u8>>, machine::Error> {
        self.drive.read_journal()
    }

    fn begin_journal(&mut self) -> Result<(), machine::Error> {
        self.drive.begin_journal()
    }

    fn append_journal(&mut self, bytes: &[u8]) -> Result<(), machine::Error> {
        self.drive.append_journal(bytes)
    }

    fn sync_journal(&mut self) -> Result<(), machine::Error> {
        self.drive.sync_journal()
    }

    fn publish_registry(&mut self) -> Result<(), machine::Error> {
        self.drive.publish_registry()
    }

    fn restore_registry(&mut self) -> Result<(), machine::Error> {
        self.drive.restore_registry()
    }

    fn sync(&mut self) -> Result<(), machine::Error> {
        self.drive.sync()
    }

    fn close_journal(&mut self, ending: &str, id: &str) -> Result<(), machine::Error> {
        self.drive.close_journal(ending, id)
    }

    fn registry_changes_back(&self) -> Result<Vec<KeyChange>, machine::Error> {
        self.drive.registry_changes_back()
    }

    fn suspend_journal(&mut self) -> Result<(), machine::Error> {
        self.drive.suspend_journal()
    }

    fn read_suspended_journal(&self) -> Result<Option<Vec<u8>>, machine::Error> {
        self.drive.read_suspended_journal()
    }

    fn resume_journal(&mut self) -> Result<(), machine::Error> {
        self.drive.resume_journal()
    }

    fn is_set_aside(&self, saved: Saved) -> Result<bool, machine::Error> {
        self.drive.is_set_aside(saved)
    }

    fn closed_journals(&self) -> Result<Vec<String>, machine::Error> {
        self.drive.closed_journals()
    }

    fn read_closed_journal(&self, name: &str) -> Result<Vec<u8>, machine::Error> {
        self.drive.read_closed_journal(name)
    }

    fn remove_closed_journal(&mut self, name: &str) -> Result<(), machine::Error> {
        self.drive.remove_closed_journal(name)
    }
}

impl Site for Image<'_> {
    fn as_view(&self) -> &dyn View {
        self
    }

    fn host_path(&self, path: &MachinePath) -> Option<PathBuf> {
        match self.below(path).ok()? {
            Some(below) => self.drive.host_path(&below),
            None => self.base.site().host_path(path),
        }
    }
}

impl ChangingSite for Image<'_> {
    fn refresh(&mut self) {
        self.drive.refresh();
        if let Base::Real(machine) = &mut self.base {
            machine.refresh();
        }
    }

    /// Only what is left of the machine's own transactions touches its registry.
    fn wineserver(&self) -> Result<Option<Wineserver>, machine::Error> {
        match &self.base {
            Base::Real(machine) if machine.read_journal()?.is_some() => machine.wineserver(),
            _ => Ok(None),
        }
    }

    fn with_each_journal(
        &mut self,
        recover: &mut dyn FnMut(&mut dyn Machine) -> Result<(), Error>,
    ) -> Result<(), Error> {
        if let Base::Real(machine) = &mut self.base {
            machine.with_each_journal(recover)?;
        }
        recover(self)
    }

    fn as_machine(&mut self) -> &mut dyn Machine {
        self
    }

    fn as_site(&self) -> &dyn Site {
        self
    }
}

#[cfg(test)]
mod tests {
    use script::{Contents, FileMetadata, Operation, Progress, Receiver, Source, SourceError};

    use super::*;

    struct Nothing;

    impl Source for Nothing {
        fn deliver(&mut self, _: &[&Contents], _: &mut dyn Receiver) -> Result<(), SourceError> {
            Ok(())
        }
    }

    impl Progress for Nothing {}

    fn write(image: &Image<'_>, path: &str) -> Operation {
        Operation::FileCopy {
            from: Contents::Bytes(b"new".to_vec()),
            to: image.path(path).unwrap(),
            metadata: FileMetadata::default(),
        }
    }

    fn image<'a>(machine: &'a mut Tree<MemoryDisk>, drive: MemoryDisk) -> Image<'a> {
        let drive = Box::new(Tree::drive(drive, DRIVE));
        Image::new(Base::Real(machine), Path::new("/srv/My image"), drive).unwrap()
    }

    /// What a folder of the host holds, by names that the run sees.
    fn names(image: &Image<'_>, folder: &str) -> Vec<String> {
        let listed = image.list(&image.path(folder).unwrap()).unwrap();
        listed
            .unwrap()
            .into_iter()
            .map(|entry| entry.name)
            .collect()
    }

    #[test]
    fn an_interrupted_image_is_undone_by_the_next_with_the_machines_own_transaction() {
        let mut machine = machine::memory(Facts::default()).unwrap();
        let mut journal = script::begin(&mut machine, "machine", "").unwrap();
        let left = Operation::FolderCreate {
            folder: machine.path("C:\\left").unwrap(),
        };
        let run = journal.run(&[left], &mut machine, &mut Nothing, &mut Nothing);
        run.unwrap();
        let mut folder = MemoryDisk::new();
        machine::Disk::create_folder(&mut folder, "Docs").unwrap();
        let mut image = image(&mut machine, folder);
        let mut journal = script::begin(&mut image, "image", "").unwrap();
        let operations = [
            write(&image, "Z:\\srv\\my image\\docs\\a.txt"),
            write(&image, "Z:\\srv\\My image\\new\\b.txt"),
        ];
        let run = journal.run(&operations, &mut image, &mut Nothing, &mut Nothing);
        run.unwrap();
        assert_eq!(names(&image, "Z:\\srv\\My image"), ["Docs", "new"]);
        assert!(
            image
                .is_file(&image.path("Z:\\srv\\My image\\DOCS\\A.TXT").unwrap())
                .unwrap()
        );
        drop(journal);

        image.refresh();
        let mut recovered = Vec::new();
        let done = image.with_each_journal(&mut |machine| {
            for found in script::recover(machine)? {
                script::tidy(machine, &found.journal)?;
                recovered.push(found.id);
            }
            Ok(())
        });
        done.unwrap();
        assert_eq!(recovered, ["machine", "image"]);
        assert_eq!(names(&image, "Z:\\srv\\My image"), ["Docs"]);
        assert!(names(&image, "Z:\\srv\\My image\\Docs").is_empty());
        assert!(
            machine
                .metadata(&machine.path("C:\\left").unwrap())
                .unwrap()
                .is_none()
        );
    }

    #[test]
    fn only_the_folder_can_be_changed() {
        let mut machine = machine::memory(Facts::default()).unwrap();
        let mut image = image(&mut machine, MemoryDisk::new());
        for place in [
            "Z:\\srv",
            "Z:\\srv\\My image 2",
            "C:\\srv\\My image",
            "C:\\x",
        ] {
            let path = image.path(place).unwrap();
            let made = image.create_folder(&path);
            assert!(matches!(made, Err(machine::Error::Outside(_))), "{place}");
        }
        assert!(image.list(&image.path("Z:\\").unwrap()).unwrap().is_none());
        assert!(
            image
                .is_folder(&image.path("C:\\windows").unwrap())
                .unwrap()
        );
        let below = image.path("Z:\\srv\\My image\\x").unwrap();
        image.create_folder(&below).unwrap();
        assert!(image.is_folder(&below).unwrap());
    }
}
