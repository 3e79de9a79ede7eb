//! `service query` on Windows: the status of its own `msiserver`.

use serde::Serialize;
use windows::{INSTALLER_SERVICE, ServiceStatus};

use crate::arguments::ServiceVerb;
use crate::commands::Context;
use crate::output::{End, Failure};

/// The service's status, or why it is not known.
#[derive(Serialize)]
pub struct Told {
    service_name: &'static str,
    service_type: Option<u32>,
    current_state: Option<u32>,
    controls_accepted: Option<u32>,
    process_id: Option<u32>,
    win32_exit_code: Option<u32>,
    service_specific_exit_code: Option<u32>,
    check_point: Option<u32>,
    wait_hint: Option<u32>,
    service_flags: Option<u32>,
    /// Does the status say that an installation is under way?
    installing: Option<bool>,
    /// The system's code, where the status is not known.
    error: Option<u32>,
}

/// Asks the service.
pub fn told() -> Told {
    let asked = windows::query_service(INSTALLER_SERVICE);
    let field = |of: fn(&ServiceStatus) -> u32| asked.as_ref().ok().map(of);
    Told {
        service_name: INSTALLER_SERVICE,
        service_type: field(|status| status.service_type),
        current_state: field(|status| status.current_state.0),
        controls_accepted: field(|status| status.controls_accepted),
        process_id: field(|status| status.process_id),
        win32_exit_code: field(|status| status.win32_exit_code),
        service_specific_exit_code: field(|status| status.service_specific_exit_code),
        check_point: field(|status| status.check_point),
        wait_hint: field(|status| status.wait_hint),
        service_flags: field(|status| status.service_flags),
        installing: asked.as_ref().ok().map(ServiceStatus::installing),
        error: asked.err(),
    }
}

pub fn service(verb: &ServiceVerb, context: &mut Context<'_>) -> Result<End, Failure> {
    match verb {
        ServiceVerb::Query => query(context),
        _ => {
            let why =
                "not on Windows: of `service` only `service query`; msiserver is Windows' own";
            Err(Failure::usage(why))
        }
    }
}

fn query(context: &mut Context<'_>) -> Result<End, Failure> {
    let status = windows::query_service(INSTALLER_SERVICE).map_err(|code| Failure {
        code,
        ..Failure::usage(format!("the service {INSTALLER_SERVICE} cannot be asked"))
    })?;
    if context.output.json {
        context.output.value(&told());
        return Ok(End::OK);
    }
    let installing = if status.installing() {
        "an installation is in progress"
    } else {
        "its status tells of no installation"
    };
    let line = format!(
        "{INSTALLER_SERVICE} is {}, accepts 0x{:x}, process {}: {installing}",
        status.current_state.name(),
        status.controls_accepted,
        status.process_id
    );
    let _ = context.output.line(&line);
    Ok(End::OK)
}
