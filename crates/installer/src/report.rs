//! What came of a command, as JSON has it. The names are a contract.

use sequence::Chainer;
use serde::Serialize;

use crate::engine::Part;
use crate::{Error, code};

/// What came of an install, a repair or a removal.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Windows' code.
    pub code: u32,
    /// Its symbol.
    pub symbol: &'static str,
    /// One line: why not, or null.
    pub message: Option<String>,
    /// The product code.
    pub product_code: Option<String>,
    /// The product's name.
    pub product_name: Option<String>,
    /// The product's version.
    pub version: Option<String>,
    /// Is a restart needed?
    pub reboot: Reboot,
    /// Operations that were run.
    pub operation_count: u64,
    /// Custom actions that were left out, in order.
    pub skipped_custom_actions: Vec<String>,
    /// Standard actions with something to do that are not done by this program, in order.
    pub unsupported: Vec<String>,
    /// Programs of the package that would have installed further packages (MsiEmbeddedChainer) and were left out.
    pub skipped_chainers: Vec<Chainer>,
    /// Time spent closing transactions, most of it syncing, in milliseconds.
    pub sync_ms: u64,
    /// Who was in the way, for 1618.
    pub holder: Option<HolderReport>,
    /// Runs inside this one, in order: concurrent installations, and products that it replaced.
    pub nested: Vec<NestedReport>,
}

/// What came of a run inside another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NestedReport {
    /// The action that asked for it.
    pub action: String,
    /// What it did: `install`, or `remove`.
    pub command: &'static str,
    /// The product code.
    pub product_code: String,
    /// The product's name.
    pub product_name: String,
    /// The product's version.
    pub version: String,
    /// Windows' code.
    pub code: u32,
}

impl NestedReport {
    pub(crate) fn of(action: &str, part: &Part, code: u32) -> NestedReport {
        let property = |name: &str| part.run.property(name).to_owned();
        NestedReport {
            action: action.to_owned(),
            command: part.verb,
            product_code: property("ProductCode"),
            product_name: property("ProductName"),
            version: property("ProductVersion"),
            code,
        }
    }

    /// One line for people: `install Inner 1.0.0 (InstallInner)`.
    pub fn describe(&self) -> String {
        let NestedReport {
            action,
            command,
            product_name,
            version,
            code,
            ..
        } = self;
        let ended = match code::is_success(*code) {
            true => String::new(),
            false => format!(", failed with {code}"),
        };
        format!("{command} {product_name} {version} ({action}{ended})")
    }
}

/// Is a restart needed?
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Reboot {
    /// No.
    None,
    /// Yes: 3010.
    Required,
    /// It has begun: 1641.
    Initiated,
}

/// Who holds `_MSIExecute`, as far as is known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs)]
pub struct HolderReport {
    pub product_code: Option<String>,
    pub product_name: Option<String>,
    pub version: Option<String>,
    pub package: Option<String>,
    pub command: Option<String>,
    pub sequence: Option<String>,
    pub action: Option<String>,
    pub pid: Option<u32>,
    /// The process namespace of `pid`, such as `pid:[4026531836]`.
    pub pid_namespace: Option<String>,
    /// Its process is of another container: `pid` means nothing here.
    #[serde(skip)]
    pub is_elsewhere: bool,
    pub user: Option<String>,
    pub host: Option<String>,
    pub since: Option<String>,
}

impl From<&gate::Holder> for HolderReport {
    fn from(holder: &gate::Holder) -> HolderReport {
        HolderReport {
            product_code: holder.product_code.clone(),
            product_name: holder.product_name.clone(),
            version: holder.version.clone(),
            package: holder.package.clone(),
            command: Some(holder.command.clone()),
            sequence: holder.sequence.clone(),
            action: holder.action.clone(),
            pid: Some(holder.pid),
            pid_namespace: Some(holder.pid_namespace.clone()).filter(|name| !name.is_empty()),
            is_elsewhere: holder.is_elsewhere(),
            user: Some(holder.user.clone()),
            host: Some(holder.host.clone()),
            since: Some(holder.since.to_string()),
        }
    }
}

impl HolderReport {
    /// One line for people: `Contoso Tools 1.2 (pid 4711, alice, since 12:01:07, InstallExecuteSequence/InstallFiles)`.
    pub fn describe(&self) -> String {
        let what = self
            .product_name
            .as_ref()
            .or(self.product_code.as_ref())
            .or(self.package.as_ref());
        let mut line = match (what, &self.version) {
            (Some(what), Some(version)) => format!("{what} {version}"),
            (Some(what), None) => what.clone(),
            (None, _) => self
                .command
                .clone()
                .unwrap_or_else(|| "another installation".to_owned()),
        };
        let place: Vec<&str> = [&self.sequence, &self.action]
            .into_iter()
            .filter_map(|part| part.as_deref())
            .collect();
        let elsewhere = match (self.is_elsewhere, &self.pid_namespace, &self.host) {
            (true, Some(namespace), Some(host)) => format!(" in {namespace} on {host}"),
            _ => String::new(),
        };
        let known = [
            self.pid.map(|pid| format!("pid {pid}{elsewhere}")),
            self.user.clone(),
            self.since
                .as_deref()
                .and_then(time_of_day)
                .map(|since| format!("since {since}")),
            Some(place.join("/")).filter(|place| !place.is_empty()),
        ];
        let known: Vec<String> = known.into_iter().flatten().collect();
        if !known.is_empty() {
            line.push_str(&format!(" ({})", known.join(", ")));
        }
        line
    }
}

/// The time of day, where the user is.
fn time_of_day(since: &str) -> Option<String> {
    let since: jiff::Timestamp = since.parse().ok()?;
    Some(
        since
            .to_zoned_datetime(jiff::tz::TimeZone::system())
            .strftime("%H:%M:%S")
            .to_string(),
    )
}

impl Report {
    /// A report of success about nothing yet.
    pub(crate) fn empty() -> Report {
        Report {
            code: code::SUCCESS,
            symbol: code::symbol(code::SUCCESS),
            message: None,
            product_code: None,
            product_name: None,
            version: None,
            reboot: Reboot::None,
            operation_count: 0,
            skipped_custom_actions: Vec::new(),
            unsupported: Vec::new(),
            skipped_chainers: Vec::new(),
            sync_ms: 0,
            holder: None,
            nested: Vec::new(),
        }
    }

    /// Was it a success? 0, 1641 and 3010 are.
    pub fn is_success(&self) -> bool {
        code::is_success(self.code)
    }

    pub(crate) fn set_code(&mut self, code: u32, message: Option<String>) {
        self.code = code;
        self.symbol = code::symbol(code);
        self.message = message;
    }

    pub(crate) fn failed(mut self, error: &Error) -> Report {
        self.set_code(error.code(), Some(error.to_string()));
        if let Error::Gate(error) = error {
            self.holder = error.holder().map(HolderReport::from);
        }
        self
    }
}
