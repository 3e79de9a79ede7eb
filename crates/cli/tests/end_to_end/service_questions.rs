//! Questions of an installation over varlink: both answers, silence, and who may answer.

use std::process::Child;

use serde_json::{Value, json};

use crate::service::serve;
use crate::varlink::Varlink;
use crate::world::World;

const WAITS: &str = "
    product Waits 1.0.0
    file waits.txt in Main: waits
    InstallExecuteSequence: ForceReboot | NOT AFTERREBOOT | 4100
";

/// A package whose second file is not beside it, and the file's bytes.
fn incomplete(world: &World) -> String {
    let text =
        "product First 1.0.0\nfile first.txt in Main: first\nfile second.txt in Main: second";
    let folder = world.package("First", text);
    let file = folder.join("First/second.txt");
    std::fs::rename(&file, world.path("second.txt")).unwrap();
    folder.to_str().unwrap().to_owned()
}

/// Puts the second file where it belongs.
fn complete(world: &World) {
    let file = world.path("First/First/second.txt");
    std::fs::copy(world.path("second.txt"), file).unwrap();
}

/// An order of a client that answers questions, its number, and what it is asked.
fn asked(world: &World, words: &[&str]) -> (Varlink, Value, Value) {
    let mut client = Varlink::connect(world);
    client.begin("Run", &json!({ "arguments": words, "answers": true }));
    let install = client.await_member("accepted")["install"].clone();
    let question = client.await_member("question");
    (client, install, question)
}

fn answer(world: &World, install: &Value, question: &Value, answer: &str) -> Value {
    let answer = json!({ "install": install, "question": question["question"], "answer": answer });
    Varlink::connect(world).call("Answer", &answer)
}

fn stop(world: &World, service: Child) -> String {
    assert_eq!(world.msikit(&["service", "stop"]).status, 0);
    world.end(service).err
}

#[test]
fn a_missing_file_is_looked_for_again_as_often_as_the_client_says_retry() {
    let world = World::new();
    assert_eq!(world.msikit(&["machine", "init"]).status, 0);
    let before = world.snapshot();
    let service = serve(&world);
    let package = incomplete(&world);
    let (mut client, install, question) = asked(&world, &["install", &package]);
    assert_eq!(
        (
            &question["message"],
            &question["product"],
            &question["answers"]
        ),
        (&1308.into(), &"First".into(), &json!(["Retry", "Cancel"]))
    );
    for nonsense in ["Yes", "retry", ""] {
        let refused = answer(&world, &install, &question, nonsense);
        assert_eq!(
            refused["error"], "org.msikit.service.NoQuestion",
            "{nonsense}"
        );
    }
    // In vain: it is asked once more, under another number.
    answer(&world, &install, &question, "Retry");
    let second = client.await_member("question");
    assert_ne!(second["question"], question["question"]);
    let late = answer(&world, &install, &question, "Retry");
    assert_eq!(late["error"], "org.msikit.service.NoQuestion", "{late}");
    complete(&world);
    answer(&world, &install, &second, "Retry");
    assert_eq!(client.await_member("code"), 0);

    assert_eq!(world.msikit(&["remove", "First"]).status, 0);
    std::fs::remove_file(world.path("First/First/second.txt")).unwrap();
    let (mut client, install, question) = asked(&world, &["install", &package]);
    answer(&world, &install, &question, "Cancel");
    assert_eq!(client.await_member("code"), 1603);
    assert_eq!(world.snapshot(), before);
    stop(&world, service);
}

#[test]
fn whether_another_installation_is_undone_is_for_the_client_to_say() {
    let world = World::new();
    let waits = world.package("Waits", WAITS);
    assert_eq!(
        world.msikit(&["install", waits.to_str().unwrap()]).status,
        68
    );
    let service = serve(&world);
    let other = world.package("Other", "product Other 2.0.0\nfile o.txt in Main: o");
    let words = ["install", other.to_str().unwrap()];
    for (said, code) in [("No", 1603), ("Yes", 0)] {
        let (mut client, install, question) = asked(&world, &words);
        assert_eq!(
            (
                &question["message"],
                &question["product"],
                &question["answers"]
            ),
            (&1704.into(), &"Waits".into(), &json!(["Yes", "No"]))
        );
        answer(&world, &install, &question, said);
        assert_eq!(client.await_member("code"), code, "{said}");
    }
    assert_eq!(world.status()["state"], "free");
    stop(&world, service);
}

#[test]
fn silence_is_an_answer() {
    let world = World::new();
    assert_eq!(world.msikit(&["machine", "init"]).status, 0);
    let before = world.snapshot();
    let service = serve(&world);
    let package = incomplete(&world);
    // A client that answers nothing is not waited for.
    let mut client = Varlink::connect(&world);
    client.begin("Run", &json!({ "arguments": ["install", package] }));
    assert_eq!(client.await_member("code"), 1603);
    // Nor is one that has gone.
    let (client, _, _) = asked(&world, &["install", &package]);
    drop(client);
    world.await_status(|status| status["state"] == "free");
    // Nor is anybody once the installation is called off.
    let (mut client, install, _) = asked(&world, &["install", &package]);
    Varlink::connect(&world).call("Cancel", &json!({ "install": install }));
    assert_eq!(client.await_member("code"), 1602);
    assert_eq!(world.snapshot(), before);
    let told = stop(&world, service);
    assert!(told.contains("its client has gone"), "{told}");
}
