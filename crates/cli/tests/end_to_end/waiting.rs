//! An installation that ForceReboot ends in the middle, as its user sees it.

use expect_test::expect;

use crate::world::World;

const GREETER: &str = "
    product Greeter 1.0.0
    file hello.txt in Main: Hello
    file more.txt in Extra: More
    feature More: Extra
    Registry: Reg1 | 2 | Software\\Greeter | Name | [ProductName] | Main
    InstallExecuteSequence: ForceReboot | NOT AFTERREBOOT | 4100
";

/// A machine on which an installation waits, the package, and the machine's snapshot of before.
fn waiting() -> (World, String, String) {
    let world = World::new();
    let package = world.package("Greeter", GREETER);
    let package = package.to_str().unwrap().to_owned();
    assert_eq!(world.msikit(&["machine", "init"]).status, 0);
    let before = world.msikit(&["machine", "snapshot"]).out;
    let ended = world.msikit(&["install", &package, "--json", "--features", "Complete"]);
    assert_eq!(ended.status, 68, "{}", ended.err);
    let report = ended.json();
    assert_eq!(
        (&report["code"], &report["reboot"]),
        (&1604.into(), &"required".into())
    );
    let line = ended.err.lines().last().unwrap();
    assert_eq!(
        line,
        "msikit: Greeter 1.0.0 waits for a restart: `msikit recover --resume` goes on with it, \
         `msikit recover --undo-suspended` undoes it [1604 ERROR_INSTALL_SUSPEND]"
    );
    (world, package, before)
}

#[test]
fn status_and_all_that_read_say_what_waits() {
    let (world, _, _) = waiting();
    let status = world.msikit(&["status", "--json"]);
    assert_eq!(status.status, 68);
    let status = status.json();
    assert_eq!(
        (&status["state"], &status["busy"], &status["reboot_pending"]),
        (&"suspended".into(), &false.into(), &true.into())
    );
    let suspended = &status["suspended"];
    for (name, expected) in [
        ("kind", "awaiting_restart"),
        ("product_name", "Greeter"),
        ("version", "1.0.0"),
        ("command", "install"),
        ("user", "alice"),
    ] {
        assert_eq!(suspended[name], expected, "{suspended}");
    }
    let words = "install of Greeter 1.0.0 by alice waits for a restart";
    let status = world.msikit(&["status"]).out;
    expect![[r#"
        suspended: install of Greeter 1.0.0 by alice waits for a restart
          restart      the machine waits for one
          what to do   go on, as after the restart: `msikit recover --resume`; or undo
                       it: `msikit recover --undo-suspended`
    "#]]
    .assert_eq(&status);
    for verb in [&["list"][..], &["machine", "snapshot"]] {
        let told = world.msikit(verb);
        assert!(told.status == 0 && told.err.contains(words), "{}", told.err);
    }
    // Others may run; what waits goes on waiting.
    assert_eq!(world.msikit(&["run", "--", "true"]).status, 0);
    assert_eq!(world.msikit(&["wait", "1s"]).status, 0);
    let recovered = world.msikit(&["recover"]);
    assert_eq!(
        (recovered.status, recovered.out.as_str()),
        (0, "nothing to recover\n")
    );
    assert_eq!(world.msikit(&["status"]).status, 68);
}

#[test]
fn it_is_gone_on_with_to_the_end() {
    let (world, package, before) = waiting();
    let log = world.path("resumed.log");
    let resumed = world.msikit(&["recover", "--resume", "--log", log.to_str().unwrap()]);
    assert_eq!(resumed.status, 0, "{}", resumed.err);
    assert!(
        resumed.out.starts_with("installed Greeter 1.0.0 ("),
        "{}",
        resumed.out
    );
    assert_eq!(world.msikit(&["status"]).status, 0);
    let log = std::fs::read_to_string(log).unwrap();
    for wanted in [
        "RESUME=1",
        "AFTERREBOOT=1",
        "MainEngineThread is returning 0",
    ] {
        assert!(log.contains(wanted), "{wanted}: {log}");
    }
    let after = world.msikit(&["machine", "snapshot"]).out;
    assert!(
        after.contains("hello.txt") && !after.contains("more.txt"),
        "{after}"
    );
    let again = world.msikit(&["recover", "--resume"]);
    assert_eq!(
        (again.status, again.out.as_str()),
        (0, "nothing waits for a restart\n")
    );
    let removed = world.msikit(&["remove", &package, "AFTERREBOOT=1"]);
    assert_eq!(removed.status, 0, "{}", removed.err);
    assert_eq!(world.msikit(&["machine", "snapshot"]).out, before);
}

#[test]
fn it_is_undone() {
    let (world, _, before) = waiting();
    let undone = world.msikit(&["recover", "--undo-suspended"]);
    assert!(
        undone.status == 0 && undone.out.starts_with("undone: Greeter ("),
        "{}",
        undone.out
    );
    assert_eq!(world.msikit(&["status"]).status, 0);
    assert_eq!(world.msikit(&["machine", "snapshot"]).out, before);
}

#[test]
fn another_product_is_refused_until_it_may_be_undone() {
    let (world, _, _) = waiting();
    let other = world.package(
        "Other",
        "product Other 2.0.0\nfile other.txt in Main: Other",
    );
    let other = other.to_str().unwrap();
    let refused = world.msikit(&["install", other]);
    assert_eq!(refused.status, 67);
    let line = refused.err.lines().last().unwrap();
    assert_eq!(
        line,
        "msikit: an installation of Greeter 1.0.0 waits for a restart: go on with it with `msikit recover --resume`, \
         or undo it with `--undo-suspended` [message 1704] [1603 ERROR_INSTALL_FAILURE]"
    );
    // Several packages at once are refused in the same way.
    let more = world.package("More", "product More 3.0.0\nfile m.txt in Main: m");
    let both = world.msikit(&["install", other, more.to_str().unwrap()]);
    assert!(
        both.status == 67 && both.err.contains("[message 1704]"),
        "{}",
        both.err
    );
    assert_eq!(world.msikit(&["status"]).status, 68);
    let installed = world.msikit(&["install", other, "--undo-suspended"]);
    assert_eq!(installed.status, 0, "{}", installed.err);
    let after = world.msikit(&["machine", "snapshot"]).out;
    assert!(after.contains("other.txt") && !after.contains("hello.txt"));
    let told = world.msikit(&["events", "--json"]).out;
    let id = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["id"].as_u64();
    let ids: Vec<u64> = told.lines().filter_map(id).collect();
    assert_eq!(
        ids,
        [
            1040, 1033, 1042, 1038, 1005, // waits
            1040, 11704, 11708, 1033, 1042, // refused
            1040, 11708, 1033, 11707, 1033,
            1042 // undone under the hold of the other, which succeeds
        ]
    );
}
