//! The event log, as people filter and export it.

use crate::world::World;
use std::os::unix::net::UnixDatagram;

#[test]
fn events_are_filtered_and_exported_as_xml() {
    let world = World::new();
    let text = "product Good & Co 1.0.0\nfile a.txt in Main: a";
    let good = world.package("good", text);
    let stop = "CustomAction: Stop | 19 | | no\nInstallExecuteSequence: Stop | | 5000";
    let bad = world.package("bad", &format!("product Bad 1.0.0\n{stop}"));
    assert_eq!(world.msikit(&["install", good.to_str().unwrap()]).status, 0);
    assert_eq!(world.msikit(&["install", bad.to_str().unwrap()]).status, 67);

    let all = world.msikit(&["events", "--json"]).out;
    let all: Vec<serde_json::Value> = all
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let xml = world.msikit(&["events", "--xml"]).out;
    let lines: Vec<&str> = xml.lines().collect();
    assert_eq!(lines[0], r#"<?xml version="1.0" encoding="utf-8"?>"#);
    assert_eq!(
        (lines[1], lines[lines.len() - 1]),
        ("<Events>", "</Events>")
    );
    let exported = &lines[2..lines.len() - 1];
    assert_eq!(exported.len(), all.len());
    for (line, event) in exported.iter().zip(&all) {
        let id = format!("<EventID Qualifiers=\"0\">{}</EventID>", event["id"]);
        assert!(line.starts_with("<Event ") && line.contains(&id), "{line}");
    }
    assert!(xml.contains("<Data>Good &amp; Co</Data>"), "{xml}");

    let errors = world.msikit(&["events", "--level", "error"]).out;
    assert_eq!(errors.lines().count(), 1, "{errors}");
    assert!(errors.contains(" 11708 "), "{errors}");
    let transaction = all[0]["transaction"].as_str().unwrap();
    let of_one = world.msikit(&["events", "--transaction", transaction]).out;
    assert_eq!(of_one.lines().count(), 4, "{of_one}");
}

#[test]
fn journald_is_told_the_events_when_asked() {
    let world = World::new();
    let package = world.package("good", "product Good 1.0.0\nfile a.txt in Main: a");
    let socket = world.path("journald");
    let journald = UnixDatagram::bind(&socket).unwrap();
    journald.set_nonblocking(true).unwrap();
    let install = |socket: Option<&std::path::Path>, verb: &str| {
        let mut command = world.command(&[verb, package.to_str().unwrap()]);
        command.envs(socket.map(|socket| ("MSIKIT_JOURNALD", socket)));
        command.output().unwrap()
    };
    let ran = install(Some(&socket), "install");
    assert!(ran.status.success(), "{ran:?}");
    assert!(
        !String::from_utf8_lossy(&ran.stderr).contains("warning"),
        "{ran:?}"
    );
    let told = || {
        let mut told = Vec::new();
        let mut bytes = vec![0; 65536];
        while let Ok(length) = journald.recv(&mut bytes) {
            let entry = String::from_utf8(bytes[..length].to_vec()).unwrap();
            let id = entry
                .lines()
                .find_map(|line| line.strip_prefix("MSI_EVENT_ID="));
            told.push(id.unwrap().to_owned());
        }
        told
    };
    assert_eq!(told(), ["1040", "11707", "1033", "1042"]);
    // The machine says it for good.
    let facts = world.machine().join(".msikit/machine.toml");
    let kept = std::fs::read_to_string(&facts).unwrap();
    let asks = format!("journald = {socket:?}\n{kept}");
    std::fs::write(&facts, asks).unwrap();
    assert!(install(None, "remove").status.success());
    assert_eq!(told(), ["1040", "11724", "1034", "1042"]);
    assert!(install(None, "install").status.success());
    // Nobody listens: that is said, and the install goes on.
    let ran = install(Some(&world.path("nobody")), "remove");
    assert!(ran.status.success(), "{ran:?}");
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert!(
        said.contains("warning: MSIKIT_JOURNALD: journald cannot be told: No such file"),
        "{said}"
    );
}
