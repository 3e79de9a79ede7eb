//! What deserves a second look: each kind has a name, so that a known one can be passed over.

use database::Database;
use serde::Serialize;

use crate::Inspection;
use crate::actions::CustomAction;

/// How much it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Worth knowing.
    Information,
    /// A risk, or a trace of one.
    Warning,
    /// Something that should not be.
    Error,
}

/// One remark.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Remark {
    /// Its kind.
    pub rule: &'static str,
    /// How much it matters.
    pub level: Level,
    /// Table and key, joined by `/`; empty: the whole package.
    pub place: String,
    /// In one line.
    pub message: String,
}

/// The kinds of remarks: name, and what each is about.
const RULES: [(&str, &str); 13] = [
    (
        "elevated-repair",
        "code with the system's rights runs when anyone starts a repair",
    ),
    (
        "elevated-choice",
        "what runs with the system's rights is chosen by a property or a folder that a user can set",
    ),
    ("script", "the package runs scripts"),
    ("autostart", "a program starts when a user signs in"),
    ("system-service", "a service has the system's rights"),
    ("open-rights", "everybody may change what is installed"),
    ("password", "a password is in the package"),
    ("unnamed-stream", "data that no table names"),
    ("trailing-data", "data behind the package's own"),
    ("unsigned", "the package has no signature"),
    (
        "signature",
        "the signature is not of these contents, is not its signer's, or cannot be read",
    ),
    (
        "untrusted",
        "the signature is not trusted by the roots that were given",
    ),
    ("damage", "a part that cannot be read"),
];

/// The kinds of remarks: name, and what each is about.
pub fn rules() -> impl Iterator<Item = (&'static str, &'static str)> {
    RULES.into_iter()
}

struct Remarks(Vec<Remark>);

impl Remarks {
    fn add(&mut self, rule: &'static str, level: Level, place: String, message: String) {
        self.0.push(Remark {
            rule,
            level,
            place,
            message,
        });
    }
}

/// The remark of something that is in the way of trusting a signature.
pub(crate) fn untrusted(fault: &str) -> Remark {
    Remark {
        rule: "untrusted",
        level: Level::Warning,
        place: String::new(),
        message: fault.to_owned(),
    }
}

/// The remark of something that cannot be read.
pub(crate) fn damage(what: &str) -> Remark {
    Remark {
        rule: "damage",
        level: Level::Error,
        place: String::new(),
        message: what.to_owned(),
    }
}

pub(crate) fn remarks(inspection: &Inspection, database: &Database) -> Vec<Remark> {
    let mut remarks = Remarks(Vec::new());
    for action in inspection
        .custom_actions
        .iter()
        .filter(|action| action.is_code())
    {
        custom_action(action, database, &mut remarks);
    }
    for run in &inspection.run_keys {
        let what = format!("{} starts {} for whoever signs in", run.name, run.value);
        remarks.add(
            "autostart",
            Level::Information,
            format!("Registry/{}", run.key),
            what,
        );
    }
    for shortcut in inspection
        .shortcuts
        .iter()
        .filter(|one| one.folder == "StartupFolder")
    {
        let what = format!(
            "the shortcut {} starts {} for whoever signs in",
            shortcut.name, shortcut.target
        );
        remarks.add(
            "autostart",
            Level::Information,
            format!("Shortcut/{}", shortcut.name),
            what,
        );
    }
    for service in &inspection.services {
        let place = format!("ServiceInstall/{}", service.name);
        if service.account.eq_ignore_ascii_case("LocalSystem") {
            let what = format!(
                "the service runs as LocalSystem from the folder {}",
                service.folder
            );
            remarks.add("system-service", Level::Information, place.clone(), what);
        }
        if service.has_password {
            remarks.add(
                "password",
                Level::Warning,
                place,
                "whoever has the package has the service's password".to_owned(),
            );
        }
    }
    permissions(inspection, &mut remarks);
    properties(database, &mut remarks);
    for stream in &inspection.unnamed_streams {
        let what = format!(
            "no table names the stream {} of {} bytes",
            stream.name, stream.bytes
        );
        remarks.add(
            "unnamed-stream",
            Level::Information,
            format!("_Streams/{}", stream.name),
            what,
        );
    }
    if inspection.trailing_bytes > 0 {
        let what = format!(
            "{} bytes stand behind the package, where nothing of it reads them",
            inspection.trailing_bytes
        );
        remarks.add("trailing-data", Level::Warning, String::new(), what);
    }
    match &inspection.signature {
        None => remarks.add(
            "unsigned",
            Level::Information,
            String::new(),
            "the package has no signature".to_owned(),
        ),
        Some(signature) => {
            for fault in signature.faults() {
                remarks.add("signature", Level::Error, String::new(), fault);
            }
        }
    }
    remarks
        .0
        .extend(inspection.damage.iter().map(|what| damage(what)));
    remarks.0
}

