//! `RegisterFonts`: fonts of components being installed, under the title in their file and under FontTitle where
//! that is another.
//!
//! A file that is not in place yet is read where it comes from. A font without any title is left out, with a
//! warning. Follows: Microsoft, "RegisterFonts Action", "Font Table".

use std::io::Read;

use machine::View;
use script::Contents;

use crate::actions::{Flow, install_files};
use crate::font_rows::{FontRow, font_rows, fonts_key};
use crate::font_titles::title;
use crate::media::Media;
use crate::registration::write::Registrar;
use crate::reinstall_mode::{Again, puts};
use crate::{Error, Run, Step};

/// Larger files than any font: their title is not looked for.
const FONT_BYTES_MAX: u64 = 256 << 20;

pub(crate) fn register_fonts(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    let media = Media::read(run.database())?;
    let word_count = run.database().summary()?.word_count().unwrap_or(0);
    let mut registrar = Registrar::new(view);
    let (mut unread, mut warnings) = (Vec::new(), Vec::new());
    for row in font_rows(run)? {
        if !puts(run, row.component, Again::MachineRegistry) {
            continue;
        }
        let file = match in_place(view, &row)? {
            InPlace::Read(bytes) => title(&bytes),
            InPlace::NotYet => {
                let contents = install_files::contents(run, &media, word_count, row.file)?.ok();
                match contents.map(|contents| (run.contents(&contents), contents)) {
                    Some((Some(bytes), _)) => bytes.and_then(title),
                    Some((None, contents)) => {
                        ask(&mut unread, contents);
                        continue;
                    }
                    None => None,
                }
            }
        };
        let titles = titles(&row.title, file);
        if titles.is_empty() {
            let text = format!("font {} is not registered: it has no title", row.path);
            warnings.push(Step::warning(text));
        }
        for title in titles {
            registrar.text(&fonts_key(), &title, &row.path.to_string())?;
        }
    }
    if !unread.is_empty() {
        return Ok(Flow::Read(unread));
    }
    Ok(Flow::script("RegisterFonts", registrar.operations()).after(warnings))
}

fn ask(unread: &mut Vec<Contents>, contents: Contents) {
    if !unread.contains(&contents) {
        unread.push(contents);
    }
}

/// What is known of a font where it is to be.
enum InPlace {
    /// Its bytes; none where there is no such file.
    Read(Vec<u8>),
    /// The script writes it.
    NotYet,
}

fn in_place(view: &dyn View, row: &FontRow<'_>) -> Result<InPlace, Error> {
    let mut bytes = Vec::new();
    match view.open(&row.path) {
        Ok(file) => {
            // What cannot be read to its end has no title.
            if file.take(FONT_BYTES_MAX).read_to_end(&mut bytes).is_err() {
                bytes.clear();
            }
        }
        Err(machine::Error::NotYetWritten(_)) => return Ok(InPlace::NotYet),
        Err(machine::Error::NotFound(_)) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(InPlace::Read(bytes))
}

/// The titles to register: that of the file, and the authored one if it is another.
fn titles(authored: &str, file: Option<String>) -> Vec<String> {
    let is_same = |title: &String| {
        let bare = title
            .rsplit_once(" (")
            .map_or(title.as_str(), |(bare, _)| bare);
        authored == bare || authored == title
    };
    let mut titles = Vec::new();
    if !authored.is_empty() && !file.as_ref().is_some_and(is_same) {
        titles.push(authored.to_owned());
    }
    titles.extend(file);
    titles
}

#[cfg(test)]
mod tests {
    use super::*;

    use expect_test::expect;

    use crate::actions::fixture::check;

    #[test]
    fn the_files_title_and_another_authored_one() {
        let file = || Some("Nice Bold (TrueType)".to_owned());
        assert_eq!(titles("", file()), ["Nice Bold (TrueType)"]);
        assert_eq!(titles("Nice Bold", file()), ["Nice Bold (TrueType)"]);
        assert_eq!(titles("Nice", file()), ["Nice", "Nice Bold (TrueType)"]);
        assert_eq!(titles("Nice", None), ["Nice"]);
        assert_eq!(titles("", None), Vec::<String>::new());
    }

    #[test]
    fn authored_titles_and_fonts_without_any() {
        check(
            r"
            Component Font|{00000002-0000-0000-0000-00000000000A}|FontsFolder|0||
            state Font absent local
            file C:\windows\Fonts\a.fon
            file C:\Program Files\App\b.fon
            File a|Font|a.fon|10|||0|1
            File b|Tool|b.fon|10|||0|2
            File c|Tool|c.ttf|10|||0|3
            Font a|Small
            Font b|Smaller
            Font c|
            run RegisterFonts",
            expect![[r#"
                warning: font C:\Program Files\App\c.ttf is not registered: it has no title
                RegAddValue(Key=HKLM\Software\Microsoft\Windows NT\CurrentVersion\Fonts,Name=Small,Value=C:\windows\Fonts\a.fon)
                RegAddValue(Key=HKLM\Software\Microsoft\Windows NT\CurrentVersion\Fonts,Name=Smaller,Value=C:\Program Files\App\b.fon)
            "#]],
        );
    }

    #[test]
    fn a_file_to_come_is_read_where_it_comes_from() {
        check(
            r"
            Media 1|2||#one.cab||
            File a|Tool|a.ttf|10|||0|1
            File b|Tool|b.ttf|10|||0|2
            Font a|
            Font b|Authored
            contents a|Nice Bold
            run InstallFiles
            run RegisterFonts",
            expect![[r#"
                FileCopy(SourceCabKey=a,DestName=C:\Program Files\App\a.ttf,FileSize=10)
                FileCopy(SourceCabKey=b,DestName=C:\Program Files\App\b.ttf,FileSize=10)
                RegAddValue(Key=HKLM\Software\Microsoft\Windows NT\CurrentVersion\Fonts,Name=Nice Bold (TrueType),Value=C:\Program Files\App\a.ttf)
                RegAddValue(Key=HKLM\Software\Microsoft\Windows NT\CurrentVersion\Fonts,Name=Authored,Value=C:\Program Files\App\b.ttf)
            "#]],
        );
    }
}
