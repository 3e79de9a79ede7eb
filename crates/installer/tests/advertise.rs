//! Advertisement: what is published and what is not, installations and removals of what is advertised, and what a
//! crash leaves.
//!
//! Follows: Microsoft, "AdvtExecuteSequence Table", "PublishProduct Action", "Removing an Advertised Application".
#![allow(
    clippy::disallowed_methods,
    reason = "packages lie in folders of the host"
)]

mod bench;

use bench::{Bench, command};
use installer::{Command, Intent};
use machine::{MemoryDisk, Tree};
use testing::{CrashDisk, Scenario, WorkError, crash_at_every_effect};

const TOOL: &str = "
    product Tool 1.2.3
    file tool.txt in Main: the tool
    feature Reading: Docs
    component Docs in INSTALLDIR
    file read.me in Docs: read me
    Feature: Never | | | | 2 | 1 | | 8
    Component: Hidden | {00000000-0000-0000-0000-0000000000AA} | INSTALLDIR | 0 | | hidden.txt
    file hidden.txt in Hidden: x
    FeatureComponents: Never | Hidden
    Registry: Reg1 | 2 | Software\\Tool | Name | [ProductName] | Main
    Shortcut: Link | ProgramMenuFolder | Tool | Main | Complete
    Shortcut: Plain | ProgramMenuFolder | Plain | Main | [INSTALLDIR]tool.txt
";

const ALL_USERS: Intent = Intent::Advertise {
    all_users: true,
    language: None,
};

fn with(intent: Intent, target: &str, properties: &[(&str, &str)]) -> Command {
    let mut command = command(intent, target);
    let given = properties.iter();
    let given = given.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    command.properties = given.collect();
    command
}

struct World {
    bench: Bench,
    package: String,
    before: MemoryDisk,
}

impl World {
    fn new(text: &str) -> World {
        let bench = Bench::new();
        let package = bench.package("tool", text);
        let before = bench.machine();
        World {
            bench,
            package,
            before,
        }
    }

    #[track_caller]
    fn after(&self, before: &MemoryDisk, intent: Intent) -> MemoryDisk {
        self.bench.after(before, &command(intent, &self.package))
    }

    #[track_caller]
    fn advertised(&self) -> MemoryDisk {
        self.after(&self.before, ALL_USERS)
    }

    /// Name, state and context of the products.
    fn products(&self, disk: &MemoryDisk) -> Vec<String> {
        let tree = Tree::open(disk.clone()).unwrap();
        let products = installer::list(&tree).unwrap();
        let shown = products.iter().map(|product| {
            let name = product.name.as_deref().unwrap_or_default();
            format!("{name} {} {}", product.state, product.context)
        });
        shown.collect()
    }

    /// Features with their states.
    fn features(&self, disk: &MemoryDisk) -> Vec<String> {
        let plan = self
            .bench
            .plan(disk, &command(Intent::Install, &self.package));
        let shown = plan.features.iter();
        let mut shown: Vec<String> = shown
            .map(|feature| format!("{} {}", feature.name, feature.installed))
            .collect();
        shown.sort();
        shown
    }

    fn new_lines(&self, disk: &MemoryDisk) -> Vec<String> {
        let before = self.bench.snapshot(&self.before);
        let mut lines = self.bench.snapshot(disk);
        lines.retain(|line| !before.contains(line));
        lines
    }
}

#[test]
fn what_is_advertised_is_published_and_nothing_is_installed() {
    let world = World::new(TOOL);
    let advertised = world.advertised();
    assert_eq!(world.products(&advertised), ["Tool advertised machine"]);
    assert_eq!(
        world.features(&advertised),
        ["Complete advertised", "Never absent", "Reading advertised"]
    );
    let lines = world.new_lines(&advertised);
    let files: Vec<&String> = lines.iter().filter(|line| line.starts_with('F')).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    assert!(files[0].contains("Tool.lnk"), "{files:?}");
    for absent in ["Software\\Tool", "InstallProperties", "Uninstall\\{"] {
        assert!(!lines.iter().any(|line| line.contains(absent)), "{absent}");
    }
}

#[test]
fn advertising_again_changes_nothing() {
    let world = World::new(TOOL);
    let advertised = world.advertised();
    let again = world.after(&advertised, ALL_USERS);
    assert_eq!(
        world.bench.snapshot(&again),
        world.bench.snapshot(&advertised)
    );
}

#[test]
fn a_user_gets_it_for_himself() {
    let world = World::new(TOOL);
    let intent = Intent::Advertise {
        all_users: false,
        language: None,
    };
    let advertised = world.after(&world.before, intent);
    assert_eq!(
        world.products(&advertised),
        ["Tool advertised user_unmanaged"]
    );
    let removed = world.after(&advertised, Intent::Remove);
    assert_eq!(
        world.bench.snapshot(&removed),
        world.bench.snapshot(&world.before)
    );
}

#[test]
fn removing_what_is_advertised_leaves_the_machine_as_before() {
    let world = World::new(TOOL);
    let advertised = world.advertised();
    let code = world.bench.property("tool", "ProductCode");
    for target in [world.package.as_str(), code.as_str(), "Tool"] {
        let removed = world
            .bench
            .after(&advertised, &command(Intent::Remove, target));
        assert_eq!(
            world.bench.snapshot(&removed),
            world.bench.snapshot(&world.before),
            "{target}"
        );
    }
}

