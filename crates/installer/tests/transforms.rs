//! Transforms at install: what they make of a package, where they are kept, and that they are applied again.
#![allow(
    clippy::disallowed_methods,
    reason = "packages lie in a folder of the host"
)]

mod bench;

use bench::{Bench, command};
use database::{Database, Validation};
use installer::{Command, Intent, Silent};
use machine::{Data, KeyPath, Machine, MemoryDisk, Root, Tree, View};
use testing::{CrashDisk, Scenario, WorkError, crash_at_every_effect, differences};

const GREETER: &str = "
    product Greeter 1.0.0
    file hello.txt in Main: Hello, world
    cabinet
    Registry: Reg1 | 2 | Software\\Greeter | Name | [ProductName] | Main
";

/// The greeter with more lines.
fn greeter(more: &str) -> Database {
    testing::package(&format!("{GREETER}\n{more}")).database()
}

/// A bench with the package `greeter`, and transforms of it in the package's folder.
fn bench(transforms: &[(&str, &str)]) -> (Bench, String) {
    let bench = Bench::new();
    let package = bench.package("greeter", GREETER);
    for (name, more) in transforms {
        put(&bench, name, more, Validation::PRODUCT);
    }
    (bench, package)
}

fn put(bench: &Bench, name: &str, more: &str, validation: Validation) {
    let bytes = testing::transform(&greeter(""), &greeter(more), validation.0);
    std::fs::write(bench.path("greeter").join(name), bytes).unwrap();
}

fn with(intent: Intent, target: &str, properties: &[(&str, &str)]) -> Command {
    let mut command = command(intent, target);
    command.properties = properties
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    command
}

/// The code and message with which a command fails; nothing may have changed.
fn failure(bench: &Bench, before: &MemoryDisk, command: &Command) -> (u32, String) {
    let (report, after) = bench.watched(before, command, &mut Silent);
    assert_eq!(differences(before, &after), "");
    (report.code, report.message.unwrap_or_default())
}

fn value(disk: &MemoryDisk, key: &str, name: &str) -> Option<Data> {
    let tree = Tree::open(disk.clone()).unwrap();
    let key = KeyPath::new(Root::LocalMachine, key);
    tree.value(&key, name).unwrap()
}

/// The registered lists of transforms.
fn registered(disk: &MemoryDisk) -> Vec<String> {
    let tree = Tree::open(disk.clone()).unwrap();
    let products = sequence::registration::products(&tree).unwrap();
    products
        .into_iter()
        .map(|product| product.transforms.unwrap_or_default())
        .collect()
}

/// Which products are instances, by name.
fn instances(disk: &MemoryDisk) -> Vec<(String, bool)> {
    let tree = Tree::open(disk.clone()).unwrap();
    let products = installer::list(&tree).unwrap();
    products
        .into_iter()
        .map(|product| (product.name.unwrap(), product.instance))
        .collect()
}

/// The files in the folders of the products' icons and transforms.
fn kept(disk: &MemoryDisk) -> Vec<String> {
    let paths = disk.entries().map(|(path, _)| path.to_lowercase());
    let mut names: Vec<String> = paths
        .filter_map(|path| {
            Some(
                path.split_once("/installer/{")?
                    .1
                    .split_once('/')?
                    .1
                    .to_owned(),
            )
        })
        .collect();
    names.sort();
    names
}

fn remove_kept(disk: &mut MemoryDisk) {
    let mut tree = Tree::open(disk.clone()).unwrap();
    let paths: Vec<String> = disk
        .entries()
        .map(|(path, _)| path.to_owned())
        .filter(|path| path.ends_with(".mst"))
        .collect();
    for path in paths {
        let path = path.replace("drive_c/", "C:\\").replace('/', "\\");
        let path = tree.path(&path).unwrap();
        tree.remove_file(&path).unwrap();
    }
    *disk = tree.into_disk();
}

#[test]
fn a_transform_changes_what_is_installed_and_goes_with_it() {
    let (bench, package) = bench(&[(
        "german.mst",
        "property ProductName: Grüßer\n
         Registry: Reg2 | 2 | Software\\Greeter | Language | 1031 | Main",
    )]);
    let before = bench.machine();
    let install = with(Intent::Install, &package, &[("TRANSFORMS", "german.mst")]);
    let installed = bench.after(&before, &install);
    assert_eq!(bench.products(&installed), ["Grüßer 1.0.0"]);
    let key = "Software\\Wow6432Node\\Greeter";
    let text =
        |name| value(&installed, key, name).and_then(|data| data.as_text().map(str::to_owned));
    assert_eq!(text("Name").as_deref(), Some("Grüßer"));
    assert_eq!(text("Language").as_deref(), Some("1031"));
    assert_eq!(registered(&installed), ["@german.mst"]);
    assert_eq!(kept(&installed), ["german.mst"]);
    let removed = bench.after(&installed, &command(Intent::Remove, &package));
    assert_eq!(bench.products(&removed), [""; 0]);
    assert_eq!(value(&removed, key, "Language"), None);
    assert_eq!(kept(&removed), [""; 0]);
}

