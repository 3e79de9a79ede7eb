//! What InstallFinalize adds when the whole product goes: its records, its cached package, its icons and
//! transforms.
//!
//! Keys and folders that hold nothing afterwards go too, up to the first that holds something.
//! Follows: Microsoft, "InstallFinalize Action".

use machine::{Data, KeyPath, View};
use script::Operation;

use super::places::Places;
use crate::emptied::{EmptiedFolders, EmptiedKeys};
use crate::{Error, Run};

/// Returns the operations; none where the run does not remove the whole product.
///
/// Errors: the machine cannot be read.
pub(crate) fn unregister(run: &Run, view: &dyn View) -> Result<Vec<Operation>, Error> {
    let mut operations = Vec::new();
    if !run.removes_product() {
        return Ok(operations);
    }
    let places = Places::of(run, view)?;
    files(run, view, &places, &mut operations)?;
    let mut emptied = EmptiedKeys::new(view);
    let own = [
        places.uninstall().clone(),
        places.installed_product(),
        places.published_product(),
        places.published_features(),
    ];
    for key in own {
        emptied.key_gone(&key);
        if view.key(&key)?.is_some() {
            operations.push(Operation::RegRemoveKey { key });
        }
    }
    for key in places
        .upgrade_code(run.property("UpgradeCode"))
        .into_iter()
        .flatten()
    {
        upgrade_code(view, &key, &places, &mut emptied, &mut operations)?;
    }
    emptied.consider(places.user_data().join("Components"));
    operations.extend(emptied.operations()?);
    Ok(operations)
}

fn upgrade_code(
    view: &dyn View,
    key: &KeyPath,
    places: &Places,
    emptied: &mut EmptiedKeys<'_>,
    operations: &mut Vec<Operation>,
) -> Result<(), Error> {
    if view.value(key, &places.product)?.is_some() {
        emptied.value_gone(key, &places.product);
        operations.push(Operation::RegRemoveValue {
            key: key.clone(),
            name: places.product.clone(),
        });
    }
    Ok(())
}

fn files(
    run: &Run,
    view: &dyn View,
    places: &Places,
    operations: &mut Vec<Operation>,
) -> Result<(), Error> {
    let mut emptied = EmptiedFolders::new(run, view);
    let mut files = Vec::new();
    let package = view.value(&places.install_properties(), "LocalPackage")?;
    if let Some(package) = package
        .as_ref()
        .and_then(Data::as_text)
        .and_then(|path| view.path(path).ok())
    {
        files.push(package);
    }
    let icons = places.icon_folder(view)?;
    let transforms = places.transform_folder(view, true)?;
    let transforms = Some(transforms).filter(|folder| *folder != icons);
    for folder in std::iter::once(icons).chain(transforms) {
        for entry in view.list(&folder)?.unwrap_or_default() {
            files.push(folder.join(&entry.name).map_err(machine::Error::from)?);
        }
        emptied.consider(folder);
    }
    for file in files {
        emptied.file_gone(&file);
        if view.is_file(&file)? {
            operations.push(Operation::FileRemove { file });
        }
    }
    operations.extend(emptied.operations()?);
    Ok(())
}
