//! What is in a package that one should know before running it.
//!
//! Custom actions decoded, what starts by itself, what is opened to others, what upgrades do, what no table names.
//! Nothing of the package is run, and a part that is damaged is named and passed over.
//! Follows: Microsoft, "Custom Actions", "Custom Action Security", "Guidelines for Authoring Secure Installations".

mod actions;
mod remarks;
mod scenario;
mod signature;
mod surface;

use std::collections::BTreeSet;

use database::Database;
use jiff::Timestamp as Time;
use serde::Serialize;

pub use self::actions::{CustomAction, DialogEvent, Placed};
pub use self::remarks::{Level, Remark, rules};
pub use self::signature::{Certificate, Chain, Judgement, Signature, Timestamp};
pub use self::surface::{Permission, RunKey, Service, Shortcut, Upgrade};
pub use authenticode::{ChainState, Roots};

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Inspection {
    /// The product's name.
    pub product_name: String,
    /// Its version.
    pub version: String,
    /// Who makes it.
    pub manufacturer: String,
    /// Its code.
    pub product_code: String,
    /// `machine` or `user`, as it is installed where nobody says otherwise.
    pub installs_for: &'static str,
    /// Custom actions, in the order of their names.
    pub custom_actions: Vec<CustomAction>,
    /// Services that are installed.
    pub services: Vec<Service>,
    /// Programs that start by themselves.
    pub run_keys: Vec<RunKey>,
    /// Shortcuts.
    pub shortcuts: Vec<Shortcut>,
    /// Rights that are given on files, folders, keys and services.
    pub permissions: Vec<Permission>,
    /// What becomes of other versions.
    pub upgrades: Vec<Upgrade>,
    /// Tables that Windows Installer does not know.
    pub vendor_tables: Vec<String>,
    /// Streams that no table names, with their lengths in bytes.
    pub unnamed_streams: Vec<UnnamedStream>,
    /// Bytes of the file behind what the package uses.
    pub trailing_bytes: u64,
    /// Its signature; null: it has none.
    pub signature: Option<Signature>,
    /// What cannot be read.
    pub damage: Vec<String>,
    /// What deserves a second look.
    pub remarks: Vec<Remark>,
}

/// A stream that no table names.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UnnamedStream {
    /// Its name.
    pub name: String,
    /// Its length in bytes.
    pub bytes: u64,
}

/// Inspects a package. `length`: the file's length in bytes, where it is a file.
pub fn inspect(database: &Database, length: Option<u64>) -> Inspection {
    let mut inspection = Inspection::default();
    let property = |name: &str| {
        let rows = database.rows("Property").ok()?;
        let row = rows.find(&[name.into()])?;
        Some(row.text("Value").to_owned())
    };
    inspection.product_name = property("ProductName").unwrap_or_default();
    inspection.version = property("ProductVersion").unwrap_or_default();
    inspection.manufacturer = property("Manufacturer").unwrap_or_default();
    inspection.product_code = property("ProductCode").unwrap_or_default();
    inspection.installs_for = match property("ALLUSERS").as_deref() {
        None | Some("") => "user",
        Some(_) => "machine",
    };
    for name in database.table_names() {
        if let Err(error) = database.rows(name) {
            inspection.damage.push(error.to_string());
        }
        // Its page says that it is there for nothing, and tells no columns.
        let is_known = validation::is_documented(name) || name == "AdvtUISequence";
        if !name.starts_with('_') && !is_known {
            inspection.vendor_tables.push(name.to_owned());
        }
    }
    if let Some(module) = module(database) {
        (inspection.product_name, inspection.version) = module;
    }
    inspection.custom_actions = actions::custom_actions(database, &mut inspection.damage);
    surface::fill(&mut inspection, database);
    inspection.unnamed_streams = unnamed_streams(database);
    inspection.trailing_bytes = match (length, database.container_length()) {
        (Some(length), Some(used)) => length.saturating_sub(used),
        _ => 0,
    };
    inspection.signature = signature::signature(database);
    inspection.remarks = remarks::remarks(&inspection, database);
    inspection
}

/// The name and version of a merge module, which is no product.
fn module(database: &Database) -> Option<(String, String)> {
    if database.has_table("Property")
        && database
            .rows("Property")
            .is_ok_and(|rows| rows.find(&["ProductName".into()]).is_some())
    {
        return None;
    }
    let rows = database.rows("ModuleSignature").ok()?;
    let row = rows.records().next()?;
    let name = format!("merge module {}", row.text("ModuleID"));
    Some((name, row.text("Version").to_owned()))
}

impl Inspection {
    /// Names something that cannot be read, found while more of the package was.
    pub fn add_damage(&mut self, what: String) {
        self.remarks.push(remarks::damage(&what));
        self.damage.push(what);
    }

    /// Judges the signature by roots that somebody trusts, at the time of now where it has no time-stamp that holds.
    /// What is in the way is remarked.
    pub fn judge(&mut self, database: &Database, roots: &Roots, now: Time) {
        if let Some(signature) = &mut self.signature {
            signature::judge(signature, database, roots, now);
            let faults = signature.judgement.iter().flat_map(|judged| &judged.faults);
            self.remarks
                .extend(faults.map(|fault| remarks::untrusted(fault)));
        }
    }
}

/// The streams that belong to no table's row and are none of the package's own.
fn unnamed_streams(database: &Database) -> Vec<UnnamedStream> {
    let own = [
        "\u{5}SummaryInformation",
        "\u{5}DocumentSummaryInformation",
        "\u{5}DigitalSignature",
        "\u{5}MsiDigitalSignatureEx",
    ];
    let mut named: BTreeSet<String> = own.iter().map(ToString::to_string).collect();
    if let Ok(media) = database.rows("Media") {
        let cabinets = media
            .records()
            .map(|row| row.text("Cabinet").trim_start_matches('#').to_owned());
        named.extend(cabinets);
    }
    for table in database.table_names() {
        let Ok(rows) = database.rows(table) else {
            continue;
        };
        for value in rows.rows.iter().flatten() {
            if let database::Value::Stream(name) = value {
                named.insert(name.to_string());
            }
        }
    }
    // A merge module's cabinet has a name of its own.
    named.insert("MergeModule.CABinet".to_owned());
    database
        .stream_names()
        .into_iter()
        .filter(|name| !named.contains(*name))
        .map(|name| UnnamedStream {
            name: name.to_owned(),
            bytes: database
                .stream(name)
                .ok()
                .flatten()
                .map_or(0, |stream| stream.length()),
        })
        .collect()
}
