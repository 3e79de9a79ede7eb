//! Packages from a few lines of text.
//!
//! ```text
//! product Greeter 1.0.0                      defaults: Product 1.0.0
//! file hello.txt in Main: Hello, world       its component is made in INSTALLDIR where nothing else says so
//! folder DocsDir in INSTALLDIR: Docs         a row of Directory
//! component Extra in DocsDir                 a component; attributes may follow: `component Extra in DocsDir: 16`
//! feature More: Extra                        a feature of these components; others belong to Complete
//! property NAME: value
//! Registry: Reg1 | 2 | Software\Greeter | Name | Value | Main       a row of any table in tables.txt
//! without CreateShortcuts                    drops an action from all sequences
//! cabinet                                    files come in an embedded cabinet, not beside the package
//! ```
//!
//! Everything else has defaults: product and upgrade code (made of the name), all suggested sequences, media.
//! Text that is wrong panics with its line: these are tests.

use std::collections::{BTreeMap, BTreeSet};

use database::Database;
use sha2::{Digest, Sha256};

use crate::BytesSource;

const TABLES: &str = include_str!("tables.txt");
const SEQUENCES: &str = include_str!("sequences.txt");
/// The stream of the embedded cabinet.
const CABINET: &str = "files.cab";

/// A package in text, with its files.
#[derive(Clone, Debug, Default)]
pub struct Package {
    /// Rows by table, in order; cells as text.
    tables: BTreeMap<String, Vec<Vec<String>>>,
    files: Vec<File>,
    cabinet: bool,
}

#[derive(Clone, Debug)]
struct File {
    name: String,
    component: String,
    bytes: Vec<u8>,
}

/// Reads a package from text; the lines are shown at the top of `package.rs` and in the crate's documentation.
///
/// Panics where the text is wrong.
#[track_caller]
pub fn package(text: &str) -> Package {
    let mut package = Package::default();
    package.product("Product", "1.0.0");
    package.row("Directory", &["TARGETDIR", "", "SourceDir"]);
    for folder in ["ProgramFilesFolder", "ProgramMenuFolder", "WindowsFolder"] {
        package.row("Directory", &[folder, "TARGETDIR", "."]);
    }
    for line in SEQUENCES.lines().filter(|line| !line.starts_with('#')) {
        if let [table, action, number] = line.split(' ').collect::<Vec<_>>()[..] {
            package.row(table, &[action, "", number]);
        }
    }
    for line in text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        assert!(
            package.line(line).is_some(),
            "this line of a package is not understood: {line}"
        );
    }
    package.complete();
    package
}

impl Package {
    /// Opens the package as a database.
    pub fn database(&self) -> Database {
        Database::from_text(&self.folder()).expect("a test package is a package")
    }

    /// The bytes of its files, by file key.
    pub fn source(&self) -> BytesSource {
        let files = self
            .files
            .iter()
            .map(|file| (file.name.clone(), file.bytes.clone()));
        BytesSource {
            files: files.collect(),
        }
    }

    /// The package as a folder of text tables: contents by name, source files and streams included.
    pub fn folder(&self) -> BTreeMap<String, Vec<u8>> {
        let mut folder = BTreeMap::new();
        for (table, rows) in &self.tables {
            folder.insert(
                format!("{table}.idt"),
                text_table(table, &columns(table), rows),
            );
        }
        folder.insert("_SummaryInformation.idt".to_owned(), self.summary());
        if self.cabinet {
            folder.insert(format!("_Streams/{CABINET}"), self.cabinet_bytes());
        } else {
            for file in &self.files {
                folder.insert(self.source_path(file), file.bytes.clone());
            }
        }
        folder
    }

    /// Its product code.
    pub fn product_code(&self) -> String {
        self.cell("Property", "ProductCode", 1).unwrap_or_default()
    }

    fn line(&mut self, line: &str) -> Option<()> {
        if line == "cabinet" {
            self.cabinet = true;
            return Some(());
        }
        let (word, rest) = line.split_once(' ')?;
        if let Some(table) = word.strip_suffix(':') {
            let cells: Vec<&str> = rest.split('|').map(str::trim).collect();
            self.row(table, &cells);
            return Some(());
        }
        match word {
            "product" => {
                let (name, version) = rest.rsplit_once(' ')?;
                self.product(name, version);
            }
            "property" => {
                let (name, value) = rest.split_once(':')?;
                self.row("Property", &[name, value.trim()]);
            }
            "folder" => {
                let ((key, parent), name) = placed(rest)?;
                self.row("Directory", &[key, parent, name?]);
            }
            "component" => {
                let ((name, folder), attributes) = placed(rest)?;
                self.component(name, folder, attributes.unwrap_or("0"));
            }
            "file" => {
                let ((name, component), contents) = placed(rest)?;
                self.file(name, component, contents.unwrap_or(""));
            }
            "feature" => {
                let (name, components) = rest.split_once(':')?;
                self.row("Feature", &[name, "", name, "", "2", "1", "", "0"]);
                for component in components.split(',') {
                    self.row("FeatureComponents", &[name, component.trim()]);
                }
            }
            "without" => {
                for (table, rows) in &mut self.tables {
                    rows.retain(|row| !table.ends_with("Sequence") || row[0] != rest);
                }
            }
            _ => return None,
        }
        Some(())
    }

