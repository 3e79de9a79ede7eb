//! Packages go in, are listed, and come out again.

use crate::world::World;

const GREETER: &str = "
    product Greeter 1.0.0
    file hello.txt in Main: Hello, world
    file more.txt in Extra: More
    feature More: Extra
    Registry: Reg1 | 2 | Software\\Greeter | Name | [ProductName] | Main
";

#[test]
fn what_is_installed_is_listed_and_comes_out_whole() {
    let world = World::new();
    let package = world.package("greeter", GREETER);
    assert_eq!(world.msikit(&["machine", "init"]).status, 0);
    let before = world.snapshot();
    let installed = world.msikit(&[&package]);
    assert_eq!(installed.status, 103, "a package is no verb: {installed:?}");

    let installed = world.msikit(&["install", package.to_str().unwrap()]);
    assert_eq!(installed.status, 0, "{installed:?}");
    assert!(
        installed.out.starts_with("installed Greeter 1.0.0 ("),
        "{installed:?}"
    );
    let there = world
        .machine()
        .join("drive_c/Program Files (x86)/Greeter/hello.txt");
    assert_eq!(std::fs::read_to_string(&there).unwrap(), "Hello, world");
    let listed = world.msikit(&["list"]);
    assert!(listed.out.contains("Greeter  1.0.0"), "{listed:?}");
    let value = world
        .msikit(&[
            "machine",
            "reg",
            "query",
            "HKLM\\Software\\Wow6432Node\\Greeter",
            "--json",
        ])
        .json();
    assert_eq!(value["values"][0]["data"], "Greeter");

    let removed = world.msikit(&["remove", "Greeter"]);
    assert_eq!(removed.status, 0, "{removed:?}");
    assert_eq!(world.snapshot(), before);
    assert_eq!(world.msikit(&["list"]).out, "");
}

#[test]
fn a_cabinet_in_the_package_is_read() {
    let world = World::new();
    let package = world.package("greeter", &format!("{GREETER}\ncabinet"));
    assert_eq!(
        world.msikit(&["install", package.to_str().unwrap()]).status,
        0
    );
    let there = world
        .machine()
        .join("drive_c/Program Files (x86)/Greeter/more.txt");
    assert_eq!(std::fs::read_to_string(there).unwrap(), "More");
}

#[test]
fn a_product_is_removed_by_code_and_by_package_and_once() {
    for by_code in [true, false] {
        let world = World::new();
        let package = world.package("greeter", GREETER);
        let (package, code) = (
            package.to_str().unwrap(),
            testing::package(GREETER).product_code(),
        );
        assert_eq!(world.msikit(&["install", package]).status, 0);
        let target = if by_code { code.as_str() } else { package };
        assert_eq!(world.msikit(&["uninstall", target]).status, 0);
        let again = world.msikit(&["remove", target]);
        assert_eq!(again.status, 69, "{again:?}");
        assert!(
            again
                .err
                .trim_end()
                .ends_with("[1605 ERROR_UNKNOWN_PRODUCT]"),
            "{again:?}"
        );
    }
}

#[test]
fn features_are_chosen() {
    let world = World::new();
    let package = world.package("greeter", GREETER);
    let package = package.to_str().unwrap();
    assert_eq!(
        world
            .msikit(&["install", package, "--features", "Complete"])
            .status,
        0
    );
    let folder = world.machine().join("drive_c/Program Files (x86)/Greeter");
    assert!(folder.join("hello.txt").exists() && !folder.join("more.txt").exists());
    let shown = world.msikit(&["show", "Greeter", "--json"]).json();
    let state = |name: &str| {
        let features = shown["features"].as_array().unwrap();
        features
            .iter()
            .find(|feature| feature["name"] == name)
            .unwrap()["state"]
            .clone()
    };
    assert_eq!(
        (state("Complete"), state("More")),
        ("local".into(), "absent".into())
    );
}

#[test]
fn a_failed_install_leaves_nothing_and_says_why() {
    let world = World::new();
    let package = world.package("greeter", GREETER);
    let init = world.msikit(&["machine", "init"]);
    assert_eq!(init.status, 0);
    let before = world.snapshot();
    std::fs::remove_file(world.path("greeter").join("Greeter/more.txt")).unwrap();
    let failed = world.msikit(&["install", package.to_str().unwrap(), "--ui", "none"]);
    assert_eq!(failed.status, 67, "{failed:?}");
    let line = failed.err.lines().last().unwrap();
    assert!(
        line.contains("more.txt") && line.ends_with("[1603 ERROR_INSTALL_FAILURE]"),
        "{failed:?}"
    );
    assert_eq!(world.snapshot(), before);
    let events = world.msikit(&["events"]).out;
    let ids: Vec<&str> = events
        .lines()
        .filter_map(|line| line.split_whitespace().nth(2))
        .collect();
    assert_eq!(ids, ["1040", "11308", "11708", "1033", "1042"], "{events}");
    assert_eq!(world.status()["state"], "free");
}

