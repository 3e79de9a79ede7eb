//! Manifests and the packages that come of them.

use std::collections::BTreeMap;
use std::io::{self, Cursor};

use authoring::{Error, Found, Source, build};
use database::{Database, Value};
use expect_test::expect;
use machine::ReadSeek;

/// Files by path.
struct Memory(BTreeMap<&'static str, &'static str>);

impl Source for Memory {
    fn list(&self, path: &str) -> io::Result<Vec<Found>> {
        let below = format!("{path}/");
        let found: Vec<Found> = self
            .0
            .iter()
            .filter_map(|(name, text)| {
                let path = match *name == path {
                    true => name.rsplit('/').next(),
                    false => name.strip_prefix(&below),
                };
                Some(Found {
                    path: path?.to_owned(),
                    size: text.len() as u64,
                })
            })
            .collect();
        match found.is_empty() {
            true => Err(io::ErrorKind::NotFound.into()),
            false => Ok(found),
        }
    }

    fn open(&self, path: &str) -> io::Result<Box<dyn ReadSeek>> {
        let text = self.0.get(path).ok_or(io::ErrorKind::NotFound)?;
        Ok(Box::new(Cursor::new(text.as_bytes())))
    }
}

const PACKAGE: &str = r#"
[package]
name = "Tools"
version = "1.2.0"
manufacturer = "Contoso"
upgrade_code = "{0F7C5BB3-6A0A-8E0B-A1F5-7B5D2E3C4A19}"
"#;

fn source() -> Memory {
    Memory(BTreeMap::from([
        ("files/tools.exe", "program"),
        ("files/docs/Read me first.html", "<p>"),
        ("files/docs/notes.bak", "old"),
        ("app.ico", "icon"),
        ("extra.txt", "extra"),
    ]))
}

fn built(more: &str) -> Result<Database, Error> {
    build(&format!("{PACKAGE}{more}"), &source())
}

fn rows(database: &Database, table: &str) -> Vec<String> {
    let rows = database.rows(table).unwrap();
    let shown = |row: &Vec<Value>| {
        let cells: Vec<String> = row.iter().map(Value::to_string).collect();
        cells.join(" | ")
    };
    rows.rows.iter().map(shown).collect()
}

const ALL: &str = r#"
icon = "app.ico"
[[feature]]
name = "Main"
required = true
[[feature]]
name = "Docs"
parent = "Main"
default = false
[[files]]
from = "files"
exclude = ["*.bak", "docs/*.html"]
[[files]]
from = "files/docs"
to = "documents"
feature = "Docs"
exclude = ["*.bak"]
[[files]]
from = "extra.txt"
to = "[CommonAppDataFolder]Contoso"
[[shortcut]]
name = "Tools for all"
target = "Tools.exe"
folder = "Contoso"
icon = "app.ico"
[[environment]]
name = "PATH"
value = "[INSTALLDIR]"
action = "append"
[[registry]]
root = "HKLM"
key = 'Software\Contoso\Tools'
name = "Number"
value = 7
[[registry]]
root = "HKLM"
key = 'Software\Contoso\Tools'
name = "Text"
value = "\#1"
[[registry]]
root = "HKLM"
key = 'Software\Contoso\Tools'
name = "List"
value = ["one"]
[[service]]
name = "Agent"
file = "tools.exe"
start = "manual"
"#;

fn all() -> String {
    ALL.replace("\\#", "#")
}

