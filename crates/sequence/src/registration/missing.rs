//! Key paths that are registered and not there any more: what makes an installed product broken.
//!
//! Folders are not asked for: a component whose key path is its folder may have nothing that makes the folder.
//! Follows: Microsoft, "Searching for a Broken Feature or Component"; the form of key paths is public knowledge.

use std::collections::HashMap;

use machine::{Architecture, Bitness, KeyPath, Root, View};

use super::product::{Product, ProductState};
use super::{guid, user_data};
use crate::Error;

/// Returns for each product the registered key paths that are not there.
///
/// Errors: the machine cannot be read.
pub fn missing_key_paths(view: &dyn View, products: &[Product]) -> Result<Vec<Vec<String>>, Error> {
    let mut missing = vec![Vec::new(); products.len()];
    let mut wanted: HashMap<&str, HashMap<String, usize>> = HashMap::new();
    for (at, product) in products.iter().enumerate() {
        let installed = product.state != ProductState::Advertised;
        if let Some(packed) = guid::pack(&product.product_code).filter(|_| installed) {
            let sid = product.context.sid(view.facts());
            wanted.entry(sid).or_default().insert(packed, at);
        }
    }
    for (sid, products) in wanted {
        let components = user_data(sid).join("Components");
        let names = view.key(&components)?.map(|key| key.subkeys);
        for name in names.unwrap_or_default() {
            let clients = view.key(&components.join(&name))?;
            for (product, data) in clients.map(|key| key.values).unwrap_or_default() {
                let key_path = data.as_text().unwrap_or_default();
                if let Some(&at) = products.get(&product.to_uppercase())
                    && !is_there(view, key_path)?
                {
                    missing[at].push(key_path.to_owned());
                }
            }
        }
    }
    missing.iter_mut().for_each(|paths| paths.sort_unstable());
    Ok(missing)
}

/// Is a key path there? What cannot be asked of this machine, such as a file of another drive, counts as there.
fn is_there(view: &dyn View, key_path: &str) -> Result<bool, Error> {
    if let Some((number, rest)) = key_path.split_once(":\\")
        && let Ok(root) = number.parse::<i32>()
    {
        return is_in_registry(view, root, rest);
    }
    // A question mark stands for the colon where the file is counted in SharedDLLs.
    let path = match key_path.as_bytes() {
        [_, b'?', b'\\', ..] => key_path.replacen('?', ":", 1),
        _ => key_path.to_owned(),
    };
    match view.path(&path) {
        Ok(_) if path.ends_with('\\') => Ok(true),
        Ok(file) => Ok(view.metadata(&file)?.is_some()),
        Err(_) => Ok(true),
    }
}

/// `rest` is a key and a value's name; without a name the key itself.
fn is_in_registry(view: &dyn View, root: i32, rest: &str) -> Result<bool, Error> {
    let wide = root >= 20 || view.facts().architecture == Architecture::X86;
    let bitness = if wide {
        Bitness::Bits64
    } else {
        Bitness::Bits32
    };
    let (both, of_machine, of_user) = (
        vec![Root::LocalMachine, Root::CurrentUser],
        vec![Root::LocalMachine],
        vec![Root::CurrentUser],
    );
    let (roots, below) = match root % 20 {
        -1 | 19 => (both, ""),
        0 => (both, "Software\\Classes\\"),
        1 => (of_user, ""),
        2 => (of_machine, ""),
        _ => return Ok(true),
    };
    for root in roots {
        let at = |path: &str| KeyPath::in_view(root, &format!("{below}{path}"), bitness);
        // A value's name may have backslashes of its own.
        for (split, _) in rest.match_indices('\\') {
            let (key, name) = (&rest[..split], &rest[split + 1..]);
            let found = match name {
                "" => view.key(&at(key))?.is_some(),
                name => view.value(&at(key), name)?.is_some(),
            };
            if found {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use machine::{Data, Facts, Machine};

    use super::*;

    #[test]
    fn files_keys_and_values() {
        let mut tree = machine::memory(Facts::default()).unwrap();
        let file = tree.path("C:\\there.txt").unwrap();
        drop(tree.create_file(&file).unwrap());
        for (root, key, name) in [
            (Root::LocalMachine, "Software\\Wide", "a\\b"),
            (Root::LocalMachine, "Software\\Wow6432Node\\Narrow", "n"),
            (Root::CurrentUser, "Software\\Mine", "m"),
            (Root::LocalMachine, "Software\\Classes\\.ext", "c"),
        ] {
            let data = Data::Sz(String::new());
            tree.set_value(&KeyPath::new(root, key), name, &data)
                .unwrap();
        }
        for (key_path, there) in [
            ("C:\\there.txt", true),
            ("C?\\there.txt", true),
            ("C:\\gone.txt", false),
            ("C?\\gone.txt", false),
            ("C:\\gone\\", true),
            ("Q:\\gone.txt", true),
            ("01\\source.txt", true),
            ("", true),
            ("22:\\Software\\Wide\\a\\b", true),
            ("22:\\Software\\Wide\\", true),
            ("22:\\Software\\Wide\\gone", false),
            ("02:\\Software\\Wide\\", false),
            ("02:\\Software\\Narrow\\n", true),
            ("02:\\Software\\Narrow\\o", false),
            ("01:\\Software\\Mine\\m", true),
            ("21:\\Software\\Mine\\m", true),
            ("-1:\\Software\\Mine\\m", true),
            ("-1:\\Software\\Gone\\m", false),
            ("20:\\.ext\\c", true),
            ("20:\\.gone\\", false),
        ] {
            assert_eq!(is_there(&tree, key_path).unwrap(), there, "{key_path}");
        }
    }
}
