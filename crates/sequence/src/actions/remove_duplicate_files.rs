//! `RemoveDuplicateFiles`: the copies that components going away have made; with the folders that this empties.
//!
//! Follows: Microsoft, "RemoveDuplicateFiles Action", "DuplicateFile Table".

use machine::View;
use script::Operation;

use crate::actions::Flow;
use crate::duplicate_rows::duplicate;
use crate::emptied::EmptiedFolders;
use crate::{Error, Run, State};

pub(crate) fn remove_duplicate_files(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    let mut emptied = EmptiedFolders::new(run, view);
    let mut operations = Vec::new();
    for row in run.database().rows("DuplicateFile")?.records() {
        let component = run.component("DuplicateFile", &row.key(), row.text("Component_"))?;
        if component.action != State::Absent {
            continue;
        }
        if let Some((_, copy)) = duplicate(run, view, row)? {
            emptied.file_gone(&copy);
            if view.is_file(&copy)? {
                operations.push(Operation::FileRemove { file: copy });
            }
        }
    }
    operations.extend(emptied.operations()?);
    Ok(Flow::script("RemoveDuplicateFiles", operations))
}

#[cfg(test)]
mod tests {
    use crate::actions::fixture::check_comes_and_goes;

    #[test]
    fn copies_come_and_go() {
        check_comes_and_goes(
            r"
            set ELSEWHERE C:\elsewhere\deep
            Media 1|2||#one.cab||
            File a|Tool|a.txt|10|||0|1
            DuplicateFile d1|Tool|a|b.txt|ELSEWHERE
            run InstallFiles
            run DuplicateFiles
            run RemoveDuplicateFiles
            run RemoveFiles",
        );
    }
}
