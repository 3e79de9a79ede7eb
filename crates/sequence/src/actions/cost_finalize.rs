//! `CostFinalize`: folders, feature levels, conditions of components, states, and space.
//!
//! Follows: Microsoft, "CostFinalize Action", "Condition Table", "Directory Table".

use machine::View;

use crate::actions::Flow;
use crate::directory::with_backslash;
use crate::{Error, Run, State, TopLevel, component_states, costing, selection};

pub(crate) fn cost_finalize(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    resolve_folders(run, view)?;
    // The image is for other machines than this one: its conditions do not count.
    if run.request.top_level != TopLevel::Admin {
        set_levels(run)?;
    }
    component_states::enable(run)?;
    run.costs.complete = true;
    selection::select(run)?;
    component_states::decide(run, view)?;
    count(run, view)?;
    run.properties.set("CostingComplete", "1");
    Ok(Flow::Continue(Vec::new()))
}

/// Every Directory key becomes a property with its target folder.
fn resolve_folders(run: &mut Run, view: &dyn View) -> Result<(), Error> {
    let short = run.short_names();
    let root = match run.property("TARGETDIR") {
        "" => run.property("ROOTDRIVE"),
        folder => folder,
    };
    let root = with_backslash(root);
    let targets = if run.request.top_level == TopLevel::Admin {
        run.directories.image_targets(&root, short)
    } else {
        crate::installed_folders::set(run, view)?;
        run.directories.targets(&run.properties, &root, short)
    };
    for (key, folder) in targets {
        run.properties.set(&key, &folder);
    }
    Ok(())
}

/// Feature levels by the Condition table. Features that were chosen by name do not need it, but it does no harm.
fn set_levels(run: &mut Run) -> Result<(), Error> {
    for record in run.table("Condition")?.records() {
        let feature = record.required("Feature_")?;
        if run.condition("Condition", &record.key(), record.text("Condition"))? {
            let at = run.feature_index.get(feature).copied();
            let at = at.ok_or_else(|| {
                crate::run::no_such("Condition", &record.key(), "feature", feature)
            })?;
            run.features[at].level = record.integer("Level").unwrap_or(0);
        }
    }
    Ok(())
}

/// Sums up what is needed on each drive, and says where it is not there.
pub(crate) fn count(run: &mut Run, view: &dyn View) -> Result<(), Error> {
    run.costs.drives.clear();
    for at in 0..run.components.len() {
        let component = &run.components[at];
        let cost = match component.action {
            State::Local if run.costs.counts_files => local_cost(run, view, &component.name)?,
            _ => 0,
        };
        if cost > 0 {
            let folder = run.folder("Component", &component.name, &component.directory)?;
            let needed = run.costs.drives.entry(folder.drive()).or_default();
            *needed = needed.saturating_add(cost);
        }
    }
    reserve(run)?;
    let mut short = false;
    for (&drive, &needed) in &run.costs.drives {
        short |= needed > view.free_bytes(drive)?;
    }
    // What rollback keeps is moved aside on the same drive: it needs nothing more.
    for name in ["OutOfDiskSpace", "OutOfNoRbDiskSpace"] {
        run.properties.set(name, if short { "1" } else { "" });
    }
    set_primary_volume(run, view)
}

/// Adds the space that components ask for beside their files. "ReserveCost Table". A folder that a search was to find,
/// and did not, is on no drive.
fn reserve(run: &mut Run) -> Result<(), Error> {
    if !run.costs.counts_files {
        return Ok(());
    }
    for record in run.table("ReserveCost")?.records() {
        let component =
            run.component("ReserveCost", &record.key(), record.required("Component_")?)?;
        let column = match component.action {
            State::Local => "ReserveLocal",
            State::Source => "ReserveSource",
            State::Absent | State::Advertised | State::Unknown => continue,
        };
        let folder = match record.text("ReserveFolder") {
            "" => component.directory.clone(),
            property if run.property(property).is_empty() => continue,
            property => property.to_owned(),
        };
        let folder = run.folder("ReserveCost", &record.key(), &folder)?;
        let bytes = u64::try_from(record.integer(column).unwrap_or(0)).unwrap_or(0);
        let needed = run.costs.drives.entry(folder.drive()).or_default();
        *needed = needed.saturating_add(bytes);
    }
    Ok(())
}

/// A component's files, less what the files take that are in their place.
fn local_cost(run: &Run, view: &dyn View, component: &str) -> Result<u64, Error> {
    let mut cost = 0_u64;
    for file in run.costs.files_of(component) {
        let target = run.file_target("File", &file.key, &file.key)?;
        let there = view
            .metadata(&target)?
            .map_or(0, |metadata| costing::clustered(metadata.size));
        cost = cost.saturating_add(costing::clustered(file.size).saturating_sub(there));
    }
    Ok(cost)
}

/// PRIMARYFOLDER's volume, in units of 512 bytes.
fn set_primary_volume(run: &mut Run, view: &dyn View) -> Result<(), Error> {
    let primary = run.property("PRIMARYFOLDER").to_owned();
    let Ok(folder) = run.folder("Property", "PRIMARYFOLDER", &primary) else {
        return Ok(());
    };
    let free = view.free_bytes(folder.drive())?;
    let needed = run.costs.drives.get(&folder.drive()).copied().unwrap_or(0);
    for (name, value) in [
        ("PrimaryVolumePath", format!("{}:", folder.drive())),
        ("PrimaryVolumeSpaceAvailable", (free / 512).to_string()),
        ("PrimaryVolumeSpaceRequired", (needed / 512).to_string()),
        (
            "PrimaryVolumeSpaceRemaining",
            (free.saturating_sub(needed) / 512).to_string(),
        ),
    ] {
        run.properties.set(name, &value);
    }
    Ok(())
}