#[test]
fn everything_that_a_manifest_says_is_in_the_tables() {
    let database = built(&all()).unwrap();
    let mut shown = String::new();
    for table in [
        "Directory",
        "Component",
        "File",
        "Feature",
        "FeatureComponents",
        "Shortcut",
        "Icon",
        "Environment",
        "Registry",
        "RemoveFile",
        "ServiceInstall",
        "ServiceControl",
        "CreateFolder",
        "Media",
        "Upgrade",
    ] {
        for row in rows(&database, table) {
            shown += &format!("{table}: {row}\n");
        }
    }
    expect![[r#"
        Directory: TARGETDIR |  | SourceDir
        Directory: ProgramFiles64Folder | TARGETDIR | .
        Directory: INSTALLDIR | ProgramFiles64Folder | Tools
        Directory: INSTALLDIR.documents | INSTALLDIR | DOCUME~1|documents
        Directory: CommonAppDataFolder | TARGETDIR | .
        Directory: CommonAppDataFolder.Contoso | CommonAppDataFolder | Contoso
        Directory: ProgramMenuFolder | TARGETDIR | .
        Directory: ProgramMenuFolder.Contoso | ProgramMenuFolder | Contoso
        Component: tools.exe | {2A308835-DBF3-8BE9-AE9C-CE3B8B36FC0F} | INSTALLDIR | 256 |  | tools.exe
        Component: Read_me_first.html | {0E9A6E07-65A2-80C9-ACBF-2275FA4D5989} | INSTALLDIR.documents | 256 |  | Read_me_first.html
        Component: extra.txt | {19EF0F95-0B3C-8B63-89E8-1021F6F998E8} | CommonAppDataFolder.Contoso | 256 |  | extra.txt
        Component: Shortcut.Tools_for_all | {6BE72668-1FD7-8A3E-A341-86F62AA9E1E0} | ProgramMenuFolder.Contoso | 260 |  | Shortcut.Tools_for_all
        Component: Registry | {FC1838E4-B4C9-8671-8380-281D03CAD07E} | INSTALLDIR | 260 |  | Registry
        Component: Environment.PATH | {49B9E762-FBBE-859A-B6C8-0D3FDCA4FF88} | INSTALLDIR | 256 |  | 
        File: tools.exe | tools.exe | tools.exe | 7 |  |  | 512 | 1
        File: Read_me_first.html | Read_me_first.html | README~1.HTM|Read me first.html | 3 |  |  | 512 | 2
        File: extra.txt | extra.txt | extra.txt | 5 |  |  | 512 | 3
        Feature: Main |  | Main |  | 1 | 1 | INSTALLDIR | 16
        Feature: Docs | Main | Docs |  | 3 | 200 | INSTALLDIR | 0
        FeatureComponents: Main | tools.exe
        FeatureComponents: Docs | Read_me_first.html
        FeatureComponents: Main | extra.txt
        FeatureComponents: Main | Shortcut.Tools_for_all
        FeatureComponents: Main | Registry
        FeatureComponents: Main | Environment.PATH
        Shortcut: Shortcut1 | ProgramMenuFolder.Contoso | TOOLSF~1|Tools for all | Shortcut.Tools_for_all | [INSTALLDIR]tools.exe |  |  |  | app.ico | 0 |  | INSTALLDIR |  |  |  | 
        Icon: app.ico | Icon.app.ico
        Environment: Environment1 | =-*PATH | [~];[INSTALLDIR] | Environment.PATH
        Registry: Shortcut.Tools_for_all | 1 | Software\[Manufacturer]\[ProductName]\Components | Shortcut.Tools_for_all | #1 | Shortcut.Tools_for_all
        Registry: Registry | 2 | Software\Contoso\Tools | Number | #7 | Registry
        Registry: Registry_2 | 2 | Software\Contoso\Tools | Text | ##1 | Registry
        Registry: Registry_3 | 2 | Software\Contoso\Tools | List | [~]one[~] | Registry
        RemoveFile: ProgramMenuFolder.Contoso | Shortcut.Tools_for_all |  | ProgramMenuFolder.Contoso | 2
        ServiceInstall: Service1 | Agent |  | 16 | 3 | 1 |  |  |  |  |  | tools.exe | 
        ServiceControl: Service1 | Agent | 162 |  | 1 | tools.exe
        CreateFolder: INSTALLDIR | Environment.PATH
        Media: 1 | 3 |  | #files1.cab |  | 
        Upgrade: {0F7C5BB3-6A0A-8E0B-A1F5-7B5D2E3C4A19} |  | 1.2.0 |  | 1 |  | OLDERVERSIONFOUND
        Upgrade: {0F7C5BB3-6A0A-8E0B-A1F5-7B5D2E3C4A19} | 1.2.0 |  |  | 2 |  | NEWERVERSIONFOUND
    "#]].assert_eq(&shown);
}

#[test]
fn what_is_built_breaks_no_rule() {
    let user = all().replace(
        "icon = \"app.ico\"\n[[feature]]",
        "icon = \"app.ico\"\nscope = \"user\"\n[[feature]]",
    );
    let user = user
        .split("[[service]]")
        .next()
        .unwrap()
        .replace("HKLM", "HKMU");
    let user = user.replace("[CommonAppDataFolder]Contoso", "[AppDataFolder]Contoso");
    for more in [
        "",
        "platform = \"x86\"",
        "platform = \"arm64\"",
        &all(),
        &user,
    ] {
        let database = built(more).unwrap();
        let found: Vec<String> = validation::validate(&database, validation::RULES)
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(found, [""; 0], "{more}");
    }
}

#[test]
fn the_same_input_gives_the_same_bytes_and_the_same_codes_in_the_next_version() {
    let saved = |database: &Database| {
        let mut bytes = Vec::new();
        database.save(&mut bytes).unwrap();
        bytes
    };
    let one = built(&all()).unwrap();
    assert!(saved(&one) == saved(&built(&all()).unwrap()));
    let next = build(
        &format!("{}{}", PACKAGE.replace("1.2.0", "1.3.0"), all()),
        &source(),
    )
    .unwrap();
    let codes = |database: &Database| rows(database, "Component");
    assert_eq!(codes(&one), codes(&next));
    let property = |database: &Database, name: &str| {
        let rows = rows(database, "Property");
        rows.into_iter()
            .find(|row| row.starts_with(&format!("{name} |")))
    };
    assert_eq!(
        property(&one, "UpgradeCode"),
        property(&next, "UpgradeCode")
    );
    assert_ne!(
        property(&one, "ProductCode"),
        property(&next, "ProductCode")
    );
    let package = |database: &Database| database.summary().unwrap().package_code().to_owned();
    assert_ne!(package(&one), package(&next));
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let mut told = String::new();
    for more in [
        "colour = 1",
        "platform = \"mips\"",
        "[[files]]\nfrom = \"nothing\"",
        "[[files]]\nfrom = \"files\"\nto = \"../up\"",
        "[[files]]\nfrom = \"files\"\nto = \"[Nowhere]a\"",
        "[[files]]\nfrom = \"files\"\nto = \"con\"",
        "[[files]]\nfrom = \"files\"\nfeature = \"None\"",
        "[[files]]\nfrom = \"extra.txt\"\n[[files]]\nfrom = \"extra.txt\"",
        "[[files]]\nfrom = \"files\"\n[[shortcut]]\nname = \"T\"\ntarget = \"bin/tools.exe\"",
        "[[registry]]\nroot = \"HKLM\"\nkey = '\\Software'\nvalue = 1",
        "[[registry]]\nroot = \"HKLM\"\nkey = 'Software'\nvalue = 99999999999",
        "[[feature]]\nname = \"A\"\nparent = \"B\"\n[[feature]]\nname = \"B\"\nparent = \"A\"",
        "icon = \"files/tools.txt\"",
        "scope = \"user\"\n[[files]]\nfrom = \"files\"\n[[service]]\nname = \"S\"\nfile = \"tools.exe\"",
    ] {
        let error = built(more).map(drop).unwrap_err();
        told += &format!("{error}\n");
    }
    for (good, bad) in [
        ("1.2.0", "1.256"),
        ("{0F7C", "{XF7C"),
        ("\"Tools\"", "\"\""),
    ] {
        let error = build(&PACKAGE.replace(good, bad), &source())
            .map(drop)
            .unwrap_err();
        told += &format!("{error}\n");
    }
    expect![[r#"
        package.toml: line 7: unknown field `colour`, expected one of `name`, `version`, `manufacturer`, `upgrade_code`, `product_code`, `language`, `platform`, `scope`, `folder`, `icon`, `comments`, `url`, `help_url`
        package.toml: line 7: unknown variant `mips`, expected one of `x86`, `x64`, `arm64`
        cannot read nothing: entity not found
        package.toml, [[files]] files: the folder "../up/docs" has "..": it leads out of its folder
        package.toml, [[files]] files: there is no folder [Nowhere]; there are: ProgramFilesFolder, ProgramFiles64Folder, CommonFilesFolder, CommonFiles64Folder, CommonAppDataFolder, WindowsFolder, FontsFolder, AppDataFolder, LocalAppDataFolder, PersonalFolder, ProgramMenuFolder, StartupFolder, DesktopFolder, TemplateFolder
        package.toml, [[files]] files: the folder "con/docs" has "con": it is the name of a device of Windows
        package.toml, [[files]] files: there is no [[feature]] "None", nor any other
        package.toml, [[files]] extra.txt: "extra.txt" goes where "extra.txt" goes already: extra.txt
        package.toml, [[shortcut]] T: no [[files]] brings "bin/tools.exe"; there is "tools.exe"
        package.toml, [[registry]] \Software: a key begins and ends without a backslash, and is not empty
        package.toml, [[registry]] Software: 99999999999 has more than 32 bits
        package.toml, [[feature]] A: it is below itself
        package.toml, [package]: the icon "files/tools.txt" must be an .ico or .exe with a name of letters, digits, _ and .
        package.toml, [[service]] S: a package for one user installs no services: scope = "machine"
        package.toml, [package]: version "1.256" is not major.minor.build, at most 255.255.65535
        package.toml, [package]: "{XF7C5BB3-6A0A-8E0B-A1F5-7B5D2E3C4A19}" is no code in braces; this one would do: "{E59986F6-AB30-8D9C-9A60-BD90EA02CAD1}"
        package.toml, [package]: name is empty
    "#]].assert_eq(&told);
}
