//! Custom actions: what they are, where they run, and when. "Summary List of All Custom Action Types".

use std::io::Read;

use database::{Database, Record};
use serde::Serialize;

use crate::scenario::{Facts, Scenario};

/// The most of a script that is shown, in bytes.
const SCRIPT_MAX: u64 = 64 << 10;

/// A custom action, decoded.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CustomAction {
    /// Its name.
    pub name: String,
    /// Its type's number, as the table has it.
    #[serde(rename = "type")]
    pub number: i32,
    /// What it is: `dll`, `exe`, `jscript`, `vbscript`, `installation`, `property`, `folder`, `error`, `unknown`.
    pub kind: &'static str,
    /// Where it comes from: `package`, `installed file`, `folder`, `property`, `source`, `text`, `product`.
    pub from: &'static str,
    /// The key, name or code of that; empty where there is none.
    pub source: String,
    /// Entry point, command line, text; null where it is hidden.
    pub target: Option<String>,
    /// `immediate`, `deferred`, `rollback`, `commit`.
    pub execution: &'static str,
    /// Whose rights it has: `user`, `system`.
    pub rights: &'static str,
    /// Does an installation go on where it fails?
    pub ignores_failure: bool,
    /// Does an installation go on while it runs?
    pub asynchronous: bool,
    /// Where it stands in sequence tables.
    pub placed: Vec<Placed>,
    /// The controls of dialogs that run it.
    pub dialogs: Vec<DialogEvent>,
    /// The script's text, where the package holds it.
    pub script: Option<String>,
}

impl CustomAction {
    /// Is it code of the package's author, and not something that the installer itself does?
    pub fn is_code(&self) -> bool {
        !matches!(self.kind, "property" | "folder" | "error")
    }

    /// Does it run when a product is repaired?
    pub fn runs_at_repair(&self) -> bool {
        self.placed.iter().any(|placed| placed.repair == Some(true))
    }
}

/// A control of a dialog that runs a custom action. "DoAction ControlEvent".
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DialogEvent {
    /// The dialog.
    pub dialog: String,
    /// The control.
    pub control: String,
    /// Its condition; empty: none.
    pub condition: String,
}

/// A place in a sequence table. Null: its condition does not parse.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Placed {
    /// The table.
    pub table: &'static str,
    /// Its number.
    pub sequence: i32,
    /// Its condition; empty: none.
    pub condition: String,
    /// Does it run when the product is installed?
    pub install: Option<bool>,
    /// When it is repaired?
    pub repair: Option<bool>,
    /// When it is removed?
    pub remove: Option<bool>,
    /// When it is advertised?
    pub advertise: Option<bool>,
}

const TABLES: [&str; 5] = [
    "InstallUISequence",
    "InstallExecuteSequence",
    "AdminUISequence",
    "AdminExecuteSequence",
    "AdvtExecuteSequence",
];

/// The bits of CustomAction.Type beside the base type.
mod bits {
    pub(super) const CONTINUE: i32 = 0x40;
    pub(super) const ASYNC: i32 = 0x80;
    pub(super) const ROLLBACK: i32 = 0x100;
    pub(super) const COMMIT: i32 = 0x200;
    pub(super) const IN_SCRIPT: i32 = 0x400;
    pub(super) const NO_IMPERSONATE: i32 = 0x800;
    pub(super) const HIDE_TARGET: i32 = 0x2000;
}

/// Decodes every custom action.
pub(crate) fn custom_actions(database: &Database, damage: &mut Vec<String>) -> Vec<CustomAction> {
    let Ok(rows) = database.rows("CustomAction") else {
        return Vec::new();
    };
    let facts = Facts::of(database);
    let mut actions: Vec<CustomAction> = rows
        .records()
        .map(|row| decode(&row, database, &facts, damage))
        .collect();
    actions.sort_by(|one, other| one.name.cmp(&other.name));
    actions
}

