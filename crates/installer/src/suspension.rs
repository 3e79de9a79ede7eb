//! Installations that wait for a restart: what is kept of one in the journal, and who goes on with it.
//!
//! The values of hidden properties are not kept, for the journal is a file: whoever goes on gives them again. Any other
//! command for the product, and any other product, must undo it first (1705, 1704).
//! Follows: Microsoft, "System Reboots", "RESUME Property", "Windows Installer Error Messages" (1502, 1503, 1704, 1705).

use jiff::Timestamp;
use sequence::{Failure, Message, MessageKind, Resume, Run};
use serde::{Deserialize, Serialize};

use crate::engine::Part;
use crate::notes::{Notes, product_of};
use crate::package::is_machine_path;
use crate::ui::{Buttons, Question};
use crate::{Command, Error, Host, Intent};

/// Properties that may be other ones when an installation is gone on with.
const MAY_DIFFER: [&str; 4] = ["REBOOT", "REBOOTPROMPT", "RESUME", "AFTERREBOOT"];

/// An installation that waits for a restart.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Suspension {
    /// The id of its transaction.
    pub(crate) id: String,
    pub(crate) record: Record,
}

/// What the journal keeps of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) product_code: String,
    pub(crate) product_name: String,
    pub(crate) version: String,
    /// The package's code: another package of the product does not go on with it.
    package_code: String,
    /// Who began it.
    pub(crate) user: String,
    /// When it was put by.
    pub(crate) since: Timestamp,
    pub(crate) intent: Intent,
    /// The package, wherever the next process runs; or the product code.
    pub(crate) target: String,
    /// The command line's properties, and what was chosen in the user interface.
    pub(crate) properties: Vec<(String, String)>,
    /// The names of properties that are hidden.
    pub(crate) withheld: Vec<String>,
    resume: Resume,
    /// What the event log is told of the wait, in case that the process ended before it was told.
    pub(crate) notes: Notes,
}

impl Suspension {
    /// Reads what a journal keeps.
    ///
    /// Errors: [`Error::Suspended`] where another version of this program wrote it: it can be undone all the same.
    pub(crate) fn read(waiting: script::Suspended) -> Result<Suspension, Error> {
        let record = serde_json::from_str(&waiting.data);
        let record = record.map_err(|error| Error::Suspended(error.to_string()))?;
        let id = waiting.id;
        Ok(Suspension { id, record })
    }

    /// Is this command, for this package, the one that waits, given once more?
    pub(crate) fn is_of(&self, command: &Command, product_code: &str, package_code: &str) -> bool {
        let record = &self.record;
        let is_same = |(name, value): &(String, String)| {
            let free = MAY_DIFFER.contains(&name.as_str()) || record.withheld.contains(name);
            free || record.properties.contains(&(name.clone(), value.clone()))
        };
        record.product_code.eq_ignore_ascii_case(product_code)
            && record.package_code.eq_ignore_ascii_case(package_code)
            && record.intent == command.intent
            && command.properties.iter().all(is_same)
    }

    /// Returns the command that goes on with it.
    ///
    /// Errors: [`Error::Withheld`] where hidden properties are not given again.
    pub(crate) fn command(&self, given: &Command) -> Result<Command, Error> {
        let record = &self.record;
        let missing = record
            .withheld
            .iter()
            .filter(|name| !given.properties.iter().any(|(known, _)| known == *name));
        let missing: Vec<&str> = missing.map(String::as_str).collect();
        if !missing.is_empty() {
            return Err(Error::Withheld {
                product: record.product_name.clone(),
                names: missing.join(", "),
            });
        }
        let mut properties = record.properties.clone();
        let marks = ["RESUME", "AFTERREBOOT"].map(|name| (name.to_owned(), "1".to_owned()));
        for (name, value) in given.properties.iter().cloned().chain(marks) {
            properties.retain(|(known, _)| *known != name);
            properties.push((name, value));
        }
        Ok(Command {
            intent: record.intent.clone(),
            properties,
            ..given.clone()
        })
    }

