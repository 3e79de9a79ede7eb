//! A service manager's side: a real NOTIFY_SOCKET is told, and a socket that it listens on is taken over.

use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};

use std::process::Stdio;

use crate::world::World;

/// The next thing that a manager is told.
fn told(manager: &UnixDatagram) -> String {
    let mut bytes = [0; 256];
    let count = manager.recv(&mut bytes).unwrap();
    String::from_utf8(bytes[..count].to_vec()).unwrap()
}

#[test]
fn a_manager_is_told_of_readiness_once_it_serves_and_of_its_end() {
    let world = World::new();
    let path = world.path("notify");
    let name = format!("msikit-test-{}", std::process::id());
    let by_path = UnixDatagram::bind(&path).unwrap();
    let address = SocketAddr::from_abstract_name(&name).unwrap();
    let abstractly = UnixDatagram::bind_addr(&address).unwrap();
    let path = path.to_str().unwrap().to_owned();
    for (manager, place) in [(by_path, path), (abstractly, format!("@{name}"))] {
        let mut command = world.command(&["service", "run"]);
        command.env("NOTIFY_SOCKET", place).stderr(Stdio::piped());
        let service = command.spawn().unwrap();
        assert_eq!(told(&manager), "READY=1");
        // Whoever waited for that finds it running.
        let status = world.msikit(&["service", "query", "--json"]).json();
        let expected = (4, 5, u64::from(service.id()));
        let number = |name: &str| status[name].as_u64().unwrap();
        let found = (
            number("current_state"),
            number("controls_accepted"),
            number("process_id"),
        );
        assert_eq!(found, expected);
        assert_eq!(world.msikit(&["service", "stop"]).status, 0);
        assert_eq!(told(&manager), "STOPPING=1");
        assert_eq!(world.end(service).status, 0);
    }
}

#[test]
fn a_manager_that_cannot_be_told_is_named_and_the_service_serves() {
    let world = World::new();
    let mut command = world.command(&["service", "run", "--idle-exit", "0"]);
    let ran = command.env("NOTIFY_SOCKET", world.path("nobody")).output();
    let ran = ran.unwrap();
    let told = String::from_utf8_lossy(&ran.stderr);
    assert!(
        ran.status.success() && told.contains("cannot be told READY=1"),
        "{told}"
    );
}

#[test]
fn a_machine_that_cannot_be_served_is_1631() {
    let world = World::new();
    assert_eq!(world.msikit(&["machine", "init"]).status, 0);
    std::fs::write(
        world.machine().join(".msikit/machine.toml"),
        "user_name = 7",
    )
    .unwrap();
    let ran = world.msikit(&["service", "run"]);
    assert_eq!(ran.status, 95, "{ran:?}");
    assert!(ran.err.contains("[1631 ERROR_CREATE_FAILED]"), "{ran:?}");
}
