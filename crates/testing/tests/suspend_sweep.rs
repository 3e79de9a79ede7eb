//! A transaction that waits for a restart, crashed at every effect: while it is put by, gone on with, and undone.

use machine::{
    Attributes, Data, Disk, Facts, KeyPath, Machine, MachinePath, MemoryDisk, Root, Tree, View,
};
use script::{Contents, FileMetadata, Operation};
use testing::{
    BytesSource, CrashDisk, Fault, Scenario, Sweep, WorkError, crash_at_every_effect, differences,
};

fn path(text: &str) -> MachinePath {
    MachinePath::parse(text).unwrap()
}

fn key(path: &str) -> KeyPath {
    KeyPath::new(Root::LocalMachine, path)
}

fn user_key(path: &str) -> KeyPath {
    KeyPath::new(Root::CurrentUser, path)
}

fn text(text: &str) -> Data {
    Data::Sz(text.to_owned())
}

/// A machine with a few files and values of before; the user's hive is not there yet.
fn before() -> MemoryDisk {
    let disk = CrashDisk::new(MemoryDisk::new(), Fault::None);
    let mut tree = Tree::create(disk.clone(), Facts::default()).unwrap();
    for (name, data) in [("Kept", "as it was"), ("Gone", "to be removed")] {
        tree.set_value(&key("Software\\Old"), name, &text(data))
            .unwrap();
    }
    for (name, data) in [
        ("", Data::Dword(7)),
        ("Big", Data::Qword(1 << 40)),
        ("Many", Data::MultiSz(vec!["a".to_owned(), String::new()])),
        ("Bytes", Data::Binary(vec![0, 255])),
        ("Odd", Data::Other(9, vec![1])),
    ] {
        tree.set_value(&key("Software\\Old\\Sub\\Deep"), name, &data)
            .unwrap();
    }
    tree.publish_registry().unwrap();
    let mut disk = disk.after_kill();
    disk.put_file("drive_c/Old/replaced.txt", b"what was there before");
    disk.put_file("drive_c/Old/removed.txt", b"to be removed");
    disk.put_file("drive_c/Gone/only.txt", b"the folder goes too");
    disk
}

fn write(to: &str, contents: &str) -> Operation {
    Operation::FileCopy {
        from: Contents::Bytes(contents.as_bytes().to_vec()),
        to: path(to),
        metadata: FileMetadata {
            attributes: Attributes::default(),
            ..FileMetadata::default()
        },
    }
}

fn value(key: KeyPath, name: &str, data: &str) -> Operation {
    Operation::RegAddValue {
        key,
        name: name.to_owned(),
        data: text(data),
    }
}

/// What is done before the restart.
fn first() -> Vec<Operation> {
    vec![
        write("C:\\Old\\replaced.txt", "new"),
        write("C:\\New\\Deep\\one.txt", "one"),
        Operation::FileRemove {
            file: path("C:\\Gone\\only.txt"),
        },
        Operation::FolderRemove {
            folder: path("C:\\Gone"),
        },
        value(key("Software\\New\\Deep"), "Value", "one"),
        value(key("Software\\Old"), "KEPT", "changed"),
        Operation::RegRemoveValue {
            key: key("Software\\Old"),
            name: "Gone".to_owned(),
        },
        Operation::RegRemoveKey {
            key: key("Software\\Old\\Sub"),
        },
        value(user_key("Software\\New"), "Value", "user"),
    ]
}

/// What is done after it: partly in the same places.
fn second() -> Vec<Operation> {
    vec![
        write("C:\\Old\\replaced.txt", "newer"),
        write("C:\\New\\Deep\\two.txt", "two"),
        Operation::FileRemove {
            file: path("C:\\New\\Deep\\one.txt"),
        },
        Operation::FileRemove {
            file: path("C:\\Old\\removed.txt"),
        },
        Operation::FolderCreate {
            folder: path("C:\\Gone"),
        },
        value(key("Software\\Old"), "Kept", "changed again"),
        value(key("Software\\New\\Deep"), "More", "two"),
    ]
}

