//! `MoveFiles`: moves or copies files that are on the machine, for components being installed.
//!
//! Follows: Microsoft, "MoveFiles Action", "MoveFile Table".

use database::Record;
use machine::{EntryKind, MachinePath, View};
use script::Operation;

use crate::actions::Flow;
use crate::directory::Name;
use crate::wildcard::matches;
use crate::{Error, Run};

/// `Options` bit 1: move, not copy.
const MOVE: i32 = 1;

pub(crate) fn move_files(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    let mut operations = Vec::new();
    for row in run.database().rows("MoveFile")?.records() {
        let component = run.component("MoveFile", &row.key(), row.text("Component_"))?;
        let folder = |column| view.path(run.property(row.text(column)));
        let (Ok(source), Ok(target)) = (folder("SourceFolder"), folder("DestFolder")) else {
            continue;
        };
        if !component.action.installs() {
            continue;
        }
        for from in sources(view, row, source)? {
            let name = target_name(run, row, &from);
            let to = target.join(&name).map_err(machine::Error::from)?;
            if from == to {
                continue;
            }
            operations.push(match row.integer("Options").unwrap_or(0) & MOVE {
                0 => Operation::FileDuplicate { from, to },
                _ => Operation::FileMove { from, to },
            });
        }
    }
    Ok(Flow::script("MoveFiles", operations))
}

/// The files that a row means: all that match SourceName, or the one that SourceFolder itself names.
fn sources(
    view: &dyn View,
    row: Record<'_>,
    source: MachinePath,
) -> Result<Vec<MachinePath>, Error> {
    let pattern = row.text("SourceName");
    if pattern.is_empty() {
        return Ok(if view.is_file(&source)? {
            vec![source]
        } else {
            Vec::new()
        });
    }
    let entries = view.list(&source)?.unwrap_or_default();
    let files = entries
        .into_iter()
        .filter(|entry| entry.metadata.kind == EntryKind::File);
    Ok(files
        .filter(|entry| matches(pattern, &entry.name))
        .filter_map(|entry| source.join(&entry.name).ok())
        .collect())
}

fn target_name(run: &Run, row: Record<'_>, from: &MachinePath) -> String {
    let own = from.name().unwrap_or("");
    match row.text("DestName") {
        "" => own.to_owned(),
        // A wildcard means many files, which keep their names.
        _ if row.text("SourceName").contains('*') => own.to_owned(),
        name => Name::parse(name).pick(run.short_names()).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::actions::fixture::check;

    #[test]
    fn one_or_many_copied_or_moved() {
        check(
            r"
            set FROM C:\from
            set TO C:\to
            set ONE C:\from\a.dat
            file C:\from\a.dat
            file C:\from\b.dat
            file C:\from\c.txt
            MoveFile m1|Tool|*.dat|ignored.dat|FROM|TO|0
            MoveFile m2|Tool||d.dat|ONE|TO|1
            MoveFile m3|Tool|c.txt||FROM|NOWHERE|1
            MoveFile m4|Tool|missing.txt||FROM|TO|1
            run MoveFiles",
            expect![[r#"
                FileDuplicate(SourceName=C:\from\a.dat,DestName=C:\to\a.dat)
                FileDuplicate(SourceName=C:\from\b.dat,DestName=C:\to\b.dat)
                FileMove(SourceName=C:\from\a.dat,DestName=C:\to\d.dat)
            "#]],
        );
    }
}
