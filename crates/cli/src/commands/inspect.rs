//! `inspect`: what is in a package that one should know before running it. Nothing of it is run.

pub mod signature;

use std::path::Path;

use inspection::{
    CustomAction, DialogEvent, Inspection, Level, Permission, Placed, Roots, RunKey, UnnamedStream,
    Upgrade,
};
use installer::{FileDigest, Package};
use serde_json::{Value, json};

use super::sarif::{self, Sarif};
use super::{Context, sbom};
use crate::arguments::Inspect;
use crate::files;
use crate::output::{End, Failure};

pub fn inspect(typed: &Inspect, context: &mut Context<'_>) -> Result<End, Failure> {
    let on_output = [("--sarif", &typed.sarif), ("--sbom", &typed.sbom)];
    let on_output = context.require_one_output(&on_output)?;
    let package = context.package(&typed.package)?;
    let mut inspection = inspection::inspect(&package.database, package.bytes());
    if let Some(file) = &typed.roots {
        let roots = roots(file)?;
        inspection.judge(&package.database, &roots, (context.world.host.now)());
    }
    let wants_files = typed.hashes || typed.sbom.is_some();
    let files = match wants_files {
        true => digests(&package, &mut inspection),
        false => Vec::new(),
    };
    if let Some(file) = &typed.sarif {
        sarif::write(&as_sarif(&typed.package, &inspection), file, context)?;
    }
    if let Some(file) = &typed.sbom {
        let bill = sbom::document(&[((&inspection).into(), files.clone())]);
        sarif::write(&bill, file, context)?;
    }
    if context.output.json {
        context.output.value(&as_json(&inspection, &files));
    } else if !on_output {
        let lines = lines(&inspection, &files, typed);
        for line in lines {
            if context.output.line(&line).is_err() {
                break;
            }
        }
    }
    Ok(End::OK)
}

/// The roots of a file.
fn roots(file: &Path) -> Result<Roots, Failure> {
    let bytes = files::read(file).map_err(|error| Failure::file("read", file, &error))?;
    Roots::from_pem(&String::from_utf8_lossy(&bytes)).map_err(|error| {
        let what = format!("--roots {}: {error}", file.display());
        Failure::usage(what)
    })
}

/// The digests of its files; what is in the way is damage.
fn digests(package: &Package, inspection: &mut Inspection) -> Vec<FileDigest> {
    installer::digests(package).unwrap_or_else(|error| {
        inspection.add_damage(error.to_string());
        Vec::new()
    })
}

fn as_json(inspection: &Inspection, files: &[FileDigest]) -> Value {
    let mut value = json!(inspection);
    value["files"] = json!(files);
    value
}

fn as_sarif(package: &str, inspection: &Inspection) -> Value {
    let mut sarif = Sarif::new(package);
    for (rule, about) in inspection::rules() {
        if inspection.remarks.iter().any(|remark| remark.rule == rule) {
            sarif.rule(rule, about, "");
        }
    }
    for remark in &inspection.remarks {
        let level = word(remark.level);
        sarif.result(remark.rule, level, &remark.message, &remark.place);
    }
    sarif.document()
}

/// A remark's level in the words of SARIF.
pub fn word(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Information => "note",
    }
}

/// What people read: first what deserves a second look, then everything in its place.
fn lines(inspection: &Inspection, files: &[FileDigest], typed: &Inspect) -> Vec<String> {
    let mut lines = vec![format!(
        "{} {}, by {}, for {}",
        inspection.product_name,
        inspection.version,
        inspection.manufacturer,
        if inspection.installs_for == "user" {
            "one user"
        } else {
            "the machine"
        },
    )];
    lines.extend(signature::lines(inspection.signature.as_ref()));
    section(
        &mut lines,
        "To look at",
        inspection.remarks.iter().map(|remark| {
            let level = word(remark.level);
            let place = if remark.place.is_empty() {
                String::new()
            } else {
                format!("{}: ", remark.place)
            };
            format!("{level:<8} {:<16} {place}{}", remark.rule, remark.message)
        }),
    );
    let actions = inspection
        .custom_actions
        .iter()
        .flat_map(|action| custom_action(action, typed.scripts));
    section(&mut lines, "Custom actions", actions);
    section(
        &mut lines,
        "Services",
        inspection.services.iter().map(|service| {
            format!(
                "{} ({}): {}, as {}, in {}",
                service.name, service.display_name, service.start, service.account, service.folder
            )
        }),
    );
    section(
        &mut lines,
        "Starts by itself",
        inspection.run_keys.iter().map(run_key),
    );
    section(
        &mut lines,
        "Shortcuts",
        inspection.shortcuts.iter().map(|shortcut| {
            let kind = if shortcut.advertised { "feature " } else { "" };
            format!(
                "[{}]{} to {kind}{}",
                shortcut.folder, shortcut.name, shortcut.target
            )
        }),
    );
    section(
        &mut lines,
        "Rights",
        inspection.permissions.iter().map(rights),
    );
    section(
        &mut lines,
        "Upgrades",
        inspection.upgrades.iter().map(upgrade),
    );
    section(
        &mut lines,
        "Tables of its author's own",
        inspection.vendor_tables.iter().cloned(),
    );
    section(
        &mut lines,
        "Files",
        files
            .iter()
            .map(|file| format!("{} {:>10} {}", file.sha256, file.size, file.path)),
    );
    lines
}

