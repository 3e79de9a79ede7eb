//! States of features and components over several runs on one machine, and what searches find there.

mod plan;

use database::Database;
use machine::{Attributes, Data, KeyPath, MachinePath, Root, View};
use plan::{Planned, World, fixture};
use script::{Contents, FileMetadata, Operation};
use sequence::{Answer, State, Step, registration};

/// A product with a file for each component; `number` makes its codes differ from other products'.
fn product(number: u8, rows: &str) -> Database {
    product_of(number, &format!("{number:02}AA}}"), rows)
}

/// The same with another end of its package code.
fn product_of(number: u8, package: &str, rows: &str) -> Database {
    let text = fixture::EMPTY
        .replace("000000000001}", &format!("0000000000{number:02}}}"))
        .replace("0000000000AA}", &format!("00000000{package}"));
    let base = Database::from_text_str(&text).unwrap();
    let head = "
        Property ALLUSERS|1
        Directory TARGETDIR||SourceDir
        Directory ProgramFilesFolder|TARGETDIR|.
        Directory APP|ProgramFilesFolder|App
        Media 1|100|#cab
    ";
    plan::with_rows(base, &format!("{head}{}{rows}", fixture::SEQUENCE))
}

/// A component with one file that is its key path.
fn component(name: &str, id: u8, attributes: i32, condition: &str) -> String {
    format!(
        "
        Component {name}|{{C0000000-0000-0000-0000-0000000000{id:02}}}|APP|{attributes}|{condition}|f{name}
        File f{name}|{name}|{name}.txt|10||||{id}
        "
    )
}

fn states(planned: &Planned) -> String {
    assert_eq!(planned.outcome.message, None);
    let component = |c: &sequence::Component| {
        format!(
            "{} {}>{}={}",
            c.name,
            c.installed.name(),
            c.request.name(),
            c.action.name()
        )
    };
    planned
        .run
        .components()
        .iter()
        .map(component)
        .collect::<Vec<_>>()
        .join(", ")
}

fn features(planned: &Planned) -> String {
    let feature = |f: &sequence::Feature| format!("{}={}", f.name, f.action.name());
    planned
        .run
        .features()
        .iter()
        .map(feature)
        .collect::<Vec<_>>()
        .join(" ")
}

fn path(text: &str) -> MachinePath {
    MachinePath::parse(text).unwrap()
}

impl World {
    fn is_there(&self, file: &str) -> bool {
        self.view()
            .is_file(&path(&format!("C:\\Program Files (x86)\\App\\{file}.txt")))
            .unwrap()
    }

    fn write(&mut self, file: &str, version: Option<&str>) {
        let operation = Operation::FileCopy {
            from: Contents::Bytes(b"mine".to_vec()),
            to: path(file),
            metadata: FileMetadata {
                attributes: Attributes::default(),
                version: version.map(str::to_owned),
                size: Some(4),
                ..FileMetadata::default()
            },
        };
        script::project(&operation, &self.machine, &mut self.pending).unwrap();
    }

    fn set_value(&mut self, key: &str, name: &str, data: Data) {
        let operation = Operation::RegAddValue {
            key: KeyPath::new(Root::LocalMachine, key),
            name: name.to_owned(),
            data,
        };
        script::project(&operation, &self.machine, &mut self.pending).unwrap();
    }
}

#[test]
fn a_shared_component_stays_with_its_last_client() {
    let rows = format!(
        "Feature Main||1|0\nFeatureComponents Main|Shared\n{}",
        component("Shared", 1, 0, "")
    );
    let mut world = World::new();
    world.run(product(1, &rows), &[]);
    world.run(product(2, &rows), &[]);
    let first = world.run(product(1, &rows), &[("REMOVE", "ALL")]);
    assert_eq!(states(&first), "Shared local>absent=unknown");
    assert!(world.is_there("Shared"));
    let second = world.run(product(2, &rows), &[("REMOVE", "ALL")]);
    assert_eq!(states(&second), "Shared local>absent=absent");
    assert!(!world.is_there("Shared"));
    assert_eq!(registration::products(&world.view()).unwrap(), []);
}

#[test]
fn permanent_components_stay_and_unnamed_ones_are_never_removed() {
    let rows = format!(
        "Feature Main||1|0\nFeatureComponents Main|Keep\nFeatureComponents Main|Free\n
        {}Component Free||APP|0||fFree\nFile fFree|Free|Free.txt|10||||2",
        component("Keep", 1, 16, "").replace("File ", "\nFile ")
    );
    let mut world = World::new();
    let installed = world.run(product(1, &rows), &[]);
    assert_eq!(
        states(&installed),
        "Keep absent>local=local, Free absent>local=local"
    );
    let removed = world.run(product(1, &rows), &[("REMOVE", "ALL")]);
    assert!(states(&removed).starts_with("Keep local>absent=unknown"));
    assert!(world.is_there("Keep") && world.is_there("Free"));
}

