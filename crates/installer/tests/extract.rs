//! `extract`: where files land, names that are the same, names that lead elsewhere, links in the way.
#![allow(
    clippy::disallowed_methods,
    reason = "files are extracted to a folder of the host"
)]

mod bench;

use std::path::{Path, PathBuf};

use bench::Bench;
use installer::{Choice, Error, Extracted, Package, extract};

fn extracted(bench: &Bench, text: &str) -> Result<(Extracted, PathBuf), Error> {
    bench.package("package", text);
    let into = bench.path("into");
    let package = Package::open_on_host(&bench.path("package")).unwrap();
    extract(&package, &Choice::default(), &into).map(|extracted| (extracted, into))
}

/// The paths below a folder with their contents, sorted.
fn lines(folder: &Path) -> Vec<String> {
    let mut lines = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(at) = folders.pop() {
        for entry in std::fs::read_dir(at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = std::fs::read_to_string(&path).unwrap();
                let path = path.strip_prefix(folder).unwrap().display().to_string();
                lines.push(format!("{path}={text}"));
            }
        }
    }
    lines.sort();
    lines
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    for cabinet in ["", "cabinet"] {
        let bench = Bench::new();
        let (extracted, into) = extracted(&bench, &format!("{text}\n{cabinet}")).unwrap();
        assert_eq!(lines(&into), expected);
        let mut told: Vec<String> = extracted
            .files
            .iter()
            .map(|file| {
                let text = std::fs::read_to_string(into.join(&file.path)).unwrap();
                assert_eq!(file.size, text.len() as u64);
                format!("{}={text}", file.path)
            })
            .collect();
        told.sort();
        assert_eq!(told, expected);
    }
}

#[test]
fn files_land_where_the_directory_table_says() {
    check(
        "product Tool 1.0.0
         Directory: ProgramFilesFolder | TARGETDIR | PFiles
         Directory: SystemFolder.C0FFEE00_0000_4000_8000_000000000001 | TARGETDIR | System
         Directory: HERE | INSTALLDIR | .
         Directory: OWN | TARGETDIR | Own folder:source
         file a.txt in A: a
         component B in SystemFolder.C0FFEE00_0000_4000_8000_000000000001
         file b.txt in B: b
         component C in OWN
         file c.txt in C: c
         component D in TARGETDIR
         file d.txt in D: d
         component E in HERE
         file e.txt in E: e
         component Off in HERE
         file off.txt in Off: off
         Component: Off | {00000001-0000-4000-8000-000000000001} | HERE | 0 | 1 = 2 | off.txt
         feature Never: Off
         Feature: Never | | | | | 0 | | 0",
        &[
            "Own folder/c.txt=c",
            "Program Files/Tool/a.txt=a",
            "Program Files/Tool/e.txt=e",
            "Program Files/Tool/off.txt=off",
            "d.txt=d",
            "windows/system32/b.txt=b",
        ],
    );
}

#[test]
fn a_package_of_64_bits_has_the_folders_of_such_a_machine() {
    let bench = Bench::new();
    bench.package(
        "package",
        "product Tool 1.0.0
         folder ProgramFiles64Folder in TARGETDIR: PF64
         component A in ProgramFiles64Folder
         file a.txt in A: a
         file b.txt in B: b",
    );
    let summary = bench.path("package/_SummaryInformation.idt");
    let text = std::fs::read_to_string(&summary).unwrap();
    std::fs::write(&summary, text.replace("Intel;1033", "x64;1033")).unwrap();
    let package = Package::open_on_host(&bench.path("package")).unwrap();
    extract(&package, &Choice::default(), &bench.path("into")).unwrap();
    let expected = ["Program Files (x86)/Tool/b.txt=b", "Program Files/a.txt=a"];
    assert_eq!(lines(&bench.path("into")), expected);
}

#[test]
fn names_that_are_the_same_are_kept_apart() {
    check(
        "product Tool 1.0.0
         folder ONE in INSTALLDIR: Folder
         folder TWO in INSTALLDIR: FOLDER
         component A in ONE
         file a.txt in A: a
         component B in TWO
         file b.txt in B: b
         file c in C: c
         file d in C: d
         File: a.txt | A | same.txt | 1 | | | 512 | 1
         File: b.txt | B | SAME.TXT | 1 | | | 512 | 2
         File: c | C | folder | 1 | | | 512 | 3
         File: d | C | .hidden | 1 | | | 512 | 4
         file e in C: e
         File: e | C | .hidden | 1 | | | 512 | 5
         cabinet",
        &[
            "Program Files/Tool/.hidden (e)=e",
            "Program Files/Tool/.hidden=d",
            "Program Files/Tool/Folder/SAME (b.txt).TXT=b",
            "Program Files/Tool/Folder/same.txt=a",
            "Program Files/Tool/folder (c)=c",
        ],
    );
}

#[test]
fn names_that_lead_elsewhere_are_refused_before_anything_is_written() {
    for name in [
        "../evil",
        "..",
        ".",
        "/evil",
        "a/b",
        "a\\b",
        "C:evil",
        "evil:stream",
        "e\u{1}vil",
    ] {
        for row in [
            format!("File: a.txt | A | {name} | 1 | | | 512 | 2"),
            format!("folder FOLDER in INSTALLDIR: {name}"),
        ] {
            // Of a folder a point means its parent, and a colon parts target and source.
            if (name == "." || name.contains(':')) && row.starts_with("folder") {
                continue;
            }
            let bench = Bench::new();
            let text = format!(
                "product Tool 1.0.0\nfile first.txt in First: 1\nfolder FOLDER in INSTALLDIR: Fine
                 component A in FOLDER\nfile a.txt in A: a\n{row}\ncabinet"
            );
            let error = extracted(&bench, &text).unwrap_err();
            assert_eq!(error.code(), 1620, "{row}: {error}");
            assert!(!bench.path("into").exists(), "{row}");
        }
    }
}

