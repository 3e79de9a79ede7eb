//! `install`, `remove` and `repair` on Windows: msiexec, in one's turn, with a log that tells what went wrong.
//!
//! Follows: Microsoft, "Command-Line Options". A property's value is quoted, not the word: so msiexec wants it.
#![expect(
    clippy::disallowed_methods,
    reason = "msiexec's log is a file of the host"
)]

use std::path::{Path, PathBuf};

use installer::{Command, Intent, Package, UiLevel, code};
use serde::Serialize;
use windows::{InstallLog, Program, decode_log, msiexec_property, quoted};

use super::Turn;
use super::turn::{already_running, cancelled, refused};
use crate::arguments::{CustomActions, Install};
use crate::commands::{Context, run as queue};
use crate::output::{End, Failure};
use crate::place::Place;
use crate::request;

/// What msiexec is asked for.
pub enum Action {
    /// `/i`
    Install,
    /// `/x`
    Remove,
    /// `/f`, with letters of REINSTALLMODE.
    Repair(String),
}

/// How it went: the fields that `install` has elsewhere, and what msiexec's log says.
#[derive(Serialize)]
struct Report {
    code: u32,
    symbol: &'static str,
    message: Option<String>,
    product_code: Option<String>,
    product_name: Option<String>,
    version: Option<String>,
    reboot: &'static str,
    operation_count: Option<u32>,
    skipped_custom_actions: Vec<String>,
    unsupported: Vec<String>,
    sync_ms: Option<u64>,
    holder: Option<String>,
    /// The action that failed.
    failed_action: Option<String>,
    /// msiexec's log; null: it was not asked for, and all went well.
    log: Option<PathBuf>,
    attempts: u32,
    waited_ms: u64,
}

pub fn run(action: &Action, typed: &Install, context: &mut Context<'_>) -> Result<End, Failure> {
    if typed.dry_run.dry_run {
        let why = "not on Windows: --dry-run; `msikit plan` says what would be done";
        return Err(Failure::usage(why));
    }
    if typed.custom_actions == CustomActions::Fail {
        return Err(Failure::usage(
            "not on Windows: --custom-actions fail; msiexec runs them",
        ));
    }
    let intent = match action {
        Action::Install => Intent::Install,
        Action::Remove => Intent::Remove,
        Action::Repair(mode) => Intent::Repair { mode: mode.clone() },
    };
    let order = request::order(intent, typed, context.world)?;
    let mut reports = Vec::new();
    for command in &order.commands {
        let report = carry_out(command, typed, context)?;
        tell(&report, context);
        let success = code::is_success(report.code);
        reports.push(report);
        if !success {
            break;
        }
    }
    let code = reports.last().map_or(code::SUCCESS, |report| report.code);
    if context.output.json {
        match reports.as_slice() {
            [report] if order.commands.len() == 1 => context.output.value(report),
            reports => context.output.value(&reports),
        }
    }
    Ok(End::Code(code))
}

fn carry_out(
    command: &Command,
    typed: &Install,
    context: &mut Context<'_>,
) -> Result<Report, Failure> {
    let target = target(&command.target, context)?;
    let (log, asked) = match &typed.log {
        Some(path) => (absolute(path), true),
        None => (own_log(context), false),
    };
    let line = line(command, &target, &log, context);
    let begun = (context.world.host.now)();
    let turn = Turn::take(command.wait, context)?;
    let program = Program::of_line(&line);
    let ended = queue::in_turn(&turn, program);
    let ended = ended.map_err(|error| Failure::file("run", Path::new(&line), &error))?;
    drop(turn);
    let code = match ended.end {
        windows::End::Program(code) => code,
        windows::End::Deadline => {
            return Err(refused(code::ALREADY_RUNNING, already_running()));
        }
        windows::End::Stopped => return Err(refused(code::USER_EXIT, cancelled())),
    };
    let text = std::fs::read(&log).map(|bytes| decode_log(&bytes));
    let told = InstallLog::parse(text.as_deref().unwrap_or_default());
    let mut report = report(code, told, &target);
    report.attempts = ended.starts;
    report.waited_ms = context.world.host.since(begun).as_millis() as u64;
    if !asked && code::is_success(code) {
        // A log that nobody asked for is kept where it is needed.
        let _ = std::fs::remove_file(&log);
    } else if log.is_file() {
        report.log = Some(log);
    }
    Ok(report)
}

