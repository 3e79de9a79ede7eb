//! `service run|query|stop|install-units`: `msiserver` for the users of one machine.

mod as_user;
mod follow;
mod run;
mod through;
mod units;
mod worker;

pub use follow::follow;
pub use through::through;
pub use worker::work;

use gate::Gate;
use installer::{State, Status, code};
use service::{Client, NoStatus, ServiceStatus};

use super::Context;
use crate::arguments::ServiceVerb;
use crate::output::{End, Failure};
use crate::place::Place;

pub fn service(verb: &ServiceVerb, context: &mut Context<'_>) -> Result<End, Failure> {
    match verb {
        ServiceVerb::Run(typed) => run::run(typed, context),
        ServiceVerb::Query => query(context),
        ServiceVerb::Stop => stop(context),
        ServiceVerb::InstallUnits(typed) => units::install(typed, context),
    }
}

/// The service of a place, if one runs that may be trusted.
fn client(place: &Place) -> Option<Client> {
    let owner = place.owner().ok()?;
    Client::connect(&place.state(), owner)
}

/// The machine's status without a service.
fn own_status(place: &Place) -> Result<ServiceStatus, Failure> {
    let installation = installer::status(&Gate::at(&place.gate()), &place.state());
    let version = place.installer_version()?;
    ServiceStatus::of(&installation, None, version).map_err(no_status)
}

fn no_status(refused: NoStatus) -> Failure {
    Failure {
        code: refused.code(),
        ..Failure::usage(refused.to_string())
    }
}

fn failed(failed: &service::Failed) -> Failure {
    Failure {
        code: failed.code(),
        ..Failure::usage(failed.to_string())
    }
}

fn query(context: &mut Context<'_>) -> Result<End, Failure> {
    let place = context.place()?;
    let status = match client(&place).map(|mut client| client.query()) {
        None | Some(Err(service::Failed::Gone)) => own_status(&place)?,
        Some(answer) => answer.map_err(|error| failed(&error))?,
    };
    if context.output.json {
        context.output.value(&status);
        return Ok(End::OK);
    }
    let installation = installer::status(&Gate::at(&place.gate()), &place.state());
    for line in lines(&status, &installation) {
        let _ = context.output.line(&line);
    }
    Ok(End::OK)
}

/// As `sc queryex` shows it, with a sentence before it.
fn lines(status: &ServiceStatus, installation: &Status) -> Vec<String> {
    let holder = installation
        .holder
        .as_ref()
        .filter(|_| installation.state == State::Held);
    let sentence = match (status.installing, holder) {
        (true, Some(holder)) => format!("an installation is in progress: {}", holder.describe()),
        (true, None) => "an installation is in progress".to_owned(),
        (false, _) => "no installation is in progress".to_owned(),
    };
    let field = |name: &str, value: String| format!("  {name:<18}: {value}");
    vec![
        sentence,
        format!("SERVICE_NAME: {}", status.service_name),
        field(
            "TYPE",
            format!("{:x}  WIN32_OWN_PROCESS", status.service_type),
        ),
        field(
            "STATE",
            format!("{}  {}", status.current_state, status.state_name()),
        ),
        field(
            "CONTROLS_ACCEPTED",
            format!(
                "{:#x}  {}",
                status.controls_accepted,
                status.control_names()
            ),
        ),
        field("WIN32_EXIT_CODE", status.win32_exit_code.to_string()),
        field(
            "SERVICE_EXIT_CODE",
            status.service_specific_exit_code.to_string(),
        ),
        field("CHECKPOINT", status.check_point.to_string()),
        field("WAIT_HINT", status.wait_hint.to_string()),
        field("PID", status.process_id.to_string()),
        field("FLAGS", status.service_flags.to_string()),
        field("INSTALLER_VERSION", status.installer_version.clone()),
    ]
}

fn stop(context: &mut Context<'_>) -> Result<End, Failure> {
    let place = context.place()?;
    let answer = client(&place).map(Client::stop);
    match answer {
        None | Some(Err(service::Failed::Gone)) => {
            let status = own_status(&place)?;
            let code = status
                .refuses_stop(None)
                .unwrap_or(code::SERVICE_NOT_ACTIVE);
            return Err(Failure {
                code,
                ..Failure::usage(service::stop_refusal(code, &status))
            });
        }
        Some(answer) => answer.map_err(|error| failed(&error))?,
    }
    if context.output.json {
        let place = own_status(&place)?;
        context.output.value(&place);
    } else {
        let _ = context.output.line("the service has stopped");
    }
    Ok(End::OK)
}
