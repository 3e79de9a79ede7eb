//! `MsiUnpublishAssemblies`: takes the product off the assemblies of components and features going away.
//!
//! Missing: the global assembly cache, see `msi_publish_assemblies.rs`; nothing of this product is in it.
//! Follows: Microsoft, "MsiUnpublishAssemblies Action".

use machine::View;

use crate::actions::Flow;
use crate::assembly_rows::{Assembly, assemblies};
use crate::registry_removals::RegistryRemovals;
use crate::{Error, Run, State};

pub(crate) fn msi_unpublish_assemblies(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    let mut removals = RegistryRemovals::new(view);
    for row in assemblies(run)? {
        if goes(&row)
            && !row.is_win32
            && let Some(text) = row.descriptor(run, view)?
        {
            removals.string(&row.key(run, view)?, &row.name, &text)?;
        }
    }
    Ok(Flow::script(
        "MsiUnpublishAssemblies",
        removals.operations()?,
    ))
}

/// Also where the component itself stays, for another product: this one does not provide it any more.
fn goes(row: &Assembly<'_>) -> bool {
    match row.application {
        Some(_) => row.component.action == State::Absent || row.component.request == State::Absent,
        None => row.feature.action == State::Absent,
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::actions::fixture::{check, check_comes_and_goes};

    #[test]
    fn assemblies_come_and_go() {
        check_comes_and_goes(
            r"
            Component Exe|{00000002-0000-0000-0000-00000000000A}|INSTALLDIR|256||a
            state Exe absent local
            FeatureComponents Main|Exe
            File a|Exe|a.dll|10|||0|1
            MsiAssembly Exe|Main|a|a|0
            MsiAssembly Tool|Main|||
            MsiAssemblyName Exe|Name|App
            MsiAssemblyName Tool|Name|Shared
            run MsiUnpublishAssemblies
            run MsiPublishAssemblies",
        );
    }

    #[test]
    fn what_another_product_provides_stays() {
        check(
            r"
            state Main local absent
            state Tool local absent
            MsiAssembly Tool|Main|||
            MsiAssemblyName Tool|Name|Shared
            value HKLM\Software\Classes\Installer\Assemblies\Global|Shared|9`Cq(!!!!!!!!!!Lo]+kMain<[~]theirs
            run MsiUnpublishAssemblies",
            expect![[""]],
        );
    }
}
