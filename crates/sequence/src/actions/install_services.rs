//! `InstallServices`: services of components being installed locally, in the registry.
//!
//! Missing: passwords, which Windows keeps where no registry shows them, and the right to log on as a service; the
//! outcome says so. Follows: Microsoft, "InstallServices Action", "ServiceInstall Table".

use database::Record;
use machine::{Data, KeyPath, View};

use crate::actions::Flow;
use crate::registration::write::Registrar;
use crate::service_rows::{component, service_key, service_name};
use crate::walk::left_out;
use crate::{Component, Error, Run, State};

/// `ErrorControl`: the installation fails when the service cannot be installed. The registry does not have it.
const VITAL: u32 = 0x8000;

pub(crate) fn install_services(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    let mut registrar = Registrar::new(view);
    let mut without_password = Vec::new();
    for record in run.table("ServiceInstall")?.records() {
        let component = component(run, "ServiceInstall", record)?;
        // A service does not run from the source.
        if component.action != State::Local {
            continue;
        }
        let name = service_name(run, view, record)?;
        let key = service_key(&name);
        numbers(record, &key, &mut registrar)?;
        let program = image_path(run, view, record, component)?;
        registrar.set(&key, "ImagePath", Data::ExpandSz(program))?;
        texts(run, view, record, &key, &mut registrar)?;
        dependencies(run, view, record, &key, &mut registrar)?;
        if !run.format(view, record.text("Password")).is_empty() {
            without_password.push(format!("service {name} is installed without its password"));
        }
    }
    for text in without_password {
        left_out(run, "InstallServices", text);
    }
    Ok(Flow::script("InstallServices", registrar.operations()))
}

fn numbers(record: Record<'_>, key: &KeyPath, registrar: &mut Registrar<'_>) -> Result<(), Error> {
    for (column, name) in [
        ("ServiceType", "Type"),
        ("StartType", "Start"),
        ("ErrorControl", "ErrorControl"),
    ] {
        let number = u32::try_from(record.required_integer(column)?)
            .map_err(|_| record.error(column, "it is negative"))?;
        let number = match column {
            "ErrorControl" => number & !VITAL,
            _ => number,
        };
        registrar.number(key, name, number)?;
    }
    Ok(())
}

/// The quoted path of the component's key file, and the arguments.
fn image_path(
    run: &Run,
    view: &dyn View,
    record: Record<'_>,
    component: &Component,
) -> Result<String, Error> {
    let file = component.key_path.as_deref().unwrap_or("");
    let path = run.file_target("ServiceInstall", &record.key(), file)?;
    let arguments = run.format(view, record.text("Arguments"));
    Ok(match arguments.as_str() {
        "" => format!("\"{path}\""),
        arguments => format!("\"{path}\" {arguments}"),
    })
}

fn texts(
    run: &Run,
    view: &dyn View,
    record: Record<'_>,
    key: &KeyPath,
    registrar: &mut Registrar<'_>,
) -> Result<(), Error> {
    let account = run.format(view, record.text("StartName"));
    let account = if account.is_empty() {
        "LocalSystem"
    } else {
        &account
    };
    registrar.text(key, "ObjectName", account)?;
    for (column, name) in [
        ("DisplayName", "DisplayName"),
        ("LoadOrderGroup", "Group"),
        ("Description", "Description"),
    ] {
        let text = run.format(view, record.text(column));
        // `[~]` erases a description.
        if text.contains('\0') {
            registrar.text(key, name, "")?;
        } else if !text.is_empty() {
            registrar.text(key, name, &text)?;
        }
    }
    Ok(())
}

/// Names of services, and with a plus sign of groups.
fn dependencies(
    run: &Run,
    view: &dyn View,
    record: Record<'_>,
    key: &KeyPath,
    registrar: &mut Registrar<'_>,
) -> Result<(), Error> {
    let text = run.format(view, record.text("Dependencies"));
    let names = text.split('\0').filter(|name| !name.is_empty());
    let (groups, services): (Vec<&str>, Vec<&str>) = names.partition(|name| name.starts_with('+'));
    for (name, list) in [("DependOnService", services), ("DependOnGroup", groups)] {
        let list: Vec<String> = list
            .iter()
            .map(|name| name.trim_start_matches('+').to_owned())
            .collect();
        if !list.is_empty() {
            registrar.set(key, name, Data::MultiSz(list))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::actions::fixture::check;

    #[test]
    fn a_service_with_all_it_may_have_and_one_with_what_it_must() {
        check(
            r"
            Component Svc|{00000002-0000-0000-0000-00000000000A}|INSTALLDIR|256||a
            Component Source|{00000003-0000-0000-0000-00000000000A}|INSTALLDIR|258||b
            state Svc absent local
            state Source absent source
            File a|Svc|a.exe|10|||0|1
            File b|Source|b.exe|10|||0|2
            ServiceInstall s1|App[ProductLanguage]|App service|16|3|32769|Group|RpcSs[~]+Network[~][~]|.\user|secret|-run [ProductName]|Svc|About [ProductName]
            ServiceInstall s2|Plain||272|2|0||||||Svc|[~]
            ServiceInstall s3|Source||16|2|0||||||Source|
            run InstallServices",
            expect![[r#"
                warning: InstallServices: service App1033 is installed without its password
                RegAddValue(Key=HKLM\System\CurrentControlSet\Services\App1033,Name=Type,Value=#16)
                RegAddValue(Key=HKLM\System\CurrentControlSet\Services\App1033,Name=Start,Value=#3)
                RegAddValue(Key=HKLM\System\CurrentControlSet\Services\App1033,Name=ErrorControl,Value=#1)
                RegAddValue(Key=HKLM\System\CurrentControlSet\Services\App1033,Name=ImagePath,Value=#%"C:\Program Files\App\a.exe" -run App)
                RegAddValue(Key=HKLM\System\CurrentControlSet\Services\App1033,Name=ObjectName,Value=.\user)
                RegAddValue(Key=HKLM\System\CurrentControlSet\Services\App1033,Name=DisplayName,Value=App service)
                RegAddValue(Key=HKLM\System\CurrentControlSet\Services\App1033,Name=Group,Value=Group)
                RegAddValue(Key=HKLM\System\CurrentControlSet\Services\App1033,Name=Description,Value=About App)
                RegAddValue(Key=HKLM\System\CurrentControlSet\Services\App1033,Name=DependOnService,Value=RpcSs)
                RegAddValue(Key=HKLM\System\CurrentControlSet\Services\App1033,Name=DependOnGroup,Value=Network)
                RegAddValue(Key=HKLM\System\CurrentControlSet\Services\Plain,Name=Type,Value=#272)
                RegAddValue(Key=HKLM\System\CurrentControlSet\Services\Plain,Name=Start,Value=#2)
                RegAddValue(Key=HKLM\System\CurrentControlSet\Services\Plain,Name=ErrorControl,Value=#0)
                RegAddValue(Key=HKLM\System\CurrentControlSet\Services\Plain,Name=ImagePath,Value=#%"C:\Program Files\App\a.exe")
                RegAddValue(Key=HKLM\System\CurrentControlSet\Services\Plain,Name=ObjectName,Value=LocalSystem)
                RegAddValue(Key=HKLM\System\CurrentControlSet\Services\Plain,Name=Description,Value=)
            "#]],
        );
    }
}
