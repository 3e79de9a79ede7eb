//! The service over its socket, with a machine that is only told of: states, controls, and what is refused.
#![allow(
    clippy::disallowed_methods,
    reason = "tests touch files and start threads"
)]

mod served;

use std::time::Duration;

use installer::State;
use serde_json::json;
use served::Served;
use service::Ended;

#[test]
fn the_status_over_the_wire_and_the_control_stop() {
    let served = Served::start(|_| {});
    let status = served.client().query().unwrap();
    assert_eq!((status.current_state, status.controls_accepted), (4, 5));
    assert_eq!(status.process_id, served.pid);

    served.site.installs(State::Held);
    let status = served.client().query().unwrap();
    assert_eq!((status.controls_accepted, status.process_id), (4, 4711));
    assert!(status.installing);
    let refused = served.client().stop().unwrap_err();
    assert_eq!(refused.code(), 1052, "{refused}");

    served.site.installs(State::Free);
    served.client().stop().unwrap();
    assert_eq!(served.end().unwrap(), Ended::Stopped);
}

#[test]
fn a_service_that_starts_is_pending_and_takes_no_control() {
    let served = Served::start_pending(|site| site.hold_preparation());
    let status = served.client().query().unwrap();
    assert_eq!((status.current_state, status.controls_accepted), (2, 0));
    assert_eq!(served.client().stop().unwrap_err().code(), 1061);
    served.site.let_preparation_go();
    let served = served.running();
    served.client().stop().unwrap();
    assert_eq!(served.end().unwrap(), Ended::Stopped);
}

#[test]
fn a_machine_that_cannot_be_served_ends_the_service() {
    let served = Served::start_pending(|site| site.refuse("it is broken"));
    assert!(
        served
            .end()
            .unwrap_err()
            .to_string()
            .contains("it is broken")
    );
}

#[test]
fn a_signal_ends_it() {
    let served = Served::start(|_| {});
    served.client().query().unwrap();
    served.signal();
    assert_eq!(served.end().unwrap(), Ended::Stopped);
}

#[test]
fn nobody_needs_it_and_it_ends() {
    let served = Served::start_with(|settings| settings.idle_exit = Some(Duration::from_millis(1)));
    assert_eq!(served.end().unwrap(), Ended::Idle);
}

#[test]
fn an_old_installer_gives_a_refusal_and_no_status() {
    let served = Served::start_pending(|site| site.claims((2, 0)));
    let refused = served.client().query().unwrap_err().to_string();
    assert!(
        refused.contains("3.0") && refused.contains("2.0"),
        "{refused}"
    );
    served.signal();
    served.end().unwrap();
}

#[test]
fn strangers_may_ask_and_not_stop() {
    // The machine is another user's: this process is a stranger to it, unless it is root's.
    let served = Served::start(|site| site.belongs_to_another());
    served.client().query().unwrap();
    let stopped = served.client().stop();
    match rustix::process::geteuid().is_root() {
        true => stopped.unwrap(),
        false => {
            assert_eq!(stopped.unwrap_err().code(), 5);
            served.signal();
        }
    }
    served.end().unwrap();
}

#[test]
fn introspection_and_errors_are_varlinks() {
    let served = Served::start(|_| {});
    let mut raw = served.raw();
    let info = raw.call(json!({"method": "org.varlink.service.GetInfo"}));
    let interfaces = json!(["org.varlink.service", "org.msikit.service"]);
    assert_eq!(info["parameters"]["interfaces"], interfaces);
    for interface in ["org.varlink.service", "org.msikit.service"] {
        let described = raw.call(json!({
            "method": "org.varlink.service.GetInterfaceDescription",
            "parameters": {"interface": interface},
        }));
        let text = described["parameters"]["description"].as_str().unwrap();
        assert!(text.contains(&format!("interface {interface}\n")), "{text}");
    }
    for (call, error) in [
        (json!({"method": "org.example.None"}), "InterfaceNotFound"),
        (json!({"method": "None"}), "InterfaceNotFound"),
        (
            json!({"method": "org.msikit.service.None"}),
            "MethodNotFound",
        ),
        (
            json!({"method": "org.varlink.service.None"}),
            "MethodNotFound",
        ),
        (
            json!({"method": "org.varlink.service.GetInterfaceDescription"}),
            "InvalidParameter",
        ),
    ] {
        let reply = raw.call(call.clone());
        let expected = format!("org.varlink.service.{error}");
        assert_eq!(reply["error"], expected.as_str(), "{call}");
    }
    drop(raw);
    served.signal();
    served.end().unwrap();
}