#[test]
fn a_plan_changes_nothing_and_names_what_install_does() {
    let world = World::new();
    let package = world.package("greeter", GREETER);
    let package = package.to_str().unwrap();
    let plan = world.msikit(&["plan", package, "--json"]);
    assert!(plan.err.contains("the default facts are used"), "{plan:?}");
    assert!(!world.machine().exists());
    let plan = plan.json();
    let installed = world.msikit(&["install", package, "--json"]).json();
    assert_eq!(
        plan["operations"].as_array().unwrap().len() as u64,
        installed["operation_count"].as_u64().unwrap()
    );
    let copies = |operation: &&serde_json::Value| operation["op"] == "FileCopy";
    let operations = plan["operations"].as_array().unwrap();
    assert_eq!(
        operations.iter().filter(copies).count(),
        3,
        "two files and the cached package: {plan}"
    );
}

#[test]
fn the_events_tell_the_story() {
    let world = World::new();
    let package = world.package("greeter", GREETER);
    let package = package.to_str().unwrap();
    for verb in ["install", "remove"] {
        assert_eq!(world.msikit(&[verb, package]).status, 0);
    }
    let events = world.msikit(&["events", "--json"]).out;
    let events: Vec<serde_json::Value> = events
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let ids: Vec<u64> = events
        .iter()
        .map(|event| event["id"].as_u64().unwrap())
        .collect();
    assert_eq!(ids, [1040, 11707, 1033, 1042, 1040, 11724, 1034, 1042]);
    assert_eq!(
        events[2]["strings"],
        serde_json::json!(["Greeter", "1.0.0", "1033", "0", "Contoso"])
    );
    assert_eq!(events[0]["transaction"], events[3]["transaction"]);
    assert_ne!(events[0]["transaction"], events[4]["transaction"]);
    let only = world.msikit(&["events", "--id", "1034", "--json"]).out;
    assert_eq!(only.lines().count(), 1);
}

