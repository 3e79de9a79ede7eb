//! Administrative images: in a folder of the host and in the machine, what they keep, what a failure leaves, and
//! installations from them.
//!
//! Follows: Microsoft, "Administrative Installation", "InstallAdminPackage Action", "AdminProperties Property".
#![allow(
    clippy::disallowed_methods,
    reason = "packages and images lie in folders of the host"
)]

mod bench;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use bench::{Bench, command};
use database::word_count;
use installer::{Command, Intent, Package, UiLevel};
use machine::MemoryDisk;
use testing::{CrashDisk, Scenario, WorkError, crash_at_every_effect};

const TOOL: &str = "
    product Tool 1.2.3
    file tool.txt in Main: the tool
    folder DocsDir in INSTALLDIR: DOCUME~1|Documents and more:DOCS~1|Docs at the source
    component Docs in DocsDir
    file read.me in Docs: read me
    feature Reading: Docs
    property AdminProperties: COMPANY;Secret
    property Secret: kept
    Registry: Reg1 | 2 | Software\\Tool | Name | [ProductName] of [COMPANY] | Main
";

fn admin(package: &str, target: &str, properties: &[(&str, &str)]) -> Command {
    let mut command = command(Intent::Admin, package);
    let target = [("TARGETDIR", target)];
    let given = properties.iter().chain(&target);
    let given = given.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    command.properties = given.collect();
    command
}

/// The texts of all files below a folder of the host; of the package, nothing.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(at) = waiting.pop() {
        for entry in std::fs::read_dir(&at).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
                continue;
            }
            let name = path.strip_prefix(folder).unwrap().to_str().unwrap();
            let text = String::from_utf8(std::fs::read(&path).unwrap()).unwrap_or_default();
            files.insert(name.to_owned(), text);
        }
    }
    files
}

struct Made {
    bench: Bench,
    package: String,
    before: MemoryDisk,
    /// Kept until the test ends.
    _others: Others,
}

/// No two installations run in a process while one is in its user interface: that test runs alone.
static INTERFACE: RwLock<()> = RwLock::new(());

