//! Real packages, planned over a machine in memory: installed, changed and removed.

mod plan;

use std::collections::BTreeSet;

use machine::{EntryKind, KeyPath, MachinePath, Root, View};
use plan::{Planned, World, open};
use sequence::registration::{self, ProductState};
use sequence::{ActionResult, State, Step};

/// Packages that install with no more than their defaults.
const PLAIN: [&str; 16] = [
    "env-create.msi",
    "example-old.msi",
    "example.msi",
    "external-cab.msi",
    "msi64.msi",
    "msilib-six.msi",
    "msilib-yaml.msi",
    "msitestapp-v1.msi",
    "nunit.msi",
    "peruser-hello.msi",
    "putty.msi",
    "registry-helper.msi",
    "rtm-product.msi",
    "wix3-simple.msi",
    "wix4-utf8.msi",
    "wixl-sample.msi",
];

fn install(world: &mut World, package: &str, properties: &[(&str, &str)]) -> Option<Planned> {
    Some(world.run(open(package)?, properties))
}

/// Every file, folder, key and value of a machine, one a line.
fn listing(view: &dyn View) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    let mut folders = vec![MachinePath::parse("C:\\").unwrap()];
    while let Some(folder) = folders.pop() {
        for entry in view.list(&folder).unwrap().unwrap_or_default() {
            let path = folder.join(&entry.name).unwrap();
            lines.insert(format!("{path} {}", entry.metadata.size));
            if entry.metadata.kind == EntryKind::Folder {
                folders.push(path);
            }
        }
    }
    let mut keys = vec![
        KeyPath::new(Root::LocalMachine, ""),
        KeyPath::new(Root::CurrentUser, ""),
    ];
    while let Some(key) = keys.pop() {
        let Some(stored) = view.key(&key).unwrap() else {
            continue;
        };
        lines.extend(
            stored
                .values
                .iter()
                .map(|(name, data)| format!("{key} {name} {data:?}")),
        );
        // Below Wow6432Node the classes are a link.
        let is_link = |name: &str| key.path().ends_with("Wow6432Node") && name == "Classes";
        keys.extend(
            stored
                .subkeys
                .iter()
                .filter(|name| !is_link(name))
                .map(|name| key.join(name)),
        );
        lines.insert(key.to_string());
    }
    lines
}

fn files(world: &World, folder: &str) -> Vec<String> {
    let names = world
        .view()
        .list(&MachinePath::parse(folder).unwrap())
        .unwrap()
        .unwrap_or_default();
    names.into_iter().map(|entry| entry.name).collect()
}

#[test]
fn what_comes_goes_again() {
    for package in PLAIN {
        let mut world = World::new();
        let before = listing(&world.view());
        let Some(installed) = install(&mut world, package, &[]) else {
            return;
        };
        assert_eq!(
            (installed.outcome.code, installed.outcome.message),
            (0, None),
            "{package}"
        );
        let products = registration::products(&world.view()).unwrap();
        assert_eq!(products.len(), 1, "{package}");
        assert_eq!(products[0].state, ProductState::Installed, "{package}");
        let removed = install(&mut world, package, &[("REMOVE", "ALL")]).unwrap();
        assert_eq!(
            (removed.outcome.code, removed.outcome.message),
            (0, None),
            "{package}"
        );
        let after = listing(&world.view());
        let left: Vec<_> = after.symmetric_difference(&before).collect();
        assert!(left.is_empty(), "{package}: {left:#?}");
    }
}

#[test]
fn a_product_is_listed_as_it_is() {
    let mut world = World::new();
    let Some(_) = install(&mut world, "putty.msi", &[]) else {
        return;
    };
    let product = registration::find(&world.view(), "{55717628-7ae6-4bcf-a046-fa2768945e76}")
        .unwrap()
        .unwrap();
    assert_eq!(product.name, "PuTTY release 0.68");
    assert_eq!(product.version.as_deref(), Some("0.68.0.0"));
    assert_eq!(
        product.package_code.as_deref(),
        Some("{6BA452A6-7DBE-4456-A933-A2528F25AB0C}")
    );
    assert_eq!(
        product.upgrade_code.as_deref(),
        Some("{DCE70C63-8808-4646-B16B-A677BD298385}")
    );
    assert_eq!(product.context.name(), "machine");
    assert_eq!(product.language, Some(1033));
}

