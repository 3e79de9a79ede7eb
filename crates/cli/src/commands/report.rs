//! `report`: a page about a package: what it is, what it would do, what one should know of it, what is wrong with it, and
//! what is different in it from another package. Nothing is taken or changed but the page's file.

use std::path::{Path, PathBuf};

use database::Database;
use inspection::{CustomAction, Inspection};
use installer::{Command, Intent, Log, Plan};
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};
use validation::{Finding, RULES};

use super::db::info::Sheet;
use super::db::{diff, validate};
use super::{Context, inspect};
use crate::arguments::Report as Typed;
use crate::output::{End, Failure};
use crate::progress::Watcher;
use crate::{files, page};

/// What the page tells.
pub struct Report {
    /// The package, as it was named.
    pub package: String,
    /// The SHA-256 of the package's file; none: it is a folder, or in the machine.
    pub sha256: Option<String>,
    /// What `db info` says.
    pub sheet: Sheet,
    /// On which machine the plan is made, in a few words.
    pub machine: String,
    /// What an installation would do, or why that cannot be told.
    pub plan: Result<Plan, String>,
    /// What `inspect` says.
    pub inspection: Inspection,
    /// What `db validate` says.
    pub findings: Vec<Finding>,
    /// What is different from another package.
    pub against: Option<Against>,
}

/// What is different from another package.
pub struct Against {
    /// The other package, as it was named.
    pub package: String,
    /// What `db diff` says, from the other package to this one.
    pub difference: Json,
    /// The custom actions that are not the same.
    pub custom_actions: Vec<ChangedAction>,
}

/// A custom action that is not the same in both packages.
pub struct ChangedAction {
    /// Its name.
    pub name: String,
    /// What it is in the other package, in lines; empty: it is not there.
    pub before: Vec<String>,
    /// What it is in this one.
    pub after: Vec<String>,
}

pub fn report(typed: &Typed, context: &mut Context<'_>) -> Result<End, Failure> {
    let is_printed = context.require_one_output(&[("-o", &typed.output)])?;
    let output = output(typed);
    let report = gather(typed, context)?;
    let html = page::html(&report);
    if is_printed {
        let _ = context.output.bytes(html.as_bytes());
        return Ok(End::OK);
    }
    let shown = output.display().to_string();
    if typed.dry_run.dry_run {
        context.would(&format!("write {shown}, {} bytes", html.len()));
    } else {
        let failed = |error| Failure::file("write", &output, &error);
        let id = (context.world.host.id)();
        let write = |out: &mut dyn std::io::Write| out.write_all(html.as_bytes()).map_err(failed);
        files::replace(&output, &id, write, failed)?;
    }
    if context.output.json {
        let page = (!typed.dry_run.dry_run).then_some(shown);
        context.output.value(&as_json(report, page));
    } else if !typed.dry_run.dry_run {
        let _ = context.output.line(&shown);
    }
    Ok(End::OK)
}

/// Where the page goes: what was asked for, or a file with the package's name in the folder one is in.
fn output(typed: &Typed) -> PathBuf {
    let name = typed.package.trim_end_matches(['/', '\\']);
    let name = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let chosen = typed.output.clone();
    chosen.unwrap_or_else(|| format!("{name}.report.html").into())
}

fn gather(typed: &Typed, context: &mut Context<'_>) -> Result<Report, Failure> {
    let package = context.package(&typed.package)?;
    if package.database.kind() != database::Kind::Package {
        let what = "is a patch or a transform, and pages are about packages: `msikit db info` shows it, and `--patch` and `--apply` of db make packages with it";
        return Err(Failure::usage(format!("{} {what}", typed.package)));
    }
    let inspection = inspection::inspect(&package.database, package.bytes());
    let against = match &typed.against {
        Some(other) => Some(against(other, &package.database, &inspection, context)?),
        None => None,
    };
    let (machine, plan) = plan(&typed.package, context)?;
    Ok(Report {
        sha256: sha256(&typed.package),
        sheet: Sheet::of(&package, &typed.package)?,
        findings: validation::validate(&package.database, RULES.iter()),
        package: typed.package.clone(),
        machine,
        plan,
        inspection,
        against,
    })
}