#[test]
fn what_is_never_overwritten_is_registered_all_the_same() {
    let rows = format!(
        "Feature Main||1|0\nFeatureComponents Main|Own\n{}",
        component("Own", 1, 128, "")
    );
    let mut world = World::new();
    world.write("C:\\Program Files (x86)\\App\\Own.txt", None);
    let installed = world.run(product(1, &rows), &[]);
    assert_eq!(states(&installed), "Own absent>local=unknown");
    let again = world.run(product(1, &rows), &[]);
    assert_eq!(states(&again), "Own local>unknown=unknown");
}

#[test]
fn a_newer_key_file_keeps_the_component_away() {
    let rows = format!(
        "Feature Main||1|0\nFeatureComponents Main|Tool\n{}",
        component("Tool", 1, 0, "").replace("|10||||", "|10|2.0|||")
    );
    for (version, expected) in [("1.0", "local"), ("2.0", "local"), ("2.0.1", "unknown")] {
        let mut world = World::new();
        world.write("C:\\Program Files (x86)\\App\\Tool.txt", Some(version));
        let installed = world.run(product(1, &rows), &[]);
        assert_eq!(
            states(&installed),
            format!("Tool absent>local={expected}"),
            "{version}"
        );
        let copies = installed
            .operations
            .iter()
            .filter(|o| o.name() == "FileCopy" && o.subject().contains("Tool"))
            .count();
        assert_eq!(copies, usize::from(version == "1.0"), "{version}");
    }
}

#[test]
fn transitive_components_follow_their_condition_on_reinstall() {
    let rows = format!(
        "Feature Main||1|0\nFeatureComponents Main|Old\nFeatureComponents Main|New\nFeatureComponents Main|Stays\n{}{}{}",
        component("Old", 1, 64, "NOT NEWER"),
        component("New", 2, 64, "NEWER"),
        component("Stays", 3, 0, "NOT NEWER")
    );
    let mut world = World::new();
    let installed = world.run(product(1, &rows), &[]);
    assert_eq!(
        states(&installed),
        "Old absent>local=local, New absent>unknown=unknown, Stays absent>local=local"
    );
    let again = world.run(product(1, &rows), &[("REINSTALL", "ALL"), ("NEWER", "1")]);
    assert_eq!(
        states(&again),
        "Old local>absent=absent, New absent>local=local, Stays local>local=local"
    );
    assert!(!world.is_there("Old") && world.is_there("New") && world.is_there("Stays"));
}

#[test]
fn local_wins_over_source_and_components_have_the_last_word() {
    let rows = format!(
        "Feature A||1|0\nFeature B||1|1\nFeatureComponents A|Both\nFeatureComponents B|Both\nFeatureComponents B|Optional\n
        FeatureComponents B|LocalOnly\nFeatureComponents A|SourceOnly\n{}{}{}{}",
        component("Both", 1, 2, ""),
        component("Optional", 2, 2, ""),
        component("LocalOnly", 3, 0, ""),
        component("SourceOnly", 4, 1, "")
    );
    let planned = World::new().run(product(1, &rows), &[]);
    assert_eq!(
        states(&planned),
        "Both absent>local=local, Optional absent>source=source, LocalOnly absent>local=local, SourceOnly absent>source=source"
    );
}

const TREE: &str = "
    Feature Top||1|0
    Feature Low|Top|1|0
    Feature High|Top|10|0
    Feature Off|Top|0|0
    Feature Follows|Top|10|2
    Feature Bound|Top|10|18
    Feature Must||5|16
";