enum Others {
    MayRun(#[expect(dead_code, reason = "held")] RwLockReadGuard<'static, ()>),
    Wait(#[expect(dead_code, reason = "held")] RwLockWriteGuard<'static, ()>),
}

impl Made {
    fn new(text: &str) -> Made {
        Made::beside(
            text,
            Others::MayRun(INTERFACE.read().unwrap_or_else(PoisonError::into_inner)),
        )
    }

    fn alone(text: &str) -> Made {
        Made::beside(
            text,
            Others::Wait(INTERFACE.write().unwrap_or_else(PoisonError::into_inner)),
        )
    }

    fn beside(text: &str, others: Others) -> Made {
        let bench = Bench::new();
        let package = bench.package("tool", text);
        let before = bench.machine();
        Made {
            bench,
            package,
            before,
            _others: others,
        }
    }

    /// Makes an image on the host, which leaves the machine as it was.
    #[track_caller]
    fn image(&self, name: &str, properties: &[(&str, &str)]) -> String {
        let target = self.bench.path(name).to_str().unwrap().to_owned();
        let after = self
            .bench
            .after(&self.before, &admin(&self.package, &target, properties));
        assert_eq!(
            self.bench.snapshot(&after),
            self.bench.snapshot(&self.before)
        );
        target
    }

    /// What an installation leaves, but for the package's copy and where it came from.
    fn installed(&self, package: &str, properties: &[(&str, &str)]) -> Vec<String> {
        let mut install = command(Intent::Install, package);
        let given = properties.iter();
        let given = given.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        install.properties = given.collect();
        let after = self.bench.after(&self.before, &install);
        let mut lines = self.bench.snapshot(&after);
        let sources = [
            "InstallSource",
            "LastUsedSource",
            "PackageName",
            "SourceList\\Net",
        ];
        lines.retain(|line| {
            !line.contains("windows/Installer") && !sources.iter().any(|name| line.contains(name))
        });
        lines
    }
}

#[test]
fn an_image_on_the_host_has_the_files_by_their_source_names() {
    for cabinet in ["cabinet", ""] {
        let made = Made::new(&format!("{TOOL}\n{cabinet}"));
        let image = made.image("out/image", &[]);
        let files = files(Path::new(&image));
        let names: Vec<&str> = files.keys().map(String::as_str).collect();
        assert_eq!(
            names,
            [
                "Tool/Docs at the source/read.me",
                "Tool/tool.txt",
                "tool.msi"
            ]
        );
        assert_eq!(files["Tool/tool.txt"], "the tool");
        assert_eq!(files["Tool/Docs at the source/read.me"], "read me");
        assert!(!Path::new(&image).join(".msikit").exists());
    }
}

#[test]
fn the_images_package_is_the_package_without_its_cabinets() {
    let made = Made::new(&format!("{TOOL}\ncabinet"));
    let image = made.image("image", &[]);
    let package = Package::open_on_host(Path::new(&made.package)).unwrap();
    let image = Package::open_on_host(&Path::new(&image).join("tool.msi")).unwrap();
    let tables = |package: &Package| {
        let names = package.database.table_names().map(str::to_owned);
        let mut tables: Vec<String> = names
            .map(|name| {
                let mut rows = package.database.rows(&name).unwrap().rows.clone();
                rows.sort_by_key(|row| format!("{row:?}"));
                format!("{name} {rows:?}")
            })
            .collect();
        tables.sort();
        tables
    };
    assert_eq!(tables(&image), tables(&package));
    assert_eq!(package.database.stream_names(), ["files.cab"]);
    assert_eq!(
        image.database.stream_names(),
        ["\u{5}SummaryInformation", "AdminProperties"]
    );
    let summary = image.database.summary().unwrap();
    assert_eq!(summary.word_count(), Some(word_count::ADMINISTRATIVE));
    assert_eq!(summary.last_saved_by(), "user");
    assert_eq!(
        summary.package_code(),
        package.database.summary().unwrap().package_code()
    );
    assert_eq!(summary.last_printed().unwrap().unix_seconds(), 0);
}

#[test]
fn an_installation_from_an_image_leaves_what_one_from_the_package_leaves() {
    for cabinet in ["cabinet", ""] {
        for names in [&[][..], &[("SHORTFILENAMES", "1")]] {
            let made = Made::new(&format!("{TOOL}\n{cabinet}"));
            let image = made.image("image", names);
            let image = format!("{image}/tool.msi");
            assert_eq!(
                made.installed(&image, &[]),
                made.installed(&made.package, &[])
            );
        }
    }
}

#[test]
fn short_names_make_an_image_that_says_so() {
    let made = Made::new(TOOL);
    let image = made.image("image", &[("SHORTFILENAMES", "1")]);
    let names = files(Path::new(&image));
    assert!(names.contains_key("Tool/DOCS~1/read.me"), "{names:?}");
    let package = Package::open_on_host(&Path::new(&image).join("tool.msi")).unwrap();
    let expected = word_count::ADMINISTRATIVE | word_count::SHORT_NAMES;
    let word_count = package.database.summary().unwrap().word_count();
    assert_eq!(word_count, Some(expected));
}

#[test]
fn properties_are_kept_in_the_image_and_the_command_line_wins() {
    let made = Made::new(TOOL);
    let image = made.image("image", &[("COMPANY", "Contoso \"of\" Redmond")]);
    let image = format!("{image}/tool.msi");
    let name = |lines: Vec<String>| {
        let mut lines = lines.into_iter();
        let line = lines.find(|line| line.contains("\\Tool\\Name "));
        line.unwrap().split_once("REG_SZ ").unwrap().1.to_owned()
    };
    assert_eq!(name(made.installed(&made.package, &[])), "Tool of ");
    assert_eq!(
        name(made.installed(&image, &[])),
        "Tool of Contoso \"of\" Redmond"
    );
    let other = made.installed(&image, &[("COMPANY", "Fabrikam")]);
    assert_eq!(name(other), "Tool of Fabrikam");
    // An image of the image keeps them too.
    let package = Made {
        package: image,
        ..made
    };
    let again = format!("{}/tool.msi", package.image("again", &[]));
    assert_eq!(
        name(package.installed(&again, &[])),
        "Tool of Contoso \"of\" Redmond"
    );
}

#[test]
fn features_that_are_off_are_left_out_and_conditions_do_not_count() {
    let made = Made::new(&format!(
        "{TOOL}
        component Never in INSTALLDIR
        file never.txt in Never: x
        Component: Never | {{00000000-0000-0000-0000-0000000000FF}} | INSTALLDIR | 0 | 1 = 2 | never.txt
        component Off in INSTALLDIR
        file off.txt in Off: x
        Feature: Disabled | | | | 2 | 0 | | 0
        FeatureComponents: Disabled | Off
        Condition: Disabled | 1 | 1
        Condition: Reading | 0 | 1"
    ));
    let image = made.image("image", &[("REMOVE", "ALL")]);
    let files = files(Path::new(&image));
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "Tool/Docs at the source/read.me",
            "Tool/never.txt",
            "Tool/tool.txt",
            "tool.msi"
        ]
    );
}