/// What msiexec is to act on: a product code, or a package's absolute path.
fn target(given: &str, context: &mut Context<'_>) -> Result<String, Failure> {
    if given.starts_with('{') && given.ends_with('}') {
        return Ok(given.to_owned());
    }
    let path = absolute(given);
    if path.is_dir() {
        return Err(Failure {
            code: code::PACKAGE_OPEN_FAILED,
            ..Failure::usage(format!(
                "{given} is a folder: make a package of it with `msikit db build {given} -o PACKAGE.msi`"
            ))
        });
    }
    if path.is_file() {
        return Ok(path.display().to_string());
    }
    let place = Place::choose(context.global, context.world, context.output)?;
    let machine = place.open(&context.world.host, context.output)?;
    let shown = installer::show(machine.site(), given)?;
    Ok(shown.product.product_code)
}

fn absolute(path: &str) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| PathBuf::from(path))
}

/// A log that nobody asked for: it tells which action failed.
fn own_log(context: &Context<'_>) -> PathBuf {
    let id: String = (context.world.host.id)().chars().take(8).collect();
    context.world.temporary.join(format!("msikit-{id}.log"))
}

/// msiexec's command line. Its program is Windows' own, whatever PATH says.
fn line(command: &Command, target: &str, log: &Path, context: &Context<'_>) -> String {
    let root = context.world.variable("SystemRoot");
    let root = root.unwrap_or_else(|| "C:\\Windows".to_owned());
    let action = match &command.intent {
        Intent::Remove => "/x".to_owned(),
        Intent::Repair { mode } => format!("/f{mode}"),
        _ => "/i".to_owned(),
    };
    let ui = match command.ui_level {
        UiLevel::None => "/qn",
        UiLevel::Basic => "/qb",
        UiLevel::Reduced => "/qr",
        UiLevel::Full => "/qf",
    };
    let mut words = vec![
        format!("\"{root}\\System32\\msiexec.exe\""),
        action,
        quoted(target),
        ui.to_owned(),
        "/l*v".to_owned(),
        quoted(&log.display().to_string()),
    ];
    let properties = command.properties.iter();
    words.extend(properties.map(|(name, value)| msiexec_property(name, value)));
    words.join(" ")
}

fn report(code: u32, log: InstallLog, target: &str) -> Report {
    // What the log does not tell, the package does.
    let package = Package::open_on_host(Path::new(target)).ok();
    let property = |name: &str| {
        let value = package.as_ref()?.property(name).ok()?;
        (!value.is_empty()).then_some(value)
    };
    let is_code = target.starts_with('{');
    Report {
        code,
        symbol: code::symbol(code),
        message: (!code::is_success(code)).then_some(log.message).flatten(),
        product_code: log
            .product_code
            .or_else(|| property("ProductCode"))
            .or_else(|| is_code.then(|| target.to_owned())),
        product_name: log.product_name.or_else(|| property("ProductName")),
        version: log.version.or_else(|| property("ProductVersion")),
        reboot: match code {
            code::REBOOT_REQUIRED => "required",
            code::REBOOT_INITIATED => "initiated",
            _ => "none",
        },
        operation_count: None,
        skipped_custom_actions: Vec::new(),
        unsupported: Vec::new(),
        sync_ms: None,
        holder: (code == code::ALREADY_RUNNING).then(super::in_the_way),
        failed_action: log.failed_action,
        log: None,
        attempts: 0,
        waited_ms: 0,
    }
}

fn tell(report: &Report, context: &mut Context<'_>) {
    let name = report.product_name.as_deref().unwrap_or("the package");
    let version = report.version.as_deref().unwrap_or_default();
    if code::is_success(report.code) {
        if !context.output.json {
            let restart = match report.reboot {
                "none" => "",
                _ => "; this computer must be restarted",
            };
            let line = format!("msiexec is done with {name} {version}{restart}");
            let _ = context.output.line(&line);
        }
        return;
    }
    let mut message = format!("{name} {version}").trim_end().to_owned();
    if let Some(action) = &report.failed_action {
        message.push_str(&format!(", {action}"));
    }
    let told = report.message.as_ref().or(report.holder.as_ref());
    message.push_str(&format!(
        ": {}",
        told.map_or("msiexec failed", String::as_str)
    ));
    if let Some(log) = &report.log {
        message.push_str(&format!(" (log {})", log.display()));
    }
    context.output.error_line(report.code, &message);
}