#[test]
fn selection_by_level_and_by_name() {
    let cases: [(&[(&str, &str)], &str); 12] = [
        (
            &[],
            "Top=local Must=unknown Low=local High=unknown Off=unknown Follows=unknown Bound=local",
        ),
        (
            &[("INSTALLLEVEL", "10")],
            "Top=local Must=local Low=local High=local Off=unknown Follows=local Bound=local",
        ),
        (
            &[("ADDLOCAL", "ALL")],
            "Top=local Must=local Low=local High=local Off=unknown Follows=local Bound=local",
        ),
        (
            &[("ADDLOCAL", "High")],
            "Top=local Must=local Low=unknown High=local Off=unknown Follows=unknown Bound=local",
        ),
        (
            &[("ADDSOURCE", "Low")],
            "Top=local Must=local Low=source High=unknown Off=unknown Follows=unknown Bound=local",
        ),
        (
            &[("ADDLOCAL", "ALL"), ("REMOVE", "High")],
            "Top=local Must=local Low=local High=unknown Off=unknown Follows=local Bound=local",
        ),
        (
            &[("REMOVE", "Top"), ("ADDLOCAL", "ALL")],
            "Top=unknown Must=local Low=unknown High=unknown Off=unknown Follows=unknown Bound=unknown",
        ),
        (
            &[("REMOVE", "Top"), ("ADDDEFAULT", "Low")],
            "Top=local Must=local Low=local High=unknown Off=unknown Follows=unknown Bound=local",
        ),
        (
            &[("ADVERTISE", "ALL")],
            "Top=advertised Must=advertised Low=advertised High=advertised Off=unknown Follows=advertised Bound=advertised",
        ),
        (
            &[("REINSTALL", "ALL")],
            "Top=unknown Must=unknown Low=unknown High=unknown Off=unknown Follows=unknown Bound=unknown",
        ),
        (
            &[("COMPADDLOCAL", "{C0000000-0000-0000-0000-000000000001}")],
            "Top=local Must=local Low=local High=unknown Off=unknown Follows=unknown Bound=local",
        ),
        (
            &[("FILEADDSOURCE", "fOne")],
            "Top=local Must=local Low=source High=unknown Off=unknown Follows=unknown Bound=local",
        ),
    ];
    let rows = format!(
        "{TREE}FeatureComponents Low|One\nFeatureComponents High|One\nFeatureComponents High|Two\n{}{}",
        component("One", 1, 2, ""),
        component("Two", 2, 2, "")
    );
    for (properties, expected) in cases {
        let planned = World::new().run(product(1, &rows), properties);
        assert_eq!(features(&planned), expected, "{properties:?}");
        assert_eq!(
            planned.run.property("Preselected").is_empty(),
            properties.iter().all(|(name, _)| *name == "INSTALLLEVEL")
        );
    }
}

#[test]
fn names_that_there_are_none_of_end_the_installation() {
    let planned = World::new().run(product(1, TREE), &[("ADDLOCAL", "top")]);
    assert_eq!(
        planned.outcome.message.as_deref(),
        Some(
            "CostFinalize: table Property, row ADDLOCAL: there is no feature `top` [message 2711]"
        )
    );
}

#[test]
fn the_condition_table_changes_levels() {
    let rows = format!(
        "{TREE}Condition High|1|VersionNT\nCondition Low|0|VersionNT\nCondition Top|10|NOT VersionNT"
    );
    let planned = World::new().run(product(1, &rows), &[]);
    assert_eq!(
        features(&planned),
        "Top=local Must=unknown Low=unknown High=local Off=unknown Follows=unknown Bound=local"
    );
}

#[test]
fn an_upgrade_takes_over_the_features_and_removes_the_old_product() {
    let upgrade = "
        Property UpgradeCode|{00000000-0000-0000-0000-0000000000FF}
        Upgrade {00000000-0000-0000-0000-0000000000FF}||9.0||1||OLDER
        Feature A||1|0
        Feature B||1|0
        Feature C||5|0
    ";
    let mut world = World::new();
    world.run(product(1, upgrade), &[("ADDLOCAL", "A,C")]);
    let planned = world.run_with(product(2, upgrade), plan::request(&[]), |step| match step {
        Step::Nested(_) => Answer::Action(sequence::ActionResult::Success),
        _ => Answer::Go,
    });
    assert_eq!(
        planned.run.property("OLDER"),
        "{A1B2C3D4-1111-2222-3333-000000000001}"
    );
    assert_eq!(features(&planned), "A=local B=unknown C=local");
    assert_eq!(
        planned
            .steps
            .iter()
            .filter(|step| step.starts_with("Nested"))
            .count(),
        1
    );
    let maintenance = world.run(product(2, upgrade), &[]);
    assert_eq!(maintenance.run.property("OLDER"), "");
}