fn decode(
    row: &Record<'_>,
    database: &Database,
    facts: &Facts,
    damage: &mut Vec<String>,
) -> CustomAction {
    let number = row.integer("Type").unwrap_or(0);
    let (kind, from) = base(number);
    let in_script = number & bits::IN_SCRIPT != 0;
    let execution = match (in_script, number & (bits::ROLLBACK | bits::COMMIT)) {
        (false, _) => "immediate",
        (true, bits::ROLLBACK) => "rollback",
        (true, bits::COMMIT) => "commit",
        (true, _) => "deferred",
    };
    let hidden = number & bits::HIDE_TARGET != 0;
    CustomAction {
        name: row.text("Action").to_owned(),
        number,
        kind,
        from,
        source: row.text("Source").to_owned(),
        target: (!hidden).then(|| row.text("Target").to_owned()),
        execution,
        rights: match in_script && number & bits::NO_IMPERSONATE != 0 {
            true => "system",
            false => "user",
        },
        ignores_failure: number & bits::CONTINUE != 0,
        asynchronous: number & bits::ASYNC != 0,
        placed: placed(row.text("Action"), database, facts),
        dialogs: dialogs(row.text("Action"), database),
        script: script(row, number, database, damage),
    }
}

/// What a base type is, and where it comes from.
fn base(number: i32) -> (&'static str, &'static str) {
    match number & 0x3F {
        1 => ("dll", "package"),
        2 => ("exe", "package"),
        5 => ("jscript", "package"),
        6 => ("vbscript", "package"),
        7 => ("installation", "package"),
        17 => ("dll", "installed file"),
        18 => ("exe", "installed file"),
        19 => ("error", "text"),
        21 => ("jscript", "installed file"),
        22 => ("vbscript", "installed file"),
        23 => ("installation", "source"),
        34 => ("exe", "folder"),
        35 => ("folder", "text"),
        37 => ("jscript", "text"),
        38 => ("vbscript", "text"),
        39 => ("installation", "product"),
        50 => ("exe", "property"),
        51 => ("property", "text"),
        53 => ("jscript", "property"),
        54 => ("vbscript", "property"),
        _ => ("unknown", "text"),
    }
}

fn dialogs(action: &str, database: &Database) -> Vec<DialogEvent> {
    let Ok(rows) = database.rows("ControlEvent") else {
        return Vec::new();
    };
    let runs = rows.records().filter(|row| {
        row.text("Event").eq_ignore_ascii_case("DoAction") && row.text("Argument") == action
    });
    let event = |row: Record<'_>| DialogEvent {
        dialog: row.text("Dialog_").to_owned(),
        control: row.text("Control_").to_owned(),
        condition: row.text("Condition").to_owned(),
    };
    runs.map(event).collect()
}

fn placed(action: &str, database: &Database, facts: &Facts) -> Vec<Placed> {
    let mut placed = Vec::new();
    for table in TABLES {
        let Ok(rows) = database.rows(table) else {
            continue;
        };
        let Some(row) = rows.find(&[action.into()]) else {
            continue;
        };
        let Some(sequence) = row.integer("Sequence").filter(|number| *number != 0) else {
            continue;
        };
        let condition = row.text("Condition");
        let (installs, advertises) = (table.starts_with("Install"), table.starts_with("Advt"));
        let holds = |scenario, runs: bool| match runs {
            true => facts.holds(condition, scenario),
            false => Some(false),
        };
        placed.push(Placed {
            table,
            sequence,
            condition: condition.to_owned(),
            install: holds(Scenario::Install, installs),
            repair: holds(Scenario::Repair, installs),
            remove: holds(Scenario::Remove, installs),
            advertise: holds(Scenario::Advertise, advertises),
        });
    }
    placed
}

fn script(
    row: &Record<'_>,
    number: i32,
    database: &Database,
    damage: &mut Vec<String>,
) -> Option<String> {
    match number & 0x3F {
        37 | 38 => Some(row.text("Target").to_owned()),
        5 | 6 => {
            let name = format!("Binary.{}", row.text("Source"));
            let stream = database
                .stream(&name)
                .map_err(|error| damage.push(error.to_string()))
                .ok()??;
            let mut bytes = Vec::new();
            stream.take(SCRIPT_MAX).read_to_end(&mut bytes).ok()?;
            Some(match bytes.strip_prefix(&[0xFF, 0xFE]) {
                Some(wide) => {
                    let units: Vec<u16> = wide
                        .chunks_exact(2)
                        .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
                        .collect();
                    String::from_utf16_lossy(&units)
                }
                None => String::from_utf8_lossy(&bytes).into_owned(),
            })
        }
        _ => None,
    }
}