#[test]
fn installing_what_is_advertised_leaves_what_an_installation_leaves() {
    let world = World::new(TOOL);
    let plain = world.after(&world.before, Intent::Install);
    let code = world.bench.property("tool", "ProductCode");
    for target in [world.package.as_str(), code.as_str()] {
        let install = command(Intent::Install, target);
        let installed = world.bench.after(&world.advertised(), &install);
        assert_eq!(world.products(&installed), ["Tool installed machine"]);
        assert_eq!(
            world.bench.snapshot(&installed),
            world.bench.snapshot(&plain),
            "{target}"
        );
        let removed = world
            .bench
            .after(&installed, &command(Intent::Remove, target));
        assert_eq!(
            world.bench.snapshot(&removed),
            world.bench.snapshot(&world.before)
        );
    }
}

#[test]
fn what_is_installed_stays_installed() {
    let world = World::new(TOOL);
    let installed = world.after(&world.before, Intent::Install);
    let advertised = world.after(&installed, ALL_USERS);
    assert_eq!(
        world.bench.snapshot(&advertised),
        world.bench.snapshot(&installed)
    );
}

#[test]
fn a_product_without_a_feature_that_can_be_advertised_is_advertised_all_the_same() {
    let world = World::new(
        "product Tool 1.2.3
        file tool.txt in Main: the tool
        Feature: Only | | | | 2 | 1 | | 8
        FeatureComponents: Only | Main",
    );
    let advertised = world.advertised();
    assert_eq!(world.products(&advertised), ["Tool advertised machine"]);
    assert_eq!(world.features(&advertised), ["Only absent"]);
    let removed = world.after(&advertised, Intent::Remove);
    assert_eq!(
        world.bench.snapshot(&removed),
        world.bench.snapshot(&world.before)
    );
}

#[test]
fn named_features_are_advertised_and_others_are_not() {
    let world = World::new(TOOL);
    let advertise = with(ALL_USERS, &world.package, &[("ADVERTISE", "Reading")]);
    let advertised = world.bench.after(&world.before, &advertise);
    assert_eq!(
        world.features(&advertised),
        ["Complete absent", "Never absent", "Reading advertised"]
    );
}

#[test]
fn without_its_source_it_cannot_be_found_by_its_code() {
    let world = World::new(TOOL);
    let advertised = world.advertised();
    let code = world.bench.property("tool", "ProductCode");
    std::fs::remove_dir_all(&world.package).unwrap();
    let report = world
        .bench
        .run(advertised, &command(Intent::Remove, &code))
        .unwrap();
    assert_eq!(report.code, 1612, "{:?}", report.message);
}

#[test]
fn a_language_that_the_package_does_not_have_is_refused() {
    let world = World::new(TOOL);
    let advertise = |language| {
        let intent = Intent::Advertise {
            all_users: true,
            language: Some(language),
        };
        let command = command(intent, &world.package);
        world
            .bench
            .run(world.before.clone(), &command)
            .unwrap()
            .code
    };
    assert_eq!(advertise(1031), 1623);
    assert_eq!(advertise(1033), 0);
}

#[test]
fn removing_an_advertised_product_removes_no_related_one() {
    let world = World::new(TOOL);
    let family = world.bench.property("tool", "UpgradeCode");
    let newer = world.bench.package(
        "newer",
        &TOOL.replace("1.2.3", "2.0.0").replace(
            "Shortcut: Plain",
            &format!("Upgrade: {family} | | 2.0.0 | | 1 | | OLD\n    Shortcut: Plain"),
        ),
    );
    let installed = world.after(&world.before, Intent::Install);
    let both = world.bench.after(&installed, &command(ALL_USERS, &newer));
    let removed = world.bench.after(&both, &command(Intent::Remove, &newer));
    assert_eq!(world.products(&removed), ["Tool installed machine"]);
    assert!(
        world
            .bench
            .text(&removed, "C:\\Program Files (x86)\\Tool\\tool.txt")
            .is_some()
    );
}

#[test]
fn events_tell_of_a_transaction_and_then_of_a_removal() {
    let world = World::new(TOOL);
    let told = world
        .bench
        .told(&world.before, &command(ALL_USERS, &world.package));
    assert_eq!(
        (told.report.code, told.events),
        (0, vec!["1040".into(), "1042".into()])
    );
    let told = world
        .bench
        .told(&told.disk, &command(Intent::Remove, &world.package));
    assert!(
        told.events.contains(&"11724".to_owned()),
        "{:?}",
        told.events
    );
}

#[test]
fn a_crash_anywhere_leaves_before_or_after() {
    let world = World::new(TOOL);
    let advertised = world.advertised();
    for (before, intent) in [
        (&world.before, ALL_USERS),
        (&advertised, Intent::Remove),
        (&advertised, Intent::Install),
    ] {
        let command = command(intent, &world.package);
        let work = |disk: CrashDisk| -> Result<(), WorkError> {
            let report = world.bench.run(disk, &command)?;
            report.message.map_or(Ok(()), |message| Err(message.into()))
        };
        let recover = |disk: CrashDisk| -> Result<(), WorkError> { world.bench.recover(disk) };
        crash_at_every_effect(&Scenario {
            before,
            work: &work,
            recover: &recover,
            between: &[],
        })
        .assert_clean();
    }
}

#[test]
fn what_was_only_advertised_is_no_older_version_of_itself() {
    let bench = Bench::new();
    let text = "product Own 1.0.0\nfile own.txt in Main: own\nFeature: All | | All | | 2 | 1 | | 8\nFeatureComponents: All | Main";
    bench.package("own", text);
    let family = bench.property("own", "UpgradeCode");
    let package = bench.package(
        "own",
        &format!("{text}\nUpgrade: {family} | 0 | | | 257 | | OLD"),
    );
    let advertised = bench.after(&bench.machine(), &command(ALL_USERS, &package));
    let installed = bench.after(&advertised, &command(Intent::Install, &package));
    let file = bench.text(&installed, "C:\\Program Files (x86)\\Own\\own.txt");
    assert_eq!(file.as_deref(), Some("own"));
}
