//! What a journal allows and refuses, and what goes wrong in a run.

use machine::{Data, Facts, KeyPath, MachinePath, MemoryDisk, Root, Tree, View, Wineserver};
use script::{
    Contents, Ending, Error, FileMetadata, Journal, Operation, Progress, Receiver, Source,
    SourceError,
};
use testing::{BytesSource, CrashDisk, Fault};

fn machine() -> Tree<CrashDisk> {
    let mut disk = MemoryDisk::new();
    disk.put_file("drive_c/A/a.txt", b"old");
    Tree::create(CrashDisk::new(disk, Fault::None), Facts::default()).unwrap()
}

fn path(text: &str) -> MachinePath {
    MachinePath::parse(text).unwrap()
}

fn copy(name: &str, to: &str, size: Option<u64>) -> Operation {
    let metadata = FileMetadata {
        size,
        ..FileMetadata::default()
    };
    Operation::FileCopy {
        from: Contents::Stream(name.to_owned()),
        to: path(to),
        metadata,
    }
}

fn run(
    journal: &mut Journal,
    machine: &mut Tree<CrashDisk>,
    operation: Operation,
) -> Result<(), Error> {
    let mut source = BytesSource::new(&[("one", "1"), ("two", "22")]);
    journal.run(&[operation], machine, &mut source, &mut ())
}

/// Runs one operation that fails, and shows the error with its code.
fn failure(operation: Operation) -> String {
    let mut machine = machine();
    let mut journal = script::begin(&mut machine, "t", "").unwrap();
    let error = run(&mut journal, &mut machine, operation).unwrap_err();
    journal
        .undo(&mut machine)
        .unwrap()
        .tidy(&mut machine)
        .unwrap();
    assert_eq!(
        machine
            .metadata(&path("C:\\A\\a.txt"))
            .unwrap()
            .unwrap()
            .size,
        3
    );
    format!("{error} [{:?}]", error.code())
}

#[test]
fn errors_name_the_file_and_windows_number() {
    let size = failure(copy("two", "C:\\A\\a.txt", Some(3)));
    assert_eq!(
        size,
        "C:\\A\\a.txt has 2 bytes at the source, and the package says 3 [Some(1331)]"
    );
    assert_eq!(
        failure(copy("three", "C:\\A\\b", None)),
        "there is no three [Some(1308)]"
    );
    let folder = failure(copy("one", "C:\\A", None));
    assert_eq!(
        folder,
        "a folder is where the file C:\\A is to be [Some(1301)]"
    );
    let file = failure(copy("one", "C:\\A\\a.txt\\b", None));
    assert_eq!(
        file,
        "a file is where the folder C:\\A\\a.txt is to be [Some(1312)]"
    );
    let missing = failure(Operation::FileMove {
        from: path("C:\\x"),
        to: path("C:\\y"),
    });
    assert_eq!(missing, "FileMove C:\\y: there is no C:\\x [Some(1309)]");
}

/// Says that all is well and delivers nothing.
struct Silent;

impl Source for Silent {
    fn deliver(&mut self, _: &[&Contents], _: &mut dyn Receiver) -> Result<(), SourceError> {
        Ok(())
    }
}

#[test]
fn a_file_that_is_not_delivered_is_an_error() {
    let mut machine = machine();
    let mut journal = script::begin(&mut machine, "t", "").unwrap();
    let done = journal.run(
        &[copy("one", "C:\\A\\b", None)],
        &mut machine,
        &mut Silent,
        &mut (),
    );
    assert!(matches!(done, Err(Error::NotDelivered(file)) if file == "C:\\A\\b"));
}

#[test]
fn after_a_failure_the_transaction_can_only_be_undone() {
    let mut machine = machine();
    let mut journal = script::begin(&mut machine, "t", "").unwrap();
    run(&mut journal, &mut machine, copy("three", "C:\\b", None)).unwrap_err();
    let again = run(&mut journal, &mut machine, copy("one", "C:\\b", None));
    assert!(matches!(again, Err(Error::MustUndo)));
    assert!(matches!(
        journal.publish(&mut machine),
        Err(Error::MustUndo)
    ));
    assert!(matches!(
        journal.commit(&mut machine, b""),
        Err(Error::MustUndo)
    ));
    let found = script::recover(&mut machine).unwrap();
    assert_eq!(found[0].ending, Ending::Undone);
}

struct CancelAt(usize);

impl Progress for CancelAt {
    fn bytes(&mut self, count: u64) {
        self.0 = self.0.saturating_sub(count as usize);
    }

    fn cancelled(&self) -> bool {
        self.0 == 0
    }
}

#[test]
fn a_cancel_stops_in_the_midst_of_a_file() {
    let mut machine = machine();
    let mut journal = script::begin(&mut machine, "t", "").unwrap();
    let mut source = BytesSource::new(&[("long", &"x".repeat(1000))]);
    let operations = [copy("long", "C:\\A\\a.txt", None)];
    let done = journal.run(&operations, &mut machine, &mut source, &mut CancelAt(100));
    let error = done.unwrap_err();
    assert!(matches!(error, Error::Cancelled) && error.exit_code() == 1602);
    journal
        .undo(&mut machine)
        .unwrap()
        .tidy(&mut machine)
        .unwrap();
    assert_eq!(
        machine
            .metadata(&path("C:\\A\\a.txt"))
            .unwrap()
            .unwrap()
            .size,
        3
    );
}

