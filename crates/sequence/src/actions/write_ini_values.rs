//! `WriteIniValues`: lines of .ini files for components being installed, locally or from source.
//!
//! Follows: Microsoft, "WriteIniValues Action", "IniFile Table".

use machine::View;

use crate::actions::Flow;
use crate::ini_rows::{IniAction, IniFiles, ini_rows};
use crate::ini_text::with_tag;
use crate::{Error, Run};

pub(crate) fn write_ini_values(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    let mut files = IniFiles::new(view);
    for row in ini_rows(run, view, "IniFile", |component| {
        component.action.installs()
    })? {
        let present = files.get(&row)?;
        let value = match row.action {
            IniAction::AddLine => Some(row.value.clone()),
            IniAction::CreateLine => present.is_none().then(|| row.value.clone()),
            IniAction::AddTag => with_tag(present.as_deref(), &row.value),
            IniAction::RemoveLine | IniAction::RemoveTag => None,
        };
        if let Some(value) = value.filter(|value| present.as_ref() != Some(value)) {
            files.write(row, value);
        }
    }
    Ok(Flow::script("WriteIniValues", files.operations))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::actions::fixture::check;

    #[test]
    fn lines_are_added_created_and_given_tags() {
        check(
            r"
            file C:\Program Files\App\app.ini=[Main]\nthere=1\nlist=a
            IniFile i1|app.ini|INSTALLDIR|Main|there|2|0|Tool
            IniFile i2|app.ini|INSTALLDIR|Main|there|3|1|Tool
            IniFile i3|app.ini|INSTALLDIR|Main|new|4|1|Tool
            IniFile i4|app.ini|INSTALLDIR|Main|list|b|3|Tool
            IniFile i5|app.ini|INSTALLDIR|Main|list|a|3|Tool
            IniFile i6|win.ini||Mail|dir|[INSTALLDIR]|0|Tool
            run WriteIniValues",
            expect![[r#"
                IniWriteValue(FileName=C:\Program Files\App\app.ini,Section=Main,Key=there,Value=2)
                IniWriteValue(FileName=C:\Program Files\App\app.ini,Section=Main,Key=new,Value=4)
                IniWriteValue(FileName=C:\Program Files\App\app.ini,Section=Main,Key=list,Value=a,b)
                IniWriteValue(FileName=C:\windows\win.ini,Section=Mail,Key=dir,Value=C:\Program Files\App\)
            "#]],
        );
    }
}
