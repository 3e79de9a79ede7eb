//! `machine init`: what a new machine holds.
//!
//! The folders and keys that packages and Wine expect, no more: Wine fills in the rest when it first starts on it.

use std::io::ErrorKind;

use super::facts::to_toml;
use super::keys::{HIVES, SYSTEM};
use super::{DRIVE_C, MACHINE_TOML, OWN, Tree};
use crate::disk::Disk;
use crate::{Architecture, Data, Error, Facts, Folder, KeyPath, Machine, MachinePath, Root};

/// Where the system's environment is kept.
const ENVIRONMENT: &str = "System\\CurrentControlSet\\Control\\Session Manager\\Environment";
const CURRENT_VERSION: &str = "Software\\Microsoft\\Windows\\CurrentVersion";

/// Folders of Windows' own besides the special folders.
const FOLDERS: [&str; 7] = [
    "windows\\Installer",
    "windows\\temp",
    "windows\\inf",
    "windows\\system32\\drivers",
    "users\\Public\\Desktop",
    "users\\Public\\Documents",
    "ProgramData",
];

impl<D: Disk> Tree<D> {
    /// Makes a machine, or what is missing of one; what is there stays as it is. Durable on return.
    ///
    /// Errors: as [`Tree::open`], for a machine that is there already; I/O.
    pub fn create(disk: D, facts: Facts) -> Result<Tree<D>, Error> {
        let there = |path| {
            disk.stat(path)
                .map(|stat| stat.is_some())
                .map_err(Error::io("examine", path))
        };
        let (known, whole) = (
            there(MACHINE_TOML)? || there(DRIVE_C)?,
            there(HIVES[SYSTEM])?,
        );
        let mut tree = if known {
            Tree::open(disk)?
        } else {
            Tree::bare(disk, facts)
        };
        if !whole {
            tree.make()?;
        }
        Ok(tree)
    }

    /// Makes what is missing: the facts first, the hives last, so that one that was not finished is seen to be.
    fn make(&mut self) -> Result<(), Error> {
        self.make_own_folder(OWN)?;
        if !self.has(MACHINE_TOML)? {
            self.write_facts()?;
        }
        for drive in self.facts.drives.clone() {
            self.make_own_folder(&format!("drive_{}", drive.to_ascii_lowercase()))?;
        }
        for folder in self.skeleton() {
            self.create_all(&MachinePath::parse(&folder)?)?;
        }
        self.basic_keys()?;
        self.publish_registry()
    }

