//! Users who are no administrators: when an installation is elevated for them, what they may decide then, and what is refused.
#![allow(
    clippy::disallowed_methods,
    reason = "packages lie in a folder of the host"
)]

mod bench;

use std::io::Write;
use std::sync::{Arc, Mutex};

use bench::{Bench, command, host};
use installer::{Command, Host, Intent, Log, LogEncoding, LogOptions, Plan, Silent};
use machine::{Data, Facts, KeyPath, Machine, MemoryDisk, Root, Tree};

const POLICIES: &str = "Software\\Policies\\Microsoft\\Windows\\Installer";
const SHOWN: [&str; 4] = [
    "AdminUser",
    "Privileged",
    "MsiRunningElevated",
    "RestrictedUserControl",
];

fn package(bench: &Bench, more: &str) -> String {
    let text = format!(
        "product Tools 1.0.0
        file a.txt in Main: a
        property SecureCustomProperties: OLDER;PORT
        {more}"
    );
    bench.package("tools", &text)
}

fn set(disk: &MemoryDisk, policies: &[(Root, &str)]) -> MemoryDisk {
    let mut tree = Tree::open(disk.clone()).unwrap();
    for (root, name) in policies {
        let key = KeyPath::new(*root, POLICIES);
        tree.create_key(&key).unwrap();
        tree.set_value(&key, name, &Data::Dword(1)).unwrap();
    }
    tree.publish_registry().unwrap();
    tree.into_disk()
}

/// The machine of a user who is no administrator.
fn of_user(policies: &[(Root, &str)]) -> MemoryDisk {
    let facts = Facts {
        administrator: false,
        ..Facts::default()
    };
    set(&machine::memory(facts).unwrap().into_disk(), policies)
}

fn given(package: &str, properties: &[(&str, &str)]) -> Command {
    let properties = properties.iter();
    let properties = properties.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Command {
        properties: properties.collect(),
        ..command(Intent::Install, package)
    }
}

fn planned(disk: &MemoryDisk, command: &Command, host: &Host) -> Plan {
    let tree = Tree::open(disk.clone()).unwrap();
    installer::plan(&tree, command, host, &mut Silent, &mut Log::none(host)).unwrap()
}

/// The properties of elevation that are set, as A, P, E and R.
fn letters(plan: &Plan) -> String {
    let is_set = |name: &str| plan.properties.contains_key(name);
    let letters = SHOWN.iter().zip(["A", "P", "E", "R"]);
    letters
        .filter(|(name, _)| is_set(name))
        .map(|(_, letter)| letter)
        .collect()
}

#[test]
fn who_is_elevated() {
    use Root::{CurrentUser as User, LocalMachine as Computer};
    let always = "AlwaysInstallElevated";
    let control = "EnableUserControl";
    // The packages of tests are for all users, unless they are told otherwise.
    let plain: &[(&str, &str)] = &[("ALLUSERS", "")];
    let real = &[("MSIUSEREALADMINDETECTION", "1"), ("ALLUSERS", "")];
    let bench = Bench::new();
    type Row<'a> = (
        &'a [(Root, &'a str)],
        &'a [(&'a str, &'a str)],
        &'a str,
        u32,
    );
    let rows: [Row; 9] = [
        (&[], plain, "", 0),
        (&[], &[("ALLUSERS", "1")], "", 1603),
        (&[], &[("ALLUSERS", "2")], "", 1603),
        (&[], &[("ALLUSERS", "2"), ("MSIINSTALLPERUSER", "1")], "", 0),
        // One hive is not enough.
        (&[(Computer, always)], &[("ALLUSERS", "1")], "", 1603),
        (&[(User, always)], plain, "", 0),
        (
            &[(Computer, always), (User, always)],
            &[("ALLUSERS", "1")],
            "APER",
            0,
        ),
        (
            &[(Computer, always), (User, always), (Computer, control)],
            plain,
            "APE",
            0,
        ),
        // The user may set it only where all may be set.
        (
            &[(Computer, always), (User, always), (Computer, control)],
            real,
            "PE",
            0,
        ),
    ];
    let package = package(&bench, "");
    for (policies, properties, expected, code) in rows {
        let disk = of_user(policies);
        let plan = planned(&disk, &given(&package, properties), &host());
        let told = (letters(&plan), plan.report.code);
        assert_eq!(
            told,
            (expected.to_owned(), code),
            "{policies:?} {properties:?}"
        );
        let message = plan.report.message.unwrap_or_default();
        assert_eq!(code != 0, message.contains("for all users"), "{message}");
    }
    let administrator = planned(&bench.machine(), &given(&package, &[]), &host());
    assert_eq!(letters(&administrator), "APE");
    // What the process knows counts as what the machine says.
    let host = Host {
        administrator: false,
        ..host()
    };
    let plan = planned(
        &bench.machine(),
        &given(&package, &[("ALLUSERS", "1")]),
        &host,
    );
    assert_eq!((letters(&plan).as_str(), plan.report.code), ("", 1603));
}

