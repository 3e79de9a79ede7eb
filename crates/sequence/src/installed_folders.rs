//! Where an installed product's folders are: told by the key paths that its components are registered with.
//!
//! In maintenance nothing moves, so these win over the Directory table and over what is asked for now.
//! Follows: Microsoft, "Changing the Target Location for a Directory".

use std::collections::{BTreeMap, HashMap};

use machine::{MachinePath, View, fold};

use crate::registration::{clients, guid};
use crate::{Component, Error, Run};

/// Sets the properties of the folders that installed components tell.
///
/// Errors: the machine cannot be read.
pub(crate) fn set(run: &mut Run, view: &dyn View) -> Result<(), Error> {
    let mut told = BTreeMap::new();
    let mut ids: HashMap<&Option<String>, usize> = HashMap::new();
    for component in &run.components {
        *ids.entry(&component.id).or_default() += 1;
    }
    // Components that share an id, against the rules, share one key path: it tells nothing.
    let tells = |component: &&Component| component.installed.installs() && ids[&component.id] == 1;
    for component in run.components.iter().filter(tells) {
        if let Some(folder) = folder_of(run, view, component)? {
            tell(run, &component.directory, folder, &mut told);
        }
    }
    for (key, folder) in told {
        run.properties.set(&key, &folder.as_folder());
    }
    Ok(())
}

/// The folder that a component's registered key path is in.
fn folder_of(
    run: &Run,
    view: &dyn View,
    component: &Component,
) -> Result<Option<MachinePath>, Error> {
    let Some(id) = &component.id else {
        return Ok(None);
    };
    let product = guid::pack(run.property("ProductCode")).unwrap_or_default();
    let own = clients(view, id)?
        .into_iter()
        .find(|client| client.product.eq_ignore_ascii_case(&product));
    let path = own.and_then(|client| view.path(&client.key_path).ok());
    let is_folder = component.key_path.is_none();
    let is_file = !component.has(Component::REGISTRY_KEY_PATH | Component::ODBC_DATA_SOURCE);
    Ok(match path {
        Some(path) if is_folder => Some(path),
        Some(path) if is_file => path.parent(),
        _ => None,
    })
}

/// Notes a folder, and as far as the names agree those above it.
fn tell(run: &Run, directory: &str, folder: MachinePath, told: &mut BTreeMap<String, MachinePath>) {
    let (mut key, mut folder) = (directory.to_owned(), folder);
    while !crate::builtin::is_special_folder(&key) && !told.contains_key(&key) {
        told.insert(key.clone(), folder.clone());
        let Some((parent, name)) = run.directories.parent_and_name(&key) else {
            return;
        };
        folder = match name {
            None => folder,
            Some(name) => {
                let here = folder.name().map(fold);
                let same = here == Some(fold(&name.long)) || here == Some(fold(&name.short));
                match folder.parent().filter(|_| same) {
                    Some(above) => above,
                    None => return,
                }
            }
        };
        key = parent;
    }
}
