//! One transaction by hand over two devices, crashed at every effect: what crosses devices, and hives without
//! hard links, are as crash-safe as renames.

use std::io::ErrorKind;

use machine::{Attributes, Tree};
use machine::{
    Data, Disk, Facts, KeyPath, Listed, Machine, MachinePath, MemoryDisk, ReadSeek, Root, Saved,
    Stat,
};
use testing::{CrashDisk, Scenario, WorkError, crash_at_every_effect};

fn file() -> MachinePath {
    MachinePath::parse("D:\\Kept.bin").unwrap()
}

/// A disk whose drive D is another device, and that may not know hard links.
///
/// The border is drawn here, above the disk that crashes: that one models one device.
struct Border {
    disk: CrashDisk,
    hard_links: bool,
}

impl Border {
    fn crosses(&self, one: &str, other: &str) -> std::io::Result<()> {
        if one.starts_with("drive_d") == other.starts_with("drive_d") {
            return Ok(());
        }
        Err(ErrorKind::CrossesDevices.into())
    }
}

impl Disk for Border {
    fn stat(&self, path: &str) -> std::io::Result<Option<Stat>> {
        self.disk.stat(path)
    }
    fn read_link(&self, path: &str) -> std::io::Result<String> {
        self.disk.read_link(path)
    }
    fn list(&self, folder: &str) -> std::io::Result<Option<Vec<Listed>>> {
        self.disk.list(folder)
    }
    fn open_read(&self, file: &str) -> std::io::Result<Box<dyn ReadSeek>> {
        self.disk.open_read(file)
    }
    fn create_new(&mut self, file: &str) -> std::io::Result<Box<dyn std::io::Write>> {
        self.disk.create_new(file)
    }
    fn append(&mut self, file: &str, bytes: &[u8]) -> std::io::Result<()> {
        self.disk.append(file, bytes)
    }
    fn sync_file(&mut self, file: &str) -> std::io::Result<()> {
        self.disk.sync_file(file)
    }
    fn sync_folder(&mut self, folder: &str) -> std::io::Result<()> {
        self.disk.sync_folder(folder)
    }
    fn sync_all(&mut self, folder: &str) -> std::io::Result<()> {
        self.disk.sync_all(folder)
    }
    fn rename(&mut self, from: &str, to: &str) -> std::io::Result<()> {
        self.crosses(from, to)?;
        self.disk.rename(from, to)
    }
    fn hard_link(&mut self, from: &str, to: &str) -> std::io::Result<()> {
        if !self.hard_links {
            return Err(ErrorKind::Unsupported.into());
        }
        self.disk.hard_link(from, to)
    }
    fn remove_file(&mut self, file: &str) -> std::io::Result<()> {
        self.disk.remove_file(file)
    }
    fn create_folder(&mut self, folder: &str) -> std::io::Result<()> {
        self.disk.create_folder(folder)
    }
    fn remove_folder(&mut self, folder: &str) -> std::io::Result<()> {
        self.disk.remove_folder(folder)
    }
    fn set_attributes(&mut self, path: &str, attributes: Attributes) -> std::io::Result<()> {
        self.disk.set_attributes(path, attributes)
    }
    fn set_modified(&mut self, path: &str, modified: std::time::SystemTime) -> std::io::Result<()> {
        self.disk.set_modified(path, modified)
    }
    fn free_bytes(&self, folder: &str) -> std::io::Result<u64> {
        self.disk.free_bytes(folder)
    }
    fn same_device(&self, one: &str, other: &str) -> std::io::Result<bool> {
        Ok(self.crosses(one, other).is_ok())
    }
}

fn undo(tree: &mut Tree<Border>) -> Result<(), WorkError> {
    if tree.read_journal()?.is_some() {
        tree.put_back(Saved(1), &file())?;
        tree.restore_registry()?;
        tree.sync()?;
        tree.close_journal("undone", "1")?;
    }
    for name in tree.closed_journals()? {
        tree.remove_closed_journal(&name)?;
    }
    Ok(())
}

fn change(tree: &mut Tree<Border>) -> Result<(), WorkError> {
    tree.begin_journal()?;
    tree.append_journal(b"D:\\Kept.bin is saved as 1")?;
    tree.set_aside(&file(), Saved(1))?;
    tree.create_file(&file())?.write_all(b"new")?;
    tree.set_value(
        &KeyPath::new(Root::LocalMachine, "Software\\New"),
        "",
        &Data::Dword(1),
    )?;
    tree.publish_registry()?;
    tree.set_value(
        &KeyPath::new(Root::CurrentUser, "Software\\New"),
        "",
        &Data::Dword(1),
    )?;
    tree.publish_registry()?;
    tree.close_journal("committed", "1")?;
    for name in tree.closed_journals()? {
        tree.remove_closed_journal(&name)?;
    }
    Ok(())
}

fn sweep(hard_links: bool) {
    let facts = Facts {
        drives: vec!['C', 'D'],
        ..Facts::default()
    };
    let mut before: MemoryDisk = Tree::create(MemoryDisk::new(), facts).unwrap().into_disk();
    before.put_file("drive_d/Kept.bin", &vec![7; 100_000]);
    let open = |disk| Tree::open(Border { disk, hard_links });
    let work = |disk: CrashDisk| {
        let mut tree = open(disk)?;
        change(&mut tree).or_else(|error| undo(&mut tree).and(Err(error)))
    };
    let recover = |disk: CrashDisk| undo(&mut open(disk)?);
    crash_at_every_effect(&Scenario {
        before: &before,
        work: &work,
        recover: &recover,
        between: &[],
    })
    .assert_clean();
}

#[test]
fn a_crash_anywhere_leaves_before_or_after_with_hard_links() {
    sweep(true);
}

#[test]
fn a_crash_anywhere_leaves_before_or_after_without_hard_links() {
    sweep(false);
}
