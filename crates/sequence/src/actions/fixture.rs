//! Tests of actions: a package in a few lines of text, the states that costing would have found, and the
//! operations that come of it as text.
//!
//! A line is one of
//! - `Table cell|cell|…`: a row; columns as in [`COLUMNS`], an empty cell is null;
//! - `set NAME value`: a property;
//! - `state NAME installed action`: of a component or feature, also `state NAME installed request action`;
//! - `file PATH`, `folder PATH`, `value KEY|name|text`: what the machine has;
//! - `contents KEY|TITLE`: what the cabinet has for a File key, a font of this title;
//! - `admin`, `advertise`: the top-level action;
//! - `run ACTION`: an action, whose operations are part of the result and of the machine from there on.

use std::collections::HashMap;
use std::sync::Arc;

use database::{Column, ColumnKind, Database, Row, Table, Value};
use expect_test::Expect;
use machine::{
    Data, Facts, KeyPath, Machine, MachinePath, MemoryDisk, Overlay, Pending, Root, Tree,
};

use script::Contents;

use crate::actions::{Flow, find};
use crate::font_titles;
use crate::{
    Clock, CustomActions, Outer, PackageSource, Request, Run, State, Step, TopLevel, Transforms,
    UiLevel,
};

/// The columns of the tables that tests use: `*` a key, `#` a number, `@` a stream.
const COLUMNS: &[(&str, &str)] = &[
    (
        "AppId",
        "AppId* RemoteServerName LocalService ServiceParameters DllSurrogate ActivateAtStorage# RunAsInteractiveUser#",
    ),
    (
        "Class",
        "CLSID* Context* Component_* ProgId_Default Description AppId_ FileTypeMask Icon_ IconIndex# DefInprocHandler Argument Feature_ Attributes#",
    ),
    (
        "Component",
        "Component* ComponentId Directory_ Attributes# Condition KeyPath",
    ),
    ("CreateFolder", "Directory_* Component_*"),
    ("Directory", "Directory* Directory_Parent DefaultDir"),
    (
        "DuplicateFile",
        "FileKey* Component_ File_ DestName DestFolder",
    ),
    ("Environment", "Environment* Name Value Component_"),
    ("Extension", "Extension* Component_* ProgId_ MIME_ Feature_"),
    (
        "Feature",
        "Feature* Feature_Parent Title Description Display# Level# Directory_ Attributes#",
    ),
    ("FeatureComponents", "Feature_* Component_*"),
    (
        "File",
        "File* Component_ FileName FileSize# Version Language Attributes# Sequence#",
    ),
    ("Font", "File_* FontTitle"),
    ("Icon", "Name* Data@"),
    (
        "IniFile",
        "IniFile* FileName DirProperty Section Key Value Action# Component_",
    ),
    (
        "LockPermissions",
        "LockObject* Table* Domain* User* Permission#",
    ),
    (
        "Media",
        "DiskId#* LastSequence# DiskPrompt Cabinet VolumeLabel Source",
    ),
    ("MIME", "ContentType* Extension_ CLSID"),
    (
        "MoveFile",
        "FileKey* Component_ SourceName DestName SourceFolder DestFolder Options#",
    ),
    (
        "ProgId",
        "ProgId* ProgId_Parent Class_ Description Icon_ IconIndex#",
    ),
    (
        "PublishComponent",
        "ComponentId* Qualifier* Component_* AppData Feature_",
    ),
    ("Registry", "Registry* Root# Key Name Value Component_"),
    (
        "RemoveFile",
        "FileKey* Component_ FileName DirProperty InstallMode#",
    ),
    (
        "RemoveIniFile",
        "RemoveIniFile* FileName DirProperty Section Key Value Action# Component_",
    ),
    (
        "RemoveRegistry",
        "RemoveRegistry* Root# Key Name Component_",
    ),
    (
        "ServiceControl",
        "ServiceControl* Name Event# Arguments Wait# Component_",
    ),
    (
        "ServiceInstall",
        "ServiceInstall* Name DisplayName ServiceType# StartType# ErrorControl# LoadOrderGroup Dependencies StartName Password Arguments Component_ Description",
    ),
    (
        "Shortcut",
        "Shortcut* Directory_ Name Component_ Target Arguments Description Hotkey# Icon_ IconIndex# ShowCmd# WkDir",
    ),
    (
        "MsiAssembly",
        "Component_* Feature_ File_Manifest File_Application Attributes#",
    ),
    ("MsiAssemblyName", "Component_* Name* Value"),
    (
        "MsiServiceConfig",
        "MsiServiceConfig* Name Event# ConfigType# Argument Component_",
    ),
    (
        "MsiServiceConfigFailureActions",
        "MsiServiceConfigFailureActions* Name Event# ResetPeriod# RebootMessage Command Actions DelayActions Component_",
    ),
    ("ODBCAttribute", "Driver_* Attribute* Value"),
    (
        "ODBCDataSource",
        "DataSource* Component_ Description DriverDescription Registration#",
    ),
    (
        "ODBCDriver",
        "Driver* Component_ Description File_ File_Setup",
    ),
    ("ODBCSourceAttribute", "DataSource_* Attribute* Value"),
    (
        "ODBCTranslator",
        "Translator* Component_ Description File_ File_Setup",
    ),
    (
        "TypeLib",
        "LibID* Language#* Component_* Version# Description Directory_ Feature_ Cost#",
    ),
    ("Verb", "Extension_* Verb* Sequence# Command Argument"),
    ("Property", "Property* Value"),
];