    fn product(&mut self, name: &str, version: &str) {
        let (code, upgrade) = (
            guid(&format!("product {name} {version}")),
            guid(&format!("upgrade {name}")),
        );
        let rows = [
            ("ProductName", name),
            ("ProductVersion", version),
            ("ProductCode", &code),
            ("UpgradeCode", &upgrade),
            ("ProductLanguage", "1033"),
            ("Manufacturer", "Contoso"),
            ("ALLUSERS", "1"),
        ];
        for (property, value) in rows {
            self.row("Property", &[property, value]);
        }
    }

    fn component(&mut self, name: &str, folder: &str, attributes: &str) {
        let id = guid(&format!("component {name}"));
        let key_path = self.cell("Component", name, 5).unwrap_or_default();
        self.row("Component", &[name, &id, folder, attributes, "", &key_path]);
    }

    fn file(&mut self, name: &str, component: &str, contents: &str) {
        if self.cell("Component", component, 0).is_none() {
            self.component(component, "INSTALLDIR", "0");
        }
        if let Some(row) = self.row_mut("Component", component)
            && row[5].is_empty()
        {
            row[5] = name.to_owned();
        }
        let sequence = (self.files.len() + 1).to_string();
        let size = contents.len().to_string();
        self.row(
            "File",
            &[name, component, name, &size, "", "", "512", &sequence],
        );
        let (name, component) = (name.to_owned(), component.to_owned());
        self.files.push(File {
            name,
            component,
            bytes: contents.as_bytes().to_vec(),
        });
    }

    /// Adds what the text left out.
    fn complete(&mut self) {
        let name = self.cell("Property", "ProductName", 1).unwrap_or_default();
        if self.cell("Directory", "INSTALLDIR", 0).is_none() {
            self.row("Directory", &["INSTALLDIR", "ProgramFilesFolder", &name]);
        }
        let rows = |table: &str| self.tables.get(table).cloned().unwrap_or_default();
        let claimed: BTreeSet<String> = rows("FeatureComponents")
            .into_iter()
            .map(|row| row[1].clone())
            .collect();
        let free: Vec<String> = rows("Component")
            .into_iter()
            .map(|row| row[0].clone())
            .filter(|component| !claimed.contains(component))
            .collect();
        if !free.is_empty() || rows("Feature").is_empty() {
            self.row("Feature", &["Complete", "", &name, "", "2", "1", "", "0"]);
        }
        for component in free {
            self.row("FeatureComponents", &["Complete", &component]);
        }
        if !self.files.is_empty() && !self.tables.contains_key("Media") {
            let cabinet = if self.cabinet {
                format!("#{CABINET}")
            } else {
                String::new()
            };
            let last = self.files.len().to_string();
            self.row("Media", &["1", &last, "", &cabinet, "", ""]);
        }
    }

    /// Adds a row, or puts it in the place of the one with its key. Cells that are left out are empty.
    fn row(&mut self, table: &str, cells: &[&str]) {
        let columns = columns(table);
        assert!(
            cells.len() <= columns.len(),
            "{table} has {} columns: {cells:?}",
            columns.len()
        );
        let mut row: Vec<String> = cells.iter().map(|cell| (*cell).to_owned()).collect();
        row.resize(columns.len(), String::new());
        let keys = columns.iter().filter(|column| column.key).count();
        let rows = self.tables.entry(table.to_owned()).or_default();
        match rows.iter().position(|other| other[..keys] == row[..keys]) {
            Some(at) => rows[at] = row,
            None => rows.push(row),
        }
    }

    fn row_mut(&mut self, table: &str, key: &str) -> Option<&mut Vec<String>> {
        self.tables
            .get_mut(table)?
            .iter_mut()
            .find(|row| row[0] == key)
    }

    fn cell(&self, table: &str, key: &str, column: usize) -> Option<String> {
        let row = self.tables.get(table)?.iter().find(|row| row[0] == key)?;
        row.get(column).cloned()
    }

    fn summary(&self) -> Vec<u8> {
        let name = self.cell("Property", "ProductName", 1).unwrap_or_default();
        // Bit 1: compressed.
        let words = if self.cabinet { "2" } else { "0" };
        let code = guid(&format!(
            "package {name} {:?} {:?}",
            self.tables, self.files
        ));
        let rows = [
            ("1", "1252"),
            ("2", "Installation Database"),
            ("3", &name),
            ("4", "Contoso"),
            ("7", "Intel;1033"),
            ("9", &code),
            ("14", "200"),
            ("15", words),
        ];
        let rows: Vec<Vec<String>> = rows
            .iter()
            .map(|(id, value)| vec![(*id).to_owned(), (*value).to_owned()])
            .collect();
        let column = |name: &str, kind: &str, key| Column {
            name: name.into(),
            kind: kind.into(),
            key,
        };
        let columns = [
            column("PropertyId", "i2", true),
            column("Value", "l255", false),
        ];
        text_table("_SummaryInformation", &columns, &rows)
    }

