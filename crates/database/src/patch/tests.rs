//! Patches in order, as data: a product, patches in the order of their installation, and what is applied.

use expect_test::{Expect, expect};

use super::*;
use crate::transform::ProductProperties;
use crate::{Validation, sequence_patches};

/// `1.0` or `1.0>1.1` for a transform of product `P`, `P1.0>Q2.0` for a major upgrade, `!` before it where the version
/// is compared to be equal or higher.
fn applicability(text: &str) -> Applicability {
    let (text, relation) = match text.strip_prefix('!') {
        Some(text) => (text, Validation::GREATER_OR_EQUAL),
        None => (text, Validation::EQUAL),
    };
    let (from, to) = text.split_once('>').unwrap_or((text, text));
    Applicability {
        original: product(from),
        result: product(to),
        validation: Validation::PRODUCT | Validation::UPDATE_VERSION | relation,
    }
}

fn product(text: &str) -> ProductProperties {
    let (code, version) = match text.starts_with(|letter: char| letter.is_ascii_digit()) {
        true => ("P", text),
        false => text.split_at(1),
    };
    ProductProperties {
        code: code.to_string(),
        version: version.to_string(),
        ..ProductProperties::default()
    }
}

/// `NAME: transforms | family sequence! (product), …`; `!` supersedes earlier ones; `obsoletes NAME`, `first`, `for Q`.
fn patch(line: &str) -> PatchOutline {
    let (code, rest) = line.split_once(':').unwrap();
    let mut parts = rest.split('|').map(str::trim);
    let transforms = parts.next().unwrap().split_whitespace().map(applicability);
    let mut patch = PatchOutline {
        code: code.trim().to_string(),
        transforms: transforms.collect(),
        targets: vec!["P".to_string()],
        ..PatchOutline::default()
    };
    for part in parts.flat_map(|part| part.split(',')) {
        match part.split_whitespace().collect::<Vec<_>>()[..] {
            ["obsoletes", code] => patch.obsoletes.push(code.to_string()),
            ["for", code] => patch.targets = vec![code.to_string()],
            ["first"] => patch.targets_first_version = true,
            [name, sequence, ref product @ ..] => patch.families.push(PatchFamily {
                name: name.to_string(),
                product_code: product.first().unwrap_or(&"").to_string(),
                sequence: sequence.trim_end_matches('!').to_string(),
                supersedes_earlier: sequence.ends_with('!'),
            }),
            _ => panic!("{line}"),
        }
    }
    patch
}

#[track_caller]
fn check(text: &str, expect: Expect) {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let there = product(lines.next().unwrap());
    let patches: Vec<PatchOutline> = lines.map(patch).collect();
    let outlines: Vec<&PatchOutline> = patches.iter().collect();
    let sequence = sequence_patches(&there, &outlines);
    let name = |patch: usize| patches[patch].code.as_str();
    let mut told: Vec<String> = sequence
        .applied
        .iter()
        .map(|applied| format!("{}/{}", name(applied.patch), applied.transform))
        .collect();
    for (patch, why) in &sequence.excluded {
        let why = match why {
            Exclusion::OtherProduct => "other product".to_string(),
            Exclusion::NotApplicable(_) => "not applicable".to_string(),
            Exclusion::Obsolete(by) => format!("obsolete by {}", name(*by)),
            Exclusion::Superseded(by) => {
                let by: Vec<&str> = by.iter().map(|&by| name(by)).collect();
                format!("superseded by {}", by.join("+"))
            }
        };
        told.push(format!("{} {why}", name(*patch)));
    }
    if sequence.contradiction {
        told.push("contradiction".to_string());
    }
    expect.assert_eq(&told.join(", "));
}

#[test]
fn the_example_of_several_patches() {
    let [one, two, pack] = [
        "QFE1: 1.0 | App 1.1.0 P",
        "QFE2: 1.0 | App 1.2.0 P",
        "SP1: 1.0>1.1 | App 1.3.0 P",
    ];
    check(&["1.0", two, one].join("\n"), expect!["QFE1/0, QFE2/0"]);
    let all = ["1.0", pack, two, one].join("\n");
    check(&all, expect!["QFE1/0, QFE2/0, SP1/0"]);
    let superseding = all.replace("1.3.0", "1.3.0!");
    check(
        &superseding,
        expect!["SP1/0, QFE2 superseded by SP1, QFE1 superseded by SP1"],
    );
}

#[test]
fn patches_that_say_no_order_come_first_as_given() {
    check(
        "1.0\nF: 1.0 | A 1\nB: 1.0\nA: 1.0\nM: 1.1>1.2\nN: 1.0>1.1",
        expect!["B/0, A/0, N/0, F not applicable, M not applicable"],
    );
}

#[test]
fn what_is_obsolete_goes_before_anything_is_applied() {
    check(
        "1.0\nP1: 1.0>1.1\nP2: 1.1>1.2\nP3: 1.0>1.3 | obsoletes p1",
        expect!["P3/0, P1 obsolete by P3, P2 not applicable"],
    );
}

#[test]
fn obsolescence_counts_only_without_families() {
    check(
        "1.0\nP1: 1.0 | A 1\nP2: 1.0 | obsoletes P1",
        expect!["P2/0, P1/0"],
    );
    check(
        "1.0\nP1: 1.0\nP2: 1.0 | A 1, obsoletes P1",
        expect!["P1/0, P2/0"],
    );
    check(
        "1.0\nP1: 1.0\nP2: X1.0 | for X, obsoletes P1",
        expect!["P1/0, P2 other product"],
    );
}

