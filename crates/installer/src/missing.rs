//! What is not at a package's source: whoever watches is asked whether it is to be looked for once more; where the package
//! comes on disks, for the disk, and everybody can see that one is asked for.
//!
//! Follows: Microsoft, "Windows Installer Error Messages" (1302, 1308, 1311), "DiskPrompt Property", "Media Table",
//! "--MsiPromptForCD Mutex". Limits: nobody is asked for another place; the label of a volume is not compared, for a folder
//! has none.

use gate::{Cancel, DiskPrompt, Gate};
use script::SourceError;

use crate::engine::Part;
use crate::source::On;
use crate::ui::{Buttons, Question};
use crate::{Error, code, nested};

/// Windows' message: "please insert the disk".
const INSERT: u32 = 1302;

/// Asks for a disk, a file or a cabinet: in the words of the package's Error table, where it has some.
pub(crate) fn question(part: &Part, missing: &SourceError, on: On<'_>) -> Question {
    let (number, fields, own) = match disk(part, on) {
        Some(disk) => {
            let own = format!("Please insert the disk: {disk} ({missing}). Look once more?");
            (INSERT, vec![disk], own)
        }
        None => (
            missing.code().unwrap_or(code::FAILURE),
            missing.fields(),
            format!("{missing}. Look for it once more?"),
        ),
    };
    let template = i32::try_from(number).ok();
    let text = template.and_then(|number| nested::error_text(part, number, &fields));
    Question {
        number,
        buttons: Buttons::RetryCancel,
        product: part.run.property("ProductName").to_owned(),
        text: text.unwrap_or(own),
    }
}

/// The disk on which something is, as the package calls it; none: it does not come on disks with names.
fn disk(part: &Part, on: On<'_>) -> Option<String> {
    let run = &part.run;
    let media = run.database().rows("Media").ok()?;
    let row = media.records().find(|row| match on {
        On::Disk(disk) => row.integer("DiskId") == Some(i32::from(disk)),
        On::Cabinet(cabinet) => row.text("Cabinet").eq_ignore_ascii_case(cabinet),
    })?;
    let name = Some(row.text("DiskPrompt").to_owned()).filter(|name| !name.is_empty())?;
    match run.property("DiskPrompt") {
        "" => Some(name),
        template => Some(run.format_record(Some(template), &[Some(name)])),
    }
}

/// Says to everybody that a disk is asked for, until the result is dropped. Where that cannot be said it is no reason not
/// to ask.
pub(crate) fn told_to_others(question: &Question, gate: Option<&Gate>) -> Option<DiskPrompt> {
    let gate = gate.filter(|_| question.number == INSERT)?;
    gate.ask_for_disk().ok()
}

/// What was missing while the installation was called off is no failure of the source.
pub(crate) fn or_called_off<T>(done: Result<T, Error>, cancel: &Cancel) -> Result<T, Error> {
    match done {
        Err(Error::Script(script::Error::Source(SourceError::Missing { .. })))
            if cancel.is_cancelled() =>
        {
            Err(script::Error::Cancelled.into())
        }
        done => done,
    }
}
