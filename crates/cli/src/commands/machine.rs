//! `machine …`: making, showing and comparing machines.

mod diff;
mod snapshot;

use std::path::Path;

use installer::code;
use machine::{Architecture, Data, Facts, Key, KeyPath, RegFile, Root, View};
use serde_json::{Value, json};

use super::Context;
use crate::arguments::{Arch, Init, MachineVerb, RegVerb};
use crate::output::{End, Failure};
use crate::place::default_facts;
use crate::reg_file;

pub fn machine(verb: &MachineVerb, context: &mut Context<'_>) -> Result<End, Failure> {
    match verb {
        MachineVerb::Init(typed) => init(typed, context),
        MachineVerb::Show => show(context),
        MachineVerb::Reg(RegVerb::Query { key, value }) => query(key, value.as_deref(), context),
        MachineVerb::Reg(RegVerb::Export { key, file, dry_run }) => {
            export(key, file.as_deref(), dry_run.dry_run, context)
        }
        MachineVerb::Snapshot(typed) => snapshot::snapshot(typed, context),
        MachineVerb::Diff(typed) => diff::diff(typed, context),
    }
}

fn init(typed: &Init, context: &mut Context<'_>) -> Result<End, Failure> {
    let place = context.place()?;
    let was_there = place.exists();
    let mut facts = default_facts(&context.world.host);
    if let Some(user) = &typed.user {
        facts.user_name = user.clone();
    }
    facts.architecture = match typed.arch {
        Arch::X64 => Architecture::X64,
        Arch::X86 => Architecture::X86,
    };
    if typed.dry_run.dry_run {
        place.require_free()?;
        tell_facts(&facts, &place.directory, context);
        match was_there {
            true => context.would("leave it as it is: it is there already"),
            false => context.would(&format!("make {}", place.directory.display())),
        }
        return Ok(End::OK);
    }
    let made = place.create(facts)?;
    if was_there {
        context
            .output
            .note("it was there already: what it had stays as it is");
    }
    tell_facts(made.facts(), &place.directory, context);
    Ok(End::OK)
}

fn show(context: &mut Context<'_>) -> Result<End, Failure> {
    let place = context.place()?;
    let machine = place.open(&context.world.host, context.output)?;
    tell_facts(machine.view().facts(), &place.directory, context);
    Ok(End::OK)
}

fn tell_facts(facts: &Facts, directory: &Path, context: &mut Context<'_>) {
    let (major, minor, build) = facts.windows_version;
    let (installer_major, installer_minor) = facts.installer_version;
    let architecture = match facts.architecture {
        Architecture::X64 => "x64",
        Architecture::X86 => "x86",
    };
    let drives: Vec<String> = facts.drives.iter().map(|drive| drive.to_string()).collect();
    let told = json!({
        "directory": directory.display().to_string(),
        "windows_version": format!("{major}.{minor}.{build}"),
        "service_pack": facts.service_pack,
        "architecture": architecture,
        "user_name": facts.user_name,
        "administrator": facts.administrator,
        "user_sid": facts.user_sid,
        "computer_name": facts.computer_name,
        "system_language": facts.system_language,
        "user_language": facts.user_language,
        "drives": drives,
        "installer_version": format!("{installer_major}.{installer_minor}"),
    });
    if context.output.json {
        return context.output.value(&told);
    }
    for (name, value) in told.as_object().into_iter().flatten() {
        let _ = context.output.line(&format!("{name:<18} {}", plain(value)));
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(plain).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}

/// Writes a key with all below it.
fn export(
    text: &str,
    file: Option<&Path>,
    dry_run: bool,
    context: &mut Context<'_>,
) -> Result<End, Failure> {
    let path = named_key(text)?;
    let place = context.place()?;
    let machine = place.open(&context.world.host, context.output)?;
    if machine.view().key(&path)?.is_none() {
        return Err(no_key(&path));
    }
    let exported = RegFile::of_key(machine.view(), &path)?;
    if let Some(file) = file.filter(|_| dry_run) {
        context.would(&format!("write {}", file.display()));
        return Ok(End::OK);
    }
    reg_file::write(&exported, file.unwrap_or(Path::new("-")), context)?;
    Ok(End::OK)
}

/// Reads a key that was typed.
fn named_key(text: &str) -> Result<KeyPath, Failure> {
    let what = "is no registry key: write HKLM\\…, HKCU\\…, HKCR\\… or HKU\\…";
    key_path(text).ok_or_else(|| Failure::usage(format!("`{text}` {what}")))
}

fn no_key(path: &KeyPath) -> Failure {
    Failure {
        code: code::NOT_FOUND,
        message: format!("there is no key {path}"),
        more: Default::default(),
    }
}

fn query(text: &str, value: Option<&str>, context: &mut Context<'_>) -> Result<End, Failure> {
    let path = named_key(text)?;
    let place = context.place()?;
    let machine = place.open(&context.world.host, context.output)?;
    let mut key = machine.view().key(&path)?.ok_or_else(|| no_key(&path))?;
    if let Some(value) = value {
        key.values
            .retain(|(name, _)| name.eq_ignore_ascii_case(value));
        if key.values.is_empty() {
            let message = format!("key {path} has no value `{value}`");
            return Err(Failure {
                code: code::NOT_FOUND,
                message,
                more: Default::default(),
            });
        }
    }
    if context.output.json {
        context.output.value(&key_json(&key));
    } else {
        print_key(&key, context);
    }
    Ok(End::OK)
}

/// Reads `HKLM\Software\Contoso`; the long names are known too.
fn key_path(text: &str) -> Option<KeyPath> {
    let text = text.replace('/', "\\");
    let (root, path) = text.split_once('\\').unwrap_or((&text, ""));
    let (root, prefix) = match root.to_ascii_uppercase().as_str() {
        "HKLM" | "HKEY_LOCAL_MACHINE" => (Root::LocalMachine, ""),
        "HKCU" | "HKEY_CURRENT_USER" => (Root::CurrentUser, ""),
        "HKU" | "HKEY_USERS" => (Root::Users, ""),
        "HKCR" | "HKEY_CLASSES_ROOT" => (Root::LocalMachine, "Software\\Classes\\"),
        _ => return None,
    };
    Some(KeyPath::new(root, &format!("{prefix}{path}")))
}

fn key_json(key: &Key) -> Value {
    let value = |(name, data): &(String, Data)| json!({"name": name, "type": data.type_name(), "data": installer::registry_data(data)});
    json!({
        "key": key.path.to_string(),
        "values": key.values.iter().map(value).collect::<Vec<_>>(),
        "subkeys": key.subkeys,
    })
}

fn print_key(key: &Key, context: &mut Context<'_>) {
    let _ = context.output.line(&key.path.to_string());
    for (name, data) in &key.values {
        let name = if name.is_empty() { "(default)" } else { name };
        let line = format!(
            "    {name}  {}  {}",
            data.type_name(),
            plain(&installer::registry_data(data))
        );
        let _ = context.output.line(&line);
    }
    for subkey in &key.subkeys {
        let _ = context.output.line(&format!("{}\\{subkey}", key.path));
    }
}
