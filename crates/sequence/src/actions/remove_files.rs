//! `RemoveFiles`: files of components going away, and what the RemoveFile table lists; with the folders that
//! this leaves empty.
//!
//! A file that SharedDLLs still counts stays. A folder of the CreateFolder table waits for RemoveFolders.
//! Follows: Microsoft, "RemoveFiles Action", "RemoveFile Table", "Component Table".

use std::collections::HashSet;

use database::Record;
use machine::{EntryKind, MachinePath, View};
use script::Operation;

use crate::actions::Flow;
use crate::emptied::EmptiedFolders;
use crate::shared_dlls::SharedDlls;
use crate::wildcard::matches;
use crate::{Error, Run, State};

pub(crate) fn remove_files(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    let emptied = EmptiedFolders::new(run, view);
    let mut removals = Removals {
        view,
        removed: HashSet::new(),
        operations: Vec::new(),
        emptied,
    };
    keep_created_folders(run, &mut removals.emptied)?;
    removals.installed_files(run)?;
    removals.listed_files(run)?;
    let mut operations = removals.operations;
    operations.extend(removals.emptied.operations()?);
    Ok(Flow::script("RemoveFiles", operations))
}

/// Folders of the CreateFolder table are registered with their component, and go with it in RemoveFolders.
fn keep_created_folders(run: &Run, emptied: &mut EmptiedFolders<'_>) -> Result<(), Error> {
    let table = run.database().rows("CreateFolder")?;
    for row in table.records() {
        emptied.keep(run.folder("CreateFolder", &row.key(), row.text("Directory_"))?);
    }
    Ok(())
}

struct Removals<'a> {
    view: &'a dyn View,
    removed: HashSet<MachinePath>,
    operations: Vec<Operation>,
    emptied: EmptiedFolders<'a>,
}

impl Removals<'_> {
    fn installed_files(&mut self, run: &Run) -> Result<(), Error> {
        let counts = SharedDlls::new(self.view);
        for file in &run.costs.files {
            let component = run.component("File", &file.key, &file.component)?;
            let moves_to_source =
                component.installed == State::Local && component.action == State::Source;
            if component.action != State::Absent && !moves_to_source {
                continue;
            }
            let target = run.file_target("File", &file.key, &file.key)?;
            if counts.count(component, &target)? == 0 {
                self.file(target)?;
            }
        }
        Ok(())
    }

    fn listed_files(&mut self, run: &Run) -> Result<(), Error> {
        let table = run.database().rows("RemoveFile")?;
        for row in table.records() {
            let component = run.component("RemoveFile", &row.key(), row.text("Component_"))?;
            let mode = row.integer("InstallMode").unwrap_or(0);
            let now = mode & 1 != 0 && component.action.installs()
                || mode & 2 != 0 && component.action == State::Absent;
            // A property without a full path leaves the row without an effect.
            let folder = self.view.path(run.property(row.text("DirProperty")));
            if let (true, Ok(folder)) = (now, folder) {
                self.listed(row, folder)?;
            }
        }
        Ok(())
    }

    fn listed(&mut self, row: Record<'_>, folder: MachinePath) -> Result<(), Error> {
        let name = row.text("FileName");
        if name.is_empty() {
            self.emptied.consider(folder);
            return Ok(());
        }
        let patterns: Vec<&str> = name.split('|').collect();
        for entry in self.view.list(&folder)?.unwrap_or_default() {
            let is_file = entry.metadata.kind == EntryKind::File;
            let is_meant = is_file && patterns.iter().any(|pattern| matches(pattern, &entry.name));
            if let (true, Ok(file)) = (is_meant, folder.join(&entry.name)) {
                self.file(file)?;
            }
        }
        Ok(())
    }

    fn file(&mut self, file: MachinePath) -> Result<(), Error> {
        // Its folder may be empty already when the file is not there any more.
        self.emptied.file_gone(&file);
        if self.view.is_file(&file)? && self.removed.insert(file.clone()) {
            self.operations.push(Operation::FileRemove { file });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::actions::fixture::{check, check_comes_and_goes};

    #[test]
    fn files_come_and_go_with_their_folders() {
        check_comes_and_goes(
            r"
            Media 1|2||#one.cab||
            Media 2|3||two.cab||
            File b|Tool|B~1/bee.exe|20|1.2.3.4|1033|512|2
            File a|Tool|a.txt|10|||3|1
            File c|Tool|c.txt|30|b||0|3
            set INSTALLDIR C:\Program Files\Maker\App\
            run InstallFiles
            run RemoveFiles",
        );
    }

    #[test]
    fn listed_files_go_on_install_or_removal() {
        check(
            r"
            set LOGS C:\logs\
            file C:\logs\a.log
            file C:\logs\b.LOG
            file C:\logs\keep.txt
            folder C:\old
            set OLD C:\old
            RemoveFile f1|Tool|*.log|LOGS|1
            RemoveFile f2|Tool|keep.txt|LOGS|2
            RemoveFile f3|Tool||OLD|3
            RemoveFile f4|Tool|*|NOWHERE|3
            run RemoveFiles",
            expect![[r#"
                FileRemove(FileName=C:\logs\a.log)
                FileRemove(FileName=C:\logs\b.LOG)
                FolderRemove(Folder=C:\old)
            "#]],
        );
    }

    #[test]
    fn a_file_that_others_still_count_stays() {
        check(
            r"
            state Tool local absent
            file C:\Program Files\App\a.txt
            file C:\Program Files\App\b.txt
            value HKLM\Software\Microsoft\Windows\CurrentVersion\SharedDLLs|C:\Program Files\App\a.txt|#1
            File a|Tool|a.txt|10|||0|1
            File b|Tool|b.txt|10|||0|2
            run RemoveFiles",
            expect![[r#"
                FileRemove(FileName=C:\Program Files\App\b.txt)
            "#]],
        );
    }

    #[test]
    fn a_folder_of_the_create_folder_table_waits() {
        check(
            r"
            state Tool local absent
            file C:\Program Files\App\a.txt
            CreateFolder INSTALLDIR|Tool
            File a|Tool|a.txt|10|||0|1
            run RemoveFiles",
            expect![[r#"
                FileRemove(FileName=C:\Program Files\App\a.txt)
            "#]],
        );
    }
}
