//! `MsiPublishAssemblies`: assemblies of the common language runtime in the registry: those for one application
//! as their components are installed, those for all also as their features are advertised.
//!
//! Win32 assemblies are not written to the registry. Missing: the global assembly cache and the side-by-side
//! store; files of an assembly for all are installed in their component's folder, and the outcome says so.
//! Follows: Microsoft, "MsiPublishAssemblies Action", "Installation of Win32 Assemblies".

use machine::View;

use crate::actions::Flow;
use crate::assembly_rows::{Assembly, assemblies};
use crate::registration::write::Registrar;
use crate::walk::left_out;
use crate::{Error, Run, State};

pub(crate) fn msi_publish_assemblies(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    let mut registrar = Registrar::new(view);
    let mut misplaced = Vec::new();
    for row in assemblies(run)? {
        if comes(&row)
            && !row.is_win32
            && let Some(text) = row.descriptor(run, view)?
        {
            registrar.string(&row.key(run, view)?, &row.name, &text)?;
        }
        if row.application.is_none() && row.component.action.installs() {
            misplaced.push(misplacement(run, &row));
        }
    }
    for text in misplaced {
        left_out(run, "MsiPublishAssemblies", text);
    }
    Ok(Flow::script("MsiPublishAssemblies", registrar.operations()))
}

fn comes(row: &Assembly<'_>) -> bool {
    let feature = row.feature.action;
    match row.application {
        Some(_) => row.component.action.installs(),
        None => feature.installs() || feature == State::Advertised,
    }
}

fn misplacement(run: &Run, row: &Assembly<'_>) -> String {
    let store = match row.is_win32 {
        true => "side-by-side store",
        false => "global assembly cache",
    };
    let (name, folder) = (&row.name, run.property(&row.component.directory));
    format!("there is no {store}: the files of assembly {name} are in {folder}")
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::actions::fixture::check;

    #[test]
    fn private_and_global_assemblies() {
        check(
            r"
            Component Exe|{00000002-0000-0000-0000-00000000000A}|INSTALLDIR|256||a
            Component Win|{00000003-0000-0000-0000-00000000000A}|INSTALLDIR|256||
            state Exe absent local
            state Win absent local
            FeatureComponents Main|Exe
            File a|Exe|a.dll|10|||0|1
            MsiAssembly Exe|Main|a|a|0
            MsiAssembly Tool|Main|||
            MsiAssembly Win|Main|||1
            MsiAssemblyName Exe|Version|1.0.0.0
            MsiAssemblyName Exe|Name|App
            MsiAssemblyName Tool|Name|Shared
            MsiAssemblyName Win|name|Theme
            run MsiPublishAssemblies",
            expect![[r#"
                warning: MsiPublishAssemblies: there is no global assembly cache: the files of assembly Shared are in C:\Program Files\App\
                warning: MsiPublishAssemblies: there is no side-by-side store: the files of assembly Theme are in C:\Program Files\App\
                RegAddValue(Key=HKLM\Software\Classes\Installer\Assemblies\C:|Program Files|App|a.dll,Name=App,Version="1.0.0.0",Value=9`Cq(!!!!!!!!!!Lo]+k>%!!!!!!!!!!!!!!-(46&)
                RegAddValue(Key=HKLM\Software\Classes\Installer\Assemblies\Global,Name=Shared,Value=9`Cq(!!!!!!!!!!Lo]+k>$!!!!!!!!!!!!!!-(46&)
            "#]],
        );
    }

    #[test]
    fn an_advertised_feature_publishes_what_is_for_all() {
        check(
            r"
            state Main absent advertised
            state Tool absent unknown
            File a|Tool|a.dll|10|||0|1
            Component Exe|{00000002-0000-0000-0000-00000000000A}|INSTALLDIR|256||a
            FeatureComponents Main|Exe
            MsiAssembly Exe|Main||a|
            MsiAssembly Tool|Main|||
            MsiAssemblyName Exe|Name|App
            MsiAssemblyName Tool|Name|Shared
            set ALLUSERS 0
            run MsiPublishAssemblies",
            expect![[r#"
                RegAddValue(Key=HKCU\Software\Microsoft\Installer\Assemblies\Global,Name=Shared,Value=9`Cq(!!!!!!!!!!Lo]+k>$!!!!!!!!!!!!!!-(46&)
            "#]],
        );
    }
}
