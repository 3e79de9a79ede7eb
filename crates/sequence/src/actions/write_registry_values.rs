//! `WriteRegistryValues`: the values and keys of components being installed, locally or from source.
//!
//! A value that is there with the same data is left alone.
//! Follows: Microsoft, "WriteRegistryValues Action", "Registry Table".

use std::collections::HashMap;

use machine::{KeyPath, View, fold};
use script::Operation;

use crate::actions::Flow;
use crate::registry_rows::registry_rows;
use crate::registry_value::RegistryValue;
use crate::reinstall_mode::{Again, puts};
use crate::{Component, Error, Run};

pub(crate) fn write_registry_values(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    let kind = |machine| {
        if machine {
            Again::MachineRegistry
        } else {
            Again::UserRegistry
        }
    };
    let wanted = |component: &Component| {
        [true, false]
            .iter()
            .any(|&machine| puts(run, component, kind(machine)))
    };
    let mut operations = Vec::new();
    // Several rows may add to one list.
    let mut written: HashMap<(KeyPath, String), machine::Data> = HashMap::new();
    for row in registry_rows(run, view, "Registry", wanted)? {
        if !puts(run, &row.component, kind(row.of_machine)) {
            continue;
        }
        if row.has_sign(&["+", "*", "-"]) {
            if row.name != "-" && view.key(&row.key)?.is_none() {
                operations.push(Operation::RegCreateKey { key: row.key });
            }
            continue;
        }
        let place = (row.key.clone(), fold(&row.name));
        let present = match written.get(&place) {
            Some(data) => Some(data.clone()),
            None => view.value(&row.key, &row.name)?,
        };
        let data =
            RegistryValue::parse(row.value.as_deref().unwrap_or("")).written(present.as_ref());
        if present.as_ref() != Some(&data) {
            written.insert(place, data.clone());
            operations.push(Operation::RegAddValue {
                key: row.key,
                name: row.name,
                data,
            });
        }
    }
    Ok(Flow::script("WriteRegistryValues", operations))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::actions::fixture::check;

    #[test]
    fn roots_types_and_views() {
        check(
            r"
            Component Narrow|{00000002-0000-0000-0000-00000000000A}|INSTALLDIR|0||
            state Narrow absent local
            Registry r1|2|Software\App|Size|#12|Tool
            Registry r2|2|Software\App|Dir|[INSTALLDIR]|Narrow
            Registry r3|0|.app||App.File|Narrow
            Registry r4|-1|Software\App|x|#x0aff|Tool
            Registry r5|1|Software\App|e|#%%TEMP%|Tool
            Registry r6|3|.Default\App|d||Tool
            run WriteRegistryValues",
            expect![[r#"
                RegAddValue(Key=HKLM\Software\App,Name=Size,Value=#12)
                RegAddValue(Key=HKLM\Software\Wow6432Node\App,Name=Dir,Value=C:\Program Files\App\)
                RegAddValue(Key=HKLM\Software\Classes\Wow6432Node\.app,Name=,Value=App.File)
                RegAddValue(Key=HKLM\Software\App,Name=x,Value=#x0aff)
                RegAddValue(Key=HKCU\Software\App,Name=e,Value=#%%TEMP%)
                RegAddValue(Key=HKU\.Default\App,Name=d,Value=)
            "#]],
        );
    }

    #[test]
    fn a_key_alone_is_made_for_plus_and_star() {
        check(
            r"
            Registry r1|2|Software\A|+||Tool
            Registry r2|2|Software\B|*||Tool
            Registry r3|2|Software\C|-||Tool
            Registry r4|2|Software\D|+|text|Tool
            Registry r5|2|Software\E|||Tool
            run WriteRegistryValues",
            expect![[r#"
                RegCreateKey(Key=HKLM\Software\A)
                RegCreateKey(Key=HKLM\Software\B)
                RegAddValue(Key=HKLM\Software\D,Name=+,Value=text)
                RegAddValue(Key=HKLM\Software\E,Name=,Value=)
            "#]],
        );
    }

    #[test]
    fn lists_join_what_is_there_and_what_rows_before_wrote() {
        check(
            r"
            value HKLM\Software\A|list|x[~]y
            Registry r1|2|Software\A|list|[~]z|Tool
            Registry r2|2|Software\A|list|w[~]|Tool
            run WriteRegistryValues",
            expect![[r#"
                RegAddValue(Key=HKLM\Software\A,Name=list,Value=x[~]y[~]z)
                RegAddValue(Key=HKLM\Software\A,Name=list,Value=w[~]x[~]y[~]z)
            "#]],
        );
    }

    #[test]
    fn per_user_rows_go_to_the_user() {
        check(
            r"
            set ALLUSERS 0
            Registry r1|-1|Software\A|n|v|Tool
            Registry r2|0|.app||v|Tool
            run WriteRegistryValues",
            expect![[r#"
                RegAddValue(Key=HKCU\Software\A,Name=n,Value=v)
                RegAddValue(Key=HKCU\Software\Classes\.app,Name=,Value=v)
            "#]],
        );
    }

    #[test]
    fn what_is_there_already_or_not_coming_is_left_alone() {
        check(
            r"
            value HKLM\Software\A|same|v
            Component Other|{00000002-0000-0000-0000-00000000000A}|INSTALLDIR|256||
            state Other absent unknown
            Registry r1|2|Software\A|same|v|Tool
            Registry r2|2|Software\A|other|v|Other
            run WriteRegistryValues",
            expect![[""]],
        );
    }

    #[test]
    fn a_repair_writes_what_its_letters_say() {
        check(
            r"
            set REINSTALLMODE u
            state Tool local local
            Registry r1|2|Software\A|machine|v|Tool
            Registry r2|1|Software\A|user|v|Tool
            run WriteRegistryValues",
            expect![[r#"
                RegAddValue(Key=HKCU\Software\A,Name=user,Value=v)
            "#]],
        );
    }
}
