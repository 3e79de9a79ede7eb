//! Maintenance: an installed product is changed, repaired, updated and removed, with its source and without.
//!
//! Follows: Microsoft, "Maintenance Installation", "REINSTALLMODE Property", "Small Updates", "Minor Upgrades".
#![allow(
    clippy::disallowed_methods,
    reason = "packages lie in a folder of the host"
)]

mod bench;

use bench::{Bench, Told, command};
use installer::{Command, Intent};
use machine::MemoryDisk;

const GREETER: &str = "
    product Greeter 1.0.0
    file hello.txt in Main: Hello, world
    file more.txt in Extra: More
    file deep.txt in Deep: Deep
    feature More: Extra
    Feature: Deepest | More | Deepest | | 2 | 1 | | 0
    FeatureComponents: Deepest | Deep
    Registry: Reg1 | 2 | Software\\Greeter | Name | [ProductName] | Main
    Registry: Reg2 | 1 | Software\\Greeter | User | me | Main
";
const FOLDER: &str = "C:\\Program Files (x86)\\Greeter";

/// A machine on which the greeter is installed.
struct Installed {
    bench: Bench,
    package: String,
    disk: MemoryDisk,
}

impl Installed {
    fn new() -> Installed {
        let bench = Bench::new();
        let package = bench.package("greeter", GREETER);
        let disk = bench.after(&bench.machine(), &command(Intent::Install, &package));
        Installed {
            bench,
            package,
            disk,
        }
    }

    fn told(&self, wanted: &Command) -> Told {
        self.bench.told(&self.disk, wanted)
    }

    fn text(&self, disk: &MemoryDisk, name: &str) -> Option<String> {
        self.bench.text(disk, &format!("{FOLDER}\\{name}"))
    }

    /// The files of the product, and whether its two registry values are there.
    fn left(&self, disk: &MemoryDisk) -> String {
        let lines = self.bench.snapshot(disk);
        let mut left: Vec<&str> = ["hello.txt", "more.txt", "deep.txt"]
            .into_iter()
            .filter(|name| self.text(disk, name).is_some())
            .collect();
        let values = [
            "HKLM\\Software\\Wow6432Node\\Greeter\\Name ",
            "HKCU\\Software\\Greeter\\User ",
        ];
        let there = values.iter().zip(["machine", "user"]);
        left.extend(
            there
                .filter(|(value, _)| lines.iter().any(|line| line.contains(*value)))
                .map(|(_, name)| name),
        );
        left.join(" ")
    }

    /// Removes a file behind the installer's back.
    fn without(&self, name: &str) -> MemoryDisk {
        let mut disk = self.disk.clone();
        machine::Disk::remove_file(
            &mut disk,
            &format!("drive_c/Program Files (x86)/Greeter/{name}"),
        )
        .unwrap();
        disk
    }
}

fn with(intent: Intent, target: &str, properties: &[(&str, &str)]) -> Command {
    let mut wanted = command(intent, target);
    let properties = properties.iter();
    wanted.properties = properties
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    wanted
}

const WHOLE: &str = "hello.txt more.txt deep.txt machine user";

#[test]
fn a_second_install_is_maintenance_and_changes_nothing() {
    let greeter = Installed::new();
    let told = greeter.told(&command(Intent::Install, &greeter.package));
    assert_eq!(told.report.code, 0, "{:?}", told.report);
    assert_eq!(told.events, ["1040", "11728", "1035 Greeter 1.0.0", "1042"]);
    let differs = machine::difference(
        &greeter.bench.snapshot(&greeter.disk),
        &greeter.bench.snapshot(&told.disk),
    );
    assert!(differs.is_empty(), "{differs:#?}");
}

