//! `RegisterMIMEInfo`: the content types of extensions and classes being installed or advertised.
//!
//! Follows: Microsoft, "RegisterMIMEInfo Action".

use machine::View;

use crate::actions::Flow;
use crate::classes::{mime_types, write};
use crate::{Error, Run};

pub(crate) fn register_mime_info(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    let operations = write(view, &mime_types(run, view)?)?;
    Ok(Flow::script("RegisterMIMEInfo", operations))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::actions::fixture::check;

    #[test]
    fn with_their_extension_or_their_class() {
        check(
            r"
            Component Exe|{00000002-0000-0000-0000-00000000000A}|INSTALLDIR|256||a
            Feature Second||||1|1||0
            state Second absent unknown
            File a|Exe|a.exe|10|||0|1
            Extension doc|Tool||application/x-doc|Main
            Extension off|Exe|||Second
            Class {1}|InprocServer32|Tool||One|||||||Main|
            MIME application/x-doc|doc|
            MIME application/x-off|off|
            MIME application/x-class|off|{1}
            run RegisterMIMEInfo",
            expect![[r#"
                RegAddValue(Key=HKLM\Software\Classes\MIME\Database\Content Type\application|x-doc,Name=Extension,Value=.doc)
                RegAddValue(Key=HKLM\Software\Classes\MIME\Database\Content Type\application|x-class,Name=Extension,Value=.off)
                RegAddValue(Key=HKLM\Software\Classes\MIME\Database\Content Type\application|x-class,Name=CLSID,Value={1})
            "#]],
        );
    }
}
