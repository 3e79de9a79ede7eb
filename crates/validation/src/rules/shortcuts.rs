//! Shortcuts. "Shortcut Table".

use std::collections::HashMap;

use database::Record;

use super::components::has_user_key_path;
use crate::category::names;
use crate::finding::{Findings, cell, row};
use crate::formatted::references;
use crate::package::{Package, component as bits};

/// The feature that an advertised shortcut starts; none: it is a plain one.
fn feature<'s>(package: &'s Package<'_>, shortcut: &Record<'s>) -> Option<&'s str> {
    let target = shortcut.text("Target");
    package.row("Feature", target).map(|_| target)
}

/// The installed file that a plain shortcut starts.
fn target_file<'s>(package: &'s Package<'_>, shortcut: &Record<'s>) -> Option<Record<'s>> {
    let target = shortcut.text("Target");
    let key = references(target)
        .into_iter()
        .find_map(|reference| reference.strip_prefix(['#', '!']))?;
    package.row("File", key)
}

/// Shortcuts that are not advertised have a key path in HKEY_CURRENT_USER.
pub(super) fn ice43(package: &Package<'_>, found: &mut Findings) {
    for shortcut in package.rows("Shortcut") {
        let component = package.row("Component", shortcut.text("Component_"));
        if feature(package, &shortcut).is_none()
            && package.is_in_profile(shortcut.text("Directory_"))
            && component.is_some_and(|component| !has_user_key_path(package, &component))
        {
            let what = format!(
                "it is in the profile, and the key path of {} is no value in HKEY_CURRENT_USER",
                shortcut.text("Component_")
            );
            found.error(cell(&shortcut, "Component_"), what);
        }
    }
}

/// Icons fit the files that they are for.
pub(super) fn ice50(package: &Package<'_>, found: &mut Findings) {
    for shortcut in package.rows("Shortcut") {
        let icon = shortcut.text("Icon_");
        if icon.is_empty() || feature(package, &shortcut).is_none() {
            continue;
        }
        let extension = |name: &str| {
            let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
            extension.to_ascii_lowercase()
        };
        let file = package
            .row("Component", shortcut.text("Component_"))
            .and_then(|component| package.row("File", component.text("KeyPath")));
        let Some(file) = file else {
            continue;
        };
        let (_, name) = names(file.text("FileName"));
        let (icons, files) = (extension(icon), extension(name));
        if icons != files {
            let what = format!("the icon's extension {icons:?} is not that of its target, {name}");
            found.error(cell(&shortcut, "Icon_"), what);
        } else if icons != "exe" && icons != "ico" {
            found.warning(
                cell(&shortcut, "Icon_"),
                format!("an icon {icon} may not be shown: it is no .exe or .ico"),
            );
        }
    }
}

/// Advertised shortcuts belong to the feature that they start.
pub(super) fn ice59(package: &Package<'_>, found: &mut Findings) {
    let features = package.features_of();
    for shortcut in package.rows("Shortcut") {
        let component = shortcut.text("Component_");
        if let Some(feature) = feature(package, &shortcut)
            && !features
                .get(component)
                .is_some_and(|of| of.contains(feature))
        {
            let what =
                format!("its component {component} does not belong to the feature {feature}");
            found.error(cell(&shortcut, "Target"), what);
        }
    }
}

/// A shortcut's target does not move without it.
pub(super) fn ice67(package: &Package<'_>, found: &mut Findings) {
    for shortcut in package.rows("Shortcut") {
        let Some(file) = target_file(package, &shortcut) else {
            continue;
        };
        let owner = file.text("Component_");
        if feature(package, &shortcut).is_some() || owner == shortcut.text("Component_") {
            continue;
        }
        let attributes = package
            .row("Component", owner)
            .and_then(|row| row.integer("Attributes"));
        if attributes.is_some_and(|attributes| attributes & bits::OPTIONAL != 0) {
            let what = format!(
                "its target is of {owner}, which can run from the source: the shortcut would not follow"
            );
            found.warning(cell(&shortcut, "Target"), what);
        }
    }
}

/// No shortcut's folder is a public property in the profile.
pub(super) fn ice90(package: &Package<'_>, found: &mut Findings) {
    if !package.has("Directory") {
        return;
    }
    for shortcut in package.rows("Shortcut") {
        let folder = shortcut.text("Directory_");
        let is_public = folder.chars().all(|c| !c.is_ascii_lowercase());
        if is_public && package.is_in_profile(folder) {
            let what = format!(
                "{folder} is a public property in the profile: it is wrong once ALLUSERS changes"
            );
            found.warning(cell(&shortcut, "Directory_"), what);
        }
    }
}

/// No plain shortcut goes to an assembly in the global cache.
pub(super) fn ice94(package: &Package<'_>, found: &mut Findings) {
    let global: HashMap<&str, Record<'_>> = package
        .rows("MsiAssembly")
        .filter(|assembly| assembly.text("File_Application").is_empty())
        .map(|assembly| (assembly.text("Component_"), assembly))
        .collect();
    for shortcut in package.rows("Shortcut") {
        if feature(package, &shortcut).is_none() && global.contains_key(shortcut.text("Component_"))
        {
            found.warning(row(&shortcut), "it goes to an assembly in the global cache");
        }
    }
}
