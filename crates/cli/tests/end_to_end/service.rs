//! The service: its status, its controls, its life.

use std::process::Child;

use rustix::process::{Pid, Signal, kill_process};

use crate::world::{World, feed, named_pipe};

/// Starts a service and waits until it serves.
fn serve(world: &World) -> Child {
    let service = world.spawn(&["service", "run"]);
    let own = format!("\"process_id\": {}", service.id());
    let query = || world.msikit(&["service", "query", "--json"]).out;
    let serves = (0..4000).any(|_| query().contains(&own));
    assert!(serves, "the service did not start");
    service
}

fn told(world: &World) -> (u64, u64, u64) {
    let ran = world.msikit(&["service", "query", "--json"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let status = ran.json();
    let number = |name: &str| status[name].as_u64().unwrap();
    assert_eq!(status["installing"], number("controls_accepted") == 4);
    (
        number("current_state"),
        number("controls_accepted"),
        number("process_id"),
    )
}

#[test]
fn the_status_is_true_of_an_installation_that_knows_nothing_of_the_service() {
    let world = World::new();
    assert_eq!(told(&world), (1, 0, 0));
    let stopped = world.msikit(&["service", "stop"]);
    assert_eq!(stopped.status, 38);
    assert!(
        stopped
            .err
            .trim_end()
            .ends_with("[1062 ERROR_SERVICE_NOT_ACTIVE]"),
        "{stopped:?}"
    );

    let pipe = world.path("pipe");
    named_pipe(&pipe);
    let service = serve(&world);
    assert_eq!(told(&world), (4, 5, service.id().into()));
    let holder = world.spawn(&["run", "--", "cat", pipe.to_str().unwrap()]);
    world.await_status(|status| status["state"] == "held");
    assert_eq!(told(&world), (4, 4, holder.id().into()));
    let stopped = world.msikit(&["service", "stop", "--json"]);
    assert_eq!(
        (stopped.status, &stopped.json()["code"]),
        (28, &1052.into())
    );

    feed(&pipe, b"");
    assert_eq!(world.end(holder).status, 0);
    let stopped = world.msikit(&["service", "stop"]);
    assert_eq!(stopped.status, 0, "{stopped:?}");
    assert_eq!(world.end(service).status, 0);
    assert_eq!(told(&world), (1, 0, 0));

    // The same without any service.
    let holder = world.spawn(&["run", "--", "cat", pipe.to_str().unwrap()]);
    world.await_status(|status| status["state"] == "held");
    assert_eq!(told(&world), (4, 4, holder.id().into()));
    assert_eq!(world.msikit(&["service", "stop"]).status, 28);
    feed(&pipe, b"");
    assert_eq!(world.end(holder).status, 0);
}

#[test]
fn a_second_service_is_refused_and_one_that_was_killed_is_followed() {
    let world = World::new();
    let mut first = serve(&world);
    let second = world.msikit(&["service", "run"]);
    assert_eq!(second.status, 32, "{second:?}");
    assert!(
        second
            .err
            .trim_end()
            .ends_with("[1056 ERROR_SERVICE_ALREADY_RUNNING]"),
        "{second:?}"
    );
    first.kill().unwrap();
    first.wait().unwrap();
    assert_eq!(told(&world), (1, 0, 0));
    let third = serve(&world);
    kill_process(Pid::from_child(&third), Signal::TERM).unwrap();
    assert_eq!(world.end(third).status, 0);
}

#[test]
fn a_service_that_nobody_needs_ends() {
    let world = World::new();
    let ran = world.msikit(&["service", "run", "--idle-exit", "0"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.err.contains("ends: nobody needs it"), "{ran:?}");
}

#[test]
fn a_machine_that_claims_an_old_installer_has_no_status() {
    let world = World::new();
    assert_eq!(world.msikit(&["machine", "init"]).status, 0);
    let facts = world.machine().join(".msikit/machine.toml");
    let text = std::fs::read_to_string(&facts).unwrap();
    let old = text.replace("installer_version = [5, 0]", "installer_version = [2, 0]");
    assert_ne!(old, text, "{text}");
    std::fs::write(&facts, old).unwrap();
    let refused = world.msikit(&["service", "query"]);
    assert_eq!(refused.status, 120, "{refused:?}");
    assert!(
        refused.err.contains("from Windows Installer 3.0 on"),
        "{refused:?}"
    );
}

#[test]
fn units_are_written_and_named() {
    let world = World::new();
    let ran = world.msikit(&["service", "install-units", "--output", "units", "--json"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let instance = ran.json()["instance"].as_str().unwrap().to_owned();
    assert!(
        instance.starts_with("msikit@") && instance.ends_with("machine.socket"),
        "{instance}"
    );
    let unit = std::fs::read_to_string(world.path("units/msikit@.service")).unwrap();
    assert!(unit.contains("service run --machine %f"), "{unit}");
    assert!(world.path("units/msikit@.socket").exists());
}
