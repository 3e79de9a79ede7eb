//! `install`, `remove`, `repair`, `admin`, `advertise`, and `plan`: the same request, carried out or only told.

use std::path::Path;

use installer::{Command, Intent, Log, Peek, Plan, Reboot, Report, Site, code};

use machine::RegFile;

use super::{Context, sarif, sbom, together};
use crate::arguments::{self, Install, Repair};
use crate::output::{End, Failure};
use crate::picture::{self, Depth};
use crate::place::Place;
use crate::progress::Watcher;
use crate::reg_file;
use crate::request::{LogFile, Order};
use crate::screen::painted;
use crate::{log_file, request, suggestions};

pub fn install(typed: &Install, context: &mut Context<'_>) -> Result<End, Failure> {
    carry_out(Intent::Install, typed, context)
}

pub fn remove(typed: &Install, context: &mut Context<'_>) -> Result<End, Failure> {
    carry_out(Intent::Remove, typed, context)
}

pub fn repair(typed: &Repair, context: &mut Context<'_>) -> Result<End, Failure> {
    carry_out(repair_intent(&typed.mode)?, &typed.install, context)
}

pub fn admin(typed: &Install, context: &mut Context<'_>) -> Result<End, Failure> {
    carry_out(Intent::Admin, typed, context)
}

pub fn advertise(typed: &arguments::Advertise, context: &mut Context<'_>) -> Result<End, Failure> {
    let mut install = typed.install.clone();
    if typed.new_instance {
        install.items.push("MSINEWINSTANCE=1".to_owned());
    }
    let intent = Intent::Advertise {
        all_users: !typed.user,
        language: typed.language,
    };
    carry_out(intent, &install, context)
}

pub fn plan(typed: &arguments::Plan, context: &mut Context<'_>) -> Result<End, Failure> {
    let intent = match (typed.remove, typed.repair) {
        (true, _) => Intent::Remove,
        (_, true) => repair_intent("omus")?,
        _ if typed.admin => Intent::Admin,
        _ if typed.advertise => Intent::Advertise {
            all_users: true,
            language: None,
        },
        _ => Intent::Install,
    };
    let order = request::order(intent, &typed.install, context.world)?;
    let depth = match typed.verbose {
        true => Depth::Whole,
        false => Depth::Folded,
    };
    let is_taken = context.require_one_output(&[("--reg", &typed.reg), ("--sbom", &typed.sbom)])?;
    let telling = Telling {
        depth,
        reg: typed.reg.as_deref(),
        sbom: typed.sbom.as_deref(),
        is_taken,
    };
    only_tell(&order, telling, context)
}

fn repair_intent(mode: &str) -> Result<Intent, Failure> {
    let mode = mode.to_ascii_lowercase();
    match mode.chars().find(|letter| !"poedcamusv".contains(*letter)) {
        Some(letter) => Err(Failure::usage(format!(
            "--mode: `{letter}` is no letter of REINSTALLMODE (poedcamusv)"
        ))),
        None => Ok(Intent::Repair { mode }),
    }
}

fn carry_out(intent: Intent, typed: &Install, context: &mut Context<'_>) -> Result<End, Failure> {
    let order = request::order(intent, typed, context.world)?;
    if typed.dry_run.dry_run {
        return only_tell(&order, Telling::default(), context);
    }
    give(&order, context)
}

/// Carries an order out: several packages in one transaction, images one by one up to the first that fails.
pub fn give(order: &Order, context: &mut Context<'_>) -> Result<End, Failure> {
    let commands = &order.commands;
    let place = context.place()?;
    let peek = look_ahead(order, &place, context)?;
    let mut log = log_file::open(order.log.as_ref(), &place, context)?;
    if order.log.is_none()
        && let Some(own) = log_file::open_default(&peek, context.world, context.output)
    {
        log = own;
    }
    let mut machine = place.open_or_create(&context.world.host, context.output)?;
    let mut installer = context.installer(&place, &mut machine)?;
    let quiet = commands
        .iter()
        .all(|command| command.ui_level == installer::UiLevel::None);
    if together::is_together(commands) {
        let end = together::give(order, &mut installer, &mut log, context);
        close_log(&mut log, order.log.as_ref(), context);
        return Ok(end);
    }
    let mut reports = Vec::new();
    for command in commands {
        let mut watcher = Watcher::new(context.output, context.world.terminal && !quiet, quiet);
        watcher.undoes_suspended(order.undo_suspended);
        watcher.called_off_by(&installer.cancel);
        let report = installer.run(command, &mut watcher, &mut log);
        watcher.finish();
        let success = report.is_success();
        tell(command, &report, context);
        reports.push(report);
        if !success {
            break;
        }
    }
    close_log(&mut log, order.log.as_ref(), context);
    end(commands, reports, context)
}

