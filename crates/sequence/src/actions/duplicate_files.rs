//! `DuplicateFiles`: copies of installed files, for components being installed locally.
//!
//! Follows: Microsoft, "DuplicateFiles Action", "DuplicateFile Table".

use machine::View;
use script::Operation;

use crate::actions::Flow;
use crate::duplicate_rows::duplicate;
use crate::{Error, Run, State};

pub(crate) fn duplicate_files(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    let mut operations = Vec::new();
    for row in run.database().rows("DuplicateFile")?.records() {
        let component = run.component("DuplicateFile", &row.key(), row.text("Component_"))?;
        if component.action != State::Local {
            continue;
        }
        if let Some((from, to)) = duplicate(run, view, row)? {
            // The original may belong to a component that is not installed.
            if view.is_file(&from)? {
                operations.push(Operation::FileDuplicate { from, to });
            }
        }
    }
    Ok(Flow::script("DuplicateFiles", operations))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::actions::fixture::check;

    #[test]
    fn copies_beside_and_elsewhere() {
        check(
            r"
            set ELSEWHERE C:\elsewhere
            file C:\Program Files\App\a.txt
            File a|Tool|a.txt|10|||0|1
            DuplicateFile d1|Tool|a|B~1/b long.txt|
            DuplicateFile d2|Tool|a||ELSEWHERE
            DuplicateFile d3|Tool|a||NOWHERE
            DuplicateFile d4|Tool|a||
            run DuplicateFiles",
            expect![[r#"
                FileDuplicate(SourceName=C:\Program Files\App\a.txt,DestName=C:\Program Files\App\b long.txt)
                FileDuplicate(SourceName=C:\Program Files\App\a.txt,DestName=C:\elsewhere\a.txt)
            "#]],
        );
    }
}