/// What an installation would do on the machine that is named; where none is, on a new one.
fn plan(
    package: &str,
    context: &mut Context<'_>,
) -> Result<(String, Result<Plan, String>), Failure> {
    let host = &context.world.host;
    let place = context.quiet_place()?;
    let (named, machine) = match &context.global.machine {
        Some(folder) => {
            let machine = place.open(host, context.output)?;
            (format!("the machine {}", folder.display()), machine)
        }
        None => ("a new machine".to_owned(), place.defaults(host)?),
    };
    let command = Command::new(Intent::Install, package);
    let mut watcher = Watcher::new(context.output, false, true);
    let mut log = Log::none(host);
    let plan = installer::plan(machine.site(), &command, host, &mut watcher, &mut log);
    watcher.finish();
    Ok((named, plan.map_err(|error| error.to_string())))
}

fn against(
    other: &str,
    database: &Database,
    inspection: &Inspection,
    context: &mut Context<'_>,
) -> Result<Against, Failure> {
    let before = context.package(other)?;
    let difference = diff::compare(&before.database, database)?;
    let old = inspection::inspect(&before.database, before.bytes());
    Ok(Against {
        package: other.to_owned(),
        difference,
        custom_actions: changed_actions(&old.custom_actions, &inspection.custom_actions),
    })
}

/// The custom actions of two packages that are not the same, by name.
fn changed_actions(before: &[CustomAction], after: &[CustomAction]) -> Vec<ChangedAction> {
    let named = |actions: &[CustomAction], name: &str| {
        let found = actions.iter().find(|action| action.name == name);
        found.map_or_else(Vec::new, lines)
    };
    let mut names: Vec<&str> = before
        .iter()
        .chain(after)
        .map(|action| action.name.as_str())
        .collect();
    names.sort_unstable();
    names.dedup();
    let changed = names.into_iter().filter(|name| {
        let find = |actions: &[CustomAction]| {
            let found = actions.iter().find(|action| action.name == **name);
            found.cloned()
        };
        find(before) != find(after)
    });
    let changed = changed.map(|name| ChangedAction {
        name: name.to_owned(),
        before: named(before, name),
        after: named(after, name),
    });
    changed.collect()
}

/// A custom action in lines, its script too.
fn lines(action: &CustomAction) -> Vec<String> {
    let mut lines = vec![inspect::what(action), inspect::how(action)];
    lines.extend(action.placed.iter().map(inspect::place));
    let script = action.script.as_deref().unwrap_or_default();
    lines.extend(script.lines().map(str::to_owned));
    lines
}

/// The hash of a package's file; none where it is no file of the host.
fn sha256(package: &str) -> Option<String> {
    let mut file = files::open(Path::new(package)).ok()?;
    let mut hash = Sha256::new();
    std::io::copy(&mut file, &mut hash).ok()?;
    Some(diff::hex(hash))
}

fn as_json(report: Report, page: Option<String>) -> Json {
    let plan = report.plan.as_ref();
    json!({
        "package": report.package,
        "page": page,
        "sha256": report.sha256,
        "machine": report.machine,
        "plan": plan.ok(),
        "plan_error": plan.err(),
        "inspection": report.inspection,
        "findings": report.findings.iter().map(validate::as_json).collect::<Vec<_>>(),
        "against": report.against.as_ref().map(against_json),
        "info": report.sheet.json(),
    })
}

fn against_json(against: &Against) -> Json {
    let action = |action: &ChangedAction| {
        json!({
            "name": action.name,
            "before": action.before,
            "after": action.after,
        })
    };
    json!({
        "package": against.package,
        "difference": against.difference,
        "custom_actions": against.custom_actions.iter().map(action).collect::<Vec<_>>(),
    })
}