fn nothing() -> BytesSource {
    BytesSource::new(&[])
}

fn suspend<D: Disk>(disk: D) -> Result<(), WorkError> {
    let mut tree = Tree::open(disk)?;
    let mut journal = script::begin(&mut tree, "part-1", "failed")?;
    journal.run(&first(), &mut tree, &mut nothing(), &mut ())?;
    journal.suspend(&mut tree, "taken back", "how to go on")?;
    Ok(())
}

fn resume<D: Disk>(disk: D) -> Result<(), WorkError> {
    let mut tree = Tree::open(disk)?;
    if script::suspended(&tree)?.is_none() {
        return Err("nothing waits".into());
    }
    let mut journal = script::resume(&mut tree, "part-2", "failed later")?;
    journal.run(&second(), &mut tree, &mut nothing(), &mut ())?;
    journal.publish(&mut tree)?;
    journal.commit(&mut tree, b"")?.tidy(&mut tree)?;
    Ok(())
}

/// Goes on, and waits for another restart.
fn suspend_again<D: Disk>(disk: D) -> Result<(), WorkError> {
    let mut tree = Tree::open(disk)?;
    let mut journal = script::resume(&mut tree, "part-2", "failed later")?;
    journal.run(&second(), &mut tree, &mut nothing(), &mut ())?;
    journal.suspend(&mut tree, "taken back later", "how to go on later")?;
    Ok(())
}

fn undo<D: Disk>(disk: D) -> Result<(), WorkError> {
    let mut tree = Tree::open(disk)?;
    if let Some(undone) = script::undo_suspended(&mut tree)? {
        script::tidy(&mut tree, &undone.journal)?;
    }
    Ok(())
}

/// What the next process does first: it leaves alone what waits.
fn recover(disk: CrashDisk) -> Result<(), WorkError> {
    let mut tree = Tree::open(disk)?;
    for found in script::recover(&mut tree)? {
        script::tidy(&mut tree, &found.journal)?;
    }
    Ok(())
}

fn after(before: &MemoryDisk, work: impl Fn(CrashDisk) -> Result<(), WorkError>) -> MemoryDisk {
    let disk = CrashDisk::new(before.clone(), Fault::None);
    work(disk.clone()).unwrap();
    disk.after_kill()
}

fn sweep(
    before: &MemoryDisk,
    work: &dyn Fn(CrashDisk) -> Result<(), WorkError>,
    recover: &dyn Fn(CrashDisk) -> Result<(), WorkError>,
    between: &[MemoryDisk],
) -> Sweep {
    crash_at_every_effect(&Scenario {
        before,
        work,
        recover,
        between,
    })
}

/// What the programs of a restarted machine do to the registry.
fn restarted(disk: &MemoryDisk) -> MemoryDisk {
    after(disk, |disk| {
        let mut tree = Tree::open(disk)?;
        tree.set_value(&key("Software\\Wine"), "Boot", &text("foreign"))?;
        tree.set_value(&key("Software\\New"), "Theirs", &text("foreign"))?;
        tree.publish_registry()?;
        Ok(())
    })
}

#[test]
fn a_crash_while_it_is_put_by_leaves_before_or_all_that_was_done() {
    let sweep = sweep(&before(), &|disk| suspend(disk), &recover, &[]);
    sweep.assert_clean();
    assert!(sweep.after > 0, "{sweep}");
}

#[test]
fn whatever_was_put_by_can_be_undone() {
    let recover = |disk: CrashDisk| {
        recover(disk.clone())?;
        undo(disk)
    };
    let work = |disk| {
        suspend(disk)?;
        Err("it is taken back".into())
    };
    let sweep = sweep(&before(), &work, &recover, &[]);
    // What is taken back after the end is not as it was at the end: that one is as it must be.
    let wrong = |finding: &&testing::Finding| finding.crash != "power loss after the end";
    assert_eq!(sweep.findings.iter().filter(wrong).count(), 0, "{sweep}");
    assert!(sweep.before > 1000 && sweep.after == 0, "{sweep}");
}