#[test]
fn a_second_transaction_waits_for_recovery() {
    let mut machine = machine();
    let mut abandoned = script::begin(&mut machine, "first", "the first").unwrap();
    abandoned.publish(&mut machine).unwrap();
    drop(abandoned);
    assert!(matches!(
        script::begin(&mut machine, "second", ""),
        Err(Error::Journal { .. })
    ));
    let found = script::recover(&mut machine).unwrap();
    assert_eq!(
        (found[0].id.as_str(), found[0].about.as_str()),
        ("first", "the first")
    );
    // Untidied, it is found again; and it does not stand in the way.
    assert_eq!(script::recover(&mut machine).unwrap(), found);
    let mut second = script::begin(&mut machine, "second", "").unwrap();
    second
        .commit(&mut machine, b"")
        .unwrap()
        .tidy(&mut machine)
        .unwrap();
    script::tidy(&mut machine, &found[0].journal).unwrap();
    assert_eq!(script::recover(&mut machine).unwrap(), []);
}

#[test]
fn what_was_said_last_is_handed_back() {
    for (batches, expected) in [(0, "more"), (1, "much more")] {
        let mut machine = machine();
        let mut journal = script::begin(&mut machine, "t", "a little").unwrap();
        journal.retell("more", &mut machine).unwrap();
        for _ in 0..batches {
            run(&mut journal, &mut machine, copy("one", "C:\\A\\b", None)).unwrap();
            journal.retell("much more", &mut machine).unwrap();
        }
        journal.publish(&mut machine).unwrap();
        drop(journal);
        let found = script::recover(&mut machine).unwrap();
        assert_eq!(found[0].about, expected);
    }
}

#[test]
fn a_transaction_that_came_to_nothing_stands_in_nobodys_way() {
    let mut machine = machine();
    drop(script::begin(&mut machine, "first", "the first").unwrap());
    assert_eq!(script::recover(&mut machine).unwrap(), []);
    let mut second = script::begin(&mut machine, "second", "").unwrap();
    let closed = second.commit(&mut machine, b"").unwrap();
    closed.tidy(&mut machine).unwrap();
}

#[test]
fn ids_that_are_no_names_are_refused() {
    for id in ["", "a/b", "..", "a b", &"x".repeat(65)] {
        assert!(
            matches!(script::begin(&mut machine(), id, ""), Err(Error::BadId(_))),
            "{id}"
        );
    }
}

#[test]
fn notes_longer_than_a_frame_come_back_whole() {
    let mut machine = machine();
    let mut journal = script::begin(&mut machine, "t", "").unwrap();
    let notes: Vec<u8> = (0..3_000_000_u32).map(|n| n as u8).collect();
    let closed = journal.commit(&mut machine, &notes).unwrap();
    drop(closed);
    let found = script::recover(&mut machine).unwrap();
    assert_eq!(found[0].ending, Ending::Committed);
    assert!(found[0].notes == notes);
}

#[test]
fn a_failed_journal_stays_failed_until_recovery() {
    let mut disk = MemoryDisk::new();
    disk.put_file("drive_c/A/a.txt", b"old");
    let whole = Tree::create(CrashDisk::new(disk, Fault::None), Facts::default()).unwrap();
    let before = whole.disk().after_kill();
    // Every effect of a transaction fails once: whichever belongs to the journal must stop everything.
    let mut failed = 0;
    for at in 1..40 {
        let mut machine = Tree::open(CrashDisk::new(before.clone(), Fault::FailOnce(at))).unwrap();
        let Ok(mut journal) = script::begin(&mut machine, "t", "") else {
            continue;
        };
        let first = run(
            &mut journal,
            &mut machine,
            copy("one", "C:\\A\\a.txt", None),
        );
        if let Err(Error::Journal { .. }) = first {
            failed += 1;
            let again = run(
                &mut journal,
                &mut machine,
                copy("one", "C:\\A\\b.txt", None),
            );
            assert!(matches!(again, Err(Error::JournalFailed)));
            assert!(matches!(
                journal.undo(&mut machine),
                Err(Error::JournalFailed)
            ));
            script::recover(&mut machine).unwrap();
            assert_eq!(
                machine
                    .metadata(&path("C:\\A\\a.txt"))
                    .unwrap()
                    .unwrap()
                    .size,
                3
            );
        }
    }
    assert!(failed >= 2, "append and sync of the batch: {failed}");
}

#[test]
fn a_commit_that_finds_a_wineserver_leaves_a_transaction_that_can_be_undone() {
    let mut machine = machine::memory(Facts::default()).unwrap();
    let before = machine::snapshot(&machine).unwrap();
    let mut journal = script::begin(&mut machine, "t", "").unwrap();
    let operations = [Operation::RegAddValue {
        key: KeyPath::new(Root::LocalMachine, "Software\\Contoso"),
        name: "a".into(),
        data: Data::Dword(1),
    }];
    let mut source = BytesSource::new(&[]);
    journal
        .run(&operations, &mut machine, &mut source, &mut ())
        .unwrap();
    let wine = Some(Wineserver { pid: None });
    machine.disk_mut().set_wineserver(wine);
    let refused = journal.commit(&mut machine, b"").unwrap_err();
    assert!(matches!(refused, Error::RegistryTaken(_)) && refused.exit_code() == 1603);
    let again = journal.commit(&mut machine, b"");
    assert!(matches!(again, Err(Error::MustUndo)));
    let closed = journal.undo(&mut machine).unwrap();
    closed.tidy(&mut machine).unwrap();
    assert_eq!(machine::snapshot(&machine).unwrap(), before);
}
