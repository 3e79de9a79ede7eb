//! `RegisterProgIdInfo`: the ProgIds of classes and extensions being installed or advertised.
//!
//! Follows: Microsoft, "RegisterProgIdInfo Action".

use machine::View;

use crate::actions::Flow;
use crate::classes::{prog_ids, write};
use crate::{Error, Run};

pub(crate) fn register_prog_id_info(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    let operations = write(view, &prog_ids(run, view)?)?;
    Ok(Flow::script("RegisterProgIdInfo", operations))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::actions::fixture::check;

    #[test]
    fn with_a_class_or_with_an_extension_that_has_verbs() {
        check(
            r"
            Component Dll|{00000002-0000-0000-0000-00000000000A}|INSTALLDIR|256||a
            state Dll absent local
            File a|Dll|a.dll|10|||0|1
            Class {1}|InprocServer32|Dll|App.One.1|One|||i.exe|3|||Main|
            Extension doc|Dll|App.Doc||Main
            Extension none|Dll|App.None||Main
            Verb doc|open|||
            ProgId App.One.1||{1}|One||
            ProgId App.One|App.One.1||Any one||
            ProgId App.Other.1||{1}|Other|o.exe|
            ProgId App.Doc|||Document||
            ProgId App.Document|App.Doc||||
            ProgId App.None|||None||
            ProgId App.Nobody||{2}|Nobody||
            run RegisterProgIdInfo",
            expect![[r#"
                RegCreateKey(Key=HKLM\Software\Classes\App.One.1)
                RegAddValue(Key=HKLM\Software\Classes\App.One.1,Name=,Value=One)
                RegAddValue(Key=HKLM\Software\Classes\App.One.1\CLSID,Name=,Value={1})
                RegAddValue(Key=HKLM\Software\Classes\App.One.1\DefaultIcon,Name=,Value=C:\windows\Installer\{12345678-0000-0000-0000-00000000ABCD}\i.exe,3)
                RegAddValue(Key=HKLM\Software\Classes\App.One,Name=,Value=Any one)
                RegAddValue(Key=HKLM\Software\Classes\App.One\CLSID,Name=,Value={1})
                RegAddValue(Key=HKLM\Software\Classes\App.One\CurVer,Name=,Value=App.One.1)
                RegCreateKey(Key=HKLM\Software\Classes\App.Other.1)
                RegAddValue(Key=HKLM\Software\Classes\App.Other.1,Name=,Value=Other)
                RegAddValue(Key=HKLM\Software\Classes\App.Other.1\CLSID,Name=,Value={1})
                RegAddValue(Key=HKLM\Software\Classes\App.Other.1\DefaultIcon,Name=,Value=C:\windows\Installer\{12345678-0000-0000-0000-00000000ABCD}\o.exe,0)
                RegCreateKey(Key=HKLM\Software\Classes\App.Doc)
                RegAddValue(Key=HKLM\Software\Classes\App.Doc,Name=,Value=Document)
                RegAddValue(Key=HKLM\Software\Classes\App.Document\CurVer,Name=,Value=App.Doc)
            "#]],
        );
    }
}