#[test]
fn a_crash_while_it_goes_on_leaves_it_waiting_or_done_or_undone() {
    let before = before();
    let waiting = after(&before, suspend);
    for start in [waiting.clone(), restarted(&waiting)] {
        let undone = after(&start, undo);
        let sweep = sweep(&start, &|disk| resume(disk), &recover, &[undone]);
        sweep.assert_clean();
        assert!(sweep.after > 0, "{sweep}");
    }
}

#[test]
fn a_crash_while_it_is_undone_leaves_it_waiting_or_undone() {
    let before = before();
    let waiting = after(&before, suspend);
    let swept = sweep(&waiting, &|disk| undo(disk), &recover, &[]);
    swept.assert_clean();
    assert!(swept.after > 0, "{swept}");
    assert_eq!(differences(&before, &after(&waiting, undo)), "");

    let swept = sweep(&restarted(&waiting), &|disk| undo(disk), &recover, &[]);
    swept.assert_clean();
    assert!(swept.after > 0, "{swept}");
}

#[test]
fn what_others_wrote_to_the_registry_stays_when_it_is_undone() {
    let before = before();
    let undone = after(&restarted(&after(&before, suspend)), undo);
    let tree = Tree::open(undone.clone()).unwrap();
    let lines = machine::snapshot(&tree).unwrap();
    let expected = machine::snapshot(&Tree::open(before).unwrap()).unwrap();
    let more: Vec<&String> = lines
        .iter()
        .filter(|line| !expected.contains(line))
        .collect();
    assert!(expected.iter().all(|line| lines.contains(line)));
    assert_eq!(
        more,
        [
            "K HKLM\\Software\\New",
            "K HKLM\\Software\\Wine",
            "R HKLM\\Software\\New\\Theirs REG_SZ foreign",
            "R HKLM\\Software\\Wine\\Boot REG_SZ foreign",
        ]
    );
}

#[test]
fn it_may_wait_twice_and_all_of_it_is_undone() {
    let before = before();
    let waiting = after(&before, suspend);
    let undone = after(&waiting, undo);
    let between = [undone];
    let swept = sweep(&waiting, &|disk| suspend_again(disk), &recover, &between);
    swept.assert_clean();
    let twice = after(&waiting, suspend_again);
    assert_eq!(differences(&before, &after(&twice, undo)), "");
    let tree = Tree::open(twice).unwrap();
    let waits = script::suspended(&tree).unwrap().unwrap();
    assert_eq!(
        (waits.id.as_str(), waits.data.as_str()),
        ("part-2", "how to go on later")
    );
    // Somebody wrote between the two parts: it stays.
    let twice = after(&restarted(&waiting), suspend_again);
    let undone = Tree::open(after(&twice, undo)).unwrap();
    let theirs = undone.value(&key("Software\\New"), "Theirs").unwrap();
    assert_eq!(theirs, Some(text("foreign")));
    assert_eq!(
        undone.value(&key("Software\\New\\Deep"), "More").unwrap(),
        None
    );
}

#[test]
fn what_is_undone_is_told_in_the_words_for_where_it_was() {
    let waiting = after(&before(), suspend);
    let mut tree = Tree::open(CrashDisk::new(waiting.clone(), Fault::None)).unwrap();
    assert_eq!(script::recover(&mut tree).unwrap(), []);
    let undone = script::undo_suspended(&mut tree).unwrap().unwrap();
    assert_eq!(
        (undone.id.as_str(), undone.about.as_str()),
        ("part-1", "taken back")
    );
    // Gone on with and ended anywhere in the second part: the words for that part.
    let mut tree = Tree::open(CrashDisk::new(waiting, Fault::None)).unwrap();
    let mut journal = script::resume(&mut tree, "part-2", "failed later").unwrap();
    let run = journal.run(&second(), &mut tree, &mut nothing(), &mut ());
    run.unwrap();
    drop(journal);
    let undone = script::recover(&mut tree).unwrap();
    assert_eq!(
        (undone[0].id.as_str(), undone[0].about.as_str()),
        ("part-2", "failed later")
    );
}
