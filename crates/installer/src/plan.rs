//! What a command would do: the loop with a view instead of a machine, no gate and no event.

mod changes;
mod contents;
mod reasons;

use std::collections::{BTreeMap, BTreeSet};

use gate::Cancel;
use machine::{Overlay, RegFile, View};
use script::{Contents, Operation};
use sequence::{Feature, Run, State};
use serde::ser::{Serialize, SerializeMap, Serializer};

pub use changes::{Change, Mark, Thing};
pub use reasons::{DriveSpace, LaunchCondition};

use crate::engine::{Part, Scripted, source_of};
use crate::image::{self, Image};
use crate::install::{Driven, drive, drive_any};
use crate::transaction::Together;
use crate::world::{Planned, Site};
use crate::{Command, Error, Host, Log, Report, Ui, code};

/// What a command would do. As JSON it has what `plan --json` promises; the rest is for people.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What would come of it. It may be a failure, that would change nothing.
    pub report: Report,
    /// What it is that would be done: `install`, `remove`, …
    pub verb: &'static str,
    /// Is it done for all users of the machine?
    pub per_machine: bool,
    /// The features with their states, parents first.
    pub features: Vec<PlannedFeature>,
    /// The components with their states.
    pub components: Vec<PlannedComponent>,
    /// What would be done, in order.
    pub operations: Vec<Operation>,
    /// What all that leaves otherwise than it is, in the order in which it is first touched.
    pub changes: Vec<Change>,
    /// Its part of the registry.
    pub registry: RegFile,
    /// Properties as they stand at the end; hidden ones masked.
    pub properties: BTreeMap<String, String>,
    /// The names of the properties that the command line gives.
    pub given_properties: Vec<String>,
    /// What each custom action that would be left out is, by its name.
    pub custom_actions: BTreeMap<String, String>,
    /// The package's launch conditions.
    pub launch_conditions: Vec<LaunchCondition>,
    /// What the drives have and need.
    pub drives: Vec<DriveSpace>,
    /// What it was made from.
    planned: contents::Planned,
}

/// What several packages would do together, as `plan --json` has it.
#[derive(Clone, Debug, serde::Serialize)]
pub struct TransactionPlan {
    /// Windows' code that it would end with: that of the first package that would fail.
    pub code: u32,
    /// Its symbol.
    pub symbol: &'static str,
    /// Why it would fail, or null.
    pub message: Option<String>,
    /// What each package would do, in order, up to the first that would fail.
    pub packages: Vec<PackagePlan>,
}

/// What one package of several would do.
#[derive(Clone, Debug, serde::Serialize)]
pub struct PackagePlan {
    /// What the command calls it.
    pub package: String,
    /// What it would do.
    #[serde(flatten)]
    pub plan: Plan,
}

/// A feature in a plan; states are `absent|local|source|advertised|unknown`.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[allow(missing_docs)]
pub struct PlannedFeature {
    pub name: String,
    pub installed: &'static str,
    pub request: &'static str,
    pub action: &'static str,
    #[serde(skip)]
    pub parent: Option<String>,
    #[serde(skip)]
    pub title: Option<String>,
    /// Its place among its neighbours, where it is shown.
    #[serde(skip)]
    pub display: Option<i32>,
    /// How many components it has.
    #[serde(skip)]
    pub component_count: usize,
    /// Why it stays out, where it does.
    #[serde(skip)]
    pub why_not: Option<String>,
}

/// A component in a plan; states as for features.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
#[allow(missing_docs)]
pub struct PlannedComponent {
    pub name: String,
    pub id: Option<String>,
    pub directory: String,
    pub key_path: Option<String>,
    pub installed: &'static str,
    pub request: &'static str,
    pub action: &'static str,
    /// The condition that keeps it out.
    #[serde(skip)]
    pub kept_out_by: Option<String>,
}

impl Serialize for Plan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("code", &self.report.code)?;
        map.serialize_entry("symbol", &self.report.symbol)?;
        map.serialize_entry("message", &self.report.message)?;
        map.serialize_entry("product_code", &self.report.product_code)?;
        map.serialize_entry("product_name", &self.report.product_name)?;
        map.serialize_entry("version", &self.report.version)?;
        map.serialize_entry("features", &self.features)?;
        map.serialize_entry("components", &self.components)?;
        map.serialize_entry("operations", &self.operations)?;
        map.serialize_entry("properties", &self.properties)?;
        map.serialize_entry(
            "skipped_custom_actions",
            &self.report.skipped_custom_actions,
        )?;
        map.serialize_entry("unsupported", &self.report.unsupported)?;
        map.serialize_entry("skipped_chainers", &self.report.skipped_chainers)?;
        map.serialize_entry("nested", &self.report.nested)?;
        map.end()
    }
}

