//! `RegisterExtensionInfo`: extensions and their verbs, of features being installed or advertised.
//!
//! Missing: verbs of an extension without a ProgId; the outcome says so.
//! Follows: Microsoft, "RegisterExtensionInfo Action".

use machine::View;

use crate::actions::Flow;
use crate::classes::{extensions, without_prog_id, write};
use crate::walk::left_out;
use crate::{Error, Run};

pub(crate) fn register_extension_info(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    for extension in without_prog_id(run)? {
        let text = format!("the verbs of extension {extension} are left out: it has no ProgId");
        left_out(run, "RegisterExtensionInfo", text);
    }
    let operations = write(view, &extensions(run, view)?)?;
    Ok(Flow::script("RegisterExtensionInfo", operations))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::actions::fixture::check;

    #[test]
    fn extensions_verbs_and_their_order() {
        check(
            r#"
            Component Exe|{00000002-0000-0000-0000-00000000000A}|INSTALLDIR|256||a
            state Exe absent local
            File a|Exe|app.exe|10|||0|1
            Extension doc|Exe|App.Doc|application/x-doc|Main
            Extension bare|Exe|||Main
            Verb doc|open|2|&Open [ProductName]|"%1" -x [ProductVersion]
            Verb doc|print|1||/p
            Verb doc|edit|||
            Verb bare|open|1||
            run RegisterExtensionInfo"#,
            expect![[r#"
                warning: RegisterExtensionInfo: the verbs of extension bare are left out: it has no ProgId
                RegCreateKey(Key=HKLM\Software\Classes\.doc)
                RegAddValue(Key=HKLM\Software\Classes\.doc,Name=Content Type,Value=application|x-doc)
                RegAddValue(Key=HKLM\Software\Classes\.doc,Name=,Value=App.Doc)
                RegCreateKey(Key=HKLM\Software\Classes\.doc\App.Doc\ShellNew)
                RegAddValue(Key=HKLM\Software\Classes\App.Doc\shell\open,Name=,Value=&Open App)
                RegAddValue(Key=HKLM\Software\Classes\App.Doc\shell\open\command,Name=,Value="C:\Program Files\App\app.exe" "%1" -x 1.2.3)
                RegAddValue(Key=HKLM\Software\Classes\App.Doc\shell\open\command,Name=command,Value=9`Cq(!!!!!!!!!!Lo]+k< "%1" -x 1.2.3)
                RegAddValue(Key=HKLM\Software\Classes\App.Doc\shell\print\command,Name=,Value="C:\Program Files\App\app.exe" |p)
                RegAddValue(Key=HKLM\Software\Classes\App.Doc\shell\print\command,Name=command,Value=9`Cq(!!!!!!!!!!Lo]+k< |p)
                RegAddValue(Key=HKLM\Software\Classes\App.Doc\shell\edit\command,Name=,Value="C:\Program Files\App\app.exe")
                RegAddValue(Key=HKLM\Software\Classes\App.Doc\shell\edit\command,Name=command,Value=9`Cq(!!!!!!!!!!Lo]+k<)
                RegAddValue(Key=HKLM\Software\Classes\App.Doc\shell,Name=,Value=print,open)
                RegCreateKey(Key=HKLM\Software\Classes\.bare)
            "#]],
        );
    }

    #[test]
    fn an_advertised_extension_has_only_what_installs_it() {
        check(
            r#"
            Component Exe|{00000002-0000-0000-0000-00000000000A}|INSTALLDIR|256||a
            state Exe absent unknown
            state Main absent advertised
            File a|Exe|app.exe|10|||0|1
            Extension doc|Exe|App.Doc||Main
            Verb doc|open|||"%1"
            run RegisterExtensionInfo"#,
            expect![[r#"
                RegCreateKey(Key=HKLM\Software\Classes\.doc)
                RegAddValue(Key=HKLM\Software\Classes\.doc,Name=,Value=App.Doc)
                RegCreateKey(Key=HKLM\Software\Classes\.doc\App.Doc\ShellNew)
                RegAddValue(Key=HKLM\Software\Classes\App.Doc\shell\open\command,Name=command,Value=9`Cq(!!!!!!!!!!Lo]+k< "%1")
            "#]],
        );
    }
}
