//! `RemoveFolders`: folders of the CreateFolder table whose component goes away or moves to the source, if empty.
//!
//! Follows: Microsoft, "RemoveFolders Action", "CreateFolder Table".

use machine::View;

use crate::actions::Flow;
use crate::emptied::EmptiedFolders;
use crate::{Error, Run, State};

pub(crate) fn remove_folders(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    let mut emptied = EmptiedFolders::new(run, view);
    let table = run.database().rows("CreateFolder")?;
    for row in table.records() {
        let component = run.component("CreateFolder", &row.key(), row.text("Component_"))?;
        let folder = run.folder("CreateFolder", &row.key(), row.text("Directory_"))?;
        let moves_to_source =
            component.installed == State::Local && component.action == State::Source;
        if component.action == State::Absent || moves_to_source {
            emptied.consider(folder);
        } else if component.installed.installs() && !run.removes_product() {
            emptied.keep(folder);
        }
    }
    Ok(Flow::script("RemoveFolders", emptied.operations()?))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::actions::fixture::{check, check_comes_and_goes};

    #[test]
    fn folders_come_and_go_with_those_above() {
        check_comes_and_goes(
            r"
            set DEEP C:\Program Files\Maker\App\Data\
            CreateFolder INSTALLDIR|Tool
            CreateFolder DEEP|Tool
            run CreateFolders
            run RemoveFolders",
        );
    }

    #[test]
    fn a_folder_that_holds_something_stays() {
        check(
            r"
            state Tool local absent
            file C:\Program Files\App\notes.txt
            CreateFolder INSTALLDIR|Tool
            run RemoveFolders",
            expect![[""]],
        );
    }
}