#[test]
fn transforms_are_applied_in_their_order() {
    let (bench, package) = bench(&[
        ("a.mst", "property ProductName: A"),
        ("b.mst", "property ProductName: B"),
    ]);
    let install = |list| with(Intent::Install, &package, &[("TRANSFORMS", list)]);
    let name = |list| bench.products(&bench.after(&bench.machine(), &install(list)));
    assert_eq!(name("a.mst;b.mst"), ["B 1.0.0"]);
    assert_eq!(name("@b.mst;a.mst"), ["A 1.0.0"]);
}

#[test]
fn maintenance_applies_what_was_kept() {
    let (bench, package) = bench(&[("german.mst", "property ProductName: Grüßer")]);
    let install = with(Intent::Install, &package, &[("TRANSFORMS", "german.mst")]);
    let installed = bench.after(&bench.machine(), &install);
    std::fs::remove_file(bench.path("greeter/german.mst")).unwrap();
    // What the command line says no longer counts.
    let mode = Intent::Repair {
        mode: "omus".to_owned(),
    };
    let repair = with(mode, &package, &[("TRANSFORMS", "other.mst")]);
    let repaired = bench.after(&installed, &repair);
    assert_eq!(bench.products(&repaired), ["Grüßer 1.0.0"]);
    assert_eq!(registered(&repaired), ["@german.mst"]);
    let removed = bench.after(&repaired, &command(Intent::Remove, &package));
    assert_eq!(bench.products(&removed), [""; 0]);
}

#[test]
fn a_kept_transform_that_is_gone_comes_from_beside_the_package_again() {
    let (bench, package) = bench(&[("german.mst", "property ProductName: Grüßer")]);
    let install = with(Intent::Install, &package, &[("TRANSFORMS", "german.mst")]);
    let mut installed = bench.after(&bench.machine(), &install);
    remove_kept(&mut installed);
    let repair = command(
        Intent::Repair {
            mode: "omus".to_owned(),
        },
        &package,
    );
    let repaired = bench.after(&installed, &repair);
    assert_eq!(bench.products(&repaired), ["Grüßer 1.0.0"]);
    assert_eq!(kept(&repaired), ["german.mst"]);
    std::fs::remove_file(bench.path("greeter/german.mst")).unwrap();
    let (code, message) = failure(&bench, &installed, &repair);
    assert_eq!(code, 1624);
    assert!(
        message.starts_with("cannot apply the transform german.mst: it is not there"),
        "{message}"
    );
}

#[test]
fn a_full_path_is_registered_and_looked_for_there() {
    let (bench, package) = bench(&[]);
    put(
        &bench,
        "../elsewhere.mst",
        "property ProductName: Grüßer",
        Validation(0),
    );
    let path = bench.path("elsewhere.mst").display().to_string();
    let install = with(Intent::Install, &package, &[("TRANSFORMS", &path)]);
    let mut installed = bench.after(&bench.machine(), &install);
    assert_eq!(
        registered(&installed),
        [format!("|Z:{}", path.replace('/', "\\"))]
    );
    assert_eq!(kept(&installed), ["elsewhere.mst"]);
    remove_kept(&mut installed);
    let repair = command(
        Intent::Repair {
            mode: "omus".to_owned(),
        },
        &package,
    );
    assert_eq!(kept(&bench.after(&installed, &repair)), ["elsewhere.mst"]);
}

#[test]
fn two_files_of_one_name_are_both_kept() {
    let (bench, package) = bench(&[("a.mst", "property ProductName: A")]);
    std::fs::create_dir(bench.path("other")).unwrap();
    put(
        &bench,
        "../other/A.MST",
        "property ARPCONTACT: us",
        Validation(0),
    );
    let list = ["greeter/a.mst", "other/A.MST"]
        .map(|name| bench.path(name).display().to_string())
        .join(";");
    let install = with(Intent::Install, &package, &[("TRANSFORMS", &list)]);
    let installed = bench.after(&bench.machine(), &install);
    assert_eq!(kept(&installed), ["1-a.mst", "a.mst"]);
    let repair = command(
        Intent::Repair {
            mode: "vomus".to_owned(),
        },
        &package,
    );
    assert_eq!(
        bench.products(&bench.after(&installed, &repair)),
        ["A 1.0.0"]
    );
}

#[test]
fn users_keep_unsecured_transforms_in_their_profile() {
    let (bench, package) = bench(&[("german.mst", "property ProductName: Grüßer")]);
    let per_user = [("TRANSFORMS", "german.mst"), ("ALLUSERS", "")];
    let install = with(Intent::Install, &package, &per_user);
    let place = |disk: &MemoryDisk| {
        let mut found = disk.entries().map(|(path, _)| path.to_lowercase());
        let found = found.find(|path| path.ends_with(".mst")).unwrap();
        found.split("/{").next().unwrap().to_owned()
    };
    let secured = bench.after(&bench.machine(), &install);
    assert_eq!(place(&secured), "drive_c/windows/installer");
    let mut machine = bench.machine();
    let mut hive = machine.bytes("system.reg").unwrap().to_vec();
    hive.extend(
        br#"
[Software\\Policies\\Microsoft\\Windows\\Installer]
"TransformsSecure"=dword:00000000
"#,
    );
    machine.put_file("system.reg", &hive);
    let unsecured = bench.after(&machine, &install);
    assert!(place(&unsecured).ends_with("appdata/roaming/microsoft/installer"));
    assert_eq!(registered(&unsecured), ["german.mst"]);
    for installed in [secured, unsecured] {
        let removed = bench.after(&installed, &command(Intent::Remove, &package));
        assert_eq!(kept(&removed), [""; 0]);
    }
}

