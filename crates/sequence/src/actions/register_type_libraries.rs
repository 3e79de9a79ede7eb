//! `RegisterTypeLibraries`: type libraries of components being installed, as far as the table tells.
//!
//! Missing: what only a library's file has: its version where the table has none, its flags, and the interfaces
//! in it; the outcome says so. Follows: Microsoft, "RegisterTypeLibraries Action".

use machine::View;

use crate::actions::Flow;
use crate::classes::{type_libraries, write};
use crate::walk::left_out;
use crate::{Error, Run};

pub(crate) fn register_type_libraries(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    let mut entries = Vec::new();
    for library in type_libraries(run, view)? {
        if library.comes {
            let what = match library.entries {
                Some(_) => "is registered without the interfaces in it",
                None => "is not registered: its version is only in its file",
            };
            let text = format!("type library {} {what}", library.id);
            left_out(run, "RegisterTypeLibraries", text);
        }
        entries.extend(library.entries);
    }
    Ok(Flow::script(
        "RegisterTypeLibraries",
        write(view, &entries)?,
    ))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::actions::fixture::check;

    #[test]
    fn of_the_machine_whoever_installs() {
        check(
            r"
            set ALLUSERS 0
            Component Wide|{00000002-0000-0000-0000-00000000000A}|INSTALLDIR|256||a
            Component Narrow|{00000003-0000-0000-0000-00000000000A}|INSTALLDIR|0||b
            state Wide absent local
            state Narrow absent local
            File a|Wide|a.tlb|10|||0|1
            File b|Narrow|b.dll|10|||0|2
            TypeLib {1}|0|Wide|266|One|INSTALLDIR|Main|
            TypeLib {1}|1033|Narrow|266|One||Main|
            TypeLib {2}|1033|Narrow||Two||Main|
            run RegisterTypeLibraries",
            expect![[r#"
                warning: RegisterTypeLibraries: type library {1} is registered without the interfaces in it
                warning: RegisterTypeLibraries: type library {1} is registered without the interfaces in it
                warning: RegisterTypeLibraries: type library {2} is not registered: its version is only in its file
                RegAddValue(Key=HKLM\Software\Classes\TypeLib\{1}\1.a,Name=,Value=One)
                RegAddValue(Key=HKLM\Software\Classes\TypeLib\{1}\1.a\0\win64,Name=,Value=C:\Program Files\App\a.tlb)
                RegAddValue(Key=HKLM\Software\Classes\TypeLib\{1}\1.a\FLAGS,Name=,Value=0)
                RegAddValue(Key=HKLM\Software\Classes\TypeLib\{1}\1.a\HELPDIR,Name=,Value=C:\Program Files\App)
                RegAddValue(Key=HKLM\Software\Classes\TypeLib\{1}\1.a\409\win32,Name=,Value=C:\Program Files\App\b.dll)
            "#]],
        );
    }
}
