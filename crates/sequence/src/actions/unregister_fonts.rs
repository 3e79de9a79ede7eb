//! `UnregisterFonts`: whatever registers the font files of components going away, under any title.
//!
//! A file that SharedDLLs still counts stays, and its registration with it.
//! Follows: Microsoft, "UnregisterFonts Action", "Font Table".

use machine::View;

use crate::actions::Flow;
use crate::font_rows::{font_rows, fonts_key};
use crate::registry_removals::RegistryRemovals;
use crate::shared_dlls::SharedDlls;
use crate::{Error, Run, State};

pub(crate) fn unregister_fonts(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    let mut removals = RegistryRemovals::new(view);
    let counts = SharedDlls::new(view);
    let registered = view.key(&fonts_key())?.map(|key| key.values);
    let registered = registered.unwrap_or_default();
    for row in font_rows(run)? {
        let goes = row.component.action == State::Absent;
        if !goes || counts.count(row.component, &row.path)? > 0 {
            continue;
        }
        for (title, data) in &registered {
            if data
                .as_text()
                .is_some_and(|data| row.is_meant(run, view, data))
            {
                removals.value(&fonts_key(), title)?;
            }
        }
    }
    Ok(Flow::script("UnregisterFonts", removals.operations()?))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::actions::fixture::{check, check_comes_and_goes};

    #[test]
    fn fonts_come_and_go() {
        check_comes_and_goes(
            r"
            Component Font|{00000002-0000-0000-0000-00000000000A}|FontsFolder|0||
            state Font absent local
            value HKLM\Software\Microsoft\Windows NT\CurrentVersion\Fonts|Theirs|other.ttf
            Media 1|2||#one.cab||
            File a|Font|a.ttf|10|||0|1
            File b|Tool|b.ttf|10|||0|2
            Font a|Authored
            Font b|
            contents a|Nice Bold
            contents b|Nicer
            run UnregisterFonts
            run RemoveFiles
            run InstallFiles
            run RegisterFonts",
        );
    }

    #[test]
    fn a_counted_file_stays_registered() {
        check(
            r"
            state Tool local absent
            File a|Tool|a.fon|10|||0|1
            File b|Tool|b.fon|10|||0|2
            Font a|Small
            Font b|Smaller
            Component Font|{00000002-0000-0000-0000-00000000000A}|FontsFolder|0||
            state Font local absent
            File c|Font|c.fon|10|||0|3
            Font c|Smallest
            value HKLM\Software\Microsoft\Windows NT\CurrentVersion\Fonts|Smallest|c.fon
            value HKLM\Software\Microsoft\Windows NT\CurrentVersion\Fonts|Small|C:\Program Files\App\a.fon
            value HKLM\Software\Microsoft\Windows NT\CurrentVersion\Fonts|Smaller|c:\program files\app\B.FON
            value HKLM\Software\Microsoft\Windows NT\CurrentVersion\Fonts|Theirs|other.ttf
            value HKLM\Software\Microsoft\Windows\CurrentVersion\SharedDLLs|C:\Program Files\App\a.fon|#1
            run UnregisterFonts",
            expect![[r#"
                RegRemoveValue(Key=HKLM\Software\Microsoft\Windows NT\CurrentVersion\Fonts,Name=Smaller)
                RegRemoveValue(Key=HKLM\Software\Microsoft\Windows NT\CurrentVersion\Fonts,Name=Smallest)
            "#]],
        );
    }
}