/// A per-machine product with a feature and a component, each installed for the first time.
const BASE: &str = "
    set ALLUSERS 1
    set INSTALLDIR C:\\Program Files\\App\\
    Directory TARGETDIR||SourceDir
    Directory INSTALLDIR|TARGETDIR|App
    Feature Main||||1|1||0
    Component Tool|{00000001-0000-0000-0000-00000000000A}|INSTALLDIR|256||
    FeatureComponents Main|Tool
    state Main absent local
    state Tool absent local
";

/// Runs the actions that `text` names over a product and compares their operations, one a line.
pub(crate) fn check(text: &str, expect: Expect) {
    let mut fixture = Fixture::new(text);
    let mut lines = String::new();
    for action in text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("run "))
    {
        for line in fixture.run(action.trim()) {
            lines += &line;
            lines.push('\n');
        }
    }
    expect.assert_eq(&lines);
}

/// Installs with all the actions that `text` names, then removes with the same, and expects the machine as before.
pub(crate) fn check_comes_and_goes(text: &str) {
    let mut fixture = Fixture::new(text);
    let actions: Vec<&str> = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("run "))
        .map(str::trim)
        .collect();
    let scripted: usize = actions.iter().map(|action| fixture.run(action).len()).sum();
    assert!(scripted > 0, "nothing was installed");
    fixture.turn_to_removal();
    for action in actions {
        fixture.run(action);
    }
    fixture.unregister();
    assert_eq!(fixture.left(), "", "left behind");
}

/// Runs the actions that `text` names and returns what they warn of.
pub(crate) fn warnings(text: &str) -> Vec<String> {
    let mut fixture = Fixture::new(text);
    let mut warnings = Vec::new();
    for action in text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("run "))
    {
        let view = Overlay {
            base: &fixture.machine,
            pending: &fixture.pending,
        };
        (find(action).expect(action).act)(&mut fixture.run, &view).unwrap();
        warnings.extend(fixture.run.walk.take_said());
    }
    let text = |step| match step {
        Step::Message(message) => message.text,
        other => panic!("{other:?}"),
    };
    warnings.into_iter().map(text).collect()
}

struct Fixture {
    run: Run,
    machine: Tree<MemoryDisk>,
    pending: Pending,
    /// Fonts of the cabinet by their File key.
    fonts: HashMap<String, Vec<u8>>,
}

impl Fixture {
    fn new(text: &str) -> Fixture {
        let lines: Vec<&str> = BASE.lines().chain(text.lines()).map(str::trim).collect();
        let mut machine = machine::memory(Facts::default()).unwrap();
        for line in &lines {
            furnish(&mut machine, line);
        }
        let mut run = Run::new(package(&lines), request(&lines), &machine).unwrap();
        crate::costing::load(&mut run).unwrap();
        run.costs.complete = true;
        for line in &lines {
            if let Some((name, value)) = line
                .strip_prefix("set ")
                .and_then(|rest| rest.split_once(' '))
            {
                run.set_property(name, value);
            } else if let Some(rest) = line.strip_prefix("state ") {
                set_state(&mut run, rest);
            }
        }
        Fixture {
            run,
            machine,
            pending: Pending::new(),
            fonts: lines.iter().filter_map(|line| font(line)).collect(),
        }
    }

    fn run(&mut self, action: &str) -> Vec<String> {
        let view = Overlay {
            base: &self.machine,
            pending: &self.pending,
        };
        let act = find(action).expect(action).act;
        let mut flow = act(&mut self.run, &view).unwrap();
        if let Flow::Read(wanted) = flow {
            for contents in wanted {
                let bytes = self.delivered(&contents);
                self.run.walk.read.insert(contents, bytes);
            }
            flow = act(&mut self.run, &view).unwrap();
        }
        let mut steps = self.run.walk.take_said();
        match flow {
            Flow::Continue(more) => steps.extend(more),
            Flow::Read(wanted) => panic!("asked again for {wanted:?}"),
            Flow::Stop(_, code, text) => return vec![format!("{code}: {text}")],
            Flow::Quit(text) => return vec![format!("1603: {text}")],
            Flow::Fail(failure) => return vec![format!("{}: {failure}", failure.code)],
        }
        steps
            .into_iter()
            .flat_map(|step| self.script(step))
            .collect()
    }

