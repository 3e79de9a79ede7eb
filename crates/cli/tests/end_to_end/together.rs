//! Several packages in one command: one transaction, all or none of them.

use expect_test::expect;
use rustix::process::{Pid, Signal, kill_process};

use crate::world::{World, named_pipe};

fn package(world: &World, name: &str, more: &str) -> String {
    let text = format!("product {name} 1.0.0\nfile {name}.txt in {name}Main: {name}\n{more}");
    let folder = world.package(name, &text);
    folder.to_str().unwrap().to_owned()
}

const FAILS: &str = "CustomAction: Stop | 19 | | I stop
    InstallExecuteSequence: Stop | | 6550";

#[test]
fn several_packages_are_installed_and_removed_together() {
    let world = World::new();
    assert_eq!(world.msikit(&["machine", "init"]).status, 0);
    let before = world.snapshot();
    let (a, b) = (package(&world, "A", ""), package(&world, "B", ""));
    let ran = world.msikit(&["install", &a, &b]);
    expect![[r#"
        installed A 1.0.0 (69 operations)
        installed B 1.0.0 (69 operations)
    "#]]
    .assert_eq(&ran.out);
    let plan = world.msikit(&["plan", "--remove", &a, &b, "--json"]).json();
    let removed = world.msikit(&["remove", "A", "B", "--json"]);
    let removed = removed.json();
    assert_eq!(removed["code"], 0);
    assert_eq!(removed["packages"][1]["product_name"], "B");
    for at in [0, 1] {
        let planned = plan["packages"][at]["operations"].as_array().unwrap().len();
        assert_eq!(removed["packages"][at]["operation_count"], planned);
    }
    assert_eq!(world.snapshot(), before);
}

#[test]
fn one_that_fails_is_named_and_nothing_is_changed() {
    let world = World::new();
    assert_eq!(world.msikit(&["machine", "init"]).status, 0);
    let before = world.snapshot();
    let (a, b) = (package(&world, "A", ""), package(&world, "B", FAILS));
    let ran = world.msikit(&["install", &a, &b]);
    assert_eq!((ran.status, ran.out.as_str()), (67, ""));
    expect![[r#"
        msikit: machine HOME/machine
        msikit: HOME/B: I stop; none of the 2 packages was changed [1603 ERROR_INSTALL_FAILURE]
    "#]]
    .assert_eq(&ran.err);
    let report = world.msikit(&["install", &a, &b, "--json"]).json();
    assert_eq!(report["code"], 1603);
    assert_eq!(report["packages"][0]["code"], 1603);
    expect![[r#""it was undone with the whole transaction: I stop""#]]
        .assert_eq(&report["packages"][0]["message"].to_string());
    // A name that is wrong, too.
    let none = world.path("none.msi");
    let c = package(&world, "C", "");
    let ran = world.msikit(&["install", &a, none.to_str().unwrap(), &c, "--json"]);
    assert_eq!(ran.status, 1619 % 256, "{ran:?}");
    let report = ran.json();
    let packages = report["packages"].as_array().unwrap().iter();
    let codes: Vec<u64> = packages
        .map(|package| package["code"].as_u64().unwrap())
        .collect();
    assert_eq!(codes, [1603, 1619]);
    assert_eq!(world.snapshot(), before);

    let row = "InstallExecuteSequence: ScheduleReboot | | 6800";
    let restarts = package(&world, "D", row);
    let ran = world.msikit(&["install", &a, &restarts]);
    expect![[r#"
        msikit: machine HOME/machine
        msikit: HOME/D: InstallInitialize: ScheduleReboot: a package that restarts the machine is not installed together with others: install it alone; done without it: HOME/A [1603 ERROR_INSTALL_FAILURE]
    "#]]
    .assert_eq(&ran.err);
    assert_eq!(ran.out, "installed A 1.0.0 (69 operations)\n");
}

#[test]
fn one_that_cannot_be_opened_is_no_reason_to_make_a_machine() {
    let world = World::new();
    let a = package(&world, "A", "");
    let none = world.path("none.msi");
    let ran = world.msikit(&["install", &a, none.to_str().unwrap()]);
    assert!(ran.err.contains("[1619 "), "{ran:?}");
    assert!(!world.machine().exists());
}

#[test]
fn killed_in_the_second_package_the_first_is_undone_too_by_whoever_comes_next() {
    let world = World::new();
    assert_eq!(world.msikit(&["machine", "init"]).status, 0);
    let before = world.snapshot();
    let (a, b) = (
        package(&world, "A", ""),
        package(&world, "B", "file more.txt in More: more"),
    );
    let source = world.path("B/B/more.txt");
    std::fs::remove_file(&source).unwrap();
    named_pipe(&source);
    let parked = world.spawn(&["install", &a, &b]);
    let first = world.machine().join("drive_c/Program Files (x86)/B/B.txt");
    let status = world.await_status(|_| first.exists());
    assert_eq!(status["holder"]["product_name"], "B");
    assert_ne!(world.snapshot(), before);

    let c = package(&world, "C", "");
    let refused = world.msikit(&["install", &c, &a, "--no-wait", "--json"]);
    assert_eq!(
        (refused.status, &refused.json()["code"]),
        (82, &1618.into())
    );
    assert_eq!(refused.json()["holder"]["product_name"], "B");
    let queued = world.spawn(&["install", &c, "--wait"]);
    world.await_status(|status| {
        status["waiting"]
            .as_array()
            .is_some_and(|all| all.len() == 1)
    });
    kill_process(Pid::from_child(&parked), Signal::KILL).unwrap();
    parked.wait_with_output().unwrap();
    let done = world.end(queued);
    assert_eq!(done.status, 0, "{done:?}");
    let list = world.msikit(&["list"]).out;
    assert!(
        list.lines().count() == 1 && list.contains("  C  "),
        "{list}"
    );
    let events = world.msikit(&["events"]).out;
    assert_eq!(events.matches("11708").count(), 2, "{events}");
    assert_eq!(world.msikit(&["remove", "C"]).status, 0);
    assert_eq!(world.snapshot(), before);
}
