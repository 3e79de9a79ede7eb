//! `CreateFolders`: a folder for each row whose component is being installed, locally or from source.
//!
//! Follows: Microsoft, "CreateFolders Action", "CreateFolder Table".

use machine::View;
use script::Operation;

use crate::actions::Flow;
use crate::{Error, Run};

pub(crate) fn create_folders(run: &mut Run, _: &dyn View) -> Result<Flow, Error> {
    let mut operations = Vec::new();
    let table = run.database().rows("CreateFolder")?;
    for row in table.records() {
        let component = run.component("CreateFolder", &row.key(), row.text("Component_"))?;
        if !component.action.installs() {
            continue;
        }
        let operation = Operation::FolderCreate {
            folder: run.folder("CreateFolder", &row.key(), row.text("Directory_"))?,
        };
        if !operations.contains(&operation) {
            operations.push(operation);
        }
    }
    Ok(Flow::script("CreateFolders", operations))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::actions::fixture::check;

    #[test]
    fn once_for_each_folder_of_what_comes() {
        check(
            r"
            Component Other|{00000002-0000-0000-0000-00000000000A}|INSTALLDIR|256||
            Component More|{00000003-0000-0000-0000-00000000000A}|INSTALLDIR|256||
            state Other absent unknown
            state More absent source
            set DATADIR C:\Data\
            CreateFolder INSTALLDIR|Tool
            CreateFolder INSTALLDIR|More
            CreateFolder DATADIR|Other
            run CreateFolders",
            expect![[r#"
                FolderCreate(Folder=C:\Program Files\App)
            "#]],
        );
    }
}
