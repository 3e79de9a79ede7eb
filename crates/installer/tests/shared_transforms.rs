//! Real packages with transforms in them, and one with transforms beside it.
//!
//! Skipped where the shared packages are not beside the repository; `MSIKIT_SHARED` names another place.
#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "a test that reads real files"
)]

mod bench;

use std::path::{Path, PathBuf};

use bench::{Bench, command, host};
use installer::{Command, Intent, Log, Silent};
use machine::Tree;

/// A bench with real files, where they are there.
fn bench(files: &[&str]) -> Option<Bench> {
    let place = std::env::var_os("MSIKIT_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let bench = Bench::new();
    for file in files {
        if let Err(error) = std::fs::copy(place.join("packages").join(file), bench.path(file)) {
            eprintln!("skipped: {}: {error}", place.display());
            return None;
        }
    }
    Some(bench)
}

fn install(bench: &Bench, package: &str, properties: &[(&str, &str)]) -> Command {
    let mut command = command(Intent::Install, bench.path(package).to_str().unwrap());
    command.properties = properties
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    command
}

#[test]
fn three_instances_out_of_one_package() {
    const PACKAGE: &str = "instance-transforms.msi";
    let Some(bench) = bench(&[PACKAGE]) else {
        return;
    };
    // The file that the package installs, of the size that it says.
    let source = bench.path("PFiles/WixTestFolder");
    std::fs::create_dir_all(&source).unwrap();
    std::fs::write(source.join("TextFile1.txt"), "0123456789abcdef").unwrap();
    let mut machine = bench.after(&bench.machine(), &install(&bench, PACKAGE, &[]));
    for list in [":Instance1", ":Instance2"] {
        let new = [("TRANSFORMS", list), ("MSINEWINSTANCE", "1")];
        machine = bench.after(&machine, &install(&bench, PACKAGE, &new));
    }
    let all = [
        "Instance 1 1.0.0.0",
        "Instance 2 1.0.0.0",
        "Wix Test Product 1.0.0.0",
    ];
    assert_eq!(bench.products(&machine), all);
    let first = command(Intent::Remove, "{1F9B1809-273F-4036-AB02-26D19171D5AE}");
    machine = bench.after(&machine, &first);
    assert_eq!(bench.products(&machine), all[1..]);
    let base = command(Intent::Remove, bench.path(PACKAGE).to_str().unwrap());
    machine = bench.after(&machine, &base);
    assert_eq!(bench.products(&machine), all[1..2]);
}

#[test]
fn languages_of_a_package_whose_files_are_not_here() {
    let files = [
        "isdriver.msi",
        "isdriver-1031.mst",
        "isdriver-1041.mst",
        "isdriver-2052.mst",
    ];
    let Some(bench) = bench(&files) else { return };
    for (transform, language) in files[1..].iter().zip(["1031", "1041", "2052"]) {
        let command = install(&bench, files[0], &[("TRANSFORMS", transform)]);
        let (tree, host) = (Tree::open(bench.machine()).unwrap(), host());
        let plan = installer::plan(&tree, &command, &host, &mut Silent, &mut Log::none(&host));
        assert_eq!(plan.unwrap().properties["ProductLanguage"], language);
        let (report, _) = bench.watched(&bench.machine(), &command, &mut Silent);
        // The first file is missing, as the recorded install found too.
        assert_eq!(report.code, 1603, "{report:?}");
        let message = report.message.unwrap();
        assert!(message.contains("DPInst.exe"), "{message}");
    }
}
