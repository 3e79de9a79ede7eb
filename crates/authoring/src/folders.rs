//! Folders: where files go, and the rows of Directory that lead there. "Directory Table", "System Folder Properties".

use std::collections::BTreeMap;

use database::Value;

use crate::Error;
use crate::manifest::{Manifest, Platform};
use crate::names::{Identifiers, ShortNames, refusal};
use crate::tables::Tables;

/// The folder of the product.
pub(crate) const INSTALLDIR: &str = "INSTALLDIR";

/// Folders of Windows that a path may begin with, and whether each is in a user's profile.
const ROOTS: [(&str, bool); 14] = [
    ("ProgramFilesFolder", false),
    ("ProgramFiles64Folder", false),
    ("CommonFilesFolder", false),
    ("CommonFiles64Folder", false),
    ("CommonAppDataFolder", false),
    ("WindowsFolder", false),
    ("FontsFolder", false),
    ("AppDataFolder", true),
    ("LocalAppDataFolder", true),
    ("PersonalFolder", true),
    ("ProgramMenuFolder", true),
    ("StartupFolder", true),
    ("DesktopFolder", true),
    ("TemplateFolder", true),
];

/// One folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Folder {
    /// Its key.
    pub(crate) key: String,
    /// Is it in a user's profile?
    pub(crate) in_profile: bool,
    /// Folders on the way that are new in the profile, and that no component removes yet.
    pub(crate) unclaimed: Vec<String>,
}

/// The folders of a package in the making.
pub(crate) struct Folders {
    /// The folder of the product: the root and the names below it.
    home: (&'static str, Vec<String>),
    /// Keys by root and names, in small letters.
    keys: BTreeMap<String, String>,
    identifiers: Identifiers,
    short_names: ShortNames,
}

impl Folders {
    pub(crate) fn new(manifest: &Manifest) -> Folders {
        let package = &manifest.package;
        let folder = package.folder.as_deref().unwrap_or(&package.name);
        let mut names: Vec<String> = parts(folder).map(str::to_owned).collect();
        let root = if manifest.is_per_user() {
            names.insert(0, "Programs".to_owned());
            "LocalAppDataFolder"
        } else if package.platform == Platform::X86 {
            "ProgramFilesFolder"
        } else {
            "ProgramFiles64Folder"
        };
        Folders {
            home: (root, names),
            keys: BTreeMap::new(),
            identifiers: Identifiers::default(),
            short_names: ShortNames::default(),
        }
    }

    /// Returns the folder that a path of the manifest names, its rows made: below INSTALLDIR, or `[Root]path`.
    pub(crate) fn folder(
        &mut self,
        tables: &mut Tables,
        path: &str,
        place: &str,
    ) -> Result<Folder, Error> {
        let (root, rest) = match path.strip_prefix('[') {
            None => (INSTALLDIR, path),
            Some(rest) => rest
                .split_once(']')
                .ok_or_else(|| Error::value(place, format!("{path:?} has no closing bracket")))?,
        };
        if let Some(bad) = parts(rest).find(|part| *part == ".." || refusal(part).is_some()) {
            let why = match bad {
                ".." => "it leads out of its folder",
                _ => refusal(bad).unwrap_or_default(),
            };
            return Err(Error::value(
                place,
                format!("the folder {path:?} has {bad:?}: {why}"),
            ));
        }
        let mut folder = self.root(tables, root, place)?;
        for name in parts(rest) {
            self.below(tables, &mut folder, name, None);
        }
        Ok(folder)
    }

    fn root(&mut self, tables: &mut Tables, root: &str, place: &str) -> Result<Folder, Error> {
        if root == INSTALLDIR {
            return self.install_folder(tables, place);
        }
        let Some((root, in_profile)) = ROOTS.iter().find(|(name, _)| *name == root) else {
            let known: Vec<&str> = ROOTS.iter().map(|(name, _)| *name).collect();
            let what = format!(
                "there is no folder [{root}]; there are: {}",
                known.join(", ")
            );
            return Err(Error::value(place, what));
        };
        if self
            .keys
            .insert((*root).to_owned(), (*root).to_owned())
            .is_none()
        {
            if !self.keys.contains_key("TARGETDIR") {
                self.keys
                    .insert("TARGETDIR".to_owned(), "TARGETDIR".to_owned());
                tables.add(
                    "Directory",
                    ["TARGETDIR".into(), Value::Null, "SourceDir".into()],
                );
            }
            tables.add(
                "Directory",
                [(*root).into(), "TARGETDIR".into(), ".".into()],
            );
        }
        Ok(Folder {
            key: (*root).to_owned(),
            in_profile: *in_profile,
            unclaimed: Vec::new(),
        })
    }

    fn install_folder(&mut self, tables: &mut Tables, place: &str) -> Result<Folder, Error> {
        let (root, names) = self.home.clone();
        let mut folder = self.root(tables, root, place)?;
        for (number, name) in names.iter().enumerate() {
            if let Some(why) = refusal(name) {
                return Err(Error::value(
                    "[package]",
                    format!("the folder {name:?}: {why}"),
                ));
            }
            let key = (number + 1 == names.len()).then_some(INSTALLDIR);
            self.below(tables, &mut folder, name, key);
        }
        Ok(folder)
    }

    /// Goes one folder down.
    fn below(&mut self, tables: &mut Tables, folder: &mut Folder, name: &str, key: Option<&str>) {
        let path = format!("{}/{}", folder.key, name.to_lowercase());
        if let Some(key) = self.keys.get(&path) {
            folder.key.clone_from(key);
            return;
        }
        let key = match key {
            Some(key) => key.to_owned(),
            None => self.identifiers.of(&format!("{}.{name}", folder.key)),
        };
        let names = self.short_names.of(&folder.key, name);
        tables.add(
            "Directory",
            [
                key.as_str().into(),
                folder.key.as_str().into(),
                names.into(),
            ],
        );
        self.keys.insert(path, key.clone());
        if folder.in_profile {
            folder.unclaimed.push(key.clone());
        }
        folder.key = key;
    }

    /// The name that a file has in a folder's rows.
    pub(crate) fn file_name(&mut self, folder: &str, name: &str) -> String {
        self.short_names.of(&format!("{folder}:"), name)
    }
}

/// The names of a path, whichever slash parts them.
pub(crate) fn parts(path: &str) -> impl Iterator<Item = &str> {
    path.split(['/', '\\'])
        .filter(|part| !part.is_empty() && *part != ".")
}
