//! `service install-units`: systemd's units for the service of every machine, and the name of this one's.

use std::path::PathBuf;

use service::units;

use super::super::Context;
use crate::arguments::InstallUnits;
use crate::files;
use crate::output::{End, Failure};

/// Where root's units go.
const SYSTEM_UNITS: &str = "/etc/systemd/system";

pub fn install(typed: &InstallUnits, context: &mut Context<'_>) -> Result<End, Failure> {
    let place = context.place()?;
    let is_root = rustix::process::geteuid().is_root();
    let usual = match is_root {
        true => Some(PathBuf::from(SYSTEM_UNITS)),
        false => context.world.manager.user_units.clone(),
    };
    let folder = typed.output.clone().or(usual);
    let folder = folder.ok_or_else(|| Failure::usage("say where the units go: --output DIR"))?;
    let program = context.world.program.display().to_string();
    let mut written = Vec::new();
    for (name, text) in [
        (units::SOCKET_UNIT, units::socket_unit()),
        (units::SERVICE_UNIT, units::service_unit(&program)),
    ] {
        let path = folder.join(name);
        if typed.dry_run.dry_run {
            context.would(&format!("write {}", path.display()));
            continue;
        }
        let id = (context.world.host.id)();
        files::write_new(&path, &id, text.as_bytes())
            .map_err(|error| Failure::file("write", &path, &error))?;
        written.push(path.display().to_string());
    }
    let instance = units::instance(&place.directory);
    if context.output.json {
        let told = serde_json::json!({ "units": written, "instance": instance });
        context.output.value(&told);
        return Ok(End::OK);
    }
    for path in &written {
        let _ = context.output.line(&format!("wrote {path}"));
    }
    let user = if is_root { "" } else { " --user" };
    match instance {
        Some(instance) => {
            let command = format!("systemctl{user} enable --now '{instance}'");
            let _ = context.output.line(&format!("for this machine: {command}"));
        }
        None => context.output.note(
            "warning: the path of this machine is too long for a socket of systemd: start `msikit service run` another way",
        ),
    }
    Ok(End::OK)
}