fn custom_action(action: &CustomAction, database: &Database, remarks: &mut Remarks) {
    let place = format!("CustomAction/{}", action.name);
    let is_system = action.rights == "system";
    if is_system && action.runs_at_repair() {
        let what = format!(
            "a {} with the system's rights runs at every repair, which any user can start",
            action.kind
        );
        remarks.add("elevated-repair", Level::Warning, place.clone(), what);
    }
    if is_system && is_users_choice(action, database) {
        let what = format!(
            "what runs with the system's rights is what {} says, which a user can set",
            action.source
        );
        remarks.add("elevated-choice", Level::Warning, place.clone(), what);
    }
    if matches!(action.kind, "jscript" | "vbscript") {
        let what = format!(
            "a {} runs {} with the rights of the {}",
            action.kind, action.execution, action.rights
        );
        remarks.add("script", Level::Information, place, what);
    }
}

/// Is what is run told by something that a command line can set?
fn is_users_choice(action: &CustomAction, database: &Database) -> bool {
    let is_public = |name: &str| !name.is_empty() && !name.chars().any(|c| c.is_ascii_lowercase());
    let secure = database.rows("Property").ok();
    let is_authored = |name: &str| {
        secure
            .as_ref()
            .is_some_and(|rows| rows.find(&[name.into()]).is_some())
    };
    match action.from {
        "property" => is_public(&action.source) && !is_authored(&action.source),
        "folder" => is_public(&action.source),
        _ => false,
    }
}

/// Who everybody is: by name, and in descriptors.
const EVERYBODY: [&str; 4] = ["everyone", "users", "authenticated users", "guests"];
const EVERYBODY_SDDL: [&str; 4] = [";WD)", ";BU)", ";AU)", ";BG)"];
/// GENERIC_ALL, GENERIC_WRITE, FILE_ALL_ACCESS, and what writes a file or key.
const WRITES: u32 = 0x1000_0000 | 0x4000_0000 | 0x000D_0000 | 0x0000_0002;

fn permissions(inspection: &Inspection, remarks: &mut Remarks) {
    for permission in &inspection.permissions {
        let name = permission
            .to
            .rsplit('\\')
            .next()
            .unwrap_or("")
            .to_lowercase();
        let mask = permission
            .rights
            .strip_prefix("0x")
            .and_then(|hex| u32::from_str_radix(hex, 16).ok());
        let by_mask = EVERYBODY.contains(&&*name) && mask.is_some_and(|mask| mask & WRITES != 0);
        let by_text = permission.rights.split('(').any(|entry| {
            let full = ["GA", "GW", "FA", "FW", "KA", "KW", "WD;", "WO"];
            let rights = entry.split(';').nth(2).unwrap_or("");
            entry.starts_with("A;")
                && EVERYBODY_SDDL.iter().any(|who| entry.contains(who))
                && full.iter().any(|right| rights.contains(right))
        });
        if by_mask || by_text {
            let place = format!("{}/{}", permission.table, permission.object);
            let who = if permission.to.is_empty() {
                "everybody"
            } else {
                &permission.to
            };
            let what = format!("{who} may change it ({})", permission.rights);
            remarks.add("open-rights", Level::Warning, place, what);
        }
    }
}

/// Properties that hold a password.
fn properties(database: &Database, remarks: &mut Remarks) {
    let Ok(rows) = database.rows("Property") else {
        return;
    };
    for row in rows.records() {
        let name = row.text("Property");
        let is_password =
            name.to_lowercase().contains("password") || name.to_lowercase().ends_with("pwd");
        if is_password && !row.text("Value").is_empty() && !row.text("Value").starts_with('[') {
            let what =
                format!("the property {name} has a value, which whoever has the package can read");
            remarks.add("password", Level::Warning, format!("Property/{name}"), what);
        }
    }
}
