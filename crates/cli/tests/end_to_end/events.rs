//! The event log, as people filter and export it.

use crate::world::World;

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
