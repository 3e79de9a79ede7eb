//! `db info`: what a package is on one screen, with the lines that people who deploy it paste elsewhere.

use std::path::Path;

use database::{Database, Kind, SummaryValue};
use indicatif::HumanBytes;
use installer::{Description, Detection, Medium, Package, PublicProperty};
use serde_json::{Map, Value as Json, json};

use super::{SUMMARY, merge, patches, plain, rfc3339, unreadable};
use crate::arguments::Look;
use crate::commands::Context;
use crate::output::{End, Failure};
use crate::screen::{counted, rows};

/// So many properties have their defaults shown, whatever they are.
const ALL_MAX: usize = 16;
/// Columns of the longest label.
const LABELS: usize = 12;

pub fn info(typed: &Look, context: &mut Context<'_>) -> Result<End, Failure> {
    let files = &typed.patches.files;
    let (package, patched) = patches::read_patched(&typed.package, files, context)?;
    let mut told = summary(&package.database)?;
    if !files.is_empty() {
        patches::tell_patched(&package.database, files, &patched, &mut told)?;
    }
    let screen = match package.database.kind() {
        Kind::Package => {
            let columns = context.world.columns;
            let mut screen = package_screen(&package, &typed.package, columns, &mut told)?;
            merge::tell_module(package.database, &mut told)?;
            screen.extend(merge::lines(&told));
            screen
        }
        kind => {
            let mut lines = summary_lines(&told);
            match kind {
                Kind::Patch => patches::tell_patch(package.database, &mut told)?,
                _ => patches::tell_transform(package.database, &mut told)?,
            }
            lines.extend(patches::lines(&told));
            lines
        }
    };
    if context.output.json {
        context.output.value(&told);
        return Ok(End::OK);
    }
    for line in &screen {
        if context.output.line(line).is_err() {
            break;
        }
    }
    Ok(End::OK)
}

/// What `db info` says of a package.
pub struct Sheet {
    /// Its name and version, and what it is where it is no package.
    pub heading: String,
    /// Facts: a label and its value. One without a label belongs to the fact before it.
    pub facts: Vec<(&'static str, String)>,
    /// Folders, and what conditions ask for, with their defaults.
    pub properties: Vec<(String, String)>,
    /// The names of the other properties that can be set.
    pub others: Vec<String>,
    /// Lines to paste.
    pub lines: CommandLines,
    /// The package.
    pub described: Description,
    /// The summary information.
    told: Map<String, Json>,
}

impl Sheet {
    /// Describes a package. `typed`: the package as it was named.
    pub fn of(package: &Package, typed: &str) -> Result<Sheet, Failure> {
        Sheet::with(summary(&package.database)?, package, typed)
    }

    fn with(told: Map<String, Json>, package: &Package, typed: &str) -> Result<Sheet, Failure> {
        let described = installer::describe(package)?;
        let (properties, others) = properties(&described.properties);
        Ok(Sheet {
            heading: heading(&described, &told),
            facts: facts(&described, &told, &package.database),
            properties,
            others,
            lines: CommandLines::of(&described, typed),
            described,
            told,
        })
    }

