//! The service: its status, its controls, its life.

use std::process::Child;

use rustix::process::{Pid, Signal, kill_process};

use crate::gate::{await_parked, package, parking_package};
use crate::varlink::Varlink;
use crate::world::{Ran, World, feed, feed_whoever_reads, named_pipe};

/// Starts a service and waits until it serves.
pub fn serve(world: &World) -> Child {
    let service = world.spawn(&["service", "run"]);
    let own = format!("\"process_id\": {}", service.id());
    // One that is starting takes no control yet.
    let running = "\"current_state\": 4";
    let query = || world.msikit(&["service", "query", "--json"]).out;
    let is_it = |told: String| told.contains(&own) && told.contains(running);
    let serves = (0..4000).any(|_| is_it(query()));
    assert!(serves, "the service did not start");
    service
}

/// Somebody who follows what the service carries out.
fn following(world: &World) -> Varlink {
    let mut follower = Varlink::connect(world);
    follower.begin("Follow", &serde_json::json!({}));
    // It is heard.
    follower.await_member("message");
    follower
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
    world.await_status(|status| status["holder"].is_object());
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
    world.await_status(|status| status["holder"].is_object());
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

/// Output without what differs from run to run.
fn comparable(ran: &Ran) -> (i32, serde_json::Value, String) {
    let mut value = ran.json();
    value["sync_ms"] = 0.into();
    (ran.status, value, ran.err.clone())
}

#[test]
fn through_the_service_it_comes_to_the_same() {
    let world = World::new();
    let tools = package(&world, "Tools");
    let log = world.path("install.log").to_str().unwrap().to_owned();
    let install = ["install", &tools, "--json", "--log", &log];
    let with = |more: &[&str]| {
        let words: Vec<&str> = install
            .iter()
            .copied()
            .chain(more.iter().copied())
            .collect();
        comparable(&world.msikit(&words))
    };
    assert_eq!(world.msikit(&["machine", "init"]).status, 0);
    let service = serve(&world);
    let embedded = (with(&["--no-service"]), world.snapshot());
    assert_eq!(world.msikit(&["remove", "Tools", "--no-service"]).status, 0);
    let served = (with(&[]), world.snapshot());
    // The name of the cached package is another each time.
    assert_eq!(embedded.0, served.0);
    assert_eq!(embedded.1.len(), served.1.len());
    assert!(
        std::fs::read_to_string(&log)
            .unwrap()
            .contains("Verbose logging stopped")
    );
    for words in [
        &["remove", "Nothing"][..],
        &["remove", "Tools"],
        &["msiexec", "/x"],
    ] {
        let served = world.msikit(words);
        let words: Vec<&str> = ["--no-service"].iter().chain(words).copied().collect();
        let ran = world.msikit(&words);
        assert!(
            served.status == ran.status || served.status == 0,
            "{served:?} {ran:?}"
        );
    }
    assert_eq!(world.msikit(&["service", "stop"]).status, 0);
    let told = world.end(service).err;
    assert_eq!(told.matches(" ended: exit status: ").count(), 4, "{told}");
}

#[test]
fn a_client_that_dies_leaves_its_install_going_unless_it_said_otherwise() {
    let world = World::new();
    let service = serve(&world);
    let (first, source) = parking_package(&world, "First");
    let mut client = world.spawn(&["install", &first]);
    let status = await_parked(&world, "First");
    assert_ne!(status["holder"]["pid"], client.id());
    let second = package(&world, "Second");
    let refused = world.msikit(&["install", &second, "--no-wait", "--json"]);
    assert_eq!(
        (refused.status, &refused.json()["holder"]["product_name"]),
        (82, &"First".into())
    );
    let follower = world.spawn(&["status", "--follow"]);
    let waiter = world.spawn(&["install", &second, "--wait"]);
    client.kill().unwrap();
    client.wait().unwrap();
    feed(&source, b"second");
    assert_eq!(world.end(waiter).status, 0);
    let followed = world.end(follower);
    // On a slow machine it may come when all is done.
    let came_late = followed.out.starts_with("free:");
    assert!(
        came_late || followed.out.contains("InstallFinalize\n"),
        "{followed:?}"
    );
    let listed = world.msikit(&["list"]).out;
    assert!(
        listed.contains("First") && listed.contains("Second"),
        "{listed}"
    );

    assert_eq!(world.msikit(&["remove", "First"]).status, 0);
    let before = world.snapshot();
    std::fs::remove_file(&source).ok();
    named_pipe(&source);
    let mut client = world.spawn(&["install", &first, "--cancel-with-client"]);
    await_parked(&world, "First");
    let mut follower = following(&world);
    client.kill().unwrap();
    client.wait().unwrap();
    assert_eq!(follower.await_member("client_gone"), true);
    assert_eq!(follower.await_member("cancelling"), true);
    feed_whoever_reads(&source);
    world.await_status(|status| status["state"] == "free");
    assert_eq!(world.snapshot(), before);
    assert_eq!(world.msikit(&["service", "stop"]).status, 0);
    assert_eq!(world.end(service).status, 0);
}

#[test]
fn sigterm_waits_for_the_holder_and_a_second_one_rolls_it_back() {
    for again in [false, true] {
        let world = World::new();
        let service = serve(&world);
        let (first, source) = parking_package(&world, "First");
        let client = world.spawn(&["install", &first]);
        await_parked(&world, "First");
        let mut follower = following(&world);
        kill_process(Pid::from_child(&service), Signal::TERM).unwrap();
        // Its control is refused once the signal has come.
        while world.msikit(&["service", "stop"]).status != 37 {}
        assert_eq!((told(&world).0, told(&world).1), (4, 4));
        if again {
            kill_process(Pid::from_child(&service), Signal::TERM).unwrap();
            assert_eq!(follower.await_member("cancelling"), true);
        }
        feed_whoever_reads(&source);
        let expected = if again { 66 } else { 0 };
        let ran = world.end(client);
        assert_eq!(ran.status, expected, "{ran:?}");
        assert_eq!(world.end(service).status, 0);
        assert_eq!(world.msikit(&["list"]).out.contains("First"), !again);
        assert_eq!(world.status()["state"], "free");
    }
}

#[test]
fn clients_that_are_killed_and_those_that_are_not_come_in_one_by_one() {
    let world = World::new();
    assert_eq!(world.msikit(&["machine", "init"]).status, 0);
    let before = world.snapshot();
    let service = serve(&world);
    let packages: Vec<String> = (0..3)
        .map(|n| {
            // In folders of their own: else they would share a component.
            let text = format!("product P{n} 1.0.0\nfile P{n}.txt in P{n}: P{n}");
            let package = world.package(&format!("P{n}"), &text);
            package.to_str().unwrap().to_owned()
        })
        .collect();
    let mut clients: Vec<Child> = (0..12)
        .map(|n| {
            let verb = ["install", "remove"][n / 3 % 2];
            world.spawn(&[verb, &packages[n % 3], "--wait"])
        })
        .collect();
    for client in clients.iter_mut().step_by(4) {
        client.kill().unwrap();
    }
    for client in clients {
        let ran = world.end(client);
        assert!([0, 69, -1].contains(&ran.status), "{ran:?}");
    }
    // Those of killed clients come to their ends, too.
    let mut stopped = world.msikit(&["service", "stop"]);
    while [28, 37].contains(&stopped.status) {
        stopped = world.msikit(&["service", "stop"]);
    }
    assert_eq!(stopped.status, 0, "{stopped:?}");
    assert_eq!(world.end(service).status, 0);
    for package in &packages {
        let removed = world.msikit(&["remove", package]);
        assert!([0, 69].contains(&removed.status), "{removed:?}");
    }
    assert_eq!(world.snapshot(), before);
}
