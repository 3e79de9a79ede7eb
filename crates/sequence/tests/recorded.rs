//! Real packages, planned on a machine in memory and compared with what another engine was recorded to leave:
//! every file with its size, every registry value. Without the packages and records the test says so and passes.

mod plan;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use database::{Database, Table};
use machine::{Data, EntryKind, Facts, KeyPath, MachinePath, Pending, Root, View};
use plan::{World, open, request, shared};
use sequence::{Answer, PackageSource};
use serde_json::Value;

/// Every package whose recorded install ended well, as it is or without its launch conditions.
const PACKAGES: [&str; 27] = [
    "putty",
    "wixl-sample",
    "wix3-simple",
    "external-cab",
    "env-create",
    "example-old",
    "example",
    "minimal-nofiles",
    "minimal-signed",
    "msi64",
    "msilib-six",
    "msilib-yaml",
    "msitestapp-v1",
    "msitestapp-v2",
    "nunit",
    "peruser-hello",
    "registry-helper",
    "rtm-product",
    "wix4-utf8",
    "wix6-lockpermissions",
    "addin-lzx",
    "registry217-lzx",
    "wix4-lzx",
    "wix5-lzx",
    "quantum-msxml3",
    "vssetup-cp1251",
    "wise-odbc",
];

/// Places and texts that Microsoft's pages want otherwise than recorded: package, recorded, wanted.
const OTHERWISE: &[(&str, &str, &str)] = &[
    // "Installation Context": shortcuts of a per-machine installation are for all users.
    (
        "putty",
        "C:\\users\\root\\AppData\\Roaming\\Microsoft\\Windows\\Start Menu",
        "C:\\ProgramData\\Microsoft\\Windows\\Start Menu",
    ),
    // "Registry Table": HKEY_CLASSES_ROOT of a per-user installation is the user's.
    (
        "nunit",
        "HKLM\\Software\\Classes\\Wow6432Node",
        "HKCU\\Software\\Classes\\Wow6432Node",
    ),
    (
        "addin-lzx",
        "HKLM\\Software\\Classes\\Wow6432Node",
        "HKCU\\Software\\Classes\\Wow6432Node",
    ),
    (
        "registry217-lzx",
        "HKLM\\Software\\Classes\\Wow6432Node",
        "HKCU\\Software\\Classes\\Wow6432Node",
    ),
    // Short names are the other engine's own.
    (
        "nunit",
        "C:\\PROG~5P2\\NUNI~DFZ.2",
        "C:\\Program Files (x86)\\NUnit 2.5.2",
    ),
    // "Component Table": a 32-bit component is registered as one; its driver is the 32-bit driver manager's.
    (
        "wise-odbc",
        "HKLM\\Software\\ODBC\\",
        "HKLM\\Software\\Wow6432Node\\ODBC\\",
    ),
    // What AppSearch finds there is not on a bare machine.
    (
        "quantum-msxml3",
        "\"C:\\Program Files\\Internet Explorer\\iexplore.exe\"",
        "\"\"",
    ),
];

