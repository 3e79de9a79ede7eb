//! Packages that are refused before anything is changed, each with its code.
#![allow(
    clippy::disallowed_methods,
    reason = "packages lie in a folder of the host"
)]

mod bench;

use bench::{Bench, command};
use installer::{CustomActions, Intent};
use machine::{Architecture, Facts, MemoryDisk};

const GREETER: &str = "product Greeter 1.0.0\nfile hello.txt in Main: Hello";

/// Installs and returns the code, and whether the machine is as before.
fn refused(bench: &Bench, before: &MemoryDisk, package: &str) -> (u32, String) {
    let (report, after) = bench.watched(
        before,
        &command(Intent::Install, package),
        &mut installer::Silent,
    );
    assert!(after == *before, "{report:?} and the machine is changed");
    (report.code, report.message.unwrap_or_default())
}

/// Changes one line of a package's summary information.
fn change_summary(bench: &Bench, package: &str, from: &str, to: &str) {
    let file = bench.path(package).join("_SummaryInformation.idt");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.contains(from), "{text}");
    std::fs::write(file, text.replace(from, to)).unwrap();
}

#[test]
fn a_package_for_another_processor() {
    let bench = Bench::new();
    let package = bench.package("greeter", GREETER);
    change_summary(&bench, "greeter", "Intel;1033", "x64;1033");
    let facts = Facts {
        architecture: Architecture::X86,
        ..Facts::default()
    };
    let x86 = machine::memory(facts).unwrap().into_disk();
    let (code, message) = refused(&bench, &x86, &package);
    assert_eq!(code, 1633, "{message}");
    bench.after(&bench.machine(), &command(Intent::Install, &package));
    change_summary(&bench, "greeter", "x64;1033", "Arm64;1033");
    assert_eq!(refused(&bench, &bench.machine(), &package).0, 1633);
}

#[test]
fn a_package_that_needs_a_newer_installer() {
    let bench = Bench::new();
    let package = bench.package("greeter", GREETER);
    change_summary(&bench, "greeter", "14\t200", "14\t600");
    let (code, message) = refused(&bench, &bench.machine(), &package);
    assert_eq!(code, 1613, "{message}");
    assert!(message.contains("needs Windows Installer 6.0"), "{message}");
}

#[test]
fn another_package_of_an_installed_product() {
    let bench = Bench::new();
    let package = bench.package("greeter", GREETER);
    let installed = bench.after(&bench.machine(), &command(Intent::Install, &package));
    let code = installer::Package::open_on_host(&bench.path("greeter")).unwrap();
    let code = code.database.summary().unwrap().package_code().to_owned();
    change_summary(
        &bench,
        "greeter",
        &code,
        "{C0FFEE00-0000-4000-8000-000000000001}",
    );
    assert_eq!(refused(&bench, &installed, &package).0, 1638);
}

#[test]
fn a_launch_condition_that_does_not_hold() {
    let bench = Bench::new();
    let row = "LaunchCondition: VersionNT > 9999 | [ProductName] needs a newer Windows";
    let package = bench.package("greeter", &format!("{GREETER}\n{row}"));
    let (code, message) = refused(&bench, &bench.machine(), &package);
    assert_eq!(code, 1603);
    assert!(
        message.contains("Greeter needs a newer Windows"),
        "{message}"
    );
}

#[test]
fn windows_code_where_it_is_to_fail() {
    let bench = Bench::new();
    let rows =
        "CustomAction: Native | 2 | Setup | /quiet |\nInstallExecuteSequence: Native | | 4100";
    let package = bench.package("greeter", &format!("{GREETER}\n{rows}"));
    let mut wanted = command(Intent::Install, &package);
    wanted.custom_actions = CustomActions::Fail;
    let before = bench.machine();
    let (report, after) = bench.watched(&before, &wanted, &mut installer::Silent);
    assert_eq!(report.code, 1603, "{report:?}");
    assert!(after == before);
    wanted.custom_actions = CustomActions::Skip;
    let (report, _) = bench.watched(&before, &wanted, &mut installer::Silent);
    assert_eq!(
        (report.code, report.skipped_custom_actions),
        (0, vec!["Native".to_owned()])
    );
}

#[test]
fn what_is_not_installed_is_not_removed() {
    let bench = Bench::new();
    let package = bench.package("greeter", GREETER);
    for intent in [
        Intent::Remove,
        Intent::Repair {
            mode: "omus".to_owned(),
        },
    ] {
        let (report, _) = bench.watched(
            &bench.machine(),
            &command(intent, &package),
            &mut installer::Silent,
        );
        assert_eq!(report.code, 1605, "{report:?}");
    }
}

#[test]
fn a_repair_brings_back_what_was_deleted() {
    let bench = Bench::new();
    let package = bench.package("greeter", GREETER);
    let mut installed = bench.after(&bench.machine(), &command(Intent::Install, &package));
    let file = "drive_c/Program Files (x86)/Greeter/hello.txt";
    let text = |disk: &MemoryDisk| String::from_utf8(disk.bytes(file).unwrap().to_vec()).unwrap();
    assert_eq!(text(&installed), "Hello");
    installed.put_file(file, b"");
    machine::Disk::remove_file(&mut installed, file).unwrap();
    let repair = Intent::Repair {
        mode: "omus".to_owned(),
    };
    let repaired = bench.after(&installed, &command(repair, "Greeter"));
    assert_eq!(text(&repaired), "Hello");
}

#[test]
fn a_drive_without_room() {
    let bench = Bench::new();
    let package = bench.package("greeter", GREETER);
    let mut full = bench.machine();
    full.set_free_bytes(1000);
    let (code, message) = refused(&bench, &full, &package);
    assert_eq!(code, 1603);
    assert_eq!(
        message,
        "InstallValidate: out of disk space on volume C: 4 KB are needed, 0 KB are free [message 1601]"
    );
    full.set_free_bytes(4096);
    bench.after(&full, &command(Intent::Install, &package));
}
