//! `db validate`: what the rules find, for people, as JSON and as SARIF.

use std::collections::BTreeSet;

use serde_json::json;
use validation::{Finding, Level, RULES, Rule};

use super::open;
use crate::arguments::{Check, EventLevel};
use crate::commands::Context;
use crate::commands::sarif::{self, Sarif};
use crate::output::{End, Failure};
use crate::screen::{BLUE, RED, YELLOW, paint};

pub fn validate(typed: &Check, context: &mut Context<'_>) -> Result<End, Failure> {
    let rules = chosen(typed)?;
    let package = open(&typed.package, context)?;
    let least = least(typed.level);
    let found: Vec<Finding> = validation::validate(&package, rules.iter().copied())
        .into_iter()
        .filter(|finding| finding.level >= least)
        .collect();
    if let Some(file) = &typed.sarif {
        let document = as_sarif(&typed.package, &found);
        sarif::write(&document, file, context)?;
    }
    let is_on_output = typed
        .sarif
        .as_deref()
        .is_some_and(|file| file.as_os_str() == "-");
    if context.output.json {
        context
            .output
            .value(&found.iter().map(as_json).collect::<Vec<_>>());
    } else if !is_on_output {
        tell(&found, rules.len(), context);
    }
    let failed = found.iter().any(|finding| finding.level == Level::Error);
    Ok(End::Status(u8::from(failed)))
}

fn least(level: EventLevel) -> Level {
    match level {
        EventLevel::Information => Level::Information,
        EventLevel::Warning => Level::Warning,
        EventLevel::Error => Level::Error,
    }
}

/// The rules that are asked for.
fn chosen(typed: &Check) -> Result<Vec<&'static Rule>, Failure> {
    let only = typed
        .rule
        .iter()
        .map(|name| rule(name))
        .collect::<Result<Vec<_>, _>>()?;
    let skip = typed
        .skip
        .iter()
        .map(|name| rule(name))
        .collect::<Result<Vec<_>, _>>()?;
    let has = |list: &[&Rule], rule: &Rule| list.iter().any(|other| other.name == rule.name);
    Ok(RULES
        .iter()
        .filter(|rule| (only.is_empty() || has(&only, rule)) && !has(&skip, rule))
        .collect())
}

/// The rule of a name: `ICE03`, `ice3` or `3`.
fn rule(typed: &str) -> Result<&'static Rule, Failure> {
    let upper = typed.to_ascii_uppercase();
    let prefix = if upper.starts_with("ICEM") {
        "ICEM"
    } else {
        "ICE"
    };
    let number = upper.trim_start_matches(prefix).trim_start_matches('0');
    let name = format!("{prefix}{number:0>2}");
    RULES.iter().find(|rule| rule.name == name).ok_or_else(|| {
        let (first, last) = (RULES[0].name, RULES[RULES.len() - 1].name);
        Failure::usage(format!(
            "there is no rule {typed}: {} are there, {first} to {last} (`msikit db validate --help`)",
            RULES.len()
        ))
    })
}

/// The address of a rule's page.
pub fn page(name: &str) -> String {
    let rule = RULES.iter().find(|rule| rule.name == name);
    rule.map(Rule::page).unwrap_or_default()
}

/// A finding as programs get it.
pub fn as_json(finding: &Finding) -> serde_json::Value {
    json!({
        "rule": finding.rule,
        "level": finding.level.name(),
        "table": finding.table,
        "key": finding.key,
        "column": finding.column,
        "message": finding.message,
        "page": page(finding.rule),
    })
}

fn as_sarif(package: &str, found: &[Finding]) -> serde_json::Value {
    let mut sarif = Sarif::new(package);
    for rule in RULES
        .iter()
        .filter(|rule| found.iter().any(|finding| finding.rule == rule.name))
    {
        sarif.rule(rule.name, rule.about, &rule.page());
    }
    for finding in found {
        let level = match finding.level {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Information => "note",
        };
        let mut place = vec![finding.table.as_str()];
        place.extend(finding.key.iter().map(String::as_str));
        place.push(&finding.column);
        place.retain(|part| !part.is_empty());
        sarif.result(finding.rule, level, &finding.message, &place.join("/"));
    }
    sarif.document()
}

/// One line each, then how many of which kind, then the pages of the rules that found something.
fn tell(found: &[Finding], rules: usize, context: &mut Context<'_>) {
    let colors = context.colors();
    for finding in found {
        let level = painted(colors, finding.level);
        if context
            .output
            .line(&format!("{level} {}", line(finding)))
            .is_err()
        {
            return;
        }
    }
    let count = |level, word: &str| {
        let number = found
            .iter()
            .filter(|finding| finding.level == level)
            .count();
        format!("{number} {word}{}", if number == 1 { "" } else { "s" })
    };
    let _ = context.output.line(&format!(
        "{}, {}, {} by {rules} rules",
        count(Level::Error, "error"),
        count(Level::Warning, "warning"),
        count(Level::Information, "remark"),
    ));
    let named: BTreeSet<&str> = found.iter().map(|finding| finding.rule).collect();
    for rule in RULES.iter().filter(|rule| named.contains(rule.name)) {
        let _ = context.output.line(&format!(
            "  {}: {} <{}>",
            rule.name,
            rule.about,
            rule.page()
        ));
    }
}

/// Where something was found: `Table/key.Column`.
pub fn place(finding: &Finding) -> String {
    let mut place = finding.table.clone();
    for key in &finding.key {
        place = format!("{place}/{key}");
    }
    if !finding.column.is_empty() {
        place = format!("{place}.{}", finding.column);
    }
    place
}

fn line(finding: &Finding) -> String {
    let place = place(finding);
    format!("{:<6} {place}: {}", finding.rule, finding.message)
}

fn painted(colors: bool, level: Level) -> String {
    let (code, word) = match level {
        Level::Error => (RED, "error  "),
        Level::Warning => (YELLOW, "warning"),
        Level::Information => (BLUE, "remark "),
    };
    paint(colors, code, word)
}
