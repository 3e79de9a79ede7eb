//! The transforms of a package: which they are, where they lie, and what they make of it.
//!
//! The list is given once, when a product is first installed, and registered with it; every later run applies it
//! again. Transforms are secured unless a policy says otherwise: names of files are looked for beside the package,
//! paths where they lead.
//! Follows: Microsoft, "TRANSFORMS Property", "Applying Transforms", "Secured Transforms", "Unsecured Transforms",
//! "TransformsSecure Policy", "MSINEWINSTANCE Property", "MSIINSTANCEGUID Property".

mod list;

use std::io::Cursor;
use std::path::{Path, PathBuf};

use database::Transform;
use machine::{Data, KeyPath, Root, View};
use sequence::registration::{self, Product};
use sequence::{TransformFile, Transforms};

use self::list::{Entry, Kind, List};
use crate::package::{Package, host_of_wine_path, is_machine_path, wine_path};
use crate::source::PackageFile;
use crate::{Error, Site, folder};

/// The transforms that a package was changed by.
#[derive(Debug, Default)]
pub(crate) struct Applied {
    /// What is registered of them.
    pub(crate) transforms: Transforms,
    /// The files, in the order of `transforms.files`.
    pub(crate) files: Vec<PackageFile>,
}

/// Applies what a command's properties ask for to a package that was named by its file: the transforms that are
/// registered for its product, else those of TRANSFORMS.
///
/// Errors: [`Error::Transform`] (1624); [`Error::UnknownProduct`] (1605) for an instance that is not installed;
/// [`Error::Usage`] for a new instance without transforms.
pub(crate) fn apply(
    package: &mut Package,
    properties: &[(String, String)],
    site: &dyn Site,
) -> Result<(), Error> {
    let property = |name: &str| {
        let mut given = properties.iter().rev().filter(|(given, _)| given == name);
        given.next().map_or("", |(_, value)| value.as_str())
    };
    let instance = property("MSIINSTANCEGUID");
    if !instance.is_empty() {
        let product = registration::find(site.as_view(), instance)?;
        let product = product.ok_or_else(|| Error::UnknownProduct {
            name: instance.to_owned(),
        })?;
        return apply_registered(package, &product, site);
    }
    let (new_instance, given) = (
        !property("MSINEWINSTANCE").is_empty(),
        property("TRANSFORMS"),
    );
    let base = package.property("ProductCode")?;
    if !new_instance && let Some(product) = registration::find(site.as_view(), &base)? {
        return apply_registered(package, &product, site);
    }
    if new_instance && given.is_empty() {
        let message = "MSINEWINSTANCE=1 needs TRANSFORMS, whose first transform makes the instance";
        return Err(Error::Usage(message.to_owned()));
    }
    let secured = property("TRANSFORMSSECURE") == "1"
        || property("TRANSFORMSATSOURCE") == "1"
        || secured_by_policy(site.as_view())?;
    let list = List::parse(given, secured)?;
    apply_list(package, &list, None, site)?;
    if new_instance && package.property("ProductCode")? == base {
        return Err(failure(
            given,
            "it does not make an instance: the product code stays the same",
        ));
    }
    Ok(())
}

/// Applies the transforms that a product is registered with.
///
/// Errors: [`Error::Transform`] (1624).
pub(crate) fn apply_registered(
    package: &mut Package,
    product: &Product,
    site: &dyn Site,
) -> Result<(), Error> {
    let list = List::parse(product.transforms.as_deref().unwrap_or_default(), false)?;
    apply_list(package, &list, Some(product), site)
}

fn apply_list(
    package: &mut Package,
    list: &List,
    product: Option<&Product>,
    site: &dyn Site,
) -> Result<(), Error> {
    let mut applied = Applied::default();
    let mut names = Vec::new();
    for entry in &list.entries {
        let transform = match entry {
            Entry::Embedded(name) => {
                names.push(format!(":{name}"));
                embedded(package, name)?
            }
            Entry::Name(text) | Entry::Path(text) => {
                let name = cached_name(entry.file_name(), &applied.transforms.files);
                let file = TransformFile {
                    name,
                    secured: list.kind != Kind::Unsecured,
                };
                let found = find(package, list.kind, entry, &file, product, site)?;
                let transform = open(text, &found)?;
                names.push(registered(entry)?);
                applied.transforms.files.push(file);
                applied.files.push(found);
                transform
            }
        };
        let name = names.last().map(String::as_str).unwrap_or_default();
        let changed = transform.check(&package.database).and_then(|()| {
            package
                .database
                .apply_transform(&transform, transform.suppressed())
        });
        changed.map_err(|error| damaged(name, &error))?;
    }
    applied.transforms.list = format!("{}{}", list.kind.sign(), names.join(";"));
    package.transforms = applied;
    Ok(())
}

fn embedded(package: &Package, name: &str) -> Result<Transform, Error> {
    let shown = format!(":{name}");
    let found = package.database.transform(name);
    found
        .map_err(|error| damaged(&shown, &error))?
        .ok_or_else(|| failure(&shown, "the package has no transform of that name"))
}