/// Looks into the first package, and hints at properties that may be mistyped.
///
/// Errors: what the command would end with, where there is no machine: what cannot be opened is no reason to make one.
fn look_ahead(order: &Order, place: &Place, context: &mut Context<'_>) -> Result<Peek, Failure> {
    let Some(command) = order.commands.first() else {
        return Ok(Peek::default());
    };
    let host = &context.world.host;
    if !place.exists() {
        let defaults = place.defaults(host)?;
        let peek = look(command, defaults.site(), context)?;
        for other in &order.commands[1..] {
            look(other, defaults.site(), context)?;
        }
        return Ok(peek);
    }
    // The run itself says what is wrong.
    match place.peek() {
        Ok(machine) => Ok(look(command, machine.site(), context).unwrap_or_default()),
        Err(_) => Ok(Peek::default()),
    }
}

/// Looks into what a command names, and hints at what may be mistyped.
fn look(
    command: &Command,
    site: &dyn Site,
    context: &mut Context<'_>,
) -> Result<Peek, installer::Error> {
    let peek = installer::peek(command, site);
    match &peek {
        Ok(peek) => suggestions::hints(command, peek)
            .iter()
            .for_each(|hint| context.output.note(hint)),
        Err(error) => hint_at_product(&command.target, error, site, context),
    }
    peek
}

/// Hints at the product that may be meant, where there is none of a name.
pub fn hint_at_product(
    name: &str,
    error: &installer::Error,
    site: &dyn Site,
    context: &mut Context<'_>,
) {
    if error.code() == code::UNKNOWN_PRODUCT
        && let Ok(installed) = installer::list(site.as_view())
        && let Some(hint) = suggestions::product(name, &installed)
    {
        context.output.note(&hint);
    }
}

/// Tells what came of a command.
pub fn tell(command: &Command, report: &Report, context: &mut Context<'_>) {
    tell_left_out(report, context);
    if report.is_success() {
        tell_done(command, report, context);
    } else {
        context
            .output
            .error_line(report.code, report.message.as_deref().unwrap_or("failed"));
    }
}

/// Names the custom actions that were left out.
pub fn tell_left_out(report: &Report, context: &mut Context<'_>) {
    for action in &report.skipped_custom_actions {
        context.output.note(&format!(
            "warning: custom action {action} was left out: it is Windows code"
        ));
    }
    for chainer in &report.skipped_chainers {
        let name = &chainer.name;
        context.output.note(&format!(
            "warning: the embedded chainer {name} was left out, and so are the packages that it installs: it is Windows code"
        ));
    }
}

/// Says what was done, in one line.
pub fn tell_done(command: &Command, report: &Report, context: &mut Context<'_>) {
    if !context.output.json {
        let name = report.product_name.as_deref().unwrap_or(&command.target);
        let version = report.version.as_deref().unwrap_or("");
        let done = match command.intent {
            Intent::Install => "installed",
            Intent::Remove => "removed",
            Intent::Repair { .. } => "repaired",
            Intent::Admin => "made the image of",
            Intent::Advertise { .. } => "advertised",
        };
        let restart = match report.reboot {
            Reboot::None => "",
            Reboot::Required => "; the machine must be restarted",
            Reboot::Initiated => "; the machine restarts",
        };
        let line = format!(
            "{done} {name} {version} ({} operations{restart})",
            report.operation_count
        );
        let _ = context.output.line(&line);
        for nested in &report.nested {
            let line = format!("  inside of it: {}", nested.describe());
            let _ = context.output.line(&line);
        }
    }
}

