//! `RegisterClassInfo`: COM classes and their AppIds, of features being installed or advertised.
//!
//! Classes of Win32 assemblies are described by their manifests. Follows: Microsoft, "RegisterClassInfo Action".

use machine::View;

use crate::actions::Flow;
use crate::classes::{classes, write};
use crate::{Error, Run};

pub(crate) fn register_class_info(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    let operations = write(view, &classes(run, view)?)?;
    Ok(Flow::script("RegisterClassInfo", operations))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::actions::fixture::check;

    const BASE: &str = r"
        Component Dll|{00000002-0000-0000-0000-00000000000A}|INSTALLDIR|256||a
        state Dll absent local
        File a|Dll|a.dll|10|||0|1
    ";

    #[test]
    fn a_library_with_its_prog_ids_and_its_app_id() {
        check(
            &[
                BASE,
                r"
                Class {1}|InprocServer32|Dll|App.One.1|One|{A}|0,4,FF,01;4,2,FF,02|i.exe|3|||Main|
                ProgId App.One|App.One.1||||
                AppId {A}|host[ProductName]|Svc|-p [ProductName]|surrogate.exe|1|2
                run RegisterClassInfo",
            ]
            .concat(),
            expect![[r#"
                RegAddValue(Key=HKLM\Software\Classes\CLSID\{1},Name=,Value=One)
                RegAddValue(Key=HKLM\Software\Classes\CLSID\{1}\InprocServer32,Name=,Value=C:\Program Files\App\a.dll)
                RegAddValue(Key=HKLM\Software\Classes\CLSID\{1}\InprocServer32,Name=InprocServer32,Value=9`Cq(!!!!!!!!!!Lo]+k<)
                RegAddValue(Key=HKLM\Software\Classes\CLSID\{1}\ProgID,Name=,Value=App.One.1)
                RegAddValue(Key=HKLM\Software\Classes\CLSID\{1}\VersionIndependentProgID,Name=,Value=App.One)
                RegAddValue(Key=HKLM\Software\Classes\CLSID\{1}\DefaultIcon,Name=,Value=C:\windows\Installer\{12345678-0000-0000-0000-00000000ABCD}\i.exe,3)
                RegAddValue(Key=HKLM\Software\Classes\FileType\{1}\0,Name=,Value=0,4,FF,01)
                RegAddValue(Key=HKLM\Software\Classes\FileType\{1}\1,Name=,Value=4,2,FF,02)
                RegAddValue(Key=HKLM\Software\Classes\CLSID\{1},Name=AppID,Value={A})
                RegCreateKey(Key=HKLM\Software\Classes\AppID\{A})
                RegAddValue(Key=HKLM\Software\Classes\AppID\{A},Name=RemoteServerName,Value=hostApp)
                RegAddValue(Key=HKLM\Software\Classes\AppID\{A},Name=LocalService,Value=Svc)
                RegAddValue(Key=HKLM\Software\Classes\AppID\{A},Name=ServiceParameters,Value=-p [ProductName])
                RegAddValue(Key=HKLM\Software\Classes\AppID\{A},Name=DllSurrogate,Value=surrogate.exe)
                RegAddValue(Key=HKLM\Software\Classes\AppID\{A},Name=ActivateAtStorage,Value=Y)
                RegAddValue(Key=HKLM\Software\Classes\AppID\{A},Name=RunAs,Value=Interactive User)
            "#]],
        );
    }

    #[test]
    fn programs_their_arguments_and_handlers() {
        check(
            &[
                BASE,
                r"
                Class {1}|LocalServer32|Dll||||||||-s [ProductName]|Main|
                Class {1}|LocalServer|Dll|||||||1||Main|
                Class {2}|LocalServer32|Dll|||||||3||Main|1
                Class {3}|LocalServer32|Dll|||||||own.dll||Main|
                run RegisterClassInfo",
            ]
            .concat(),
            expect![[r#"
                RegAddValue(Key=HKLM\Software\Classes\CLSID\{1}\LocalServer32,Name=,Value=C:\Program Files\App\a.dll -s App)
                RegAddValue(Key=HKLM\Software\Classes\CLSID\{1}\LocalServer32,Name=LocalServer32,Value=9`Cq(!!!!!!!!!!Lo]+k<)
                RegAddValue(Key=HKLM\Software\Classes\CLSID\{1}\LocalServer,Name=,Value=C:\Program Files\App\a.dll)
                RegAddValue(Key=HKLM\Software\Classes\CLSID\{1}\LocalServer,Name=LocalServer,Value=9`Cq(!!!!!!!!!!Lo]+k<)
                RegAddValue(Key=HKLM\Software\Classes\CLSID\{1}\InprocHandler,Name=,Value=ole2.dll)
                RegAddValue(Key=HKLM\Software\Classes\CLSID\{2}\LocalServer32,Name=,Value=a.dll)
                RegAddValue(Key=HKLM\Software\Classes\CLSID\{2}\LocalServer32,Name=LocalServer32,Value=9`Cq(!!!!!!!!!!Lo]+k<)
                RegAddValue(Key=HKLM\Software\Classes\CLSID\{2}\InprocHandler,Name=,Value=ole2.dll)
                RegAddValue(Key=HKLM\Software\Classes\CLSID\{2}\InprocHandler32,Name=,Value=ole32.dll)
                RegAddValue(Key=HKLM\Software\Classes\CLSID\{3}\LocalServer32,Name=,Value=C:\Program Files\App\a.dll)
                RegAddValue(Key=HKLM\Software\Classes\CLSID\{3}\LocalServer32,Name=LocalServer32,Value=9`Cq(!!!!!!!!!!Lo]+k<)
                RegAddValue(Key=HKLM\Software\Classes\CLSID\{3}\InprocHandler32,Name=,Value=own.dll)
            "#]],
        );
    }

    #[test]
    fn an_advertised_class_has_only_what_installs_it() {
        check(
            &[
                BASE,
                r"
                state Dll absent unknown
                state Main absent advertised
                Class {1}|InprocServer32|Dll|App.One.1|One|{A}||||||Main|
                AppId {A}||Svc||||
                run RegisterClassInfo",
            ]
            .concat(),
            expect![[r#"
                RegAddValue(Key=HKLM\Software\Classes\CLSID\{1},Name=,Value=One)
                RegAddValue(Key=HKLM\Software\Classes\CLSID\{1}\InprocServer32,Name=InprocServer32,Value=9`Cq(!!!!!!!!!!Lo]+k<)
                RegAddValue(Key=HKLM\Software\Classes\CLSID\{1}\ProgID,Name=,Value=App.One.1)
            "#]],
        );
    }

    #[test]
    fn manifests_describe_the_classes_of_win32_assemblies() {
        check(
            &[
                BASE,
                r"
                MsiAssembly Dll|Main|||1
                Class {1}|InprocServer32|Dll||One|||||||Main|
                run RegisterClassInfo",
            ]
            .concat(),
            expect![[r#""#]],
        );
    }

    #[test]
    fn a_32_bit_class_of_one_user() {
        check(
            r"
            set ALLUSERS 0
            Component Dll|{00000002-0000-0000-0000-00000000000A}|INSTALLDIR|0||a
            state Dll absent local
            File a|Dll|a.dll|10|||0|1
            Class {1}|InprocServer32|Dll||One|{A}||||||Main|
            AppId {A}||||||
            run RegisterClassInfo",
            expect![[r#"
                RegAddValue(Key=HKCU\Software\Classes\Wow6432Node\CLSID\{1},Name=,Value=One)
                RegAddValue(Key=HKCU\Software\Classes\Wow6432Node\CLSID\{1}\InprocServer32,Name=,Value=C:\Program Files\App\a.dll)
                RegAddValue(Key=HKCU\Software\Classes\Wow6432Node\CLSID\{1}\InprocServer32,Name=InprocServer32,Value=9`Cq(!!!!!!!!!!Lo]+k<)
                RegAddValue(Key=HKCU\Software\Classes\Wow6432Node\CLSID\{1},Name=AppID,Value={A})
                RegCreateKey(Key=HKCU\Software\Classes\AppID\{A})
            "#]],
        );
    }
}