    fn write_facts(&mut self) -> Result<(), Error> {
        let (text, aside) = (to_toml(&self.facts)?, format!("{MACHINE_TOML}.new"));
        match self.disk.remove_file(&aside) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(Error::io("remove", &aside)(error));
            }
            _ => {}
        }
        self.write_own(&aside, text.as_bytes())?;
        self.disk
            .sync_file(&aside)
            .map_err(Error::io("sync", &aside))?;
        self.disk
            .rename(&aside, MACHINE_TOML)
            .map_err(Error::io("rename", &aside))
    }

    /// The folders of a new machine, as paths of it.
    fn skeleton(&self) -> Vec<String> {
        let mut folders: Vec<String> = FOLDERS
            .iter()
            .map(|folder| format!("C:\\{folder}"))
            .collect();
        for folder in Folder::ALL {
            folders.extend(
                [true, false]
                    .into_iter()
                    .filter_map(|machine| self.facts.folder(folder, machine)),
            );
        }
        folders
    }

    fn create_all(&mut self, folder: &MachinePath) -> Result<(), Error> {
        if let Some(above) = folder.parent() {
            self.create_all(&above)?;
            self.create_folder(folder)?;
        }
        Ok(())
    }

    fn basic_keys(&mut self) -> Result<(), Error> {
        for hive in 0..HIVES.len() {
            self.hive_mut(hive)?.mark_changed();
        }
        let expand = |text: &str| Data::ExpandSz(text.to_owned());
        let text = |text: &str| Data::Sz(text.to_owned());
        let bits64 = self.facts.architecture == Architecture::X64;
        let path = "%SystemRoot%\\system32;%SystemRoot%;%SystemRoot%\\system32\\wbem;%SystemRoot%\\system32\\WindowsPowershell\\v1.0";
        let environment = [
            ("ComSpec", expand("%SystemRoot%\\system32\\cmd.exe")),
            ("OS", text("Windows_NT")),
            ("PATH", expand(path)),
            (
                "PATHEXT",
                text(".com;.exe;.bat;.cmd;.vbs;.vbe;.js;.jse;.wsf;.wsh"),
            ),
            (
                "PROCESSOR_ARCHITECTURE",
                text(if bits64 { "AMD64" } else { "x86" }),
            ),
            ("TEMP", expand("%SystemRoot%\\temp")),
            ("TMP", expand("%SystemRoot%\\temp")),
            ("windir", expand("%SystemRoot%")),
        ];
        for (name, data) in environment {
            self.set_value(&KeyPath::new(Root::LocalMachine, ENVIRONMENT), name, &data)?;
        }
        self.program_folders(bits64)?;
        self.version_keys()?;
        let temp = text(&format!(
            "C:\\users\\{}\\AppData\\Local\\Temp",
            self.facts.user_name
        ));
        for name in ["TEMP", "TMP"] {
            self.set_value(&KeyPath::new(Root::CurrentUser, "Environment"), name, &temp)?;
        }
        self.empty_keys(bits64)
    }

    fn program_folders(&mut self, bits64: bool) -> Result<(), Error> {
        let names = [
            ("ProgramFilesDir", "CommonFilesDir"),
            ("ProgramFilesDir (x86)", "CommonFilesDir (x86)"),
        ];
        let values = [
            (Folder::ProgramFiles64, Folder::CommonFiles64),
            (Folder::ProgramFiles, Folder::CommonFiles),
        ];
        let pairs = if bits64 { &values[..] } else { &values[1..] };
        for ((files, common), (files_folder, common_folder)) in names.iter().zip(pairs) {
            for (name, folder) in [(files, files_folder), (common, common_folder)] {
                if let Some(path) = self.facts.folder(*folder, true) {
                    self.set_value(
                        &KeyPath::new(Root::LocalMachine, CURRENT_VERSION),
                        name,
                        &Data::Sz(path),
                    )?;
                }
            }
        }
        Ok(())
    }

    fn version_keys(&mut self) -> Result<(), Error> {
        let (major, minor, build) = self.facts.windows_version;
        let key = KeyPath::new(
            Root::LocalMachine,
            "Software\\Microsoft\\Windows NT\\CurrentVersion",
        );
        let text = if major >= 10 {
            "6.3".to_owned()
        } else {
            format!("{major}.{minor}")
        };
        self.set_value(&key, "CurrentVersion", &Data::Sz(text))?;
        self.set_value(&key, "CurrentBuild", &Data::Sz(build.to_string()))?;
        self.set_value(&key, "CurrentBuildNumber", &Data::Sz(build.to_string()))?;
        if major >= 10 {
            self.set_value(&key, "CurrentMajorVersionNumber", &Data::Dword(major))?;
            self.set_value(&key, "CurrentMinorVersionNumber", &Data::Dword(minor))?;
        }
        if self.facts.service_pack > 0 {
            let pack = format!("Service Pack {}", self.facts.service_pack);
            self.set_value(&key, "CSDVersion", &Data::Sz(pack))?;
        }
        self.set_value(&key, "SystemRoot", &Data::Sz("C:\\windows".to_owned()))?;
        let computer = KeyPath::new(
            Root::LocalMachine,
            "System\\CurrentControlSet\\Control\\ComputerName\\ComputerName",
        );
        let name = Data::Sz(self.facts.computer_name.clone());
        self.set_value(&computer, "ComputerName", &name)
    }

    /// Keys that installs add to, so that a removal does not leave them behind as new.
    fn empty_keys(&mut self, bits64: bool) -> Result<(), Error> {
        let machine = [
            "Software\\Classes\\Installer",
            "Software\\Microsoft\\Windows\\CurrentVersion\\Installer\\UserData\\S-1-5-18",
            "Software\\Microsoft\\Windows\\CurrentVersion\\Uninstall",
            "Software\\Microsoft\\Windows\\CurrentVersion\\SharedDLLs",
            "Software\\Policies",
        ];
        for key in machine {
            self.create_key(&KeyPath::new(Root::LocalMachine, key))?;
        }
        for key in [
            "Software\\Classes",
            "Software\\Microsoft\\Installer",
            "Software\\Microsoft\\Windows\\CurrentVersion",
        ] {
            self.create_key(&KeyPath::new(Root::CurrentUser, key))?;
        }
        if bits64 {
            for key in [
                "Software\\Classes\\Wow6432Node",
                "Software\\Wow6432Node\\Microsoft\\Windows\\CurrentVersion",
            ] {
                self.create_key(&KeyPath::new(Root::LocalMachine, key))?;
            }
            let node = self
                .make_key(&KeyPath::new(Root::LocalMachine, "Software\\Wow6432Node"))?
                .1;
            let hive = self.hive_mut(SYSTEM)?;
            let link = hive.create(node, "Classes");
            hive.make_link(link, "\\Registry\\Machine\\Software\\Classes\\Wow6432Node")?;
        }
        Ok(())
    }
}