    /// What programs get.
    pub fn json(self) -> Map<String, Json> {
        let mut told = self.told;
        if let Ok(Json::Object(more)) = serde_json::to_value(&self.described) {
            told.extend(more);
        }
        told.insert("command_lines".to_owned(), self.lines.json());
        told
    }
}

/// The lines for people; what they tell is added to what programs get. `columns`: those of the terminal, if it is one.
fn package_screen(
    package: &Package,
    typed: &str,
    columns: Option<usize>,
    told: &mut Map<String, Json>,
) -> Result<Vec<String>, Failure> {
    let sheet = Sheet::with(std::mem::take(told), package, typed)?;
    let mut screen = vec![sheet.heading.clone()];
    for (label, value) in &sheet.facts {
        screen.extend(rows(LABELS, label, value));
    }
    if sheet.described.kind == "package" {
        screen.extend(features(&sheet.described));
        screen.extend(property_lines(&sheet));
        screen.extend(line_lines(&sheet, columns));
    }
    screen.extend(patches::lines(&sheet.told));
    *told = sheet.json();
    Ok(screen)
}

/// A line for each value that is there.
fn summary_lines(told: &Map<String, Json>) -> Vec<String> {
    let values = told
        .iter()
        .filter(|(_, value)| value.is_string() || value.is_number() || value.is_boolean());
    values
        .map(|(name, value)| format!("{name:<20} {}", plain(value)))
        .collect()
}

/// The summary information, by the names of its properties.
fn summary(package: &Database) -> Result<Map<String, Json>, Failure> {
    let summary = package.summary().map_err(unreadable)?;
    let mut told = Map::new();
    for (number, name) in SUMMARY {
        let value = match summary.property(number) {
            _ if number == 1 => json!(summary.code_page()),
            Some(SummaryValue::Integer(number)) => json!(number),
            Some(SummaryValue::Text(text)) => json!(&**text),
            Some(SummaryValue::Time(time)) => json!(rfc3339(time.unix_seconds())),
            None => Json::Null,
        };
        told.insert(name.to_owned(), value);
    }
    told.insert("database_code_page".to_owned(), json!(package.code_page()));
    told.insert("tables".to_owned(), json!(package.table_names().count()));
    told.insert("streams".to_owned(), json!(package.stream_names().len()));
    Ok(told)
}

fn heading(described: &Description, summary: &Map<String, Json>) -> String {
    let what = match described.kind {
        "patch" => "(a patch)",
        "transform" => "(a transform)",
        "merge_module" => "(a merge module)",
        _ => "",
    };
    let subject = summary
        .get("subject")
        .map(plain)
        .filter(|text| !text.is_empty());
    let name = described.product_name.clone().or(subject);
    let name = name.unwrap_or_else(|| "without a name".to_owned());
    let version = described.product_version.as_deref().unwrap_or_default();
    let words = [name.as_str(), version, what];
    let words: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

/// A line's label and its value; none: there is no such line.
type Fact = (&'static str, Option<String>);

fn facts(
    described: &Description,
    summary: &Map<String, Json>,
    database: &Database,
) -> Vec<(&'static str, String)> {
    let text = |name: &str| summary.get(name).map(plain).filter(|text| !text.is_empty());
    let is_package = described.kind == "package";
    let joined = |parts: [Option<String>; 2], between: &str| {
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        Some(parts.join(between)).filter(|text| !text.is_empty())
    };
    let facts: [Fact; 13] = [
        ("by", described.manufacturer.clone().or(text("author"))),
        ("product code", described.product_code.clone()),
        ("package code", described.package_code.clone()),
        ("upgrade code", described.upgrade_code.clone()),
        (
            "platform",
            described.platform.clone().filter(|_| is_package),
        ),
        ("language", languages(described).filter(|_| is_package)),
        (
            "installs for",
            is_package.then(|| context_of(described).to_owned()),
        ),
        ("title", text("title").filter(|_| !is_package)),
        ("summary", joined([text("subject"), text("comments")], "; ")),
        (
            "made",
            joined([text("create_time"), text("creating_application")], ", "),
        ),
        ("size", sizes(described)),
        ("holds", Some(holds(described, database))),
        (
            "needs",
            text("page_count")
                .filter(|_| is_package)
                .and_then(|schema| needs(&schema)),
        ),
    ];
    let mut told: Vec<(&'static str, String)> = facts
        .into_iter()
        .filter_map(|(label, value)| Some((label, value?)))
        .collect();
    for (index, medium) in described.media.iter().enumerate() {
        let label = if index == 0 { "media" } else { "" };
        told.push((label, medium_line(medium)));
    }
    told
}

fn languages(described: &Description) -> Option<String> {
    let of: Vec<String> = described
        .languages
        .iter()
        .map(ToString::to_string)
        .collect();
    let language = described.language.map(|language| language.to_string())?;
    match of.as_slice() {
        [] => Some(language),
        [only] if *only == language => Some(language),
        _ => Some(format!("{language}; made for {}", of.join(", "))),
    }
}

fn context_of(described: &Description) -> &'static str {
    match described.context {
        "user" => "the user who installs it (ALLUSERS=1: all users)",
        "either" => "all users, or the user who installs it",
        _ => "all users of the machine",
    }
}

fn sizes(described: &Description) -> Option<String> {
    let files = format!("{} of files", HumanBytes(described.file_bytes));
    match described.bytes {
        Some(bytes) if described.kind != "package" => Some(HumanBytes(bytes).to_string()),
        Some(bytes) => Some(format!("{}, with {files}", HumanBytes(bytes))),
        None => Some(files),
    }
}

fn holds(described: &Description, database: &Database) -> String {
    let parts = [
        (described.feature_count, "feature"),
        (described.component_count, "component"),
        (described.file_count, "file"),
        (database.table_names().count() as u64, "table"),
        (database.stream_names().len() as u64, "stream"),
    ];
    let parts = parts.into_iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = parts.map(|(count, noun)| counted(count, noun)).collect();
    parts.join(", ")
}

/// `200` as `Windows Installer 2.0`. "Page Count Summary".
fn needs(schema: &str) -> Option<String> {
    let number: u32 = schema.parse().ok()?;
    Some(format!(
        "Windows Installer {}.{}",
        number / 100,
        number % 100
    ))
}

fn medium_line(medium: &Medium) -> String {
    let Medium { disk_id, .. } = medium;
    let Some(cabinet) = &medium.cabinet else {
        return format!("{disk_id}: files beside the package");
    };
    let place = match (medium.embedded, medium.there) {
        (true, Some(true)) => "in the package",
        (true, _) => "is NOT in the package",
        (false, Some(true)) => "beside the package",
        (false, _) => "is NOT beside the package: it is needed to install",
    };
    let signature = match medium.signature.as_deref() {
        None => String::new(),
        Some("right") => ", signed as the package asks".to_owned(),
        Some("not checked") => ", and to be signed as the package asks".to_owned(),
        Some(wrong) => format!("; it will NOT be used: {wrong}"),
    };
    format!("{disk_id}: {cabinet}, {place}{signature}")
}

fn features(described: &Description) -> Vec<String> {
    if described.features.is_empty() {
        return Vec::new();
    }
    let width = widest(
        described
            .features
            .iter()
            .map(|feature| feature.name.as_str()),
    );
    let mut lines = vec![
        String::new(),
        "Features, for ADDLOCAL= or --features".to_owned(),
    ];
    for feature in &described.features {
        let title = feature.title.clone().filter(|title| *title != feature.name);
        let below = feature
            .parent
            .as_ref()
            .map(|parent| format!("below {parent}"));
        let chosen = (!feature.chosen).then(|| "not by default".to_owned());
        let told: Vec<String> = [title, below, chosen].into_iter().flatten().collect();
        lines.extend(rows(width, &feature.name, &told.join(", ")));
    }
    lines
}

/// Folders, and what conditions ask for, with their defaults. The others have them only where they are few: packages of
/// some tools have hundreds of texts among them.
fn properties(properties: &[PublicProperty]) -> (Vec<(String, String)>, Vec<String>) {
    let own = properties.iter();
    let own = own.filter(|property| property.found_by != Some("FindRelatedProducts"));
    let (mut told, mut others): (Vec<_>, Vec<_>) =
        own.partition(|own| own.folder || own.asked || own.found_by.is_some());
    if told.len() + others.len() <= ALL_MAX {
        told.append(&mut others);
    }
    told.sort_by_key(|property| !property.folder);
    let with_default = |property: &PublicProperty| {
        let folder = if property.folder { "folder " } else { "" };
        let found = property.found_by.map(|_| "searched for on the machine");
        let value = property.value.as_deref().or(found).unwrap_or("-");
        (property.name.clone(), format!("{folder}{value}"))
    };
    let others = others.iter().map(|property| property.name.clone());
    (
        told.into_iter().map(with_default).collect(),
        others.collect(),
    )
}

fn property_lines(sheet: &Sheet) -> Vec<String> {
    let mut lines = Vec::new();
    if !sheet.properties.is_empty() || !sheet.others.is_empty() {
        lines.push(String::new());
        lines.push("Properties that can be set, with their defaults".to_owned());
    }
    let width = widest(sheet.properties.iter().map(|(name, _)| name.as_str()));
    for (name, value) in &sheet.properties {
        lines.extend(rows(width, name, value));
    }
    if !sheet.others.is_empty() {
        lines.extend(rows(6, "others", &sheet.others.join(", ")));
    }
    lines
}

/// Columns of the longest of some names; a few longer ones may stick out.
fn widest<'a>(names: impl Iterator<Item = &'a str>) -> usize {
    names
        .map(|name| name.chars().count())
        .max()
        .unwrap_or(0)
        .min(40)
}

/// Command lines to paste: silent, with a log.
pub struct CommandLines {
    msiexec_install: String,
    msikit_install: String,
    msiexec_remove: String,
    msikit_remove: String,
}

impl CommandLines {
    /// `typed`: the package as it was named.
    fn of(described: &Description, typed: &str) -> CommandLines {
        let path = Path::new(typed);
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let log = path
            .with_extension("log")
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let code = described
            .product_code
            .as_deref()
            .unwrap_or("{PRODUCT-CODE}");
        let quiet = "/qn /norestart /l*v";
        CommandLines {
            msiexec_install: format!(
                "msiexec /i {} {quiet} {}",
                for_windows(&name),
                for_windows(&log)
            ),
            msikit_install: format!(
                "msikit install {} --ui none --log {}",
                for_shells(typed),
                for_shells(&log)
            ),
            msiexec_remove: format!("msiexec /x {code} {quiet} {}", for_windows(&log)),
            msikit_remove: format!(
                "msikit remove '{code}' --ui none --log {}",
                for_shells(&log)
            ),
        }
    }

    fn json(&self) -> Json {
        json!({
            "msiexec_install": self.msiexec_install,
            "msikit_install": self.msikit_install,
            "msiexec_remove": self.msiexec_remove,
            "msikit_remove": self.msikit_remove,
        })
    }

    /// The lines themselves.
    pub fn all(&self) -> [&str; 4] {
        [
            &self.msiexec_install,
            &self.msikit_install,
            &self.msiexec_remove,
            &self.msikit_remove,
        ]
    }
}

/// These lines are for pasting: on a terminal they are broken as a shell, or cmd.exe, puts them together again, and
/// elsewhere not at all.
fn line_lines(sheet: &Sheet, columns: Option<usize>) -> Vec<String> {
    let mut lines = vec![
        String::new(),
        "Install and remove it silently, with a log".to_owned(),
    ];
    let width = columns.unwrap_or(usize::MAX);
    for line in sheet.lines.all() {
        let mark = if line.starts_with("msiexec") {
            " ^"
        } else {
            " \\"
        };
        lines.extend(broken(line, ' ', mark, width));
    }
    if let Some(detection) = &sheet.described.detection {
        lines.push(String::new());
        lines.push(format!(
            "It is installed where {} in",
            detection_text(detection)
        ));
        lines.extend(broken(&detection.key, '\\', "\\", width));
    }
    lines
}

/// Breaks a line at one of these characters outside of quotes, which `mark` stands for then; lines are `width` columns
/// wide or less where that can be.
fn broken(line: &str, at: char, mark: &str, width: usize) -> Vec<String> {
    let (mut lines, mut current, mut quote) = (Vec::new(), "  ".to_owned(), None);
    let mut pieces = line.split(|c: char| {
        match quote {
            Some(open) if open == c => quote = None,
            None if matches!(c, '"' | '\'') => quote = Some(c),
            _ => {}
        }
        quote.is_none() && c == at
    });
    current.push_str(pieces.next().unwrap_or_default());
    let room = width.saturating_sub(mark.chars().count());
    for piece in pieces {
        if current.chars().count() + 1 + piece.chars().count() > room {
            lines.push(format!("{current}{mark}"));
            current = "      ".to_owned();
        } else {
            current.push(at);
        }
        current.push_str(piece);
    }
    lines.push(current);
    lines
}

/// `DisplayVersion is 1.2`.
pub fn detection_text(detection: &Detection) -> String {
    format!("{} is {}", detection.value, detection.data)
}

/// A word for cmd.exe and its relatives.
fn for_windows(word: &str) -> String {
    match word.contains([' ', '&', '(', ')', '^', ';', ',']) {
        true => format!("\"{word}\""),
        false => word.to_owned(),
    }
}

/// A word for shells.
fn for_shells(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./+:@%,".contains(c);
    match word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_to_paste_are_broken_where_a_shell_puts_them_together() {
        let line = "msikit install 'my long package.msi' --ui none --log my.log";
        let all = |width| broken(line, ' ', " \\", width).join("\n");
        assert_eq!(all(usize::MAX), format!("  {line}"));
        assert_eq!(
            all(40),
            "  msikit install 'my long package.msi' \\\n      --ui none --log my.log"
        );
        let narrow = all(1).replace(" \\\n     ", "");
        assert_eq!(narrow, format!("  {line}"), "every piece stays whole");
    }

    #[test]
    fn words_are_quoted_where_they_must_be() {
        assert_eq!(for_windows("a b.msi"), "\"a b.msi\"");
        assert_eq!(for_windows("a.msi"), "a.msi");
        assert_eq!(for_shells("it's.msi"), "'it'\\''s.msi'");
        assert_eq!(for_shells("./a-b.msi"), "./a-b.msi");
    }
}
