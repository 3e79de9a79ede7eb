//! What a run wants done next, and what it is told.

use script::{Contents, Operation};

use crate::{Chainer, Failure};

/// A sequence table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs)]
pub enum Table {
    InstallUISequence,
    InstallExecuteSequence,
    AdminUISequence,
    AdminExecuteSequence,
    AdvtExecuteSequence,
}

impl Table {
    /// The table's name.
    pub fn name(self) -> &'static str {
        match self {
            Table::InstallUISequence => "InstallUISequence",
            Table::InstallExecuteSequence => "InstallExecuteSequence",
            Table::AdminUISequence => "AdminUISequence",
            Table::AdminExecuteSequence => "AdminExecuteSequence",
            Table::AdvtExecuteSequence => "AdvtExecuteSequence",
        }
    }

    /// Is it one of the three tables that `_MSIExecute` guards?
    pub fn is_execute(self) -> bool {
        matches!(
            self,
            Table::InstallExecuteSequence
                | Table::AdminExecuteSequence
                | Table::AdvtExecuteSequence
        )
    }
}

/// How an action ended; the numbers are those of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActionResult {
    /// 0: the action was not run (no such action; its number is 1626).
    NotExecuted,
    /// 1
    Success,
    /// 2: the user cancelled (1602).
    UserExit,
    /// 3: failed (1603).
    Failure,
    /// 4: suspended (1604).
    Suspend,
    /// 5: finished early.
    Finished,
    /// 7: bad action data.
    InvalidData,
    /// 8: another installation is in progress (1618).
    AlreadyRunning,
}

impl ActionResult {
    /// The number in `Return value N.`
    pub fn log_number(self) -> u8 {
        match self {
            ActionResult::NotExecuted => 0,
            ActionResult::Success => 1,
            ActionResult::UserExit => 2,
            ActionResult::Failure => 3,
            ActionResult::Suspend => 4,
            ActionResult::Finished => 5,
            ActionResult::InvalidData => 7,
            ActionResult::AlreadyRunning => 8,
        }
    }
}

/// The kind of a message, as INSTALLMESSAGE has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum MessageKind {
    FatalExit,
    Error,
    Warning,
    User,
    Info,
    ActionStart,
    ActionData,
    Progress,
    CommonData,
    /// A line for the verbose log only.
    Verbose,
}

/// A message to the user or the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Its kind.
    pub kind: MessageKind,
    /// The Error table's number, where it has one (1500, 1720, …).
    pub number: Option<u32>,
    /// The fields of the message of that number, from `[2]` on.
    pub fields: Vec<String>,
    /// The text, formatted.
    pub text: String,
    /// The action that it says has begun, or has ended.
    pub action: Option<StepAction>,
}

impl Message {
    /// A status message.
    pub fn info(text: impl Into<String>) -> Message {
        Message {
            kind: MessageKind::Info,
            number: None,
            fields: Vec::new(),
            text: text.into(),
            action: None,
        }
    }
}

/// An action that has begun, or has ended.
#[derive(Clone, Debug, PartialEq)]
pub struct StepAction {
    /// Its name.
    pub name: String,
    /// What the package says it does (ActionText), where it has begun.
    pub description: Option<String>,
    /// How it ended; none: it has begun.
    pub result: Option<ActionResult>,
}

/// A custom action that somebody else would have to run.
#[derive(Clone, Debug, PartialEq)]
pub struct CustomAction {
    /// `CustomAction.Action`.
    pub name: String,
    /// `CustomAction.Type` (with the high bits).
    pub kind: i32,
    /// `CustomAction.Source`.
    pub source: String,
    /// `CustomAction.Target`, formatted where its type says so.
    pub target: String,
}

/// A run inside this one: RemoveExistingProducts, or a concurrent installation.
#[derive(Clone, Debug, PartialEq)]
pub struct Nested {
    /// The action that asks for it.
    pub action: String,
    /// Which package it is a run of.
    pub package: NestedPackage,
    /// Its properties, such as REMOVE.
    pub properties: Vec<(String, String)>,
    /// Shares the outer transaction (then it rolls back with it), or is one of its own.
    pub shares_transaction: bool,
    /// A failure, or a restart that it needs, is ignored (`msidbUpgradeAttributesIgnoreRemoveFailure`,
    /// `msidbCustomActionTypeContinue`).
    pub ignore_failure: bool,
}