    fn delivered(&self, contents: &Contents) -> Option<Vec<u8>> {
        match contents {
            Contents::Cabinet { member, .. } => self.fonts.get(member).cloned(),
            _ => None,
        }
    }

    fn script(&mut self, step: Step) -> Vec<String> {
        let operations = match step {
            Step::Operations { operations, .. } => operations,
            Step::Message(message) => return vec![format!("warning: {}", message.text)],
            other => panic!("{other:?}"),
        };
        for operation in &operations {
            script::project(operation, &self.machine, &mut self.pending).unwrap();
        }
        operations.iter().map(ToString::to_string).collect()
    }

    fn turn_to_removal(&mut self) {
        self.run.set_property("Installed", "00:00:00");
        self.run.set_property("REMOVE", "ALL");
        for component in &mut self.run.components {
            (component.installed, component.request) = (component.action, State::Absent);
            component.action = State::Absent;
        }
        for feature in &mut self.run.features {
            (feature.installed, feature.request) = (feature.action, State::Absent);
            feature.action = State::Absent;
        }
    }

    fn unregister(&mut self) {
        let view = Overlay {
            base: &self.machine,
            pending: &self.pending,
        };
        let operations = crate::registration::unregister(&self.run, &view).unwrap();
        self.script(Step::Operations {
            action: String::new(),
            operations,
        });
    }

    /// What the plan adds to the machine as it was, or takes from it.
    fn left(&self) -> String {
        let after = Overlay {
            base: &self.machine,
            pending: &self.pending,
        };
        let (before, after) = (listing(&self.machine), listing(&after));
        let lines = before
            .iter()
            .filter(|line| !after.contains(line))
            .map(|line| format!("- {line}\n"));
        lines
            .chain(
                after
                    .iter()
                    .filter(|line| !before.contains(line))
                    .map(|line| format!("+ {line}\n")),
            )
            .collect()
    }
}

fn font(line: &str) -> Option<(String, Vec<u8>)> {
    let (key, title) = line.strip_prefix("contents ")?.split_once('|')?;
    let font = font_titles::tests::font(&[0, 1, 0, 0], 0, &[(3, 0x409, title)]);
    Some((key.to_owned(), font))
}

