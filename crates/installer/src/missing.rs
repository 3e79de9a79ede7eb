//! What is not at a package's source: whoever watches is asked whether it is to be looked for once more.
//!
//! Follows: Microsoft, "Windows Installer Error Messages" (1308, 1311). Limits: nobody is asked for another place; disks are
//! not told apart by their labels.

use gate::Cancel;
use script::SourceError;

use crate::engine::Part;
use crate::ui::{Buttons, Question};
use crate::{Error, code, nested};

/// Asks for a file or a cabinet: in the words of the package's Error table, where it has some.
pub(crate) fn question(part: &Part, missing: &SourceError) -> Question {
    let number = missing.code().unwrap_or(code::FAILURE);
    let own = i32::try_from(number).ok();
    let text = own.and_then(|number| nested::error_text(part, number, &missing.fields()));
    Question {
        number,
        buttons: Buttons::RetryCancel,
        product: part.run.property("ProductName").to_owned(),
        text: text.unwrap_or_else(|| format!("{missing}. Look for it once more?")),
    }
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
