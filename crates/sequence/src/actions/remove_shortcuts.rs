//! `RemoveShortcuts`: advertised links of features going away, plain ones of components going away; with the
//! folders that this leaves empty.
//!
//! Follows: Microsoft, "RemoveShortcuts Action", "Shortcut Table".

use machine::View;
use script::Operation;

use crate::actions::Flow;
use crate::emptied::EmptiedFolders;
use crate::shortcut_rows::ShortcutRow;
use crate::{Error, Run, State};

pub(crate) fn remove_shortcuts(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    let table = run.database().rows("Shortcut")?;
    let mut emptied = EmptiedFolders::new(run, view);
    let mut operations = Vec::new();
    for record in table.records() {
        let row = ShortcutRow::read(run, record)?;
        // With DISABLEADVTSHORTCUTS in either run the link may have been made for the one reason or the other.
        let goes = row
            .feature
            .is_some_and(|feature| feature.action == State::Absent)
            || row.component.action == State::Absent;
        if !goes {
            continue;
        }
        let file = row.file(run)?;
        emptied.file_gone(&file);
        if view.is_file(&file)? {
            operations.push(Operation::ShortcutRemove { file });
        }
    }
    operations.extend(emptied.operations()?);
    Ok(Flow::script("RemoveShortcuts", operations))
}

#[cfg(test)]
mod tests {
    use crate::actions::fixture::check_comes_and_goes;

    #[test]
    fn links_come_and_go_with_their_folders() {
        check_comes_and_goes(
            r"
            set MENU C:\ProgramData\Microsoft\Windows\Start Menu\Programs\Maker\App
            Shortcut s1|MENU|App|Tool|[INSTALLDIR]app.exe|||||||
            Shortcut s2|MENU|Advertised|Tool|Main|||||||
            run CreateShortcuts
            run RemoveShortcuts",
        );
    }
}