#[test]
fn the_log_has_the_lines_that_people_grep_for() {
    let world = World::new();
    let package = world.package("greeter", GREETER);
    let log = world.path("install.log");
    let ran = world.msikit(&[
        "install",
        package.to_str().unwrap(),
        "--log",
        log.to_str().unwrap(),
    ]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let text = std::fs::read_to_string(log).unwrap();
    for wanted in [
        "=== Verbose logging started: ",
        "]: Grabbed execution mutex.\r\n",
        "]: Incrementing counter to disable shutdown. Counter after increment: 0\r\n",
        "]: Doing action: InstallFiles\r\n",
        ": InstallFiles.\r\n",
        ": InstallFiles. Return value 1.\r\n",
        ": INSTALL. Return value 1.\r\n",
        "]: Executing op: FileCopy(",
        "Counter after decrement: -1\r\n",
        "Property(S): ProductName = Greeter\r\n",
        "]: MainEngineThread is returning 0\r\n",
        "=== Verbose logging stopped: ",
    ] {
        assert!(text.contains(wanted), "{wanted}");
    }
    let log = world.path("remove.log");
    let ran = world.msikit(&[
        "remove",
        "Greeter",
        "--log-encoding",
        "utf-16le",
        "--log",
        log.to_str().unwrap(),
    ]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let bytes = std::fs::read(log).unwrap();
    assert_eq!(bytes[..4], [0xFF, 0xFE, b'=', 0]);
}

#[test]
fn a_package_in_the_machine_is_found_by_its_drive_letter() {
    let world = World::new();
    assert_eq!(world.msikit(&["machine", "init"]).status, 0);
    let package = world.package("greeter", GREETER);
    std::fs::rename(package, world.machine().join("drive_c/Greeter")).unwrap();
    assert_eq!(world.msikit(&["install", "c:\\greeter"]).status, 0);
    assert_eq!(world.msikit(&["remove", "C:\\Greeter"]).status, 0);
}

#[test]
fn what_was_changed_is_found_and_repaired() {
    let world = World::new();
    let package = world.package("greeter", GREETER);
    let package = package.to_str().unwrap();
    assert_eq!(world.msikit(&["install", package]).status, 0);
    let fine = world.msikit(&["show", "Greeter", "--verify", "--json"]);
    assert_eq!(fine.status, 0, "{fine:?}");
    assert_eq!(fine.json()["verification"]["files"], 2);
    let file = world
        .machine()
        .join("drive_c/Program Files (x86)/Greeter/hello.txt");
    std::fs::remove_file(&file).unwrap();
    let broken = world.msikit(&["show", "Greeter", "--verify", "--json"]);
    assert_eq!(broken.status, 1, "{broken:?}");
    let told = broken.json();
    assert_eq!(told["state"], "broken");
    assert_eq!(
        told["verification"]["problems"][0]["problem"],
        "missing_file"
    );
    assert!(world.msikit(&["list"]).out.contains("[broken]"));
    assert_eq!(world.msikit(&["repair", "Greeter"]).status, 0);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "Hello, world");
    assert_eq!(world.msikit(&["show", "Greeter", "--verify"]).status, 0);
}

#[test]
fn files_are_extracted_to_the_host() {
    let world = World::new();
    let package = world.package("greeter", &format!("{GREETER}\ncabinet"));
    let (package, into) = (package.to_str().unwrap(), world.path("into"));
    for verb in [&["extract"][..], &["db", "extract"]] {
        let words = [verb, &[package, into.to_str().unwrap()]].concat();
        let extracted = world.msikit(&words);
        assert_eq!(extracted.status, 0, "{extracted:?}");
        let lines: Vec<&str> = extracted.out.lines().collect();
        let expected =
            ["hello.txt", "more.txt"].map(|name| format!("Program Files/Greeter/{name}"));
        assert_eq!(lines, expected);
        let text = std::fs::read_to_string(into.join(lines[0])).unwrap();
        assert_eq!(text, "Hello, world");
    }
    let refused = world.msikit(&["extract", package, "C:\\into"]);
    assert_eq!(refused.status, 103, "{refused:?}");
}

#[test]
fn what_is_cached_of_text_tables_is_a_package() {
    let world = World::new();
    world.package(
        "greeter",
        "product Greeter 1.0.0\nfile hello.txt in Main: Hello",
    );
    assert_eq!(world.msikit(&["install", "greeter"]).status, 0);
    let listed = world.msikit(&["list", "--json"]).json();
    let cached = listed[0]["package"].as_str().unwrap();
    let info = world.msikit(&["db", "info", cached]);
    assert_eq!(info.status, 0, "{info:?}");
    assert!(info.out.contains("Greeter"), "{info:?}");
    let file = cached.replace("C:\\", "drive_c/").replace('\\', "/");
    let bytes = std::fs::read(world.machine().join(file)).unwrap();
    assert_eq!(bytes[..8], [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1]);
    std::fs::remove_dir_all(world.path("greeter")).unwrap();
    assert_eq!(world.msikit(&["remove", "Greeter"]).status, 0);
}

/// The last used source is gone: the others of the list are tried, and only one with this very package is taken.
#[test]
fn a_source_that_is_gone_is_looked_for_in_the_list() {
    let world = World::new();
    let text = "product Greeter 1.0.0\nfile hello.txt in Main: Hello";
    world.package("greeter", text);
    assert_eq!(world.msikit(&["install", "greeter"]).status, 0);
    world.package(
        "wrong/greeter",
        &format!("{text}\nproperty ANOTHER: package"),
    );
    std::fs::create_dir(world.path("right")).unwrap();
    std::fs::rename(world.path("greeter"), world.path("right/greeter")).unwrap();
    let file = world
        .machine()
        .join("drive_c/Program Files (x86)/Greeter/hello.txt");
    std::fs::remove_file(&file).unwrap();
    let gone = world.msikit(&["repair", "Greeter"]);
    assert_eq!(gone.status, 67, "{gone:?}");

    let hive = world.machine().join("system.reg");
    let text = std::fs::read_to_string(&hive).unwrap();
    let place = |name: &str| {
        let path = world.path(name).display().to_string();
        format!("Z:{}\\", path.replace('/', "\\")).replace('\\', "\\\\")
    };
    let (before, after) = text.split_once("SourceList\\\\Net]\n").unwrap();
    let more = format!(
        "\"10\"=\"{}\"\n\"9\"=\"{}\"\n",
        place("right/greeter"),
        place("wrong/greeter")
    );
    std::fs::write(&hive, format!("{before}SourceList\\\\Net]\n{more}{after}")).unwrap();
    let found = world.msikit(&["repair", "Greeter"]);
    assert_eq!(found.status, 0, "{found:?}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "Hello");
}
