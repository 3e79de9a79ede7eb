//! `MsiConfigureServices`: further settings of services that are there, in the registry.
//!
//! Missing: MsiServiceConfigFailureActions, of which its own page says that it does not work as it should; the
//! outcome says so. Follows: Microsoft, "MsiConfigureServices Action", "MsiServiceConfig Table".

use database::Record;
use machine::{Data, View};

use crate::actions::Flow;
use crate::registration::write::Registrar;
use crate::service_rows::{component, configures, service_key, service_name};
use crate::walk::left_out;
use crate::{Error, Run};

/// The milliseconds that a service has before a shutdown goes on, where a row does not say.
const PRESHUTDOWN_MS: u32 = 180_000;

pub(crate) fn msi_configure_services(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    let mut registrar = Registrar::new(view);
    let mut missing = Vec::new();
    for record in run.table("MsiServiceConfig")?.records() {
        let event = record.integer("Event").unwrap_or(0);
        if !configures(component(run, "MsiServiceConfig", record)?, event) {
            continue;
        }
        let name = service_name(run, view, record)?;
        let key = service_key(&name);
        if view.key(&key)?.is_none() {
            missing.push(format!("there is no service {name} to configure"));
            continue;
        }
        let (value, data) = setting(run, view, record)?;
        registrar.set(&key, value, data)?;
    }
    let table = "MsiServiceConfigFailureActions";
    for record in run.table(table)?.records() {
        let event = record.integer("Event").unwrap_or(0);
        if configures(component(run, table, record)?, event) {
            let name = service_name(run, view, record)?;
            missing.push(format!(
                "the failure actions of service {name} are left out"
            ));
        }
    }
    for text in missing {
        left_out(run, "MsiConfigureServices", text);
    }
    Ok(Flow::script("MsiConfigureServices", registrar.operations()))
}

/// The value that a row sets, and what to.
fn setting(run: &Run, view: &dyn View, record: Record<'_>) -> Result<(&'static str, Data), Error> {
    let argument = run.format(view, record.text("Argument"));
    let number = |otherwise: Option<u32>| match (argument.as_str(), otherwise) {
        ("", Some(number)) => Ok(Data::Dword(number)),
        (text, _) => text
            .trim()
            .parse()
            .map(Data::Dword)
            .map_err(|_| record.error("Argument", format!("`{text}` is no number"))),
    };
    Ok(match record.required_integer("ConfigType")? {
        3 => ("DelayedAutostart", number(None)?),
        4 => ("FailureActionsOnNonCrashFailures", number(None)?),
        5 => ("ServiceSidType", number(None)?),
        6 => {
            let names = argument.split('\0').filter(|name| !name.is_empty());
            let names = names.map(str::to_owned).collect();
            ("RequiredPrivileges", Data::MultiSz(names))
        }
        7 => ("PreshutdownTimeout", number(Some(PRESHUTDOWN_MS))?),
        other => {
            let what = format!("{other} is none of 3 to 7");
            return Err(record.error("ConfigType", what).into());
        }
    })
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::actions::fixture::check;

    #[test]
    fn each_kind_of_setting() {
        check(
            r"
            value HKLM\System\CurrentControlSet\Services\App|Type|#16
            MsiServiceConfig m1|App|1|3|1|Tool
            MsiServiceConfig m2|App|1|4|1|Tool
            MsiServiceConfig m3|App|5|5|3|Tool
            MsiServiceConfig m4|App|1|6|SeShutdownPrivilege[~]SeBackupPrivilege|Tool
            MsiServiceConfig m5|App|1|7||Tool
            MsiServiceConfig m6|App|6|7|5|Tool
            MsiServiceConfig m7|Lost|1|7|5|Tool
            MsiServiceConfigFailureActions f1|App|1||||1[~]1|0[~]0|Tool
            run MsiConfigureServices",
            expect![[r#"
                warning: MsiConfigureServices: there is no service Lost to configure
                warning: MsiConfigureServices: the failure actions of service App are left out
                RegAddValue(Key=HKLM\System\CurrentControlSet\Services\App,Name=DelayedAutostart,Value=#1)
                RegAddValue(Key=HKLM\System\CurrentControlSet\Services\App,Name=FailureActionsOnNonCrashFailures,Value=#1)
                RegAddValue(Key=HKLM\System\CurrentControlSet\Services\App,Name=ServiceSidType,Value=#3)
                RegAddValue(Key=HKLM\System\CurrentControlSet\Services\App,Name=RequiredPrivileges,Value=SeShutdownPrivilege[~]SeBackupPrivilege)
                RegAddValue(Key=HKLM\System\CurrentControlSet\Services\App,Name=PreshutdownTimeout,Value=#180000)
            "#]],
        );
    }
}