/// Values that the pages want otherwise: package, end of the place, what is wanted.
const VALUES: &[(&str, &str, &str)] = &[
    // "DiskPrompt Property": advertised as a product property.
    (
        "wixl-sample",
        "SourceList\\Media DiskPrompt",
        "REG_SZ Testing Hello 1.0 Installation [1]",
    ),
    (
        "wise-odbc",
        "SourceList\\Media DiskPrompt",
        "REG_SZ [ProductName] [1]",
    ),
    // "Directory Table": a folder that is not there yet is named as authored, and new.
    ("wise-odbc", "C:\\windows\\Help", "folder"),
    // "Component Table": files installed to the System folder are counted.
    (
        "wise-odbc",
        "SharedDLLs C:\\windows\\syswow64\\vfpodbc.dll",
        "REG_DWORD 1",
    ),
    (
        "wise-odbc",
        "SharedDLLs C:\\windows\\syswow64\\Drvvfp.hlp",
        "REG_DWORD 1",
    ),
    // "ARPNOMODIFY Property": RegisterProduct writes NoModify.
    (
        "quantum-msxml3",
        "InstallProperties NoModify",
        "REG_DWORD 1",
    ),
    (
        "quantum-msxml3",
        "{D642E38E-0D24-486C-9A2D-E316DD696F4B} NoModify",
        "REG_DWORD 1",
    ),
    // "Component Table": a component whose condition is false is not installed; it is registered without a path.
    (
        "nunit",
        "Components\\3D49EF55A3473374FB102B694290131C 5CE23DA3E6088A347875670DA54D76A7",
        "REG_SZ ",
    ),
    (
        "nunit",
        "Components\\57BF177A8842C2F4AB22F1C4586DA47C 5CE23DA3E6088A347875670DA54D76A7",
        "REG_SZ ",
    ),
    (
        "nunit",
        "Components\\AAB0BCDC05C014E42A8BC551208734FD 5CE23DA3E6088A347875670DA54D76A7",
        "REG_SZ ",
    ),
    // "MsiAssembly Table": at a private location an assembly is in its component's folder, its key path a file.
    (
        "vssetup-cp1251",
        "Components\\14564150532838F0042A88BEB71DD3D0 B5D9221169C78DE4F9D48A434DABA172",
        "REG_SZ C:\\Program Files\\IMMERSION\\MyTinkoff\\MyTinkoff.CMD.exe",
    ),
    (
        "vssetup-cp1251",
        "Components\\22A0660E9968ACF9336E927D16578CA3 B5D9221169C78DE4F9D48A434DABA172",
        "REG_SZ C:\\Program Files\\IMMERSION\\MyTinkoff\\System.Runtime.Serialization.Primitives.dll",
    ),
    (
        "vssetup-cp1251",
        "Components\\AA9176CDECD39DE6E0739581A0349C84 B5D9221169C78DE4F9D48A434DABA172",
        "REG_SZ C:\\Program Files\\IMMERSION\\MyTinkoff\\MyTinkoff.BL.dll",
    ),
    (
        "vssetup-cp1251",
        "Components\\C0EC5FC2A1D23135FE494DAE29D66E58 B5D9221169C78DE4F9D48A434DABA172",
        "REG_SZ C:\\Program Files\\IMMERSION\\MyTinkoff\\Newtonsoft.Json.dll",
    ),
    (
        "vssetup-cp1251",
        "Components\\FAC7328DC6905E797D686BD4E69BE574 B5D9221169C78DE4F9D48A434DABA172",
        "REG_SZ C:\\Program Files\\IMMERSION\\MyTinkoff\\System.Net.Http.dll",
    ),
    // Its desktop was not recorded.
    ("vssetup-cp1251", "Desktop\\MyTinkoff.lnk", "file"),
];

/// "ODBCAttribute Table", "ODBCSourceAttribute Table": what a driver and a data source have besides what was recorded.
fn odbc_values() -> Vec<(String, String)> {
    let mut values = Vec::new();
    let mut put = |key: &str, name: &str, value: &str| {
        values.push((format!("{key} {name}"), format!("REG_SZ {value}")));
    };
    for driver in [
        "Driver para o Microsoft Visual FoxPro",
        "Microsoft FoxPro VFP Driver (*.dbf)",
        "Microsoft Visual FoxPro Driver",
        "Microsoft Visual FoxPro-Treiber",
    ] {
        let key = format!("ODBCINST.INI\\{driver}");
        put(&key, "APILevel", "0");
        put(&key, "ConnectFunctions", "YYN");
        put(&key, "DriverODBCVer", "02.50");
        put(&key, "FileExtns", "*.dbf,*.cdx,*.idx,*.fpt");
        put(&key, "SQLLevel", "0");
    }
    for source in ["Visual FoxPro Database", "Visual FoxPro Tables"] {
        let key = format!("ODBC.INI\\{source}");
        put(&key, "BackgroundFetch", "Yes");
        put(&key, "Collate", "MACHINE");
        put(&key, "Deleted", "Yes");
        put(&key, "Driver", "C:\\windows\\syswow64\\vfpodbc.dll");
        put(&key, "Exclusive", "No");
        put(&key, "Null", "Yes");
        put(&key, "SetNoCountOn", "No");
        put(&key, "SourceType", "DBF");
        let list = "ODBC.INI\\ODBC Data Sources";
        put(list, source, "Microsoft Visual FoxPro Driver");
    }
    values
}

#[test]
fn installs_leave_what_was_recorded() {
    let Some(shared) = shared() else { return };
    let mut failures = String::new();
    for name in PACKAGES {
        for line in differences(&shared, name) {
            failures += &format!("{name}: {line}\n");
        }
    }
    assert_eq!(failures, "");
}

/// The properties of a run.
type Properties = &'static [(&'static str, &'static str)];

/// Recorded runs after one another: scenario, package, and the properties of each run.
const SCENARIOS: &[(&str, &str, &[Properties])] = &[
    (
        "putty-feature-change",
        "putty",
        &[
            &[("ADDLOCAL", "ALL")],
            &[("REMOVE", "PathFeature,PPKFeature")],
            &[("ADDLOCAL", "PathFeature")],
        ],
    ),
    (
        "putty-installdir",
        "putty",
        &[&[
            ("INSTALLDIR", "C:\\Elsewhere\\P"),
            ("ADDLOCAL", "FilesFeature,DesktopFeature"),
        ]],
    ),
    ("putty-twice", "putty", &[&[], &[]]),
    ("nunit-all", "nunit", &[&[("INSTALLLEVEL", "10")]]),
];

