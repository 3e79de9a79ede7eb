//! What is mutated: packages as files and as folders of text tables, with something in every table that is done.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::mutate::{self, Random};

/// Real packages that are larger take too long.
const BYTES_MAX: u64 = 96 * 1024;

const RICH: &str = r"
    product Greeter 1.0.0
    file hello.txt in Main: Hello, world
    file more.txt in Extra: More
    folder DocsDir in INSTALLDIR: DOCS~1|Documents:docs
    component Docs in DocsDir: 16
    file read.me in Docs: read
    folder MenuDir in ProgramMenuFolder: Greeter
    feature More: Extra, Docs
    Feature: Child | More | Child | Of more | 4 | 1 | | 2
    Condition: Child | 0 | VersionNT < 500 OR NOT Privileged
    Registry: Reg1 | 2 | Software\Greeter | Name | [ProductName] in [INSTALLDIR] | Main
    Registry: Reg2 | 1 | Software\Greeter | Number | #x1F | Main
    Registry: Reg3 | -1 | Software\Greeter | Many | [~]a[~]b | Extra
    RemoveRegistry: Rem1 | 2 | Software\Old | - | Main
    IniFile: Ini1 | greeter.ini | WindowsFolder | Greeter | Folder | [#hello.txt] | 0 | Main
    RemoveIniFile: RemIni1 | old.ini | WindowsFolder | Old | Key | | 2 | Main
    Environment: Env1 | *=-PATH | [~];[INSTALLDIR] | Main
    Shortcut: Short1 | MenuDir | Greeter | Main | [#hello.txt] | /x | Greets | | | | 1 | INSTALLDIR
    CreateFolder: DocsDir | Docs
    DuplicateFile: Dup1 | Main | hello.txt | copy.txt | DocsDir
    MoveFile: Move1 | Main | *.old | | INSTALLDIR | DocsDir | 0
    RemoveFile: RemF1 | Main | *.tmp | INSTALLDIR | 3
    Upgrade: {FF02EDF9-951B-70D6-4817-A2B92A60E754} | 0.0.1 | 0.9 | | 257 | | OLDER
    property SecureCustomProperties: OLDER
    AppSearch: FOUND | Sig1
    RegLocator: Sig1 | 2 | Software\Greeter | Name | 2
    LaunchCondition: VersionNT >= 501 OR (Installed AND NOT REMOVE) | [ProductName] needs Windows
    CustomAction: SetIt | 51 | IT | [ProductName] [%PATH] |
    InstallExecuteSequence: SetIt | NOT Installed | 1200
    ActionText: InstallFiles | Copying | File: [1], Directory: [9], Size: [6]
    Error: 1500 | Another one, [2]
";

/// A package to mutate.
pub struct Original {
    pub name: String,
    form: Form,
}

enum Form {
    File(Vec<u8>),
    Folder(BTreeMap<String, Vec<u8>>),
}

/// All of them.
pub fn all() -> Vec<Original> {
    let mut all = Vec::new();
    for (name, text) in [
        ("rich", RICH.to_owned()),
        ("rich with cabinet", format!("{RICH}\ncabinet")),
    ] {
        let package = testing::package(&text);
        let mut bytes = Vec::new();
        package.database().save(&mut bytes).unwrap();
        all.push(Original {
            name: format!("{name}, a file"),
            form: Form::File(bytes),
        });
        all.push(Original {
            name: format!("{name}, a folder"),
            form: Form::Folder(package.folder()),
        });
    }
    all.extend(real());
    all
}

/// The small real packages; none where they are not there.
fn real() -> Vec<Original> {
    let Some(shared) = std::env::var_os("MSIKIT_SHARED") else {
        println!("SKIPPED: no real packages (MSIKIT_SHARED is not set)");
        return Vec::new();
    };
    let folder = Path::new(&shared).join("packages");
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    files.sort();
    let is_small = |file: &PathBuf| {
        let is_msi = file.extension().is_some_and(|extension| extension == "msi");
        is_msi
            && file
                .metadata()
                .is_ok_and(|metadata| metadata.len() <= BYTES_MAX)
    };
    let original = |file: PathBuf| Original {
        name: file.file_name().unwrap().to_string_lossy().into_owned(),
        form: Form::File(std::fs::read(file).unwrap()),
    };
    files.into_iter().filter(is_small).map(original).collect()
}

impl Original {
    /// Writes the package, mutated, below `folder`, and returns its path.
    pub fn mutated(&self, folder: &Path, random: &mut Random) -> PathBuf {
        std::fs::create_dir_all(folder).unwrap();
        match &self.form {
            Form::File(bytes) => {
                let mut bytes = bytes.clone();
                mutate::bytes(&mut bytes, random);
                let file = folder.join("mutated.msi");
                std::fs::write(&file, bytes).unwrap();
                file
            }
            Form::Folder(files) => {
                let names: Vec<&String> = files.keys().collect();
                let chosen = [*random.pick(&names), *random.pick(&names)];
                for (name, bytes) in files {
                    let bytes = match chosen.contains(&name) {
                        true if name.ends_with(".idt") => mutate::table(bytes, random),
                        true => {
                            let mut bytes = bytes.clone();
                            mutate::bytes(&mut bytes, random);
                            bytes
                        }
                        false => bytes.clone(),
                    };
                    let file = folder.join(name);
                    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
                    std::fs::write(file, bytes).unwrap();
                }
                folder.to_owned()
            }
        }
    }
}