fn section(lines: &mut Vec<String>, title: &str, found: impl Iterator<Item = String>) {
    let found: Vec<String> = found
        .map(|line| format!("  {}", line.replace(['\r', '\n'], " ")))
        .collect();
    if !found.is_empty() {
        lines.push(String::new());
        lines.push(title.to_owned());
        lines.extend(found);
    }
}

/// Which rights are given on what, in a line.
pub fn rights(one: &Permission) -> String {
    let to = if one.to.is_empty() {
        String::new()
    } else {
        format!(" to {}", one.to)
    };
    format!("{}/{}: {}{to}", one.table, one.object, one.rights)
}

/// What starts by itself, in a line.
pub fn run_key(run: &RunKey) -> String {
    format!("{}\\{} = {}", run.key, run.name, run.value)
}

/// A stream that no table names, in a line.
pub fn stream(stream: &UnnamedStream) -> String {
    format!("{}, {} bytes", stream.name, stream.bytes)
}

/// What becomes of other versions, in a line.
pub fn upgrade(upgrade: &Upgrade) -> String {
    let range = match (&*upgrade.version_min, &*upgrade.version_max) {
        ("", "") => "any version".to_owned(),
        ("", max) => format!("up to {max}"),
        (min, "") => format!("from {min}"),
        (min, max) => format!("{min} to {max}"),
    };
    let own = if upgrade.own { ", its own family" } else { "" };
    format!(
        "{} {range} of {}{own}",
        upgrade.action, upgrade.upgrade_code
    )
}

/// What a custom action does, in a line.
pub fn what(action: &CustomAction) -> String {
    let target = action.target.as_deref().unwrap_or("(hidden)");
    match action.kind {
        "property" | "folder" => format!("sets {} to {target}", action.source),
        "error" => format!("fails with {target}"),
        kind => {
            let source = if action.source.is_empty() {
                String::new()
            } else {
                format!(" {}", action.source)
            };
            format!("{kind} from {}{source}: {target}", action.from)
        }
    }
}

/// How a custom action runs, in a few words.
pub fn how(action: &CustomAction) -> String {
    let mut how = vec![action.execution.to_owned()];
    if action.is_code() {
        how.push(format!("{}'s rights", action.rights));
    }
    if action.ignores_failure {
        how.push("failure ignored".to_owned());
    }
    if action.asynchronous {
        how.push("not waited for".to_owned());
    }
    how.join(", ")
}

fn custom_action(action: &CustomAction, scripts: bool) -> Vec<String> {
    let mut lines = vec![format!(
        "{} ({}): {}",
        action.name,
        how(action),
        what(action)
    )];
    let places = action.placed.iter().map(place);
    let dialogs = action.dialogs.iter().map(dialog);
    lines.extend(places.chain(dialogs).map(|place| format!("  {place}")));
    if let Some(script) = action.script.as_ref().filter(|_| scripts) {
        lines.extend(script.lines().map(|line| format!("    | {line}")));
    }
    lines
}

/// The control of a dialog that runs a custom action, and on which condition.
pub fn dialog(event: &DialogEvent) -> String {
    let condition = match event.condition.as_str() {
        "" => String::new(),
        condition => format!(" if {condition}"),
    };
    format!(
        "dialog {}, control {}{condition}",
        event.dialog, event.control
    )
}

/// Where a custom action stands, when it runs, and on which condition.
pub fn place(placed: &Placed) -> String {
    let runs: Vec<&str> = [
        ("install", placed.install),
        ("repair", placed.repair),
        ("remove", placed.remove),
        ("advertise", placed.advertise),
    ]
    .into_iter()
    .filter_map(|(name, runs)| (runs == Some(true)).then_some(name))
    .collect();
    let runs = match runs.is_empty() {
        true => "none of install, repair, remove, advertise".to_owned(),
        false => runs.join(", "),
    };
    let condition = if placed.condition.is_empty() {
        String::new()
    } else {
        format!(" if {}", placed.condition)
    };
    format!("{} {}: {runs}{condition}", placed.table, placed.sequence)
}