/// One report, or one for each package where several were given. Its code is that of the last.
pub fn end(
    commands: &[Command],
    reports: Vec<Report>,
    context: &mut Context<'_>,
) -> Result<End, Failure> {
    let code = reports.last().map_or(code::SUCCESS, |report| report.code);
    if context.output.json {
        match reports.as_slice() {
            [report] if commands.len() == 1 => context.output.value(report),
            reports => context.output.value(&reports),
        }
    }
    Ok(End::Code(code))
}

/// How plans are told.
#[derive(Clone, Copy)]
pub struct Telling<'a> {
    /// How much of them is shown.
    pub depth: Depth,
    /// Where their part of the registry goes.
    pub reg: Option<&'a Path>,
    /// Where the bill of materials of what they install goes.
    pub sbom: Option<&'a Path>,
    /// Standard output has one of these, and no picture.
    pub is_taken: bool,
}

impl Default for Telling<'_> {
    fn default() -> Self {
        Telling {
            depth: Depth::Folded,
            reg: None,
            sbom: None,
            is_taken: false,
        }
    }
}

/// Writes the part of the registry of plans and the bill of what they install where that is asked for, and prints
/// them for people. What would fail has neither.
pub fn show_plans(
    plans: &[&Plan],
    telling: Telling<'_>,
    context: &mut Context<'_>,
) -> Result<(), Failure> {
    let succeed = plans.iter().all(|plan| plan.report.is_success());
    if let Some(to) = telling.sbom
        && succeed
    {
        let products = plans
            .iter()
            .map(|plan| Ok((sbom::Product::of_plan(plan), plan.digests()?)))
            .collect::<Result<Vec<_>, installer::Error>>()?;
        sarif::write(&sbom::document(&products), to, context)?;
    }
    if let Some(to) = telling.reg
        && succeed
    {
        let mut all = RegFile::default();
        for plan in plans {
            all.extend(plan.registry.clone());
        }
        reg_file::write(&all, to, context)?;
    }
    if !context.output.json && !telling.is_taken {
        for plan in plans {
            print_plan(plan, telling.depth, context);
        }
    }
    Ok(())
}

/// Tells what an order would do.
pub fn only_tell(
    order: &Order,
    telling: Telling<'_>,
    context: &mut Context<'_>,
) -> Result<End, Failure> {
    let place = context.place()?;
    let machine = place.open(&context.world.host, context.output)?;
    if let Some(command) = order.commands.first() {
        // The plan itself says what is wrong.
        let _ = look(command, machine.site(), context);
    }
    let mut log = log_file::open_for_plan(order.log.as_ref(), context)?;
    if together::is_together(&order.commands) {
        let end = together::only_tell(&order.commands, machine.site(), telling, &mut log, context);
        close_log(&mut log, order.log.as_ref(), context);
        return end;
    }
    let mut plans = Vec::new();
    for command in &order.commands {
        let mut watcher = Watcher::new(context.output, false, true);
        let plan = installer::plan(
            machine.site(),
            command,
            &context.world.host,
            &mut watcher,
            &mut log,
        );
        watcher.finish();
        plans.push(plan?);
    }
    close_log(&mut log, order.log.as_ref(), context);
    let code = plans
        .iter()
        .map(|plan| plan.report.code)
        .find(|code| !code::is_success(*code))
        .unwrap_or(code::SUCCESS);
    if context.output.json {
        match plans.as_slice() {
            [plan] => context.output.value(plan),
            plans => context.output.value(&plans),
        }
    }
    show_plans(&plans.iter().collect::<Vec<_>>(), telling, context)?;
    if let Some(plan) = plans.iter().find(|plan| !plan.report.is_success()) {
        context.output.error_line(
            plan.report.code,
            plan.report.message.as_deref().unwrap_or("it would fail"),
        );
    }
    Ok(End::Code(code))
}

/// Prints a plan for people.
fn print_plan(plan: &Plan, depth: Depth, context: &mut Context<'_>) {
    let colors = context.colors();
    for line in picture::lines(plan, depth) {
        let text = painted(colors, line.mark, &line.text);
        if context.output.line(&text).is_err() {
            return;
        }
    }
}

/// Closes a log, and says where it is not whole.
pub fn close_log(log: &mut Log, asked: Option<&LogFile>, context: &mut Context<'_>) {
    if let (Some(error), Some(LogFile { path, .. })) = (log.finish(), asked) {
        context
            .output
            .note(&format!("warning: the log {path} is not whole: {error}"));
    }
}
