//! Help, completions and manual pages, as people get them on 80 columns.

use expect_test::{ExpectFile, expect_file};

use crate::world::World;

fn check(arguments: &[&str], expected: ExpectFile) {
    let world = World::new();
    let ran = world
        .command(arguments)
        .env("COLUMNS", "80")
        .output()
        .unwrap();
    assert_eq!(
        (ran.status.code(), ran.stderr.as_slice()),
        (Some(0), &b""[..])
    );
    let text = String::from_utf8(ran.stdout).unwrap();
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    let text: Vec<&str> = text.lines().map(str::trim_end).collect();
    expected.assert_eq(&(text.join("\n") + "\n"));
}

#[test]
fn help_short_and_long() {
    check(&["-h"], expect_file!["help/short.txt"]);
    check(&["--help"], expect_file!["help/long.txt"]);
    check(&["install", "--help"], expect_file!["help/install.txt"]);
    check(&["help", "install"], expect_file!["help/install.txt"]);
    check(&["db", "-h"], expect_file!["help/db.txt"]);
}

#[test]
fn msiexec_tells_its_whole_command_line() {
    for asked in [
        &["msiexec", "/?"][..],
        &["msiexec", "-h"],
        &["msiexec", "/HELP"],
        &["msiexec", "--help"],
        &["help", "msiexec"],
    ] {
        check(asked, expect_file!["help/msiexec.txt"]);
    }
}

/// The verbs, from the help itself.
fn verbs(world: &World) -> Vec<String> {
    let help = world.msikit(&["-h"]).out;
    let listed = help
        .lines()
        .skip_while(|line| !line.ends_with(':'))
        .take_while(|line| *line != "Options:");
    let verb = |line: &str| Some(line.strip_prefix("  ")?.split(' ').next()?.to_owned());
    let mut verbs: Vec<String> = listed.filter_map(verb).collect();
    verbs.retain(|verb| verb != "help");
    assert!(verbs.len() > 20, "{verbs:?}");
    verbs
}

#[test]
fn completions_know_every_verb() {
    let world = World::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let ran = world.msikit(&["completions", shell]);
        assert_eq!((ran.status, ran.err.as_str()), (0, ""), "{shell}");
        for verb in verbs(&world) {
            assert!(ran.out.contains(&verb), "{shell}: {verb}");
        }
        assert!(ran.out.contains("custom-actions"), "{shell}");
    }
    let ran = world.msikit(&["completions", "csh"]);
    assert_eq!(ran.status, 103, "{ran:?}");
    assert!(
        ran.err.contains("bash, elvish, fish, powershell, zsh"),
        "{ran:?}"
    );
}

#[test]
fn every_verb_has_a_manual_page_with_its_examples() {
    let world = World::new();
    let page = world.msikit(&["man"]).out;
    assert!(
        page.contains(".TH msikit 1") && page.contains("\n.SH EXAMPLES\n"),
        "{page}"
    );
    let dry = world.msikit(&["man", "-o", "pages", "--dry-run"]);
    assert!(
        dry.out.contains("pages/msikit.1") && !world.path("pages").exists(),
        "{dry:?}"
    );
    let ran = world.msikit(&["man", "-o", "pages"]);
    assert_eq!((ran.status, &ran.out), (0, &dry.out), "{ran:?}");
    for verb in verbs(&world) {
        let page = world.path(&format!("pages/msikit-{verb}.1"));
        let page = std::fs::read_to_string(page).unwrap();
        assert!(
            page.contains(&format!(".TH msikit\\-{verb} 1"))
                || page.contains(&format!(".TH msikit-{verb} 1")),
            "{page}"
        );
    }
    let query = std::fs::read_to_string(world.path("pages/msikit-db-query.1")).unwrap();
    assert!(query.contains("SELECT"), "{query}");
}