#[test]
fn an_installed_product_does_not_matter_and_is_not_touched() {
    let mut made = Made::new(TOOL);
    made.before = made
        .bench
        .after(&made.before, &command(Intent::Install, &made.package));
    let image = made.image("image", &[]);
    assert_eq!(files(Path::new(&image)).len(), 3);
}

#[test]
fn what_fails_leaves_the_folder_as_it_was() {
    let made = Made::new(TOOL);
    std::fs::remove_file(made.bench.path("tool/Tool/Docs at the source/read.me")).unwrap();
    let target = made.bench.path("deep/image");
    let command = admin(&made.package, target.to_str().unwrap(), &[]);
    let report = made.bench.run(made.before.clone(), &command).unwrap();
    assert_eq!(report.code, 1603);
    assert!(report.message.unwrap().contains("read.me"));
    assert!(!made.bench.path("deep").exists());

    std::fs::create_dir_all(target.join("Tool")).unwrap();
    std::fs::write(target.join("tool.msi"), "mine").unwrap();
    std::fs::write(target.join("Tool/tool.txt"), "mine").unwrap();
    let before = files(&target);
    let report = made.bench.run(made.before.clone(), &command).unwrap();
    assert_eq!(report.code, 1603);
    assert_eq!(files(&target), before);
    assert!(!target.join(".msikit").exists());
}

#[test]
fn only_the_image_is_changed() {
    let made = Made::new(&format!(
        "{TOOL}\nAdminExecuteSequence: WriteRegistryValues | | 5000\nAdminExecuteSequence: PublishProduct | | 6000"
    ));
    let target = made.bench.path("image");
    let command = admin(&made.package, target.to_str().unwrap(), &[]);
    let report = made.bench.run(made.before.clone(), &command).unwrap();
    assert_eq!(report.code, 1603);
    let message = report.message.unwrap();
    assert!(
        message.contains("outside of what may be changed"),
        "{message}"
    );
    assert!(!target.exists());
}

#[test]
fn an_image_in_the_machine_is_undone_at_every_crash() {
    let made = Made::new(&format!("{TOOL}\ncabinet"));
    let command = admin(&made.package, "C:\\image", &[]);
    let work = |disk: CrashDisk| -> Result<(), WorkError> {
        let report = made.bench.run(disk, &command)?;
        report.message.map_or(Ok(()), |message| Err(message.into()))
    };
    let recover = |disk: CrashDisk| -> Result<(), WorkError> { made.bench.recover(disk) };
    crash_at_every_effect(&Scenario {
        before: &made.before,
        work: &work,
        recover: &recover,
        between: &[],
    })
    .assert_clean();
    let after = made.bench.after(&made.before, &command);
    let text = made.bench.text(&after, "C:\\image\\Tool\\tool.txt");
    assert_eq!(text.as_deref(), Some("the tool"));
    assert!(made.bench.products(&after).is_empty());
}

#[test]
fn the_user_interface_sequence_is_that_of_the_image() {
    let made = Made::alone(&format!(
        "{TOOL}
        CustomAction: Where | 51 | COMPANY | From the sequence
        AdminUISequence: Where | | 900
        InstallUISequence: Stop | | 10
        CustomAction: Stop | 19 | | not this one"
    ));
    let target = made.bench.path("image");
    let mut command = admin(&made.package, target.to_str().unwrap(), &[]);
    command.ui_level = UiLevel::Full;
    made.bench.after(&made.before, &command);
    let image = format!("{}/tool.msi", target.to_str().unwrap());
    let lines = made.installed(&image, &[]);
    assert!(
        lines
            .iter()
            .any(|line| line.ends_with("Tool of From the sequence"))
    );
}

#[test]
fn events_tell_of_a_transaction_and_of_no_product() {
    let made = Made::new(TOOL);
    let target = made.bench.path("image");
    let command = admin(&made.package, target.to_str().unwrap(), &[]);
    let told = made.bench.told(&made.before, &command);
    assert_eq!(
        (told.report.code, told.events),
        (0, vec!["1040".into(), "1042".into()])
    );
}

#[test]
fn a_plan_makes_nothing() {
    let made = Made::new(TOOL);
    let target = made.bench.path("deep/image");
    let command = admin(&made.package, target.to_str().unwrap(), &[]);
    let plan = made.bench.plan(&made.before, &command);
    assert_eq!(plan.report.code, 0, "{:?}", plan.report.message);
    assert_eq!(plan.operations.len(), 3);
    assert!(!made.bench.path("deep").exists());
}