#[test]
fn minor_upgrades_by_the_version_that_they_make() {
    check(
        "1.0\nSP2: 1.1>1.2 | S 2\nSP1: 1.0>1.1 | S 1",
        expect!["SP1/0, SP2/0"],
    );
    check(
        "1.0\nSP3: 1.2>1.3 | S 3\nSP1: 1.0>1.1 | S 1",
        expect!["SP1/0, SP3 not applicable"],
    );
    check(
        "1.0\nSP10: 1.9>1.10 | S 2\nSP9: 1.0>1.9 | S 1",
        expect!["SP9/0, SP10/0"],
    );
}

#[test]
fn small_updates_go_to_the_highest_version_that_they_fit() {
    check(
        "1.0\nQ: 1.0 1.1 | A 1\nSP1: 1.0>1.1 | S 1\nR: 1.0 | A 2\nSP2: 1.1>1.2 | S 2",
        expect!["R/0, SP1/0, Q/1, SP2/0"],
    );
    check(
        "1.0\nQ: !1.0 | A 1\nSP1: 1.0>1.1 | S 1",
        expect!["SP1/0, Q/0"],
    );
    check("1.0\nQ: 1.2 | A 1", expect!["Q not applicable"]);
}

#[test]
fn a_minor_upgrade_of_the_first_version_takes_the_place_of_all() {
    check(
        "1.0\nSP1: 1.0>1.1 | S 1\nQ: 1.0 | A 1\nR: 1.1 | B 1\nSP2: 1.0>1.2 | S 2, first\nT: 1.2 | C 1",
        expect!["SP2/0, T/0, SP1 superseded by SP2, Q superseded by SP2, R not applicable"],
    );
    check(
        "1.0\nSP1: 1.0>1.1 | S 1\nSP2: 1.0>1.2 | S 2",
        expect!["SP1/0, SP2 not applicable"],
    );
}

#[test]
fn superseded_in_all_families_or_not_at_all() {
    check("1.0\nQ: 1.0 | A 1, B 1\nR: 1.0 | A 2!", expect!["Q/0, R/0"]);
    check(
        "1.0\nQ: 1.0 | A 1, B 1\nR: 1.0 | A 2!, B 1!",
        expect!["Q/0, R/0"],
    );
    check(
        "1.0\nQ: 1.0 | A 1, B 1\nR: 1.0 | A 2!, B 2!",
        expect!["R/0, Q superseded by R"],
    );
    check(
        "1.0\nQ: 1.0 | A 1, B 1\nR: 1.0 | A 2!\nT: 1.0 | B 2!",
        expect!["R/0, T/0, Q superseded by R+T"],
    );
    check(
        "1.0\nR: 1.0 | A 2.0.1!\nQ: 1.0 | A 2.0.1\nS: 1.0 | A 2.01",
        expect!["R/0, Q/0, S/0"],
    );
}

#[test]
fn a_small_update_supersedes_no_minor_upgrade() {
    check(
        "1.0\nSP1: 1.0>1.1 | A 1\nQ: 1.1 | A 2!",
        expect!["SP1/0, Q/0"],
    );
}

#[test]
fn what_a_superseded_minor_upgrade_made_is_placed_anew() {
    check(
        "1.0\nSP1: 1.0>1.1 | A 1\nQ: 1.1 | B 1\nSP2: 1.1>1.2 1.0>1.2 | A 2!",
        expect!["SP2/1, SP1 superseded by SP2, Q not applicable"],
    );
}

#[test]
fn families_that_are_limited_to_a_product() {
    check(
        "1.0\nQ: 1.0 | A 2, A 1 P\nR: 1.0 | A 1.5",
        expect!["Q/0, R/0"],
    );
    check("1.0\nQ: 1.0 | A 2 X\nR: 1.0 | A 3! X", expect!["Q/0, R/0"]);
}

#[test]
fn families_that_contradict_each_other() {
    check(
        "1.0\nQ: 1.0 | A 1, B 2\nR: 1.0 | A 2, B 1",
        expect!["Q/0, R/0, contradiction"],
    );
}

#[test]
fn a_major_upgrade_is_applied_in_its_turn() {
    check(
        "1.0\nM: 1.0>Q2.0 | A 9!\nQ: 1.0 | A 1\nR: Q2.0 | for Q, A 1",
        expect!["M/0, R/0, Q not applicable"],
    );
}

#[test]
fn order_of_installation_does_not_matter_to_families() {
    let lines = ["A: 1.0 | F 1", "B: 1.0 | F 2", "C: 1.0 | F 3"];
    for order in [[0, 1, 2], [2, 1, 0], [1, 2, 0], [2, 0, 1]] {
        let text: Vec<&str> = order.iter().map(|&at| lines[at]).collect();
        check(
            &format!("1.0\n{}", text.join("\n")),
            expect!["A/0, B/0, C/0"],
        );
    }
}

#[test]
fn codes_and_lists() {
    assert_eq!(codes("{A}{B} ;{C}"), ["{A}", "{B}", "{C}"]);
    assert_eq!(codes("none"), Vec::<String>::new());
    assert_eq!(list(" a; ;b"), ["a", "b"]);
}
