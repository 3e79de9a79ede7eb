//! What a command would do: the loop with a view instead of a machine, no gate and no event.

use std::collections::BTreeMap;

use gate::Cancel;
use script::Operation;
use sequence::Chainer;
use serde::Serialize;

use crate::image::{self, Image};
use crate::install::{Driven, drive, drive_any};
use crate::report::NestedReport;
use crate::transaction::Together;
use crate::world::{Planned, Site};
use crate::{Command, Error, Host, Log, Ui, code};

/// What a command would do, as `plan --json` has it.
#[derive(Clone, Debug, Serialize)]
pub struct Plan {
    /// Windows' code that it would end with.
    pub code: u32,
    /// Its symbol.
    pub symbol: &'static str,
    /// Why it would fail, or null.
    pub message: Option<String>,
    /// The product code.
    pub product_code: Option<String>,
    /// The product's name.
    pub product_name: Option<String>,
    /// The product's version.
    pub version: Option<String>,
    /// The features with their states, parents first.
    pub features: Vec<PlannedFeature>,
    /// The components with their states.
    pub components: Vec<PlannedComponent>,
    /// What would be done, in order.
    pub operations: Vec<Operation>,
    /// Properties as they stand at the end; hidden ones masked.
    pub properties: BTreeMap<String, String>,
    /// Custom actions that would be left out.
    pub skipped_custom_actions: Vec<String>,
    /// Standard actions with something to do that are not done by this program.
    pub unsupported: Vec<String>,
    /// Programs of the package that would install further packages (MsiEmbeddedChainer) and would be left out.
    pub skipped_chainers: Vec<Chainer>,
    /// Runs inside this one, in order; their operations are among `operations`.
    pub nested: Vec<NestedReport>,
}

/// What several packages would do together, as `plan --json` has it.
#[derive(Clone, Debug, Serialize)]
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
#[derive(Clone, Debug, Serialize)]
pub struct PackagePlan {
    /// What the command calls it.
    pub package: String,
    /// What it would do.
    #[serde(flatten)]
    pub plan: Plan,
}

/// A feature in a plan; states are `absent|local|source|advertised|unknown`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[allow(missing_docs)]
pub struct PlannedFeature {
    pub name: String,
    pub installed: &'static str,
    pub request: &'static str,
    pub action: &'static str,
}

/// A component in a plan; states as for features.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[allow(missing_docs)]
pub struct PlannedComponent {
    pub name: String,
    pub id: Option<String>,
    pub directory: String,
    pub key_path: Option<String>,
    pub installed: &'static str,
    pub request: &'static str,
    pub action: &'static str,
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
    drive(&mut world, command, host, &Cancel::never(), ui, log).map(planned)
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
        let plan = planned(driven);
        let fails = !code::is_success(plan.code);
        if fails && failed.is_none() {
            failed = Some((plan.code, plan.message.clone()));
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
fn planned(driven: Driven) -> Plan {
    let (run, report) = (driven.part.run, driven.report);
    let features = run.features().iter().map(|feature| PlannedFeature {
        name: feature.name.clone(),
        installed: feature.installed.name(),
        request: feature.request.name(),
        action: feature.action.name(),
    });
    let components = run.components().iter().map(|component| PlannedComponent {
        name: component.name.clone(),
        id: component.id.clone(),
        directory: component.directory.clone(),
        key_path: component.key_path.clone(),
        installed: component.installed.name(),
        request: component.request.name(),
        action: component.action.name(),
    });
    Plan {
        code: report.code,
        symbol: report.symbol,
        message: report.message,
        product_code: report.product_code,
        product_name: report.product_name,
        version: report.version,
        features: features.collect(),
        components: components.collect(),
        operations: driven.operations,
        properties: run.properties().into_iter().collect(),
        skipped_custom_actions: report.skipped_custom_actions,
        unsupported: report.unsupported,
        skipped_chainers: report.skipped_chainers,
        nested: report.nested,
    }
}

impl Plan {
    /// The lines for people.
    pub fn lines(&self) -> Vec<String> {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let mut lines = vec![format!(
            "{} {}",
            text(&self.product_name),
            text(&self.version)
        )];
        for feature in &self.features {
            lines.push(format!(
                "  feature {}: {} -> {}",
                feature.name, feature.installed, feature.action
            ));
        }
        lines.extend(
            self.operations
                .iter()
                .map(|operation| format!("  {operation}")),
        );
        for nested in &self.nested {
            lines.push(format!("  inside of it: {}", nested.describe()));
        }
        for action in &self.skipped_custom_actions {
            lines.push(format!("  left out: custom action {action}"));
        }
        for chainer in &self.skipped_chainers {
            let Chainer {
                name,
                source,
                command_line,
                ..
            } = chainer;
            let line = format!("  left out: embedded chainer {name}: {source} {command_line}");
            lines.push(line.trim_end().to_owned());
        }
        for action in &self.unsupported {
            lines.push(format!("  not supported yet: {action}"));
        }
        lines.push(format!("{} operations", self.operations.len()));
        lines
    }
}
