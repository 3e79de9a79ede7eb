//! What a run is asked for: the command's properties, and the clock, surroundings and names that the host gives.

use std::time::{Duration, SystemTime};

use machine::View;
use sequence::{Clock, Elevation, Nested, Outer, Request, TopLevel, Transforms, UiLevel};
use sha2::{Digest, Sha256};

use crate::engine::{Engine, Part};
use crate::opening::Opened;
use crate::package::Package;
use crate::{Command, Error, Host, image};

/// Variables that mean something else on the host than in the machine.
const HOST_VARIABLES: [&str; 14] = [
    "PATH",
    "HOME",
    "TEMP",
    "TMP",
    "TMPDIR",
    "USERNAME",
    "USERPROFILE",
    "OS",
    "SHELL",
    "PWD",
    "WINDIR",
    "SYSTEMROOT",
    "COMSPEC",
    "PATHEXT",
];

/// The request of a command for an opened package.
///
/// Errors: as [`Elevation::of`].
pub(crate) fn request(
    command: &Command,
    opened: &Opened,
    host: &Host,
    view: &dyn View,
) -> Result<Request, Error> {
    let package = &opened.package;
    let administrator = host.administrator && view.facts().administrator;
    let elevation = Elevation::of(administrator, opened.managed, &package.database, view)?;
    let mut properties = command.properties.clone();
    properties.retain(|(name, _)| elevation.lets_pass(name));
    for (name, value) in command.intent.properties() {
        if !properties.iter().any(|(given, _)| given == name) {
            properties.push((name.to_owned(), value));
        }
    }
    if let Ok(Some(folder)) = image::folder(command) {
        properties.push(("TARGETDIR".to_owned(), image::seen_as(&folder)));
    }
    let transforms = package.transforms.transforms.clone();
    Ok(Request {
        top_level: command.top_level(),
        properties: with_transforms(properties, &transforms),
        transforms,
        ui_level: command.ui_level,
        custom_actions: command.custom_actions,
        source: package.source.clone(),
        clock: clock(host),
        cache_name: cache_name(package, view),
        environment: environment(host),
        outer: Outer::None,
        together: false,
        elevation,
    })
}

/// The request of a run inside another. A concurrent installation shares the outer one's user interface.
pub(crate) fn nested_request(
    engine: &Engine<'_>,
    part: &Part,
    nested: &Nested,
    opened: &Opened,
    outer: Outer,
) -> Request {
    let transforms = opened.package.transforms.transforms.clone();
    Request {
        top_level: TopLevel::Install,
        properties: with_transforms(nested.properties.clone(), &transforms),
        transforms,
        ui_level: match outer {
            Outer::Replacing => UiLevel::None,
            Outer::Parent { .. } | Outer::None => engine.command.ui_level,
        },
        custom_actions: engine.command.custom_actions,
        source: opened.package.source.clone(),
        clock: clock(engine.host),
        cache_name: cache_name(&opened.package, engine.world.site().as_view()),
        environment: environment(engine.host),
        outer,
        together: engine.together,
        elevation: part.run.request().elevation.clone(),
    }
}

/// The list that counts: an installed product's is not changed by the command line.
fn with_transforms(
    mut properties: Vec<(String, String)>,
    transforms: &Transforms,
) -> Vec<(String, String)> {
    properties.retain(|(name, _)| name != "TRANSFORMS");
    if !transforms.list.is_empty() {
        properties.push(("TRANSFORMS".to_owned(), transforms.list.clone()));
    }
    properties
}

fn clock(host: &Host) -> Clock {
    let now = host.written();
    Clock {
        date: now.strftime("%m/%d/%Y").to_string(),
        time: now.strftime("%H:%M:%S").to_string(),
        install_date: now.strftime("%Y%m%d").to_string(),
        now: moment((host.now)()),
    }
}

/// A time of the system; none for one before 1970, which no clock shows.
fn moment(time: jiff::Timestamp) -> Option<SystemTime> {
    let nanoseconds = u64::try_from(time.as_nanosecond()).ok()?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_nanos(nanoseconds))
}

fn environment(host: &Host) -> Vec<(String, String)> {
    let means_the_same = |name: &str| {
        !HOST_VARIABLES
            .iter()
            .any(|other| other.eq_ignore_ascii_case(name))
    };
    host.environment
        .iter()
        .filter(|(name, _)| means_the_same(name))
        .cloned()
        .collect()
}

/// A name below `C:\windows\Installer` that nothing has yet: one of chance on Windows, here the package's own, so that
/// equal installations leave equal machines.
fn cache_name(package: &Package, view: &dyn View) -> String {
    let is_free = |name: &str| {
        let path = view.path(&format!("C:\\windows\\Installer\\{name}"));
        path.and_then(|path| view.metadata(&path))
            .is_ok_and(|found| found.is_none())
    };
    let code = package.property("ProductCode").unwrap_or_default();
    let summary = package.database.summary().ok();
    let package_code = summary.map_or("", |summary| summary.package_code());
    let mut name = String::new();
    // A taken name is rare; a hundred in a row are a folder that cannot be read.
    for number in 0..100 {
        let hash = Sha256::digest(format!("{code}{package_code}{number}"));
        name = hash[..4].iter().map(|byte| format!("{byte:02x}")).collect();
        name.push_str(".msi");
        if is_free(&name) {
            break;
        }
    }
    name
}
