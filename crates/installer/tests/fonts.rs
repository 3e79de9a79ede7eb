//! Fonts without a title in the package: it is read out of the file before that is in place, in a cabinet or beside
//! the package.
//!
//! Follows: Microsoft, "Font Table".
#![allow(
    clippy::disallowed_methods,
    reason = "packages lie in a folder of the host"
)]

mod bench;

use bench::{Bench, command};
use installer::Intent;

/// A font with nothing but a table of names: one, the full name, for Windows, in German: `F`.
const FONT: &str = "\0\x01\0\0\0\x01\0\0\0\0\0\0name\0\0\0\0\0\0\0\x1c\0\0\0\x14\
    \0\0\0\x01\0\x12\0\x03\0\x01\x04\x07\0\x04\0\x02\0\0\0F";

fn package(more: &str) -> String {
    format!(
        "
        product Writer 1.0.0
        component Main in FontsFolder
        folder FontsFolder in TARGETDIR: .
        file f.ttf in Main: {FONT}
        Font: f.ttf |
        {more}"
    )
}

#[test]
fn the_title_comes_out_of_the_file() {
    for more in ["", "cabinet"] {
        let bench = Bench::new();
        let file = bench.package("writer", &package(more));
        let before = bench.machine();
        let planned = bench.plan(&before, &command(Intent::Install, &file));
        let title = |text: String| text.contains("F (TrueType)");
        let operations = planned.operations.iter().map(ToString::to_string);
        assert_eq!(
            operations.filter(|text| title(text.clone())).count(),
            1,
            "{more}"
        );
        let after = bench.after(&before, &command(Intent::Install, &file));
        let lines = bench.snapshot(&after);
        let registered = lines.iter().find(|line| title((*line).clone()));
        let place = "R HKLM\\Software\\Microsoft\\Windows NT\\CurrentVersion\\Fonts";
        assert_eq!(
            registered.map(String::as_str),
            Some(format!("{place}\\F (TrueType) REG_SZ C:\\windows\\Fonts\\f.ttf").as_str())
        );
        let left = bench.after(&after, &command(Intent::Remove, &file));
        assert_eq!(bench.snapshot(&left), bench.snapshot(&before), "{more}");
    }
}

#[test]
fn a_source_that_is_not_there_fails_the_installation_and_not_the_plan() {
    let bench = Bench::new();
    let file = bench.package("writer", &package(""));
    let before = bench.machine();
    std::fs::remove_file(bench.path("writer").join("f.ttf")).unwrap();
    let planned = bench.plan(&before, &command(Intent::Install, &file));
    assert_eq!(planned.report.code, 0, "{:?}", planned.report.message);
    let report = bench.run(before, &command(Intent::Install, &file));
    assert_eq!(report.unwrap().code, 1603);
}