#[test]
fn before_windows_vista_the_two_differ_and_all_users_falls_back() {
    let bench = Bench::new();
    let facts = Facts {
        administrator: false,
        windows_version: (5, 1, 2600),
        ..Facts::default()
    };
    let plain = machine::memory(facts).unwrap().into_disk();
    let package = package(&bench, "");
    let command = given(&package, &[("ALLUSERS", "2")]);
    let plan = planned(&plain, &command, &host());
    assert_eq!((letters(&plan).as_str(), plan.per_machine), ("", false));
    let both = [Root::LocalMachine, Root::CurrentUser].map(|root| (root, "AlwaysInstallElevated"));
    let plan = planned(&set(&plain, &both), &command, &host());
    assert_eq!((letters(&plan).as_str(), plan.per_machine), ("PER", true));
}

/// What a log says.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn of_an_elevated_users_properties_some_pass_and_the_others_are_named() {
    let both = [Root::LocalMachine, Root::CurrentUser].map(|root| (root, "AlwaysInstallElevated"));
    let disk = of_user(&both);
    let bench = Bench::new();
    let properties = [
        ("PORT", "8080"),
        ("COLOUR", "red"),
        ("INSTALLDIR", "C:\\Elsewhere"),
        ("INSTALLLEVEL", "3"),
        ("REMOVE", "ALL"),
        ("RESTRICTEDUSERCONTROL", "0"),
    ];
    for (more, lets_all_pass) in [("", false), ("property EnableUserControl: 1", true)] {
        let package = package(&bench, more);
        let lines = Lines::default();
        let options = LogOptions {
            encoding: LogEncoding::Utf8,
            letters: LogOptions::ALL.to_owned(),
            flush: false,
            continues: false,
            location: String::new(),
        };
        let host = host();
        let mut log = Log::new(Box::new(lines.clone()), options, &host);
        let tree = Tree::open(disk.clone()).unwrap();
        let command = given(&package, &properties);
        let plan = installer::plan(&tree, &command, &host, &mut Silent, &mut log).unwrap();
        let value = |name: &str| plan.properties.get(name).map(String::as_str);
        assert_eq!(value("PORT"), Some("8080"));
        assert_eq!(value("INSTALLLEVEL"), Some("3"));
        assert_eq!(value("COLOUR").is_some(), lets_all_pass);
        let told = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        for name in ["COLOUR", "INSTALLDIR", "REMOVE"] {
            let line = format!("Ignoring disallowed property {name}");
            let is_told = told.lines().any(|told| told.ends_with(&line));
            assert_eq!(is_told, !lets_all_pass, "{told}");
        }
        assert!(!told.contains("disallowed property PORT"), "{told}");
    }
}

#[test]
fn what_an_administrator_installed_a_user_repairs_and_does_not_remove() {
    let bench = Bench::new();
    let package = package(&bench, "property ALLUSERS: 1");
    let installed = bench.after(&bench.machine(), &command(Intent::Install, &package));
    let code = bench.property("tools", "ProductCode");
    let user = Host {
        administrator: false,
        ..host()
    };
    let mode = "omus".to_owned();
    let repair = planned(&installed, &command(Intent::Repair { mode }, &code), &user);
    assert_eq!((letters(&repair).as_str(), repair.report.code), ("APER", 0));
    let removal = planned(&installed, &command(Intent::Remove, &code), &user);
    assert_eq!(removal.report.code, 1603);
    let message = removal.report.message.unwrap();
    assert!(message.contains("[message 1730]"), "{message}");
    // A package of the user's own is not what the administrator installed.
    let own = planned(&installed, &given(&package, &[("REINSTALL", "ALL")]), &user);
    assert_eq!((letters(&own).as_str(), own.report.code), ("", 1603));
}

#[test]
fn what_an_administrator_advertised_a_user_installs() {
    let bench = Bench::new();
    let package = package(&bench, "");
    let advertise = Intent::Advertise {
        all_users: true,
        language: None,
    };
    let advertised = bench.after(&bench.machine(), &command(advertise, &package));
    let user = Host {
        administrator: false,
        ..host()
    };
    let code = bench.property("tools", "ProductCode");
    let plan = planned(&advertised, &command(Intent::Install, &code), &user);
    assert_eq!((letters(&plan).as_str(), plan.report.code), ("APER", 0));
}