#[test]
fn what_cannot_be_applied_is_1624_and_says_why() {
    let (bench, package) = bench(&[("a.mst", "property ProductName: A")]);
    let other = testing::package("product Other 1.0.0").database();
    let bytes = testing::transform(&other, &other, Validation::PRODUCT.0);
    std::fs::write(bench.path("greeter/other.mst"), bytes).unwrap();
    std::fs::write(bench.path("greeter/text.mst"), "no transform").unwrap();
    for (list, start) in [
        (
            "none.mst",
            "cannot apply the transform none.mst: it is not there (looked for: ",
        ),
        (
            ":none",
            "cannot apply the transform :none: the package has no transform of that name",
        ),
        (
            "text.mst",
            "cannot apply the transform text.mst: not a Windows Installer package",
        ),
        (
            "a.mst;other.mst",
            "cannot apply the transform other.mst: it is for the product {",
        ),
        (
            "a.mst;C:\\a.mst",
            "cannot apply the transform a.mst;C:\\a.mst: names of files and paths",
        ),
        (
            "|a.mst",
            "cannot apply the transform |a.mst: after | there are only full paths",
        ),
    ] {
        let install = with(Intent::Install, &package, &[("TRANSFORMS", list)]);
        let (code, message) = failure(&bench, &bench.machine(), &install);
        assert_eq!(code, 1624, "{message}");
        assert!(message.starts_with(start), "{message}");
    }
}

const SECOND: &str = "{00000000-0000-0000-0000-000000000002}";

#[test]
fn instances_live_side_by_side() {
    let second = format!("property ProductCode: {SECOND}\nproperty ProductName: Second");
    let (bench, package) = bench(&[("second.mst", &second)]);
    let first = bench.after(&bench.machine(), &command(Intent::Install, &package));
    let new = [("TRANSFORMS", "second.mst"), ("MSINEWINSTANCE", "1")];
    let both = bench.after(&first, &with(Intent::Install, &package, &new));
    assert_eq!(bench.products(&both), ["Greeter 1.0.0", "Second 1.0.0"]);
    // The package's file names the first; the second is named by its code, or with MSIINSTANCEGUID.
    let mode = || Intent::Repair {
        mode: "omus".to_owned(),
    };
    let repair = with(mode(), &package, &[("MSIINSTANCEGUID", SECOND)]);
    let repaired = bench.after(&both, &repair);
    assert_eq!(bench.products(&repaired), ["Greeter 1.0.0", "Second 1.0.0"]);
    assert_eq!(registered(&repaired), ["", "@second.mst"]);
    let expected = [("Greeter".to_owned(), false), ("Second".to_owned(), true)];
    assert_eq!(instances(&both), expected);
    assert_eq!(instances(&repaired), expected);
    let second_only = bench.after(&repaired, &command(Intent::Remove, &package));
    assert_eq!(bench.products(&second_only), ["Second 1.0.0"]);
    let none = bench.after(&second_only, &command(Intent::Remove, SECOND));
    assert_eq!(bench.products(&none), [""; 0]);
    let instance = with(Intent::Install, &package, &[("MSIINSTANCEGUID", SECOND)]);
    assert_eq!(failure(&bench, &none, &instance).0, 1605);
}

#[test]
fn a_new_instance_needs_a_transform_that_makes_one() {
    let (bench, package) = bench(&[("a.mst", "property ProductName: A")]);
    let install = |properties: &[_]| with(Intent::Install, &package, properties);
    let failure = |properties: &[_]| failure(&bench, &bench.machine(), &install(properties));
    assert_eq!(failure(&[("MSINEWINSTANCE", "1")]).0, 1639);
    let (code, message) = failure(&[("MSINEWINSTANCE", "1"), ("TRANSFORMS", "a.mst")]);
    assert_eq!(code, 1624, "{message}");
}

#[test]
fn a_crash_anywhere_in_a_transformed_install_leaves_before_or_after() {
    let (bench, package) = bench(&[("german.mst", "property ProductName: Grüßer")]);
    let install = with(Intent::Install, &package, &[("TRANSFORMS", "german.mst")]);
    let work = |disk: CrashDisk| -> Result<(), WorkError> {
        let report = bench.run(disk, &install)?;
        report.message.map_or(Ok(()), |message| Err(message.into()))
    };
    let recover = |disk: CrashDisk| -> Result<(), WorkError> { bench.recover(disk) };
    crash_at_every_effect(&Scenario {
        before: &bench.machine(),
        work: &work,
        recover: &recover,
        between: &[],
    })
    .assert_clean();
}
