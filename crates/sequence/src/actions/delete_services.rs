//! `DeleteServices`: services that ServiceControl deletes as its component comes or goes.
//!
//! A service that runs is stopped first on Windows; nothing runs on a machine at rest.
//! Follows: Microsoft, "DeleteServices Action", "ServiceControl Table".

use machine::View;

use crate::actions::Flow;
use crate::registry_removals::RegistryRemovals;
use crate::service_rows::{controlled, service_key};
use crate::{Error, Run};

/// `Event`: delete while installing, delete while removing.
const DELETE: i32 = 0x8;
const REMOVAL_DELETE: i32 = 0x80;

pub(crate) fn delete_services(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    let mut removals = RegistryRemovals::new(view);
    for name in controlled(run, view, DELETE, REMOVAL_DELETE)? {
        removals.key(&service_key(&name))?;
    }
    Ok(Flow::script("DeleteServices", removals.operations()?))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::actions::fixture::{check, check_comes_and_goes};

    #[test]
    fn a_service_comes_and_goes() {
        check_comes_and_goes(
            r"
            Component Svc|{00000002-0000-0000-0000-00000000000A}|INSTALLDIR|256||a
            state Svc absent local
            File a|Svc|a.exe|10|||0|1
            value HKLM\System\CurrentControlSet\Services\Other|Type|#16
            ServiceInstall s1|App|App service|16|3|1||RpcSs[~]||||Svc|About
            ServiceControl c1|App|163|||Svc
            MsiServiceConfig m1|App|7|3|1|Svc
            run StopServices
            run DeleteServices
            run InstallServices
            run MsiConfigureServices",
        );
    }

    #[test]
    fn as_its_bits_say() {
        check(
            r"
            Component Goes|{00000002-0000-0000-0000-00000000000A}|INSTALLDIR|256||
            state Goes local absent
            value HKLM\System\CurrentControlSet\Services\One|Type|#16
            value HKLM\System\CurrentControlSet\Services\Two|Type|#16
            value HKLM\System\CurrentControlSet\Services\Three|Type|#16
            value HKLM\System\CurrentControlSet\Services\Four|Type|#16
            ServiceControl c1|One|8|||Tool
            ServiceControl c2|Two|128|||Tool
            ServiceControl c3|Three|8|||Goes
            ServiceControl c4|four|128|||Goes
            ServiceControl c5|Gone|136|||Goes
            run DeleteServices",
            expect![[r#"
                RegRemoveKey(Key=HKLM\System\CurrentControlSet\Services\One)
                RegRemoveKey(Key=HKLM\System\CurrentControlSet\Services\four)
            "#]],
        );
    }
}