#[test]
fn searches_find_files_folders_and_values() {
    let rows = "
        AppSearch BYVALUE|Raw
        AppSearch BYREGISTRYFOLDER|RegFolder
        AppSearch BYREGISTRYFILE|RegFile
        AppSearch BYDRIVE|OnDrive
        AppSearch BYPARENT|BelowParent
        AppSearch BYFOLDER|JustFolder
        AppSearch BYVERSION|NewEnough
        AppSearch NOTTHERE|Missing
        RegLocator Raw|2|Software\\Tool|Number|2
        RegLocator RegFolder|2|Software\\Tool|Folder|0
        RegLocator RegFile|2|Software\\Tool|File|1
        RegLocator Missing|2|Software\\Nothing|Number|2
        Signature RegFile|tool.exe
        Signature OnDrive|deep.txt
        Signature BelowParent|tool.exe
        Signature NewEnough|tool.exe|2.0|2.9
        DrLocator OnDrive||C:\\Tools|1
        DrLocator BelowParent|RegFolder|
        DrLocator JustFolder||C:\\Tools\\Deep|0
        DrLocator NewEnough||[WindowsVolume]Tools|
    ";
    let mut world = World::new();
    world.write("C:\\Tools\\tool.exe", Some("2.5"));
    world.write("C:\\Tools\\Deep\\deep.txt", None);
    let key = "Software\\Wow6432Node\\Tool";
    world.set_value(key, "Number", Data::Dword(7));
    world.set_value(key, "Folder", Data::Sz("C:\\Tools".to_owned()));
    world.set_value(
        key,
        "File",
        Data::ExpandSz("\"C:\\Tools\\tool.exe\"".to_owned()),
    );
    let planned = world.run(product(1, &rows.replace("\\\\", "\\")), &[]);
    let found: Vec<String> = planned
        .run
        .properties()
        .into_iter()
        .filter(|(name, _)| name.starts_with("BY") || name == "NOTTHERE")
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    assert_eq!(
        found,
        [
            "BYDRIVE=C:\\Tools\\Deep\\deep.txt",
            "BYFOLDER=C:\\Tools\\Deep\\",
            "BYPARENT=C:\\Tools\\tool.exe",
            "BYREGISTRYFILE=C:\\Tools\\tool.exe",
            "BYREGISTRYFOLDER=C:\\Tools\\",
            "BYVALUE=#7",
            "BYVERSION=C:\\Tools\\tool.exe",
        ]
    );
}

#[test]
fn a_full_drive_ends_the_installation() {
    let rows = "Feature Main||1|0\nFeatureComponents Main|Big\nComponent Big||APP|0||fBig\nFile fBig|Big|Big.txt|2000000000||||1";
    let mut world = World::new();
    world.machine.disk_mut().set_free_bytes(1_000_000);
    let planned = world.run(product(1, rows), &[]);
    assert_eq!(planned.outcome.code, 1603);
    assert_eq!(planned.run.property("OutOfDiskSpace"), "1");
    assert!(planned.operations.is_empty());
}

#[test]
fn contexts_decide_folders_and_where_a_product_is_registered() {
    let context = |properties: &[(&str, &str)]| {
        let mut world = World::new();
        let planned = world.run(product(1, "Feature Main||1|0"), properties);
        let product = registration::products(&world.view()).unwrap().remove(0);
        (
            planned.run.property("DesktopFolder").to_owned(),
            product.context.name(),
        )
    };
    assert_eq!(
        context(&[]),
        ("C:\\users\\Public\\Desktop\\".to_owned(), "machine")
    );
    assert_eq!(
        context(&[("ALLUSERS", "")]),
        ("C:\\users\\user\\Desktop\\".to_owned(), "user_unmanaged")
    );
    assert_eq!(context(&[("ALLUSERS", "2")]).1, "machine");
    assert_eq!(
        context(&[("ALLUSERS", "2"), ("MSIINSTALLPERUSER", "1")]).1,
        "user_unmanaged"
    );
}

#[test]
fn a_package_for_the_user_alone_finds_program_folders_of_their_own() {
    let planned = World::new().run(
        product(1, ""),
        &[("ALLUSERS", "2"), ("MSIINSTALLPERUSER", "1")],
    );
    let programs = "C:\\users\\user\\AppData\\Local\\Programs\\";
    assert_eq!(planned.run.property("ProgramFiles64Folder"), programs);
    assert_eq!(planned.run.property("APP"), format!("{programs}App\\"));
    let plain = World::new().run(product(1, ""), &[("ALLUSERS", "")]);
    assert_eq!(
        plain.run.property("ProgramFilesFolder"),
        "C:\\Program Files (x86)\\"
    );
}

#[test]
fn another_package_of_the_product_is_refused_unless_it_is_to_be_cached_anew() {
    // The package code of product 1 ends in 01AA.
    let rebuilt = |rows: &str| product_of(1, "01EE}", rows);
    let rows = "Feature Main||1|0";
    let mut world = World::new();
    assert_eq!(world.run(product(1, rows), &[]).outcome.code, 0);
    assert_eq!(world.run(product(1, rows), &[]).outcome.code, 0);
    let refused = world.run(
        rebuilt(rows),
        &[("REINSTALL", "ALL"), ("REINSTALLMODE", "omus")],
    );
    assert_eq!(refused.outcome.code, 1638);
    assert!(refused.operations.is_empty() && refused.steps.is_empty());
    let again = [("REINSTALL", "ALL"), ("REINSTALLMODE", "Vomus")];
    assert_eq!(world.run(rebuilt(rows), &again).outcome.code, 0);
}

#[test]
fn states_have_their_numbers() {
    let numbers = [
        State::Unknown,
        State::Advertised,
        State::Absent,
        State::Local,
        State::Source,
    ]
    .map(State::number);
    assert_eq!(numbers, [-1, 1, 2, 3, 4]);
}