/// Which package a nested run is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NestedPackage {
    /// The installed product of this code, which the outer one replaces: RemoveExistingProducts.
    Replaced(String),
    /// The package in the storage of this name: "Custom Action Type 7".
    Storage(String),
    /// The package at this path below the root of the source: "Custom Action Type 23".
    InSource(String),
    /// The product of this code, advertised or installed by the outer one's package: "Custom Action Type 39".
    Product(String),
}

/// Why a restart is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RebootReason {
    /// The property REBOOT is Force.
    Property,
    /// The action ScheduleReboot.
    ScheduleReboot,
    /// The action ForceReboot.
    ForceReboot,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The result of the top-level action.
    pub result: ActionResult,
    /// Windows' error code: 0, 1602, 1603, 1638, …
    pub code: u32,
    /// Why, where `code` is not 0: one line with the table, row and action.
    pub message: Option<String>,
    /// Why a restart is needed; none: it is not.
    pub reboot: Option<RebootReason>,
    /// It was stopped because it restarts the machine and others are installed with it; they can go on.
    pub left_out: bool,
    /// Custom actions that were left out, in order.
    pub skipped_custom_actions: Vec<String>,
    /// Standard actions with something to do that are not Done, or tables of which nothing is done, in order.
    pub unsupported: Vec<String>,
    /// Programs of MsiEmbeddedChainer that were left out.
    pub skipped_chainers: Vec<Chainer>,
}

/// What is to be done next.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Tell the user or the log. Answer: `Go`.
    Message(Message),
    /// An execute table begins: take the gate. Answer: `Go` or `Refused`.
    EnterExecute(Table),
    /// The execute table ended: the gate may go once the transaction is closed. Answer: `Go`.
    LeaveExecute(Table),
    /// InstallInitialize: open the transaction. `rollback` false: DisableRollback. Answer: `Go`.
    Begin {
        /// Is rollback on?
        rollback: bool,
    },
    /// Append to the script. Answer: `Go`.
    Operations {
        /// The action that made them.
        action: String,
        /// What is to be done.
        operations: Vec<Operation>,
    },
    /// InstallExecute: run what was scripted so far; the transaction stays open. Answer: `Go` or `Failed`.
    Execute,
    /// ForceReboot: run what was scripted so far, and put the transaction by: it waits for a restart. Answer: `Go` or
    /// `Failed`.
    Suspend,
    /// InstallFinalize: run the rest and commit. Answer: `Go` or `Failed`.
    Finalize,
    /// Read files that are not in place yet, for an action that has to look into them. Answer: `Bytes`, or `Go`
    /// where none can be read.
    Read(Vec<Contents>),
    /// Run a custom action. Answer: `Action`.
    CustomAction(CustomAction),
    /// Run another package inside this run. Answer: `Action` or `Failed`.
    Nested(Nested),
    /// Show a dialog of the package (UI sequences only). Answer: `Action`.
    Dialog(String),
    /// The run has ended.
    Done(Outcome),
}

impl Step {
    /// A warning that ends nothing: for standard error, the log and the outcome.
    pub(crate) fn warning(text: String) -> Step {
        Step::Message(Message {
            kind: MessageKind::Warning,
            number: None,
            fields: Vec::new(),
            text,
            action: None,
        })
    }
}

/// What a run is told about the step that it returned last.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// Done; go on. Also the first answer.
    Go,
    /// The action ended like this.
    Action(ActionResult),
    /// What was read, in the order asked for; none: it cannot be read.
    Bytes(Vec<Option<Vec<u8>>>),
    /// The gate is held by another: 1618.
    Refused,
    /// Running the script failed.
    Failed(Failure),
    /// The user cancelled.
    Cancelled,
}