fn listing(view: &dyn machine::View) -> Vec<String> {
    let mut lines = Vec::new();
    let mut folders = vec![MachinePath::parse("C:\\").unwrap()];
    while let Some(folder) = folders.pop() {
        for entry in view.list(&folder).unwrap().unwrap_or_default() {
            let path = folder.join(&entry.name).unwrap();
            lines.push(format!(
                "{:?} {path} {}",
                entry.metadata.kind, entry.metadata.size
            ));
            if entry.metadata.kind == machine::EntryKind::Folder {
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
        lines.push(format!("{key}"));
        lines.extend(
            stored
                .values
                .iter()
                .map(|(name, data)| format!("{key} {name} {data:?}")),
        );
        // The 32-bit view's own name for its classes is a link.
        let is_link = |name: &str| key.path().ends_with("Wow6432Node") && name == "Classes";
        keys.extend(
            stored
                .subkeys
                .iter()
                .filter(|name| !is_link(name))
                .map(|name| key.join(name)),
        );
    }
    lines
}

fn request(lines: &[&str]) -> Request {
    let top_level = match () {
        () if lines.contains(&"admin") => TopLevel::Admin,
        () if lines.contains(&"advertise") => TopLevel::Advertise,
        () => TopLevel::Install,
    };
    Request {
        top_level,
        properties: Vec::new(),
        transforms: Transforms::default(),
        ui_level: UiLevel::None,
        custom_actions: CustomActions::Skip,
        source: PackageSource {
            name: "app.msi".to_owned(),
            folder: "C:\\source\\".to_owned(),
            original: String::new(),
        },
        clock: Clock {
            install_date: "20261124".to_owned(),
            ..Clock::default()
        },
        cache_name: "1a2b3c.msi".to_owned(),
        environment: Vec::new(),
        outer: Outer::None,
        together: false,
        elevation: crate::Elevation::default(),
    }
}

fn package(lines: &[&str]) -> Database {
    let head = "== Property.idt\nProperty\tValue\ns72\tl0\nProperty\tProperty\n";
    let values = "ProductCode\t{12345678-0000-0000-0000-00000000ABCD}\nUpgradeCode\t{0000000F-0000-0000-0000-000000000001}\n\
        ProductName\tApp\nProductVersion\t1.2.3\nProductLanguage\t1033\nManufacturer\tContoso\n";
    let summary = "== _SummaryInformation.idt\nPropertyId\tValue\ni2\tl255\n_SummaryInformation\tPropertyId\n\
        7\tx64;1033\n9\t{0000000E-0000-0000-0000-000000000001}\n15\t2\n";
    let mut database = Database::from_text_str(&format!("{head}{values}{summary}")).unwrap();
    for (table, columns) in COLUMNS {
        let rows = lines
            .iter()
            .filter_map(|line| line.strip_prefix(table)?.strip_prefix(' '));
        let rows: Vec<Row> = rows.map(|cells| row(columns, cells)).collect();
        if !rows.is_empty() {
            database.replace_table(Table::new(
                *table,
                columns.split(' ').map(column).collect(),
                rows,
            ));
        }
    }
    database
}

fn column(text: &str) -> Column {
    Column {
        name: text.trim_end_matches(['*', '#', '@']).into(),
        kind: if text.contains('#') {
            ColumnKind::Long
        } else {
            ColumnKind::Text(0)
        },
        key: text.contains('*'),
        nullable: true,
        localizable: false,
        temporary: false,
    }
}

fn row(columns: &str, cells: &str) -> Row {
    let mut cells = cells.split('|');
    let cell = |column: &str| match cells.next().unwrap_or("") {
        "" => Value::Null,
        number if column.contains('#') => Value::Integer(number.parse().unwrap()),
        stream if column.contains('@') => Value::Stream(stream.into()),
        text => Value::Text(Arc::from(text.replace('/', "|"))),
    };
    columns.split(' ').map(cell).collect()
}

fn set_state(run: &mut Run, text: &str) {
    let state = |word: &str| match word {
        "absent" => State::Absent,
        "local" => State::Local,
        "source" => State::Source,
        "advertised" => State::Advertised,
        "unknown" => State::Unknown,
        other => panic!("no state: {other}"),
    };
    let words: Vec<&str> = text.split_whitespace().collect();
    let (installed, action) = (state(words[1]), state(words[words.len() - 1]));
    let request = state(words[words.len() - 2 + (words.len() == 3) as usize]);
    if let Some(component) = run
        .components
        .iter_mut()
        .find(|component| component.name == words[0])
    {
        (component.installed, component.request, component.action) = (installed, request, action);
    }
    if let Some(feature) = run
        .features
        .iter_mut()
        .find(|feature| feature.name == words[0])
    {
        (feature.installed, feature.request, feature.action) = (installed, request, action);
    }
}

fn furnish(machine: &mut Tree<MemoryDisk>, line: &str) {
    if let Some(text) = line.strip_prefix("folder ") {
        make_folders(machine, &MachinePath::parse(text).unwrap());
    } else if let Some(text) = line.strip_prefix("file ") {
        let (path, contents) = text.split_once('=').unwrap_or((text, ""));
        let path = MachinePath::parse(path).unwrap();
        make_folders(machine, &path.parent().unwrap());
        let mut file = machine.create_file(&path).unwrap();
        file.write_all(contents.replace("\\n", "\n").as_bytes())
            .unwrap();
    } else if let Some((path, target)) = line
        .strip_prefix("link ")
        .and_then(|text| text.split_once('='))
    {
        let shortcut = script::Shortcut {
            target: target.to_owned(),
            ..script::Shortcut::default()
        };
        let path = MachinePath::parse(path).unwrap();
        make_folders(machine, &path.parent().unwrap());
        let mut file = machine.create_file(&path).unwrap();
        let bytes = script::shell_link::encode(&shortcut, None).unwrap();
        file.write_all(&bytes).unwrap();
    } else if let Some(text) = line.strip_prefix("value ") {
        let cells: Vec<&str> = text.split('|').collect();
        let data = match cells[2].strip_prefix('#') {
            Some(number) => Data::Dword(number.parse().unwrap()),
            None if cells[2].contains("[~]") => {
                Data::MultiSz(cells[2].split("[~]").map(str::to_owned).collect())
            }
            None => Data::Sz(cells[2].to_owned()),
        };
        machine.set_value(&key(cells[0]), cells[1], &data).unwrap();
    }
}

fn make_folders(machine: &mut Tree<MemoryDisk>, folder: &MachinePath) {
    if let Some(above) = folder.parent() {
        make_folders(machine, &above);
        machine.create_folder(folder).unwrap();
    }
}

fn key(text: &str) -> KeyPath {
    let (root, path) = text.split_once('\\').unwrap();
    KeyPath::new(
        if root == "HKLM" {
            Root::LocalMachine
        } else {
            Root::CurrentUser
        },
        path,
    )
}