    fn cabinet_bytes(&self) -> Vec<u8> {
        let mut writer = cabinet::Writer::new(cabinet::Compression::Mszip);
        for file in &self.files {
            let attributes = cabinet::Attributes(0x20);
            let added = writer.add(&file.name, attributes, None, &mut file.bytes.as_slice());
            added.expect("a small file fits in a cabinet");
        }
        let mut bytes = Vec::new();
        writer.finish(&mut bytes).expect("memory takes everything");
        bytes
    }

    /// Where a file is beside the package: source names of its folders, then its own.
    fn source_path(&self, file: &File) -> String {
        let mut names = vec![file.name.clone()];
        let mut folder = self
            .cell("Component", &file.component, 2)
            .unwrap_or_default();
        while let Some(parent) = self
            .cell("Directory", &folder, 1)
            .filter(|parent| !parent.is_empty())
        {
            let name = self.cell("Directory", &folder, 2).unwrap_or_default();
            let name = name
                .rsplit([':', '|'])
                .next()
                .unwrap_or_default()
                .to_owned();
            if name != "." {
                names.insert(0, name);
            }
            folder = parent;
        }
        names.join("/")
    }
}

/// Splits `NAME in PLACE` and `NAME in PLACE: REST`.
fn placed(text: &str) -> Option<((&str, &str), Option<&str>)> {
    let (name, place) = text.split_once(" in ")?;
    Some(match place.split_once(':') {
        Some((place, rest)) => ((name, place.trim()), Some(rest.trim())),
        None => ((name, place), None),
    })
}

struct Column {
    name: String,
    kind: String,
    key: bool,
}

fn columns(table: &str) -> Vec<Column> {
    let found = TABLES
        .lines()
        .find_map(|line| line.strip_prefix(table)?.strip_prefix(": "));
    let found = found.unwrap_or_else(|| panic!("tables.txt has no table {table}"));
    let column = |text: &str| {
        let (name, kind) = text.split_once(':').unwrap_or((text, "S0"));
        let (name, kind, key) = (
            name.trim_end_matches('*').to_owned(),
            kind.to_owned(),
            name.ends_with('*'),
        );
        Column { name, kind, key }
    };
    found.split(", ").map(column).collect()
}

/// A table as text archives write it. "Archive File Format".
fn text_table(table: &str, columns: &[Column], rows: &[Vec<String>]) -> Vec<u8> {
    let line = |cells: Vec<&str>| cells.join("\t") + "\r\n";
    let mut text = line(columns.iter().map(|column| column.name.as_str()).collect());
    text += &line(columns.iter().map(|column| column.kind.as_str()).collect());
    let keys = columns
        .iter()
        .filter(|column| column.key)
        .map(|column| column.name.as_str());
    text += &line([table].into_iter().chain(keys).collect());
    for row in rows {
        text += &line(row.iter().map(String::as_str).collect());
    }
    text.into_bytes()
}

/// A GUID made of a text: the same text, the same GUID.
fn guid(text: &str) -> String {
    let hash = Sha256::digest(text.as_bytes());
    let hex: String = hash
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02X}"))
        .collect();
    format!(
        "{{{}-{}-{}-{}-{}}}",
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..32]
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const GREETER: &str = r"
        product Greeter 2.1
        file hello.txt in Main: Hello, world
        folder DocsDir in INSTALLDIR: Docs
        component Extra in DocsDir: 16
        file read.me in Extra: read
        feature More: Extra
        Registry: Reg1 | 2 | Software\Greeter | Name | Value | Main
        without CreateShortcuts";

    #[test]
    fn a_few_lines_make_a_package() {
        let database = package(GREETER).database();
        let column = |table: &str, name: &str| -> Vec<String> {
            let table = database.rows(table).unwrap();
            table
                .records()
                .map(|row| row.text(name).to_owned())
                .collect()
        };
        assert_eq!(column("Component", "KeyPath"), ["hello.txt", "read.me"]);
        assert_eq!(
            column("FeatureComponents", "Feature_"),
            ["More", "Complete"]
        );
        assert_eq!(column("Registry", "Value"), ["Value"]);
        assert!(column("Property", "Value").contains(&"2.1".to_owned()));
        let actions = column("InstallExecuteSequence", "Action");
        assert!(actions.len() > 50 && !actions.contains(&"CreateShortcuts".to_owned()));
    }

    #[test]
    fn files_lie_beside_the_package_or_in_its_cabinet() {
        let folder = package(GREETER).folder();
        assert_eq!(folder["Greeter/Docs/read.me"], b"read");
        let embedded = package(&format!("{GREETER}\ncabinet"));
        assert!(!embedded.folder().contains_key("Greeter/Docs/read.me"));
        let database = embedded.database();
        assert!(database.stream(CABINET).unwrap().is_some());
        let media = database.rows("Media").unwrap();
        assert_eq!(
            media.records().next().unwrap().text("Cabinet"),
            "#files.cab"
        );
    }

    #[test]
    #[should_panic(expected = "not understood: fil a")]
    fn a_wrong_line_is_named() {
        package("fil a");
    }
}