#[test]
fn features_come_and_go_one_by_one() {
    let mut world = World::new();
    let Some(first) = install(&mut world, "putty.msi", &[("ADDLOCAL", "ALL")]) else {
        return;
    };
    assert!(
        first
            .run
            .features()
            .iter()
            .all(|feature| feature.action == State::Local)
    );
    let state = |planned: &Planned, name: &str| {
        let feature = planned
            .run
            .features()
            .iter()
            .find(|feature| feature.name == name)
            .unwrap()
            .clone();
        (feature.installed, feature.action)
    };
    let removed = install(
        &mut world,
        "putty.msi",
        &[("REMOVE", "PathFeature,PPKFeature")],
    )
    .unwrap();
    assert_eq!(
        state(&removed, "PathFeature"),
        (State::Local, State::Absent)
    );
    assert_eq!(
        state(&removed, "FilesFeature"),
        (State::Local, State::Unknown)
    );
    assert_eq!(removed.run.property("REMOVE"), "PathFeature,PPKFeature");
    let added = install(&mut world, "putty.msi", &[("ADDLOCAL", "PathFeature")]).unwrap();
    assert_eq!(state(&added, "PathFeature"), (State::Absent, State::Local));
    assert_eq!(state(&added, "PPKFeature"), (State::Absent, State::Unknown));
    let rest = install(
        &mut world,
        "putty.msi",
        &[("REMOVE", "FilesFeature,DesktopFeature,PathFeature")],
    )
    .unwrap();
    assert_eq!(rest.run.property("REMOVE"), "ALL", "no feature is left");
    assert_eq!(registration::products(&world.view()).unwrap(), []);
}

#[test]
fn a_folder_chosen_at_install_is_found_again() {
    let mut world = World::new();
    let Some(_) = install(
        &mut world,
        "putty.msi",
        &[("INSTALLDIR", "C:\\Elsewhere\\P")],
    ) else {
        return;
    };
    assert!(files(&world, "C:\\Elsewhere\\P").contains(&"putty.exe".to_owned()));
    let removed = install(&mut world, "putty.msi", &[("REMOVE", "ALL")]).unwrap();
    assert_eq!(removed.run.property("INSTALLDIR"), "C:\\Elsewhere\\P\\");
    assert_eq!(files(&world, "C:\\Elsewhere"), Vec::<String>::new());
}

#[test]
fn a_second_install_changes_nothing_and_a_repair_brings_back_what_is_missing() {
    let mut world = World::new();
    let Some(_) = install(&mut world, "putty.msi", &[]) else {
        return;
    };
    let again = install(&mut world, "putty.msi", &[]).unwrap();
    assert_eq!(again.outcome.code, 0);
    let written = |planned: &Planned| {
        planned
            .operations
            .iter()
            .filter(|o| o.name() == "FileCopy")
            .count()
    };
    assert_eq!(written(&again), 0);
    let file = MachinePath::parse("C:\\Program Files (x86)\\PuTTY\\putty.exe").unwrap();
    script::project(
        &script::Operation::FileRemove { file: file.clone() },
        &world.machine,
        &mut world.pending,
    )
    .unwrap();
    let repaired = install(
        &mut world,
        "putty.msi",
        &[("REINSTALL", "ALL"), ("REINSTALLMODE", "omus")],
    )
    .unwrap();
    assert_eq!(repaired.outcome.code, 0);
    assert!(world.view().is_file(&file).unwrap());
}

#[test]
fn another_package_of_an_installed_product_is_refused() {
    let mut world = World::new();
    let Some(_) = install(&mut world, "msitestapp-v1.msi", &[]) else {
        return;
    };
    let other = install(&mut world, "msitestapp-v2.msi", &[]).unwrap();
    assert_eq!(other.outcome.code, 1638);
    assert!(other.operations.is_empty());
    let again = [("REINSTALL", "ALL"), ("REINSTALLMODE", "vomus")];
    let recached = install(&mut world, "msitestapp-v2.msi", &again).unwrap();
    assert_eq!(recached.outcome.code, 0);
}

#[test]
fn a_launch_condition_that_fails_changes_nothing() {
    let mut world = World::new();
    let Some(planned) = install(&mut world, "addin-lzx.msi", &[]) else {
        return;
    };
    assert_eq!(
        (planned.outcome.result, planned.outcome.code),
        (ActionResult::Failure, 1603)
    );
    assert!(
        planned
            .outcome
            .message
            .unwrap()
            .contains(".NET Framework v4")
    );
    assert!(planned.operations.is_empty());
}

#[test]
fn custom_actions_are_refused_before_anything_is_changed() {
    let Some(database) = open("vssetup-cp1251.msi") else {
        return;
    };
    let mut request = plan::request(&[]);
    request.custom_actions = sequence::CustomActions::Fail;
    let planned = World::new().run_with(database, request, |_: &Step| sequence::Answer::Go);
    assert_eq!(planned.outcome.code, 1603);
    assert!(
        planned.operations.is_empty()
            && !planned.steps.iter().any(|step| step.starts_with("Begin"))
    );
}