/// What the records of scenarios are not asked for, by the end of the place.
const NOT_ASKED: &[&str] = &[
    // The other engine adds its source at every run; "SOURCELIST Property": at the first only.
    "SourceList LastUsedSource",
    "SourceList\\Net 2",
    "SourceList\\Net 3",
    // It leaves a separator behind.
    "Environment PATH",
    // Its desktop was not recorded.
    "Desktop\\PuTTY.lnk",
];

#[test]
fn runs_after_one_another_leave_what_was_recorded() {
    let Some(shared) = shared() else { return };
    let mut failures = String::new();
    let asked = |place: &str| !NOT_ASKED.iter().any(|end| place.ends_with(end));
    for (scenario, package, runs) in SCENARIOS {
        let oracle = read_json(&shared.join(format!("oracles/scenario-{scenario}.json")));
        let mut world = world();
        let before = contents(&world.view());
        let mut differences = Vec::new();
        for (at, properties) in runs.iter().enumerate() {
            run(&mut world, package, properties, &mut differences);
            let mut after = contents(&world.view());
            after.retain(|place, what| before.get(place) != Some(what) && asked(&what.0));
            let mut wanted = as_wanted(package, wanted(&oracle["steps"][at]), &after);
            wanted.retain(|_, what| asked(&what.0));
            compare(&wanted, &after, &mut differences);
        }
        run(&mut world, package, &[("REMOVE", "ALL")], &mut differences);
        compare(&before, &contents(&world.view()), &mut differences);
        failures.extend(
            differences
                .iter()
                .map(|line| format!("{scenario}: {line}\n")),
        );
    }
    assert_eq!(failures, "");
}

fn world() -> World {
    let facts = Facts {
        user_name: "root".to_owned(),
        ..Facts::default()
    };
    World {
        machine: machine::memory(facts).unwrap(),
        pending: Pending::new(),
    }
}

fn run(world: &mut World, name: &str, properties: &[(&str, &str)], differences: &mut Vec<String>) {
    let database = open(&format!("{name}.msi")).unwrap();
    run_package(world, database, name, properties, differences);
}

fn run_package(
    world: &mut World,
    database: Database,
    name: &str,
    properties: &[(&str, &str)],
    differences: &mut Vec<String>,
) {
    let mut request = request(properties);
    request.clock.install_date = "20261122".to_owned();
    request.cache_name = "_random_.msi".to_owned();
    request.source = PackageSource {
        name: format!("{name}.msi"),
        folder: "C:\\pkgsrc\\".to_owned(),
        original: format!("C:\\pkgsrc\\{name}.msi"),
    };
    differences.extend(
        world
            .run_with(database, request, |_| Answer::Go)
            .outcome
            .message,
    );
}

#[expect(clippy::disallowed_methods, reason = "tests read their records")]
fn read_json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn differences(shared: &Path, name: &str) -> Vec<String> {
    let oracle = read_json(&shared.join(format!("oracles/{name}.json")));
    let plain = &oracle["wine_install"][0];
    let changed = plain["exit_low_byte"] != 0;
    let step = if changed {
        &oracle["wine_install_variant"]["steps"][0]
    } else {
        plain
    };
    let mut database = open(&format!("{name}.msi")).unwrap();
    if changed {
        leave_out_launch_conditions(&mut database);
    }
    let mut world = world();
    let before = contents(&world.view());
    let mut differences = Vec::new();
    run_package(&mut world, database, name, &[], &mut differences);
    let mut after = contents(&world.view());
    after.retain(|place, what| before.get(place) != Some(what));
    compare(
        &as_wanted(name, wanted(step), &after),
        &after,
        &mut differences,
    );
    differences
}

/// What was recorded, with what the pages want otherwise.
fn as_wanted(name: &str, recorded: Contents, ours: &Contents) -> Contents {
    let mut wanted = Contents::new();
    for (mut place, mut what) in recorded.into_values() {
        for (_, old, new) in OTHERWISE.iter().filter(|(package, ..)| *package == name) {
            (place, what) = (place.replace(old, new), what.replace(old, new));
        }
        put(&mut wanted, place, what);
    }
    let values = VALUES.iter().filter(|(package, ..)| *package == name);
    let mut values: Vec<(String, String)> = values
        .map(|(_, end, value)| ((*end).to_owned(), (*value).to_owned()))
        .collect();
    if name == "wise-odbc" {
        values.extend(odbc_values());
    }
    for (end, value) in values {
        let place = ours
            .values()
            .map(|(place, _)| place)
            .find(|place| place.ends_with(&end));
        put(&mut wanted, place.cloned().unwrap_or(end), value);
    }
    wanted
}