/// Returns what a command would do to a machine. Nothing is taken or changed.
///
/// Errors: the package cannot be opened or read. A run that would fail is no error: its code is in the plan.
pub fn plan(
    site: &dyn Site,
    command: &Command,
    host: &Host,
    ui: &mut dyn Ui,
    log: &mut Log,
) -> Result<Plan, Error> {
    let image = match image::folder(command)? {
        Some(folder) => Some(Image::preview(site, &folder)?),
        None => None,
    };
    let site = image.as_ref().map_or(site, |image| image as &dyn Site);
    let mut world = Planned { site, open: false };
    let driven = drive(&mut world, command, host, &Cancel::never(), ui, log)?;
    planned(command, driven, site.as_view())
}

/// Returns what commands would do, one after another in one transaction, each on top of what those before it leave.
///
/// Errors: as [`plan`], of the first package that has one.
pub fn plan_together(
    site: &dyn Site,
    commands: &[Command],
    host: &Host,
    ui: &mut dyn Ui,
    log: &mut Log,
) -> Result<TransactionPlan, Error> {
    let mut world = Planned { site, open: false };
    let mut together = Together::default();
    let mut packages = Vec::new();
    let mut failed = None;
    for command in commands {
        let never = Cancel::never();
        let shared = Some(&mut together);
        let driven = drive_any(&mut world, command, host, &never, ui, log, shared)?;
        let left_out = driven.left_out;
        let plan = planned(command, driven, site.as_view())?;
        let fails = !code::is_success(plan.report.code);
        if fails && failed.is_none() {
            failed = Some((plan.report.code, plan.report.message.clone()));
        }
        packages.push(PackagePlan {
            package: command.target.clone(),
            plan,
        });
        if fails && !left_out {
            break;
        }
    }
    let (code, message) = failed.unwrap_or((code::SUCCESS, None));
    Ok(TransactionPlan {
        code,
        symbol: code::symbol(code),
        message,
        packages,
    })
}

/// What a run that was only planned came to.
fn planned(command: &Command, driven: Driven, view: &dyn View) -> Result<Plan, Error> {
    let base = Overlay {
        base: view,
        pending: &driven.before,
    };
    let after = Overlay {
        base: view,
        pending: &driven.pending,
    };
    let report = match driven.report.is_success() {
        true => report_of_cabinets(driven.report, &driven.part, &driven.scripted),
        false => driven.report,
    };
    let run = &driven.part.run;
    Ok(Plan {
        verb: command.intent.verb(),
        per_machine: run.per_machine(),
        features: features(run)?,
        components: components(run)?,
        registry: changes::registry(&driven.scripted),
        changes: changes::changes(&base, &after, &driven.scripted)?,
        properties: run.properties().into_iter().collect(),
        given_properties: command
            .properties
            .iter()
            .map(|(name, _)| name.clone())
            .collect(),
        custom_actions: reasons::custom_actions(run, &report)?,
        launch_conditions: reasons::launch_conditions(run)?,
        drives: reasons::drives(run, view)?,
        operations: driven
            .scripted
            .into_iter()
            .map(|scripted| scripted.operation)
            .collect(),
        report,
        planned: contents::Planned::new(driven.part),
    })
}

/// A cabinet beside the package whose signature is not what the package asks for fails its installation.
fn report_of_cabinets(report: Report, part: &Part, scripted: &[Scripted]) -> Report {
    let wanted = scripted
        .iter()
        .filter_map(|scripted| match &scripted.operation {
            Operation::FileCopy {
                from: Contents::Cabinet { cabinet, .. },
                ..
            } => Some(cabinet.as_str()),
            _ => None,
        });
    let wanted: BTreeSet<&str> = wanted.collect();
    let refused = wanted
        .into_iter()
        .find_map(|cabinet| source_of(part).refusal(cabinet));
    match refused {
        Some(refused) => {
            let failure = Error::from(script::Error::Source(refused)).failure();
            report.failed(&Error::Failed {
                code: failure.code,
                message: failure.to_string(),
            })
        }
        None => report,
    }
}

fn features(run: &Run) -> Result<Vec<PlannedFeature>, Error> {
    let planned = |feature: &Feature| {
        Ok(PlannedFeature {
            name: feature.name.clone(),
            installed: feature.installed.name(),
            request: feature.request.name(),
            action: feature.action.name(),
            parent: feature.parent.clone(),
            title: feature.title.clone(),
            display: feature.display,
            component_count: feature.components.len(),
            why_not: reasons::kept_out(run, feature)?,
        })
    };
    run.features().iter().map(planned).collect()
}

fn components(run: &Run) -> Result<Vec<PlannedComponent>, Error> {
    let conditions = reasons::component_conditions(run)?;
    let planned = run.components().iter().map(|component| PlannedComponent {
        name: component.name.clone(),
        id: component.id.clone(),
        directory: component.directory.clone(),
        key_path: component.key_path.clone(),
        installed: component.installed.name(),
        request: component.request.name(),
        action: component.action.name(),
        kept_out_by: match component.enabled || component.action != State::Unknown {
            true => None,
            false => conditions.get(&component.name).cloned(),
        },
    });
    Ok(planned.collect())
}
