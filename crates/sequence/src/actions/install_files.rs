//! `InstallFiles`: files of components being installed locally, in the order of their numbers.
//!
//! A file that is there is replaced where the rules of `file_rules.rs` say so. Follows: Microsoft, "InstallFiles Action", "File Table", "Media Table", "Word Count Summary".

use machine::{Attributes, View};
use script::{Contents, FileMetadata, Operation};

use crate::actions::Flow;
use crate::costing::File;
use crate::media::Media;
use crate::{Error, Failure, Run, State, TopLevel, file_rules, file_source};

/// `File.Attributes`: read-only, hidden, system.
const READ_ONLY: i32 = 1;
const HIDDEN: i32 = 2;
const SYSTEM: i32 = 4;

pub(crate) fn install_files(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    let media = Media::read(run.database())?;
    let word_count = run.database().summary()?.word_count().unwrap_or(0);
    let mut files: Vec<&File> = Vec::new();
    for file in &run.costs.files {
        let component = run.component("File", &file.key, &file.component)?;
        // An administrative image is laid out whole.
        let image = run.request.top_level == TopLevel::Admin;
        if component.action == State::Local && (image || file_rules::installs(run, view, file)?) {
            files.push(file);
        }
    }
    files.sort_by_key(|file| file.sequence);
    let mut operations = Vec::with_capacity(files.len());
    for file in files {
        let from = match contents(run, &media, word_count, file)? {
            Ok(from) => from,
            Err(failure) => return Ok(Flow::Fail(failure)),
        };
        let to = run.file_target("File", &file.key, &file.key)?;
        operations.push(Operation::FileCopy {
            from,
            to,
            metadata: metadata(run, file),
        });
    }
    Ok(Flow::script("InstallFiles", operations))
}

/// Returns where a file's bytes come from, or why there is no such place.
///
/// Errors: its component has no folder at the source.
pub(crate) fn contents(
    run: &Run,
    media: &Media,
    word_count: i32,
    file: &File,
) -> Result<Result<Contents, Failure>, Error> {
    let component = run.component("File", &file.key, &file.component)?;
    let folder = |short| {
        let (name, directory) = (&component.name, &component.directory);
        run.source_names("Component", name, directory, short)
    };
    file_source::contents(media, word_count, file, folder)
}

fn metadata(run: &Run, file: &File) -> FileMetadata {
    let optional = |text: &str| {
        Some(text)
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    let is_companion = run.costs.file(&file.version).is_some();
    FileMetadata {
        size: Some(file.size),
        attributes: Attributes {
            read_only: file.attributes & READ_ONLY != 0,
            hidden: file.attributes & HIDDEN != 0,
            system: file.attributes & SYSTEM != 0,
        },
        modified: None,
        version: optional(&file.version).filter(|_| !is_companion),
        language: optional(&file.language),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::actions::fixture::check;

    #[test]
    fn files_come_in_the_order_of_their_numbers() {
        check(
            r"
            Media 1|2||#one.cab||
            Media 2|3||two.cab||
            File b|Tool|B~1/bee.exe|20|1.2.3.4|1033|512|2
            File a|Tool|a.txt|10|||3|1
            File c|Tool|c.txt|30|b||0|3
            run InstallFiles",
            expect![[r#"
                FileCopy(SourceCabKey=a,DestName=C:\Program Files\App\a.txt,FileSize=10)
                FileCopy(SourceCabKey=b,DestName=C:\Program Files\App\bee.exe,FileSize=20,Version=1.2.3.4,Language=1033)
                FileCopy(SourceCabKey=c,DestName=C:\Program Files\App\c.txt,FileSize=30)
            "#]],
        );
    }

    #[test]
    fn the_bits_of_a_file_win_over_the_word_count() {
        check(
            r"
            Media 1|2||||
            File a|Tool|A~1/a long.txt|10|||8192|1
            run InstallFiles",
            expect![[r#"
                FileCopy(SourceName=A~1|a long.txt,DestName=C:\Program Files\App\a long.txt,FileSize=10)
            "#]],
        );
    }

    #[test]
    fn a_compressed_file_needs_a_cabinet() {
        check(
            r"
            Media 1|2||||
            File a|Tool|a.txt|10|||0|1
            run InstallFiles",
            expect![[r#"
                1603: table Media, row 1, column Cabinet: it is empty, but file a is compressed [message 2611]
            "#]],
        );
    }

    #[test]
    fn a_file_needs_a_disk() {
        check(
            r"
            Media 1|2||#a.cab||
            File a|Tool|a.txt|10|||0|3
            run InstallFiles",
            expect![[r#"
                1603: table File, row a, column Sequence: no row of the Media table reaches 3 [message 2602]
            "#]],
        );
    }

    #[test]
    fn a_package_with_files_needs_disks() {
        check(
            r"
            File a|Tool|a.txt|10|||0|3
            run InstallFiles",
            expect![[r#"
                1603: table File, row a, column Sequence: no row of the Media table reaches 3 [message 2607]
            "#]],
        );
    }

    #[test]
    fn what_runs_from_source_is_not_copied() {
        check(
            r"
            state Tool absent source
            Media 1|2||#a.cab||
            File a|Tool|a.txt|10|||0|1
            run InstallFiles",
            expect![[""]],
        );
    }
}
