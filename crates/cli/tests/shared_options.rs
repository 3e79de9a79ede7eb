//! Every documented option of msiexec has an answer: it is carried out, or refused with 1639 and a word why.
//!
//! The list of options is the shared one; without it this says nothing and passes.
#![allow(
    clippy::disallowed_methods,
    reason = "the list is read, and the program is run"
)]

use std::path::PathBuf;
use std::process::Command;

/// Each documented option: how it is typed, and whether it is there.
const TYPED: &[(&str, &[&str], bool)] = &[
    ("/i", &["/i", "PACKAGE"], true),
    ("/f", &["/fomus", "PACKAGE"], true),
    ("/a", &["/a", "PACKAGE", "TARGETDIR=IMAGE"], true),
    ("/x", &["/x", "PACKAGE"], true),
    ("/j[u|m]", &["/jm", "PACKAGE"], true),
    ("/t", &["/ju", "PACKAGE", "/t", "missing.mst"], true),
    ("/g", &["/jm", "PACKAGE", "/g", "1033"], true),
    ("/c", &["/jm", "PACKAGE", "/t", "missing.mst", "/c"], true),
    ("/n", &["/i", "PACKAGE", "/n", "{CODE}"], true),
    ("/L", &["/i", "PACKAGE", "/l*vx", "LOG"], true),
    ("/m", &["/i", "PACKAGE", "/m", "status"], false),
    ("/p", &["/p", "PATCH"], false),
    ("/q /qn", &["/i", "PACKAGE", "/q"], true),
    ("/qb", &["/i", "PACKAGE", "-QB"], true),
    ("/qr", &["/i", "PACKAGE", "/qr"], true),
    ("/qf", &["/i", "PACKAGE", "/qf"], true),
    ("/qn+", &["/i", "PACKAGE", "/qn+"], true),
    ("/qb+", &["/i", "PACKAGE", "/qb+"], true),
    ("/qb-", &["/i", "PACKAGE", "/qb-"], true),
    (
        "/qb! /qb+! /qb!+ /qb-! /qb!-",
        &["/i", "PACKAGE", "/qb!-"],
        true,
    ),
    ("/? /h", &["/?"], true),
    ("/y", &["/y", "module.dll"], false),
    ("/z", &["/z", "module.dll"], false),
    (
        "NAME=value",
        &["/i", "PACKAGE", "note=\"a \"\"b\"\" c\""],
        true,
    ),
    ("/help", &["/help"], true),
    ("/quiet", &["/i", "PACKAGE", "/quiet"], true),
    ("/passive", &["/i", "PACKAGE", "/passive"], true),
    ("/norestart", &["/i", "PACKAGE", "/norestart"], true),
    ("/forcerestart", &["/i", "PACKAGE", "/forcerestart"], true),
    ("/promptrestart", &["/i", "PACKAGE", "/promptrestart"], true),
    ("/uninstall", &["/uninstall", "PACKAGE"], true),
    ("/log", &["/i", "PACKAGE", "/log", "LOG"], true),
    ("/package", &["/package", "PACKAGE"], true),
    ("/update", &["/update", "PATCH"], false),
];

/// The options of the list, in its first column.
fn documented() -> Option<Vec<String>> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared");
    let shared = option_env!("MSIKIT_SHARED").unwrap_or(beside);
    let list = std::fs::read_to_string(PathBuf::from(shared).join("spec/cli.tsv")).ok()?;
    let first = |line: &str| line.split('\t').next().unwrap_or("").to_owned();
    Some(list.lines().skip(1).map(first).collect())
}

#[test]
fn every_documented_option_has_an_answer() {
    let Some(documented) = documented() else {
        return;
    };
    for option in &documented {
        assert!(
            TYPED.iter().any(|(name, ..)| name == option),
            "{option} is documented, and not tried here"
        );
    }
    let home = tempfile::tempdir().unwrap();
    let package = home.path().join("package");
    for (file, bytes) in testing::package("product Tools 1.0.0\nfile a.txt in Main: a").folder() {
        let file = package.join(file);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, bytes).unwrap();
    }
    for (option, words, there) in TYPED {
        let words: Vec<String> = words
            .iter()
            .map(|word| match *word {
                "PACKAGE" => "package".to_owned(),
                "PATCH" => "patch.msp".to_owned(),
                "LOG" => home.path().join("log.txt").display().to_string(),
                "TARGETDIR=IMAGE" => format!("TARGETDIR={}", home.path().join("image").display()),
                word => word.to_owned(),
            })
            .collect();
        let ran = Command::new(env!("CARGO_BIN_EXE_msikit"))
            .args(["--machine", "machine", "msiexec"])
            .args(&words)
            .current_dir(home.path())
            .env_clear()
            .output()
            .unwrap();
        let told = String::from_utf8_lossy(&ran.stderr).into_owned();
        let refused = told.contains("[1639 ");
        assert_eq!(!refused, *there, "{option}: {told}");
        // A part that comes later says so.
        assert_eq!(
            told.contains("is not there yet"),
            !*there,
            "{option}: {told}"
        );
    }
}