#[test]
fn links_are_not_followed() {
    let bench = Bench::new();
    let outside = bench.path("outside");
    std::fs::create_dir_all(bench.path("into")).unwrap();
    std::fs::create_dir(&outside).unwrap();
    std::fs::write(outside.join("d.txt"), "mine").unwrap();
    let text = "product Tool 1.0.0\nfolder SUB in TARGETDIR: sub
                component C in SUB\nfile c.txt in C: c\ncomponent D in TARGETDIR\nfile d.txt in D: d\ncabinet";
    let link = |name: &str| bench.path(&format!("into/{name}"));
    std::os::unix::fs::symlink(outside.join("d.txt"), link("d.txt")).unwrap();
    std::os::unix::fs::symlink(&outside, link("sub")).unwrap();
    let error = extracted(&bench, text).unwrap_err();
    assert!(error.to_string().contains("no folder"), "{error}");
    std::fs::remove_file(link("sub")).unwrap();
    extracted(&bench, text).unwrap();
    // The link was replaced, what it led to was not.
    assert_eq!(lines(&bench.path("into")), ["d.txt=d", "sub/c.txt=c"]);
    assert_eq!(lines(&outside), ["d.txt=mine"]);
}

#[test]
fn a_source_that_is_gone_is_named_and_leaves_no_half_files() {
    let bench = Bench::new();
    bench.package(
        "package",
        "product Tool 1.0.0\nfile a.txt in A: a\nfile b.txt in A: b",
    );
    std::fs::remove_file(bench.path("package/Tool/b.txt")).unwrap();
    let package = Package::open_on_host(&bench.path("package")).unwrap();
    let error = extract(&package, &Choice::default(), &bench.path("into")).unwrap_err();
    assert!(error.to_string().contains("b.txt"), "{error}");
    assert_eq!(lines(&bench.path("into")), ["Program Files/Tool/a.txt=a"]);
    // Once it is there, what was extracted before is replaced.
    std::fs::write(bench.path("package/Tool/b.txt"), "b").unwrap();
    std::fs::write(
        bench.path("into/Program Files/Tool/a.txt"),
        "longer than before",
    )
    .unwrap();
    extract(&package, &Choice::default(), &bench.path("into")).unwrap();
    let expected = ["Program Files/Tool/a.txt=a", "Program Files/Tool/b.txt=b"];
    assert_eq!(lines(&bench.path("into")), expected);
}

#[test]
fn two_rows_with_one_source_get_a_file_each() {
    let bench = Bench::new();
    // Both folders have the same source, so both rows mean the same file there.
    let text = "product Tool 1.0.0
        Directory: ONE | TARGETDIR | one:shared
        Directory: TWO | TARGETDIR | two:shared
        component A in ONE\nfile a.txt in A: a
        component B in TWO\nfile b.txt in B: a
        File: b.txt | B | a.txt | 1 | | | 512 | 2";
    bench.package("package", text);
    let package = Package::open_on_host(&bench.path("package")).unwrap();
    extract(&package, &Choice::default(), &bench.path("into")).unwrap();
    assert_eq!(lines(&bench.path("into")), ["one/a.txt=a", "two/a.txt=a"]);
}

#[test]
fn a_file_on_no_disk_is_an_error() {
    let bench = Bench::new();
    let text = "product Tool 1.0.0\nfile a.txt in A: a\nMedia: 1 | 0 | | | |";
    let error = extracted(&bench, text).unwrap_err();
    assert!(error.to_string().contains("Media"), "{error}");
}

#[test]
fn features_components_and_files_are_chosen() {
    let text = "product Parts 1.0.0\nfile a.txt in One: a\nfile b.txt in Two: b\nfile c.txt in Three: c\nfeature First: One,Two\nfeature Last: Three";
    let names = |choice: Choice| {
        let bench = Bench::new();
        bench.package("package", text);
        let package = Package::open_on_host(&bench.path("package")).unwrap();
        let found = installer::extractable(&package, &choice, &bench.path("into"));
        found.map(|found| {
            found
                .files
                .into_iter()
                .map(|file| file.file)
                .collect::<Vec<_>>()
        })
    };
    let chosen = |features: &[&str], components: &[&str], files: &[&str]| Choice {
        features: features.iter().map(ToString::to_string).collect(),
        components: components.iter().map(ToString::to_string).collect(),
        files: files.iter().map(ToString::to_string).collect(),
    };
    for (choice, expected) in [
        (chosen(&[], &[], &[]), &["a.txt", "b.txt", "c.txt"][..]),
        (chosen(&["First"], &[], &[]), &["a.txt", "b.txt"]),
        (chosen(&["Last"], &["One"], &[]), &["a.txt", "c.txt"]),
        (chosen(&[], &[], &["B.TXT"]), &["b.txt"]),
    ] {
        assert_eq!(names(choice).unwrap(), expected);
    }
    for choice in [
        chosen(&["Nobody"], &[], &[]),
        chosen(&[], &["Nobody"], &[]),
        chosen(&[], &[], &["nothing.txt"]),
    ] {
        assert_eq!(names(choice).unwrap_err().code(), 1639);
    }
}