#[test]
fn what_is_no_call_ends_the_connection_is_told_and_harms_nobody() {
    let served = Served::start_with(|settings| settings.order_bytes_max = 4096);
    let deep = format!("{{\"method\":{}1{}}}\0", "[".repeat(2000), "]".repeat(2000));
    let long = format!("{{\"method\":\"{}\"}}\0", "x".repeat(8192));
    let cases: [(&[u8], &str); 6] = [
        (b"\0", "not JSON"),
        (b"{\0", "not JSON"),
        (b"[1]\0", "no call"),
        (b"{\"method\":7}\0", "no call"),
        (deep.as_bytes(), "not JSON"),
        (long.as_bytes(), "longer than 4096"),
    ];
    for (bytes, told) in cases {
        let mut raw = served.raw();
        raw.send(bytes);
        assert!(raw.is_ended(), "{told}");
        assert!(
            served.site.was_told(told),
            "{told}: {:?}",
            served.site.lines()
        );
    }
    // A message that ends too early, and one that never comes.
    served.raw().send(b"{\"method\":\"x");
    served.raw().send(b"");
    served.client().query().unwrap();
    served.signal();
    served.end().unwrap();
}

#[test]
fn a_call_that_does_not_come_to_its_end_is_not_waited_for() {
    let served = Served::start_with(|settings| {
        settings.message_time_max = Duration::from_millis(50);
    });
    let mut raw = served.raw();
    raw.send(b"{\"method\":");
    assert!(raw.is_ended());
    assert!(served.site.was_told("not whole in time"));
    served.signal();
    served.end().unwrap();
}

#[test]
fn more_clients_than_are_let_in_are_turned_away_and_the_others_served() {
    let served = Served::start_with(|settings| settings.connections_max = 4);
    let mut inside: Vec<_> = (0..4).map(|_| served.raw()).collect();
    for raw in &mut inside {
        raw.call(json!({"method": "org.varlink.service.GetInfo"}));
    }
    assert!(served.raw().is_ended());
    assert!(served.site.was_told("too many connections"));
    for raw in &mut inside {
        let reply = raw.call(json!({"method": "org.msikit.service.Query"}));
        assert!(reply["parameters"]["status"].is_object(), "{reply}");
    }
    drop(inside);
    served.signal();
    served.end().unwrap();
}

#[test]
fn there_is_one_service_to_a_machine_and_what_a_killed_one_left_is_no_hindrance() {
    let served = Served::start(|_| {});
    let second = service::listen(served.state()).map(drop).unwrap_err();
    assert!(matches!(second, service::SocketError::AlreadyRunning));
    served.signal();
    served.end().unwrap();
    let state = tempfile::tempdir().unwrap();
    // A socket that nobody listens on any more.
    let left = state.path().join(service::SOCKET);
    drop(std::os::unix::net::UnixListener::bind(&left).unwrap());
    assert!(left.exists());
    drop(service::listen(state.path()).unwrap());
    assert!(!left.exists());
}

#[test]
fn a_machine_may_lie_deeper_than_a_sockets_path_is_long() {
    let served = Served::start_in(&format!("{}/state", "deep-folder/".repeat(30)));
    assert_eq!(served.client().query().unwrap().current_state, 4);
    served.signal();
    served.end().unwrap();
}
