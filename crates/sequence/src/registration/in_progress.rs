//! What the registry says of an installation that waits for a restart: the key InProgress, and what RunOnce runs.
//!
//! The pages name both keys ("__MsiPromptForCD Mutex", "ForceReboot Action") and not what is in the first.

use machine::{Data, KeyPath, Root, View};
use script::Operation;

use super::installer;
use crate::{Error, Run};

const RUN_ONCE: &str = "Software\\Microsoft\\Windows\\CurrentVersion\\RunOnce";

/// The name of the value of RunOnce.
const NAME: &str = "msikit";

/// Registers the run as waiting for a restart.
pub(crate) fn waits_for_restart(run: &Run) -> Vec<Operation> {
    let (in_progress, run_once) = keys();
    let value = |key: &KeyPath, name: &str, text: &str| Operation::RegAddValue {
        key: key.clone(),
        name: name.to_owned(),
        data: Data::Sz(text.to_owned()),
    };
    let mut operations = vec![
        value(&in_progress, "", run.property("ProductCode")),
        value(&in_progress, "ProductName", run.property("ProductName")),
    ];
    if !run.restart_command.is_empty() {
        operations.push(value(&run_once, NAME, &run.restart_command));
    }
    operations
}

/// Takes it back.
///
/// Errors: the machine cannot be read.
pub(crate) fn waits_no_longer(view: &dyn View) -> Result<Vec<Operation>, Error> {
    let (in_progress, run_once) = keys();
    let mut operations = Vec::new();
    if view.key(&in_progress)?.is_some() {
        operations.push(Operation::RegRemoveKey { key: in_progress });
    }
    // A restarted machine has removed it before it ran it.
    let found = view.key(&run_once)?;
    let is_ours = |(name, _): &(String, Data)| name == NAME;
    match found {
        Some(key) if key.subkeys.is_empty() && key.values.iter().all(is_ours) => {
            operations.push(Operation::RegRemoveKey { key: run_once });
        }
        Some(key) if key.values.iter().any(is_ours) => operations.push(Operation::RegRemoveValue {
            key: run_once,
            name: NAME.to_owned(),
        }),
        _ => {}
    }
    Ok(operations)
}

fn keys() -> (KeyPath, KeyPath) {
    let run_once = KeyPath::new(Root::LocalMachine, RUN_ONCE);
    (installer().join("InProgress"), run_once)
}