#[test]
fn features_come_and_go() {
    let greeter = Installed::new();
    let steps: [(&[(&str, &str)], &str); 7] = [
        (&[("REMOVE", "Deepest")], "hello.txt more.txt machine user"),
        (&[("REMOVE", "More")], "hello.txt machine user"),
        (&[("ADDLOCAL", "Deepest")], WHOLE),
        (
            &[("REMOVE", "More"), ("ADDLOCAL", "Complete")],
            "hello.txt machine user",
        ),
        (&[("ADDLOCAL", "ALL")], WHOLE),
        (&[("REMOVE", "Complete")], "more.txt deep.txt"),
        (&[("ADDDEFAULT", "Complete")], WHOLE),
    ];
    let mut disk = greeter.disk.clone();
    for (properties, left) in steps {
        let told = greeter
            .bench
            .told(&disk, &with(Intent::Install, &greeter.package, properties));
        assert_eq!(told.report.code, 0, "{properties:?}: {:?}", told.report);
        assert_eq!(greeter.left(&told.disk), left, "{properties:?}");
        assert_eq!(told.events[2], "1035 Greeter 1.0.0", "{properties:?}");
        disk = told.disk;
    }
    // All features that are there make the whole product.
    let told = greeter.bench.told(
        &disk,
        &with(
            Intent::Install,
            &greeter.package,
            &[("REMOVE", "Complete,More")],
        ),
    );
    assert_eq!(told.events, ["1040", "11724", "1034 Greeter 1.0.0", "1042"]);
    assert!(greeter.bench.products(&told.disk).is_empty());
    assert_eq!(
        greeter.bench.snapshot(&told.disk),
        greeter.bench.snapshot(&greeter.bench.machine())
    );
}

#[test]
fn a_feature_that_the_package_does_not_have_is_an_error() {
    let greeter = Installed::new();
    for property in ["ADDLOCAL", "REMOVE", "REINSTALL"] {
        let told = greeter.told(&with(
            Intent::Install,
            &greeter.package,
            &[(property, "Nothing")],
        ));
        assert_eq!(told.report.code, 1603, "{property}: {:?}", told.report);
        assert!(told.report.message.unwrap().contains("Nothing"));
        assert!(told.disk == greeter.disk, "{property}");
    }
}

#[test]
fn a_repair_brings_back_what_is_missing_whatever_names_the_product() {
    let greeter = Installed::new();
    let repair = || Intent::Repair {
        mode: "omus".to_owned(),
    };
    let code = greeter.bench.property("greeter", "ProductCode");
    for target in [greeter.package.as_str(), &code, "Greeter", "greeter"] {
        let broken = greeter.without("hello.txt");
        let told = greeter.bench.told(&broken, &command(repair(), target));
        assert_eq!(told.report.code, 0, "{target}: {:?}", told.report);
        assert_eq!(
            greeter.text(&told.disk, "hello.txt").unwrap(),
            "Hello, world",
            "{target}"
        );
        assert_eq!(
            told.events,
            ["1040", "11728", "1035 Greeter 1.0.0", "1042"],
            "{target}"
        );
        let differs = machine::difference(
            &greeter.bench.snapshot(&greeter.disk),
            &greeter.bench.snapshot(&told.disk),
        );
        assert!(differs.is_empty(), "{target}: {differs:#?}");
    }
}

#[test]
fn a_repair_of_one_feature_leaves_the_others() {
    let greeter = Installed::new();
    let mut broken = greeter.without("more.txt");
    machine::Disk::remove_file(&mut broken, "drive_c/Program Files (x86)/Greeter/hello.txt")
        .unwrap();
    let wanted = with(
        Intent::Install,
        &greeter.package,
        &[("REINSTALL", "More"), ("REINSTALLMODE", "omus")],
    );
    let told = greeter.bench.told(&broken, &wanted);
    assert_eq!(greeter.left(&told.disk), "more.txt deep.txt machine user");
}