fn open(name: &str, file: &PackageFile) -> Result<Transform, Error> {
    let transform = match file {
        PackageFile::File(path) => match folder::open_whole(path) {
            Ok((file, _)) => Transform::open(file),
            Err(error) => return Err(failure(name, &error.to_string())),
        },
        PackageFile::Bytes(bytes) => Transform::open(Cursor::new(bytes.clone())),
    };
    transform.map_err(|error| damaged(name, &error))
}

/// The places of a transform, in order: the cache of an installed product, the place that was given, and the
/// folder of the package.
fn find(
    package: &Package,
    kind: Kind,
    entry: &Entry,
    file: &TransformFile,
    product: Option<&Product>,
    site: &dyn Site,
) -> Result<PackageFile, Error> {
    if let Some(product) = product {
        let view = site.as_view();
        let cache = registration::transform_folder(
            view,
            product.context,
            &product.product_code,
            file.secured,
        )?;
        let cached = cache.join(&file.name).map_err(machine::Error::from)?;
        if view.is_file(&cached)? {
            return in_machine(&cached.to_string(), site);
        }
    }
    let mut tried = Vec::new();
    if let Entry::Path(path) = entry
        && (product.is_none() || kind == Kind::FullPath)
    {
        if let Some(found) = given(path, site)? {
            return Ok(found);
        }
        tried.push(path.clone());
    }
    if kind != Kind::FullPath
        && let Some(beside) = &package.folder
    {
        let found = folder::find(beside, &[entry.file_name()]);
        if let Some(path) = found.map_err(|error| failure(entry.file_name(), &error.to_string()))? {
            return Ok(PackageFile::File(path));
        }
        tried.push(beside.display().to_string());
    }
    let why = format!("it is not there (looked for: {})", tried.join(", "));
    Err(failure(entry.file_name(), &why))
}

/// Finds a file at a path of the machine, or of the host.
fn given(path: &str, site: &dyn Site) -> Result<Option<PackageFile>, Error> {
    let host = match (host_of_wine_path(path), is_machine_path(path)) {
        (Some(host), _) => host,
        (None, true) => {
            let there = site.as_view().is_file(&site.as_view().path(path)?)?;
            return there.then(|| in_machine(path, site)).transpose();
        }
        (None, false) => PathBuf::from(path),
    };
    Ok(folder::open_whole(&host)
        .is_ok()
        .then_some(PackageFile::File(host)))
}

fn in_machine(path: &str, site: &dyn Site) -> Result<PackageFile, Error> {
    let place = site.as_view().path(path)?;
    if let Some(host) = site.host_path(&place) {
        return Ok(PackageFile::File(host));
    }
    let mut bytes = Vec::new();
    let read = site.as_view().open(&place)?.read_to_end(&mut bytes);
    read.map_err(|error| failure(path, &error.to_string()))?;
    Ok(PackageFile::Bytes(bytes.into()))
}

/// An entry as it is registered: paths of the host in the form that Wine reads.
fn registered(entry: &Entry) -> Result<String, Error> {
    Ok(match entry {
        Entry::Path(path) if !is_machine_path(path) && !path.starts_with("\\\\") => {
            let absolute = std::path::absolute(Path::new(path))
                .map_err(|error| failure(path, &error.to_string()))?;
            wine_path(&absolute)
        }
        Entry::Embedded(text) | Entry::Name(text) | Entry::Path(text) => text.clone(),
    })
}

/// The name of a transform in the cache: its own, with a number where another of the list has that name.
fn cached_name(name: &str, others: &[TransformFile]) -> String {
    let taken = |name: &str| {
        others
            .iter()
            .any(|other| machine::same_name(&other.name, name))
    };
    let mut free = name.to_owned();
    let mut number = 1;
    while taken(&free) {
        free = format!("{number}-{name}");
        number += 1;
    }
    free
}

/// Does the machine's policy secure transforms? Without one they are, as since Windows Server 2003.
fn secured_by_policy(view: &dyn View) -> Result<bool, Error> {
    const POLICIES: &str = "Software\\Policies\\Microsoft\\Windows\\Installer";
    for (root, name) in [
        (Root::CurrentUser, "TransformsAtSource"),
        (Root::LocalMachine, "TransformsSecure"),
    ] {
        match view.value(&KeyPath::new(root, POLICIES), name)? {
            Some(Data::Dword(0)) => return Ok(false),
            Some(_) => return Ok(true),
            None => {}
        }
    }
    Ok(true)
}

fn damaged(name: &str, error: &database::Error) -> Error {
    match error {
        database::Error::Transform(why) => failure(name, &why.to_string()),
        other => failure(name, &other.to_string()),
    }
}

fn failure(name: &str, why: &str) -> Error {
    // One of the host is called as the user sees it.
    let host = host_of_wine_path(name).map(|path| path.display().to_string());
    Error::Transform {
        name: host.unwrap_or_else(|| name.to_owned()),
        why: why.to_owned(),
    }
}
