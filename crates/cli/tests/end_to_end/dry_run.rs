//! `--dry-run` of every verb that has it: it says what would be done, and nothing on the disk is another afterwards.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::world::{World, feed, named_pipe};

const CODE: &str = "{B899E5DD-D56C-4AF6-B3B0-9A77EF4C0B09}";

const SIGNATURE: &str = "ModuleID\tLanguage\tVersion\ns72\ti2\ts32\nModuleSignature\tModuleID\tLanguage\nMod.GUID\t0\t1\n";

/// The verb, as its manual page is called, and what is typed. A verb that gets `--dry-run` gets a row here.
const ROWS: &[(&str, &[&str])] = &[
    ("install", &["install", "greeter"]),
    ("remove", &["remove", "greeter"]),
    ("repair", &["repair", "greeter"]),
    ("advertise", &["advertise", "greeter"]),
    ("admin", &["admin", "greeter", "TARGETDIR=image"]),
    ("msiexec", &["msiexec", "--dry-run", "/x", CODE, "/qn"]),
    ("recover", &["recover"]),
    ("run", &["run", "--dry-run", "--", "touch", "touched"]),
    ("machine-init", &["machine", "init"]),
    (
        "machine-reg-export",
        &["machine", "reg", "export", "HKLM\\Software", "out.reg"],
    ),
    (
        "machine-snapshot",
        &["machine", "snapshot", "--tar", "m.tar"],
    ),
    (
        "machine-diff",
        &["machine", "diff", "lines", "--tar", "m.tar"],
    ),
    ("extract", &["extract", "greeter"]),
    ("db-extract", &["db", "extract", "greeter", "files"]),
    (
        "db-query",
        &["db", "query", "one.msi", "DELETE FROM File", "--write"],
    ),
    ("db-export", &["db", "export", "one.msi", "-o", "tables"]),
    (
        "db-import",
        &["db", "import", "one.msi", "greeter/Property.idt"],
    ),
    ("db-build", &["db", "build", "greeter", "-o", "two.msi"]),
    (
        "db-transform",
        &["db", "transform", "one.msi", "greeter", "-o", "new.mst"],
    ),
    (
        "db-merge",
        &["db", "merge", "module", "one.msi", "--cabinet", "m.cab"],
    ),
    (
        "service-install-units",
        &["service", "install-units", "-o", "units"],
    ),
    ("report", &["report", "greeter", "--against", "one.msi"]),
    ("man", &["man", "-o", "pages"]),
    ("new", &["new", "fresh"]),
];

/// Everything below a folder: contents and times of files.
fn everything(folder: &Path) -> BTreeMap<PathBuf, Option<(Vec<u8>, SystemTime)>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let metadata = path.symlink_metadata().unwrap();
        if metadata.is_dir() {
            found.extend(everything(&path));
        }
        let contents = metadata
            .is_file()
            .then(|| (std::fs::read(&path).unwrap(), metadata.modified().unwrap()));
        found.insert(path, contents);
    }
    found
}

fn world() -> World {
    let world = World::new();
    world.package("greeter", "product Greeter 1.0.0\nfile a.txt in Main: a");
    let built = world.msikit(&["db", "build", "greeter", "-o", "one.msi"]);
    assert_eq!(built.status, 0, "{built:?}");
    let module = world.path("module");
    std::fs::create_dir_all(module.join("_Streams")).unwrap();
    std::fs::write(module.join("ModuleSignature.idt"), SIGNATURE).unwrap();
    std::fs::write(module.join("_Streams/MergeModule.CABinet"), "cab").unwrap();
    std::fs::write(world.path("lines"), "D drive_c\n").unwrap();
    world
}

/// Runs every row; `may_fail`: those that need an installed product.
#[track_caller]
fn check(world: &World, may_fail: &[&str]) {
    let before = everything(&world.path(""));
    for (verb, typed) in ROWS {
        let mut typed = typed.to_vec();
        if !typed.contains(&"--dry-run") {
            typed.push("--dry-run");
        }
        let ran = world.msikit(&typed);
        assert!(
            ran.status == 0 || may_fail.contains(verb) || *verb == "machine-diff",
            "{verb}: {ran:?}"
        );
        let told = ran.shown().lines().filter(|line| !line.is_empty()).count();
        assert!(told > 1, "{verb} says nothing: {ran:?}");
        assert_eq!(
            everything(&world.path("")),
            before,
            "{verb} changed something"
        );
    }
}

#[test]
fn nothing_is_changed_where_there_is_no_machine_yet() {
    check(&world(), &["remove", "repair", "msiexec"]);
}

#[test]
fn nothing_is_changed_in_a_machine() {
    let world = world();
    assert_eq!(world.msikit(&["install", "greeter"]).status, 0);
    check(&world, &[]);
}

#[test]
fn nothing_is_changed_while_another_holds_the_gate() {
    let world = world();
    assert_eq!(world.msikit(&["install", "greeter"]).status, 0);
    let pipe = world.path("pipe");
    named_pipe(&pipe);
    let holder = world.spawn(&["run", "--", "cat", pipe.to_str().unwrap()]);
    world.await_status(|status| status["holder"].is_object());
    check(&world, &[]);
    let ran = world.msikit(&["recover", "--dry-run"]);
    assert!(ran.err.contains("would wait for run cat"), "{ran:?}");
    feed(&pipe, b"");
    assert_eq!(world.end(holder).status, 0);
}

#[test]
fn every_verb_that_has_it_is_tried_here() {
    let world = World::new();
    assert_eq!(world.msikit(&["man", "-o", "pages"]).status, 0);
    let mut having = Vec::new();
    for page in std::fs::read_dir(world.path("pages")).unwrap() {
        let page = page.unwrap().path();
        if std::fs::read_to_string(&page)
            .unwrap()
            .contains("\\-\\-dry\\-run")
        {
            let name = page.file_stem().unwrap().to_str().unwrap();
            having.push(name.trim_start_matches("msikit-").to_owned());
        }
    }
    // Taken over from `install`; it changes nothing anyway.
    having.retain(|verb| verb != "plan");
    let mut tried: Vec<&str> = ROWS.iter().map(|(verb, _)| *verb).collect();
    having.sort();
    tried.sort();
    assert_eq!(
        tried, having,
        "verbs with --dry-run are tried in dry_run.rs"
    );
}