#[test]
fn the_letters_of_reinstallmode_say_what_is_written_again() {
    let greeter = Installed::new();
    let cases = [
        // Files only where they are missing; the registry is left alone.
        ("p", "hello.txt more.txt deep.txt", "changed"),
        ("o", "hello.txt more.txt deep.txt", "changed"),
        ("m", "more.txt deep.txt machine", "changed"),
        ("u", "more.txt deep.txt user", "changed"),
        ("pmu", WHOLE, "changed"),
        ("amus", WHOLE, "More"),
        ("AMUS", WHOLE, "More"),
    ];
    for (mode, left, more) in cases {
        let broken = damaged(&greeter);
        let wanted = with(
            Intent::Install,
            &greeter.package,
            &[("REINSTALL", "ALL"), ("REINSTALLMODE", mode)],
        );
        let told = greeter.bench.told(&broken, &wanted);
        assert_eq!(told.report.code, 0, "{mode}: {:?}", told.report);
        assert_eq!(greeter.left(&told.disk), left, "{mode}");
        assert_eq!(
            greeter.text(&told.disk, "more.txt").unwrap(),
            more,
            "{mode}"
        );
    }
}

/// Its registry values are gone, hello.txt is gone, more.txt was changed by its user.
fn damaged(greeter: &Installed) -> MemoryDisk {
    let mut disk = greeter.without("hello.txt");
    let system = String::from_utf8(disk.bytes("system.reg").unwrap().to_vec()).unwrap();
    let user = String::from_utf8(disk.bytes("user.reg").unwrap().to_vec()).unwrap();
    disk.put_file(
        "system.reg",
        system.replace("\"Name\"=\"Greeter\"\n", "").as_bytes(),
    );
    disk.put_file("user.reg", user.replace("\"User\"=\"me\"\n", "").as_bytes());
    disk.change_file("drive_c/Program Files (x86)/Greeter/more.txt", b"changed");
    assert_eq!(greeter.left(&disk), "more.txt deep.txt");
    disk
}

#[test]
fn another_package_of_the_same_product_is_1638_whatever_its_version() {
    let greeter = Installed::new();
    let code = greeter.bench.property("greeter", "ProductCode");
    for version in ["1.0.0", "1.0.1", "0.9.0"] {
        let other = format!(
            "{GREETER}\nproperty ProductCode: {code}\nproperty ProductVersion: {version}\nproperty OTHER: 1"
        );
        let other = greeter.bench.package(&format!("other {version}"), &other);
        for properties in [
            &[][..],
            &[("REMOVE", "ALL")],
            &[("REINSTALL", "ALL")],
            &[("REINSTALL", "ALL"), ("REINSTALLMODE", "omus")],
            &[("REINSTALLMODE", "vomus")],
        ] {
            let told = greeter.told(&with(Intent::Install, &other, properties));
            assert_eq!(
                told.report.code, 1638,
                "{version} {properties:?}: {:?}",
                told.report
            );
            assert!(told.disk == greeter.disk);
        }
    }
}

#[test]
fn a_minor_upgrade_with_v_recaches_and_is_what_is_installed_from_then_on() {
    let greeter = Installed::new();
    let code = greeter.bench.property("greeter", "ProductCode");
    let newer = GREETER
        .replace("Hello, world", "Hello, newer world")
        .replace("file deep", "file added.txt in Added: Added\n    file deep");
    let newer = format!(
        "{newer}\nproperty ProductCode: {code}\nproperty ProductVersion: 1.1.0\nFeatureComponents: More | Added"
    );
    let newer = greeter.bench.package("newer", &newer);
    let wanted = with(
        Intent::Install,
        &newer,
        &[("REINSTALL", "ALL"), ("REINSTALLMODE", "vomus")],
    );
    let told = greeter.told(&wanted);
    assert_eq!(told.report.code, 0, "{:?}", told.report);
    assert_eq!(told.events, ["1040", "11728", "1035 Greeter 1.1.0", "1042"]);
    assert_eq!(greeter.bench.products(&told.disk), ["Greeter 1.1.0"]);
    assert_eq!(
        greeter.text(&told.disk, "hello.txt").unwrap(),
        "Hello, newer world"
    );
    assert_eq!(greeter.text(&told.disk, "added.txt").unwrap(), "Added");
    let lines = greeter.bench.snapshot(&told.disk);
    let cached = lines
        .iter()
        .filter(|line| line.contains("windows/Installer/") && line.contains(".msi"));
    assert_eq!(cached.count(), 1, "the older copy is gone");
    // The older package is another package now; the newer one removes, by its cached copy.
    let older = greeter
        .bench
        .told(&told.disk, &command(Intent::Install, &greeter.package));
    assert_eq!(older.report.code, 1638);
    std::fs::remove_dir_all(greeter.bench.path("newer")).unwrap();
    let gone = greeter
        .bench
        .told(&told.disk, &command(Intent::Remove, &code));
    assert_eq!(gone.report.code, 0, "{:?}", gone.report);
    assert_eq!(
        greeter.bench.snapshot(&gone.disk),
        greeter.bench.snapshot(&greeter.bench.machine())
    );
}

