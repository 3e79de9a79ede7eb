//! `ProcessComponents`: registers the product as a client of its components, with their key paths, and takes it
//! off those that go; counts their key files in SharedDLLs.
//!
//! A component that its condition switches off is registered with an empty key path, as not used here.
//! Follows: Microsoft, "ProcessComponents Action", "Component Table".

use machine::{Data, KeyPath, MachinePath, View};
use script::Operation;

use crate::actions::Flow;
use crate::emptied::EmptiedKeys;
use crate::key_paths::key_path_text;
use crate::registration::places::{Places, SYSTEM_CLIENT};
use crate::registration::write::Registrar;
use crate::shared_dlls::SharedDlls;
use crate::{Component, Error, Run, State};

pub(crate) fn process_components(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    let mut clients = Clients {
        run,
        view,
        places: Places::of(run, view)?,
        counts: SharedDlls::new(view),
        registrar: Registrar::new(view),
        emptied: EmptiedKeys::new(view),
    };
    for component in run.components() {
        let Some(key) = component
            .id
            .as_deref()
            .and_then(|id| clients.places.component(id))
        else {
            continue;
        };
        if is_leaving(run, component) {
            clients.unregister(component, &key)?;
        } else if is_coming(component) {
            clients.register(component, &key, &key_path_text(run, view, component)?)?;
        } else if is_switched_off(run, component) {
            clients.register(component, &key, "")?;
        }
    }
    let mut operations = clients.registrar.operations();
    operations.extend(clients.emptied.operations()?);
    Ok(Flow::script("ProcessComponents", operations))
}

fn is_leaving(run: &Run, component: &Component) -> bool {
    run.removes_product() || component.action == State::Absent || component.request == State::Absent
}

/// Also when it is not installed again because it is there already: for another product, or never overwritten.
fn is_coming(component: &Component) -> bool {
    let is_there =
        component.enabled && component.action == State::Unknown && component.request.installs();
    component.action.installs() || is_there
}

fn is_switched_off(run: &Run, component: &Component) -> bool {
    let selects = |feature: &&crate::Feature| {
        feature.action.installs() && feature.components.contains(&component.name)
    };
    !component.enabled && run.features().iter().any(|feature| selects(&feature))
}

struct Clients<'a> {
    run: &'a Run,
    view: &'a dyn View,
    places: Places,
    counts: SharedDlls<'a>,
    registrar: Registrar<'a>,
    emptied: EmptiedKeys<'a>,
}