fn compare(wanted: &Contents, ours: &Contents, differences: &mut Vec<String>) {
    for (place, theirs) in wanted {
        let here = ours.get(place).map_or("nothing", |ours| &ours.1);
        if here != theirs.1 {
            differences.push(format!("{}: recorded {}, here {here}", theirs.0, theirs.1));
        }
    }
    for (_, ours) in ours
        .iter()
        .filter(|(place, _)| !wanted.contains_key(*place))
    {
        differences.push(format!("{}: recorded nothing, here {}", ours.0, ours.1));
    }
}

fn leave_out_launch_conditions(database: &mut Database) {
    let table = database.rows("InstallExecuteSequence").unwrap();
    let kept = table
        .rows
        .iter()
        .filter(|row| row[0].text() != Some("LaunchConditions"))
        .cloned()
        .collect();
    database.replace_table(Table::new(table.name.clone(), table.columns.clone(), kept));
}

/// By folded place: the place as written, and what is there.
type Contents = BTreeMap<String, (String, String)>;

fn put(contents: &mut Contents, place: String, what: String) {
    contents.insert(machine::fold(&place), (place, what));
}

fn contents(view: &dyn View) -> Contents {
    let mut found = Contents::new();
    let mut folders = vec![MachinePath::parse("C:\\").unwrap()];
    while let Some(folder) = folders.pop() {
        for entry in view.list(&folder).unwrap().unwrap_or_default() {
            let path = folder.join(&entry.name).unwrap();
            let is_link = entry.name.ends_with(".lnk");
            if entry.metadata.kind == EntryKind::Folder {
                put(&mut found, path.to_string(), "folder".to_owned());
                folders.push(path);
            } else {
                let unknown = is_link || path.to_string().contains("\\Installer\\");
                put(
                    &mut found,
                    path.to_string(),
                    size(unknown, entry.metadata.size),
                );
            }
        }
    }
    let mut keys = vec![
        KeyPath::new(Root::LocalMachine, ""),
        KeyPath::new(Root::CurrentUser, ""),
    ];
    while let Some(key) = keys.pop() {
        let stored = view.key(&key).unwrap().unwrap();
        for (name, data) in &stored.values {
            put(&mut found, format!("{key} {name}"), shown(data));
        }
        let is_link = |name: &str| key.path().ends_with("Wow6432Node") && name == "Classes";
        keys.extend(
            stored
                .subkeys
                .iter()
                .filter(|name| !is_link(name))
                .map(|name| key.join(name)),
        );
    }
    found
}

/// Sizes of links differ between engines; those of the installer's own files are not in the plan.
fn size(unknown: bool, size: u64) -> String {
    if unknown {
        "file".to_owned()
    } else {
        format!("{size} bytes")
    }
}

fn shown(data: &Data) -> String {
    let text = match data {
        Data::Sz(text) | Data::ExpandSz(text) => text.clone(),
        Data::MultiSz(texts) => texts.join("|"),
        Data::Dword(number) => number.to_string(),
        Data::Qword(number) => number.to_string(),
        Data::Binary(bytes) | Data::Other(_, bytes) => {
            bytes.iter().map(|byte| format!("{byte:02x}")).collect()
        }
    };
    format!("{} {}", data.type_name(), plain(&text))
}

/// The records hold control characters as the digits of their escapes.
fn plain(text: &str) -> String {
    text.replace('\u{6}', "6")
        .replace('\u{2}', "2")
        .replace("\\6", "6")
        .replace("\\2", "2")
}

fn wanted(step: &Value) -> Contents {
    let mut found = Contents::new();
    assert_eq!(step["exit_low_byte"], 0);
    for file in step["files_vs_pristine"].as_array().unwrap() {
        let path = file[0]
            .as_str()
            .unwrap()
            .replace('/', "\\")
            .replace("<random>", "_random_");
        let path = format!("C:\\{path}");
        let unknown = path.ends_with(".lnk") || path.contains("\\Installer\\");
        match path.strip_suffix('\\') {
            _ if file[1].as_u64().is_none() => {}
            Some("C:\\windows\\Installer") => {}
            Some(folder) => put(&mut found, folder.to_owned(), "folder".to_owned()),
            None => put(&mut found, path, size(unknown, file[1].as_u64().unwrap())),
        }
    }
    for value in step["registry_vs_pristine"].as_array().unwrap() {
        let (Some(name), Some(kind)) = (value[1].as_str(), value[2].as_str()) else {
            continue;
        };
        if kind == "removed" {
            continue;
        }
        let text = match &value[3] {
            Value::Array(texts) => texts
                .iter()
                .filter_map(Value::as_str)
                .collect::<Vec<_>>()
                .join("|"),
            Value::String(text) => text.replace("<random>", "_random_"),
            other => other.to_string(),
        };
        put(
            &mut found,
            format!("{} {name}", value[0].as_str().unwrap()),
            format!("{kind} {}", plain(&text)),
        );
    }
    found
}
