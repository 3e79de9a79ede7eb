//! `UnregisterClassInfo`: COM classes and their AppIds, of features going away.
//!
//! Follows: Microsoft, "UnregisterClassInfo Action".

use machine::View;

use crate::actions::Flow;
use crate::classes::{classes, write_off};
use crate::{Error, Run};

pub(crate) fn unregister_class_info(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    let operations = write_off(view, &classes(run, view)?)?;
    Ok(Flow::script("UnregisterClassInfo", operations))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::actions::fixture::{check, check_comes_and_goes};

    #[test]
    fn classes_extensions_prog_ids_types_and_libraries_come_and_go() {
        check_comes_and_goes(
            r#"
            Component Dll|{00000002-0000-0000-0000-00000000000A}|INSTALLDIR|256||a
            Component Narrow|{00000003-0000-0000-0000-00000000000A}|INSTALLDIR|0||b
            state Dll absent local
            state Narrow absent local
            File a|Dll|a.dll|10|||0|1
            File b|Narrow|b.dll|10|||0|2
            Class {1}|InprocServer32|Dll|App.One.1|One|{A}|0,4,FF,01|i.exe|3|||Main|
            Class {2}|LocalServer32|Narrow||Two|{A}||||3|-x|Main|
            AppId {A}||Svc||||1
            AppId {B}||||||
            Extension doc|Dll|App.Doc|application/x-doc|Main
            Extension doc|Narrow|App.Doc||Main
            Verb doc|open|1|&Open|"%1"
            MIME application/x-doc|doc|{1}
            ProgId App.One.1||{1}|One||
            ProgId App.One|App.One.1||Any one||
            ProgId App.Doc|||Document|i.exe|0
            TypeLib {3}|0|Dll|266|One|INSTALLDIR|Main|
            value HKLM\Software\Classes\.doc\Their.Doc\ShellNew|FileName|their.doc
            run UnregisterTypeLibraries
            run UnregisterClassInfo
            run UnregisterExtensionInfo
            run UnregisterProgIdInfo
            run UnregisterMIMEInfo
            run RegisterClassInfo
            run RegisterExtensionInfo
            run RegisterProgIdInfo
            run RegisterMIMEInfo
            run RegisterTypeLibraries"#,
        );
    }

    #[test]
    fn what_says_something_else_by_now_is_anothers() {
        check(
            r"
            Component Dll|{00000002-0000-0000-0000-00000000000A}|INSTALLDIR|256||a
            state Dll local absent
            state Main local absent
            File a|Dll|a.dll|10|||0|1
            Class {1}|InprocServer32|Dll||One|||||||Main|
            value HKLM\Software\Classes\CLSID\{1}||One
            value HKLM\Software\Classes\CLSID\{1}\InprocServer32||C:\their.dll
            run UnregisterClassInfo",
            expect![[r#"
                RegRemoveValue(Key=HKLM\Software\Classes\CLSID\{1},Name=)
            "#]],
        );
    }

    #[test]
    fn a_component_of_other_products_keeps_its_class() {
        check(
            r"
            Component Dll|{00000002-0000-0000-0000-00000000000A}|INSTALLDIR|256||a
            state Dll local absent unknown
            state Main local absent
            File a|Dll|a.dll|10|||0|1
            Class {1}|InprocServer32|Dll||One|||||||Main|
            value HKLM\Software\Classes\CLSID\{1}||One
            value HKLM\Software\Classes\CLSID\{1}\InprocServer32|InprocServer32|9`Cq(!!!!!!!!!!Lo]+k<[~]theirs
            run UnregisterClassInfo",
            expect![[r#"
                RegAddValue(Key=HKLM\Software\Classes\CLSID\{1}\InprocServer32,Name=InprocServer32,Value=theirs)
            "#]],
        );
    }
}
