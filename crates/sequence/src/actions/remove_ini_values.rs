//! `RemoveIniValues`: lines that components going away have written, and what RemoveIniFile lists for
//! components coming.
//!
//! A file without a section left goes too. Follows: Microsoft, "RemoveIniValues Action", "RemoveIniFile Table".

use machine::View;

use crate::actions::Flow;
use crate::ini_rows::{IniAction, IniFiles, IniRow, ini_rows};
use crate::ini_text::without_tag;
use crate::{Error, Run, State};

pub(crate) fn remove_ini_values(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    let mut files = IniFiles::new(view);
    for row in ini_rows(run, view, "IniFile", |component| {
        component.action == State::Absent
    })? {
        remove(&mut files, row)?;
    }
    for row in ini_rows(run, view, "RemoveIniFile", |component| {
        component.action.installs()
    })? {
        remove(&mut files, row)?;
    }
    files.remove_empty_files(run)?;
    Ok(Flow::script("RemoveIniValues", files.operations))
}

fn remove(files: &mut IniFiles<'_>, row: IniRow) -> Result<(), Error> {
    let Some(present) = files.get(&row)? else {
        return Ok(());
    };
    match row.action {
        IniAction::AddTag | IniAction::RemoveTag => match without_tag(&present, &row.value) {
            Some(left) if left.is_empty() => files.remove(row),
            Some(left) => files.write(row, left),
            None => {}
        },
        IniAction::AddLine | IniAction::CreateLine | IniAction::RemoveLine => files.remove(row),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::actions::fixture::{check, check_comes_and_goes};

    #[test]
    fn lines_come_and_go() {
        check_comes_and_goes(
            r"
            IniFile i1|app.ini|INSTALLDIR|Main|a|1|0|Tool
            IniFile i2|app.ini|INSTALLDIR|List|l|x|3|Tool
            IniFile i3|win.ini||Mail|dir|[INSTALLDIR]|0|Tool
            run WriteIniValues
            run RemoveIniValues",
        );
    }

    #[test]
    fn remove_ini_file_acts_on_install() {
        check(
            r"
            file C:\windows\win.ini=[Mail]\na=1\nlist=x,y\n
            RemoveIniFile r1|win.ini||Mail|a||2|Tool
            RemoveIniFile r2|win.ini||Mail|list|x|4|Tool
            RemoveIniFile r3|win.ini||Mail|none|x|4|Tool
            run RemoveIniValues",
            expect![[r#"
                IniRemoveValue(FileName=C:\windows\win.ini,Section=Mail,Key=a)
                IniWriteValue(FileName=C:\windows\win.ini,Section=Mail,Key=list,Value=y)
            "#]],
        );
    }
}