    /// Makes a run the one that goes on with it.
    pub(crate) fn go_on(&self, run: &mut Run) {
        run.resume(self.record.resume.clone());
    }

    /// Why a run cannot begin while it waits: 1705 for the same product, 1503 where another user began that, else 1704.
    pub(crate) fn in_the_way(&self, for_product: &str, host: &Host) -> Failure {
        let Record {
            product_code,
            product_name,
            version,
            user,
            ..
        } = &self.record;
        let same = for_product.eq_ignore_ascii_case(product_code);
        let name = format!("{product_name} {version}");
        let undo = "undo it with `--undo-suspended`";
        match (same, *user == host.user) {
            (true, false) => Failure::numbered(
                1503,
                [user.clone(), product_name.clone()],
                format!(
                    "an installation of {name} by {user} waits for a restart: {user} goes on with it, or {undo}"
                ),
            ),
            (true, true) => Failure::numbered(
                1705,
                [],
                format!(
                    "another command for {name} waits for a restart: go on with it with `msikit recover --resume`, or {undo}"
                ),
            ),
            (false, _) => Failure::numbered(
                1704,
                [product_name.clone()],
                format!(
                    "an installation of {name} waits for a restart: go on with it with `msikit recover --resume`, or {undo}"
                ),
            ),
        }
    }

    /// Asks whether it is to be undone; `text`: in words of the package's own.
    pub(crate) fn question(&self, failure: &Failure, text: Option<String>) -> Question {
        let record = &self.record;
        let text = text.unwrap_or_else(|| {
            format!(
                "An installation of {} {} waits for a restart. It must be undone before this one can begin. Undo it?",
                record.product_name, record.version
            )
        });
        Question {
            number: failure.number.unwrap_or(1704),
            buttons: Buttons::YesNo,
            product: record.product_name.clone(),
            text,
        }
    }

    /// 1502: says whose installation was undone, and that this one goes on; none: it was one's own.
    pub(crate) fn tells_other_user(&self, host: &Host) -> Option<Message> {
        let Record {
            user, product_name, ..
        } = &self.record;
        let text = format!(
            "{user} had begun to install {product_name} and has to do it again; this installation goes on"
        );
        (*user != host.user).then(|| Message {
            kind: MessageKind::Warning,
            number: Some(1502),
            fields: vec![user.clone(), product_name.clone()],
            ..Message::info(text)
        })
    }
}

/// What is kept of a run that waits from now on.
pub(crate) fn record(
    part: &Part,
    command: &Command,
    chosen: &[(String, String)],
    notes: Notes,
    host: &Host,
) -> Result<Record, Error> {
    let run = &part.run;
    let product = product_of(run);
    let summary = run.database().summary()?;
    let marks = |name: &str| matches!(name, "RESUME" | "AFTERREBOOT");
    let mut properties = command.properties.clone();
    properties.extend(chosen.iter().cloned());
    properties.retain(|(name, _)| !marks(name));
    let mut withheld: Vec<String> = properties
        .iter()
        .map(|(name, _)| name.clone())
        .filter(|name| run.is_hidden(name))
        .collect();
    withheld.sort();
    withheld.dedup();
    properties.retain(|(name, _)| !run.is_hidden(name));
    Ok(Record {
        product_code: product.code.unwrap_or_default(),
        product_name: product.name,
        version: product.version,
        package_code: summary.package_code().to_owned(),
        user: host.user.clone(),
        since: (host.now)(),
        intent: command.intent.clone(),
        target: absolute(&command.target),
        properties,
        withheld,
        resume: run.to_resume(),
        notes,
    })
}

/// A package's path as it is seen from everywhere; what is no file here stays as it is.
fn absolute(target: &str) -> String {
    let path = std::path::Path::new(target);
    if is_machine_path(target) || !path.exists() {
        return target.to_owned();
    }
    std::path::absolute(path).map_or_else(
        |_| target.to_owned(),
        |path| path.to_string_lossy().into_owned(),
    )
}
