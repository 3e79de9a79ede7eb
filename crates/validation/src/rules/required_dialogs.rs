//! The dialogs that a package with a user interface needs. "ICE20", "Dialog Boxes", "Error Dialog".

use database::Record;

use crate::finding::{Findings, Place, cell, row, table as whole};
use crate::package::Package;

/// The bit of an error dialog. "Dialog Style Bits".
const ERROR_DIALOG: i32 = 0x10000;

/// The buttons of an error dialog, and what each tells. "Error Dialog".
const ERROR_BUTTONS: [(&str, &str); 7] = [
    ("A", "ErrorAbort"),
    ("C", "ErrorCancel"),
    ("I", "ErrorIgnore"),
    ("N", "ErrorNo"),
    ("O", "ErrorOk"),
    ("R", "ErrorRetry"),
    ("Y", "ErrorYes"),
];

/// The dialogs that a user interface needs are there.
pub(super) fn ice20(package: &Package<'_>, found: &mut Findings) {
    if package.rows("Dialog").next().is_none() || package.property("LIMITUI").is_some() {
        return;
    }
    for table in ["AdminUISequence", "InstallUISequence"] {
        for (number, what) in [(-1, "success"), (-2, "a user's exit"), (-3, "a failure")] {
            let is = |row: &Record<'_>| row.integer("Sequence") == Some(number);
            if package.has(table) && !package.rows(table).any(|row| is(&row)) {
                found.error(
                    whole(table),
                    format!("no dialog or action is shown after {what} ({number})"),
                );
            }
        }
    }
    files_in_use(package, found);
    error_dialog(package, found);
}

fn files_in_use(package: &Package<'_>, found: &mut Findings) {
    let Some(dialog) = package.row("Dialog", "FilesInUse") else {
        found.error(whole("Dialog"), "the dialog FilesInUse is required");
        return;
    };
    let lists = package.rows("Control").any(|control| {
        control.text("Dialog_") == "FilesInUse"
            && control.text("Type") == "ListBox"
            && control.text("Property") == "FileInUseProcess"
    });
    if !lists {
        found.error(row(&dialog), "it has no list box of FileInUseProcess");
    }
    for argument in ["Exit", "Ignore", "Retry"] {
        if !ends_with(package, "FilesInUse", None, argument) {
            found.error(row(&dialog), format!("no control ends it with {argument}"));
        }
    }
}

fn ends_with(package: &Package<'_>, dialog: &str, control: Option<&str>, argument: &str) -> bool {
    package.rows("ControlEvent").any(|event| {
        event.text("Dialog_") == dialog
            && event.text("Event") == "EndDialog"
            && event.text("Argument") == argument
            && control.is_none_or(|control| event.text("Control_") == control)
    })
}

fn error_dialog(package: &Package<'_>, found: &mut Findings) {
    let named = package.row("Property", "ErrorDialog");
    let is_error = |row: &Record<'_>| row.integer("Attributes").unwrap_or(0) & ERROR_DIALOG != 0;
    let dialog = match named {
        Some(named) => package.row("Dialog", named.text("Value")),
        None => package.rows("Dialog").find(is_error),
    };
    let Some(dialog) = dialog else {
        let place: Place = named.map_or_else(|| whole("Dialog"), |named| cell(&named, "Value"));
        found.error(place, "there is no error dialog");
        return;
    };
    if !is_error(&dialog) {
        found.error(
            cell(&dialog, "Attributes"),
            "it is the error dialog without the bit of one, 65536",
        );
    }
    if dialog.text("Control_First") != "ErrorText" {
        found.error(
            cell(&dialog, "Control_First"),
            "an error dialog begins at ErrorText",
        );
    }
    let name = dialog.text("Dialog");
    for (control, argument) in ERROR_BUTTONS {
        if !ends_with(package, name, Some(control), argument) {
            found.error(
                row(&dialog),
                format!("no button {control} ends it with {argument}"),
            );
        }
    }
}