impl Clients<'_> {
    fn register(
        &mut self,
        component: &Component,
        key: &KeyPath,
        key_path: &str,
    ) -> Result<(), Error> {
        let is_new = self.view.value(key, &self.places.product)?.is_none();
        self.registrar.text(key, &self.places.product, key_path)?;
        if component.has(Component::PERMANENT) {
            self.registrar.text(key, SYSTEM_CLIENT, key_path)?;
        }
        match self.key_file(component)? {
            Some(file)
                if is_new
                    && component.action.installs()
                    && self.counts.counts(self.run, component, &file)? =>
            {
                let count = self.counts.count(component, &file)?.saturating_add(1);
                self.registrar
                    .number(&self.counts.key(component), &file.to_string(), count)
            }
            _ => Ok(()),
        }
    }

    fn unregister(&mut self, component: &Component, key: &KeyPath) -> Result<(), Error> {
        if self.view.value(key, &self.places.product)?.is_none() {
            return Ok(());
        }
        self.remove_value(key, &self.places.product.clone());
        match self.key_file(component)? {
            Some(file) if component.installed.installs() => self.count_down(component, &file),
            _ => Ok(()),
        }
    }

    fn count_down(&mut self, component: &Component, file: &MachinePath) -> Result<(), Error> {
        let key = self.counts.key(component);
        match self.counts.count(component, file)? {
            0 => {}
            1 => self.remove_value(&key, &file.to_string()),
            count => {
                let operation = Operation::RegAddValue {
                    key,
                    name: file.to_string(),
                    data: Data::Dword(count - 1),
                };
                self.registrar.push(operation);
            }
        }
        Ok(())
    }

    fn remove_value(&mut self, key: &KeyPath, name: &str) {
        self.emptied.value_gone(key, name);
        self.registrar.push(Operation::RegRemoveValue {
            key: key.clone(),
            name: name.to_owned(),
        });
    }

    fn key_file(&self, component: &Component) -> Result<Option<MachinePath>, Error> {
        let is_file = !component.has(Component::REGISTRY_KEY_PATH | Component::ODBC_DATA_SOURCE);
        match component.key_path.as_deref().filter(|_| is_file) {
            Some(file) => Ok(Some(self.run.file_target(
                "Component",
                &component.name,
                file,
            )?)),
            None => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::actions::fixture::{check, check_comes_and_goes};

    #[test]
    fn key_paths_clients_and_counts() {
        check(
            r"
            Component Reg|{00000002-0000-0000-0000-00000000000A}|INSTALLDIR|260||r1
            Component Permanent|{00000003-0000-0000-0000-00000000000A}|INSTALLDIR|272||
            Component Counted|{00000004-0000-0000-0000-00000000000A}|INSTALLDIR|264||a
            Component Anonymous||INSTALLDIR|256||
            Component Unchanged|{00000005-0000-0000-0000-00000000000A}|INSTALLDIR|256||
            Registry r1|2|Software\App|n|v|Reg
            File a|Counted|a.dll|10|||0|1
            state Reg absent local
            state Permanent absent local
            state Counted absent local
            state Anonymous absent local
            state Unchanged absent unknown
            run ProcessComponents",
            expect![[r#"
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Installer\UserData\S-1-5-18\Components\100000000000000000000000000000A0,Name=8765432100000000000000000000BADC,Value=C:\Program Files\App\)
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Installer\UserData\S-1-5-18\Components\200000000000000000000000000000A0,Name=8765432100000000000000000000BADC,Value=22:\Software\App\n)
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Installer\UserData\S-1-5-18\Components\300000000000000000000000000000A0,Name=8765432100000000000000000000BADC,Value=C:\Program Files\App\)
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Installer\UserData\S-1-5-18\Components\300000000000000000000000000000A0,Name=00000000000000000000000000000000,Value=C:\Program Files\App\)
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Installer\UserData\S-1-5-18\Components\400000000000000000000000000000A0,Name=8765432100000000000000000000BADC,Value=C:\Program Files\App\a.dll)
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\SharedDLLs,Name=C:\Program Files\App\a.dll,Value=#1)
            "#]],
        );
    }

    #[test]
    fn the_last_client_takes_the_key_with_it() {
        check(
            r"
            state Tool local absent
            value HKLM\Software\Microsoft\Windows\CurrentVersion\Installer\UserData\S-1-5-18\Components\100000000000000000000000000000A0|8765432100000000000000000000BADC|x
            run ProcessComponents",
            expect![[r#"
                RegRemoveValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Installer\UserData\S-1-5-18\Components\100000000000000000000000000000A0,Name=8765432100000000000000000000BADC)
                RegRemoveKey(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Installer\UserData\S-1-5-18\Components\100000000000000000000000000000A0)
                RegRemoveKey(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Installer\UserData\S-1-5-18\Components)
            "#]],
        );
    }

    #[test]
    fn a_component_with_another_client_loses_only_this_one() {
        check(
            r"
            state Tool local absent
            value HKLM\Software\Microsoft\Windows\CurrentVersion\Installer\UserData\S-1-5-18\Components\100000000000000000000000000000A0|8765432100000000000000000000BADC|x
            value HKLM\Software\Microsoft\Windows\CurrentVersion\Installer\UserData\S-1-5-18\Components\100000000000000000000000000000A0|FFFFFFFF0000000000000000FFFFFFFF|x
            run ProcessComponents",
            expect![[r#"
                RegRemoveValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Installer\UserData\S-1-5-18\Components\100000000000000000000000000000A0,Name=8765432100000000000000000000BADC)
            "#]],
        );
    }

    #[test]
    fn clients_and_counts_come_and_go() {
        check_comes_and_goes(
            r"
            Component Counted|{00000004-0000-0000-0000-00000000000A}|INSTALLDIR|264||a
            File a|Counted|a.dll|10|||0|1
            state Counted absent local
            run ProcessComponents",
        );
    }
}