#[test]
fn a_removal_needs_no_source() {
    let greeter = Installed::new();
    let code = greeter.bench.property("greeter", "ProductCode");
    std::fs::remove_dir_all(greeter.bench.path("greeter")).unwrap();
    for target in [code.as_str(), &code.to_lowercase(), "Greeter", "GREETER"] {
        let told = greeter.told(&command(Intent::Remove, target));
        assert_eq!(told.report.code, 0, "{target}: {:?}", told.report);
        assert_eq!(
            told.events,
            ["1040", "11724", "1034 Greeter 1.0.0", "1042"],
            "{target}"
        );
        assert_eq!(
            greeter.bench.snapshot(&told.disk),
            greeter.bench.snapshot(&greeter.bench.machine()),
            "{target}"
        );
    }
}

#[test]
fn a_repair_that_needs_a_source_which_is_gone_fails_and_undoes() {
    let greeter = Installed::new();
    let code = greeter.bench.property("greeter", "ProductCode");
    std::fs::remove_dir_all(greeter.bench.path("greeter")).unwrap();
    let broken = greeter.without("hello.txt");
    let told = greeter.bench.told(
        &broken,
        &command(
            Intent::Repair {
                mode: "omus".to_owned(),
            },
            &code,
        ),
    );
    assert_eq!(told.report.code, 1603, "{:?}", told.report);
    let differs = machine::difference(
        &greeter.bench.snapshot(&broken),
        &greeter.bench.snapshot(&told.disk),
    );
    assert!(differs.is_empty(), "{differs:#?}");
    // Where nothing is missing, a repair of what is missing needs none.
    let told = greeter.told(&command(
        Intent::Repair {
            mode: "p".to_owned(),
        },
        &code,
    ));
    assert_eq!(told.report.code, 0, "{:?}", told.report);
}

#[test]
fn what_is_not_installed_is_unknown() {
    let greeter = Installed::new();
    let bare = greeter.bench.machine();
    let repair = Intent::Repair {
        mode: "omus".to_owned(),
    };
    let code = greeter.bench.property("greeter", "ProductCode");
    for intent in [Intent::Remove, repair] {
        for target in [greeter.package.as_str(), &code, "Greeter"] {
            let told = greeter.bench.told(&bare, &command(intent.clone(), target));
            assert_eq!(
                told.report.code, 1605,
                "{intent:?} {target}: {:?}",
                told.report
            );
            assert!(told.disk == bare);
        }
    }
}

#[test]
fn the_folder_chosen_at_the_first_install_is_kept() {
    let greeter = Installed::new();
    let fresh = greeter.bench.machine();
    let elsewhere = with(
        Intent::Install,
        &greeter.package,
        &[("INSTALLDIR", "C:\\Elsewhere\\")],
    );
    let disk = greeter.bench.after(&fresh, &elsewhere);
    let changed = greeter.bench.after(
        &disk,
        &with(Intent::Install, &greeter.package, &[("REMOVE", "More")]),
    );
    let changed = greeter.bench.after(
        &changed,
        &with(
            Intent::Install,
            &greeter.package,
            &[("ADDLOCAL", "More"), ("INSTALLDIR", "C:\\Third")],
        ),
    );
    assert_eq!(
        greeter
            .bench
            .text(&changed, "C:\\Elsewhere\\more.txt")
            .unwrap(),
        "More"
    );
    let gone = greeter
        .bench
        .after(&changed, &command(Intent::Remove, "Greeter"));
    assert_eq!(
        greeter.bench.snapshot(&gone),
        greeter.bench.snapshot(&fresh)
    );
}
