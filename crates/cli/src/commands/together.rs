//! `install A B C`, `remove A B`, …: several packages in one transaction, all or none of them; and its plan.

use installer::{Command, Installer, Intent, Log, TransactionReport, UiLevel, code};

use super::{Context, install};
use crate::commands::install::Telling;
use crate::output::{End, Failure};
use crate::progress::Watcher;
use crate::request::Order;

/// Are several packages to be done together? Images are made one by one.
pub fn is_together(commands: &[Command]) -> bool {
    let mut images = commands.iter().map(|command| &command.intent);
    commands.len() > 1 && images.all(|intent| *intent != Intent::Admin)
}

/// Carries commands out in one transaction.
pub fn give(
    order: &Order,
    installer: &mut Installer<'_>,
    log: &mut Log,
    context: &mut Context<'_>,
) -> End {
    let report = carry_out(order, installer, log, context);
    tell(&order.commands, &report, context);
    if context.output.json {
        context.output.value(&report);
    }
    End::Code(report.report.code)
}

fn carry_out(
    order: &Order,
    installer: &mut Installer<'_>,
    log: &mut Log,
    context: &mut Context<'_>,
) -> TransactionReport {
    let commands = order.commands.as_slice();
    let Some(first) = commands.first() else {
        return TransactionReport::default();
    };
    let is_quiet = |command: &Command| command.ui_level == UiLevel::None;
    let quiet = commands.iter().all(is_quiet);
    let terminal = context.world.terminal && !quiet;
    let name = name(commands);
    let mut watcher = Watcher::new(context.output, terminal, quiet);
    watcher.undoes_suspended(order.undo_suspended);
    watcher.called_off_by(&installer.cancel);
    let verb = first.intent.verb();
    let begun = installer.begin_transaction(&name, verb, first.wait, &mut watcher, log);
    let mut transaction = match begun {
        Ok(transaction) => transaction,
        Err(error) => {
            watcher.finish();
            return TransactionReport::refused(&error);
        }
    };
    for command in commands {
        transaction.add(command, &mut watcher, log);
        if transaction.has_failed() {
            break;
        }
    }
    watcher.finish();
    transaction.commit(log)
}

/// What the event log and those who wait call it.
fn name(commands: &[Command]) -> String {
    let targets: Vec<&str> = commands
        .iter()
        .map(|command| command.target.as_str())
        .collect();
    targets.join(" ")
}

fn tell(commands: &[Command], report: &TransactionReport, context: &mut Context<'_>) {
    for (command, package) in commands.iter().zip(&report.packages) {
        install::tell_left_out(&package.report, context);
        if package.report.is_success() {
            install::tell_done(command, &package.report, context);
        }
    }
    if report.report.is_success() {
        return;
    }
    let message = report.report.message.as_deref().unwrap_or("failed");
    let done: Vec<&str> = report
        .packages
        .iter()
        .filter(|package| package.report.is_success())
        .map(|package| package.package.as_str())
        .collect();
    let outcome = match (done.as_slice(), report.packages.len()) {
        (_, 0) => String::new(),
        ([], _) => format!("; none of the {} packages was changed", commands.len()),
        (done, _) => format!("; done without it: {}", done.join(", ")),
    };
    let failed = report.failed_package();
    let line = match failed {
        Some(package) if !message.contains(&package.package) => {
            format!("{}: {message}{outcome}", package.package)
        }
        _ => format!("{message}{outcome}"),
    };
    context.output.error_line(report.report.code, &line);
}

/// Tells what commands would do in one transaction.
pub fn only_tell(
    commands: &[Command],
    machine: &dyn installer::Site,
    telling: Telling<'_>,
    log: &mut Log,
    context: &mut Context<'_>,
) -> Result<End, Failure> {
    let mut watcher = Watcher::new(context.output, false, true);
    let host = &context.world.host;
    let plan = installer::plan_together(machine, commands, host, &mut watcher, log);
    watcher.finish();
    let plan = plan?;
    if context.output.json {
        context.output.value(&plan);
    }
    let plans: Vec<_> = plan.packages.iter().map(|package| &package.plan).collect();
    install::show_plans(&plans, telling, context)?;
    if !code::is_success(plan.code) {
        let message = plan.message.as_deref().unwrap_or("it would fail");
        let failed = plan
            .packages
            .iter()
            .find(|package| !code::is_success(package.plan.report.code));
        let package = failed.map_or("", |package| package.package.as_str());
        context
            .output
            .error_line(plan.code, &format!("{package}: {message}"));
    }
    Ok(End::Code(plan.code))
}
