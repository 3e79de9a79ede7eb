//! Every rule finds what it is for: cases in text, a package each, with what the rule must find and nothing else.

use database::{Database, SummaryValue, View};
use testing::package;
use validation::{Finding, RULES, validate};

const CASES: &str = include_str!("cases.txt");

/// One case: a rule, a package, what is changed in it, and what must be found.
#[derive(Default)]
struct Case<'a> {
    rule: &'a str,
    package: String,
    statements: Vec<&'a str>,
    summary: Vec<(u32, &'a str)>,
    expected: Vec<&'a str>,
}

fn cases() -> Vec<Case<'static>> {
    let mut cases: Vec<Case<'static>> = Vec::new();
    for line in CASES.lines().filter(|line| !line.starts_with('#')) {
        if let Some(rule) = line.strip_prefix("== ") {
            cases.push(Case {
                rule,
                ..Case::default()
            });
            continue;
        }
        let Some(case) = cases.last_mut() else {
            continue;
        };
        if let Some(statement) = line.strip_prefix("! ") {
            case.statements.push(statement);
        } else if let Some(expected) = line.strip_prefix("-> ") {
            case.expected.push(expected);
        } else if let Some(property) = line.strip_prefix("summary ") {
            let (number, value) = property.split_once(": ").unwrap();
            case.summary.push((number.parse().unwrap(), value));
        } else {
            case.package.push_str(line);
            case.package.push('\n');
        }
    }
    cases
}

fn database(case: &Case<'_>) -> Database {
    let text = format!(
        "product Good 1.0.0\nfile hello.txt in Main: Hello\n{}",
        case.package
    );
    let mut database = package(&text).database();
    for statement in &case.statements {
        let mut view = View::open(&database, statement).unwrap_or_else(|error| panic!("{error}"));
        view.execute(&mut database, &[])
            .unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
    let mut summary = database.summary().unwrap().clone();
    for &(number, value) in &case.summary {
        let value = match value.parse() {
            Ok(number) => SummaryValue::Integer(number),
            Err(_) => SummaryValue::Text(value.into()),
        };
        summary.set(number, value);
    }
    database.replace_summary(summary);
    database
}

fn place(finding: &Finding) -> String {
    let mut place = format!("{} {}", finding.level.name(), finding.table);
    for key in &finding.key {
        place = format!("{place}/{key}");
    }
    if !finding.column.is_empty() {
        place = format!("{place}.{}", finding.column);
    }
    place
}

#[test]
fn each_rule_finds_what_it_is_for_and_nothing_else() {
    let mut wrong = String::new();
    for case in cases() {
        let database = database(&case);
        let rule = RULES.iter().filter(|rule| rule.name == case.rule);
        let found = validate(&database, rule);
        let mut places: Vec<String> = found.iter().map(place).collect();
        let mut expected: Vec<String> = case.expected.iter().map(ToString::to_string).collect();
        places.sort();
        expected.sort();
        if places != expected {
            let messages: Vec<String> = found.iter().map(ToString::to_string).collect();
            wrong += &format!(
                "{} of\n{}{:?}\nfound {messages:#?}\nnot {expected:#?}\n\n",
                case.rule, case.package, case.statements
            );
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_rule_has_a_case_that_finds_something() {
    let cases = cases();
    let without: Vec<&str> = RULES
        .iter()
        .map(|rule| rule.name)
        // Those that count are below.
        .filter(|name| !matches!(*name, "ICE47" | "ICE58"))
        .filter(|name| {
            let finds = |case: &Case<'_>| case.rule == *name && !case.expected.is_empty();
            !cases.iter().any(finds)
        })
        .collect();
    assert!(without.is_empty(), "{without:?}");
}

#[test]
fn a_good_package_has_no_finding() {
    let database = package("product Good 1.0.0\nfile hello.txt in Main: Hello\n").database();
    let found: Vec<String> = validate(&database, RULES)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(found, [""; 0]);
}

#[test]
fn pages_have_the_names_that_they_have() {
    for (rule, page) in [
        ("ICE03", "ice03"),
        ("ICE100", "ice-100"),
        ("ICEM02", "icem02"),
    ] {
        let rule = RULES.iter().find(|one| one.name == rule).unwrap();
        assert_eq!(
            rule.page(),
            format!("https://learn.microsoft.com/windows/win32/msi/{page}")
        );
    }
}

#[test]
fn what_is_too_many_is_counted() {
    let mut text = "product Good 1.0.0\nfile hello.txt in Main: Hello\n".to_owned();
    for disk in 1..=81 {
        text += &format!("Media: {disk} | {disk} | | | |\n");
    }
    for component in 0..1600 {
        text += &format!("component C{component} in INSTALLDIR\n");
    }
    let mut case = database(&Case {
        package: text,
        ..Case::default()
    });
    let found = |database: &Database, name: &str| {
        validate(database, RULES.iter().filter(|rule| rule.name == name)).len()
    };
    assert_eq!(found(&case, "ICE47"), 1);
    assert_eq!(found(&case, "ICE58"), 0, "schema 200 has no limit");
    let mut summary = case.summary().unwrap().clone();
    summary.set(14, SummaryValue::Integer(100));
    case.replace_summary(summary);
    assert_eq!(found(&case, "ICE58"), 1);
}
