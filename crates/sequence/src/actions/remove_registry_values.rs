//! `RemoveRegistryValues`: values of components going away, and what RemoveRegistry lists for components coming.
//!
//! A key goes with its last value or subkey, unless a row with `+` keeps it.
//! Follows: Microsoft, "RemoveRegistryValues Action", "Registry Table", "RemoveRegistry Table".

use std::collections::HashMap;

use machine::{Data, KeyPath, View, fold};

use crate::actions::Flow;
use crate::registry_removals::RegistryRemovals;
use crate::registry_rows::{RegistryRow, registry_rows};
use crate::registry_value::RegistryValue;
use crate::{Error, Run, State};

pub(crate) fn remove_registry_values(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    let mut removals = Removals {
        view,
        removals: RegistryRemovals::new(view),
        left: HashMap::new(),
    };
    for row in registry_rows(run, view, "Registry", |component| {
        component.action == State::Absent
    })? {
        removals.registry(row)?;
    }
    for row in registry_rows(run, view, "RemoveRegistry", |component| {
        component.action.installs()
    })? {
        if row.name == "-" {
            removals.removals.key(&row.key)?;
        } else {
            removals.removals.value(&row.key, &row.name)?;
        }
    }
    let operations = removals.removals.operations()?;
    Ok(Flow::script("RemoveRegistryValues", operations))
}

struct Removals<'a> {
    view: &'a dyn View,
    removals: RegistryRemovals<'a>,
    /// What rows before have left of lists.
    left: HashMap<(KeyPath, String), Data>,
}

impl Removals<'_> {
    fn registry(&mut self, row: RegistryRow) -> Result<(), Error> {
        if row.has_sign(&["+"]) {
            self.removals.emptied.keep(row.key);
            return Ok(());
        }
        if row.has_sign(&["-", "*"]) {
            return self.removals.key(&row.key);
        }
        let place = (row.key.clone(), fold(&row.name));
        let present = match self.left.get(&place) {
            Some(data) => Some(data.clone()),
            None => self.view.value(&row.key, &row.name)?,
        };
        let Some(present) = present else {
            return Ok(());
        };
        match RegistryValue::parse(row.value.as_deref().unwrap_or("")).left_of(&present) {
            Some(left) if left == present => {}
            Some(left) => {
                self.left.insert(place, left.clone());
                self.removals.leave(&row.key, &row.name, left);
            }
            None => self.removals.value(&row.key, &row.name)?,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::actions::fixture::check;

    #[test]
    fn values_go_and_the_keys_that_this_empties() {
        check(
            r"
            state Tool local absent
            value HKLM\Software\Maker\App\Sub|n|v
            value HKLM\Software\Maker\App|mine|v
            value HKLM\Software\Other|mine|v
            value HKLM\Software\Other|theirs|v
            Registry r1|2|Software\Maker\App\Sub|n|v|Tool
            Registry r2|2|Software\Maker\App|mine|v|Tool
            Registry r3|2|Software\Other|mine|v|Tool
            Registry r4|2|Software\Other|not there|v|Tool
            run RemoveRegistryValues",
            expect![[r#"
                RegRemoveValue(Key=HKLM\Software\Maker\App\Sub,Name=n)
                RegRemoveValue(Key=HKLM\Software\Maker\App,Name=mine)
                RegRemoveValue(Key=HKLM\Software\Other,Name=mine)
                RegRemoveKey(Key=HKLM\Software\Maker\App\Sub)
                RegRemoveKey(Key=HKLM\Software\Maker\App)
                RegRemoveKey(Key=HKLM\Software\Maker)
            "#]],
        );
    }

    #[test]
    fn star_and_minus_take_the_tree_and_plus_keeps_the_key() {
        check(
            r"
            state Tool local absent
            value HKLM\Software\A\Sub|n|v
            value HKLM\Software\B|n|v
            value HKLM\Software\C|n|v
            Registry r1|2|Software\A|*||Tool
            Registry r2|2|Software\B|-||Tool
            Registry r3|2|Software\C|+||Tool
            Registry r4|2|Software\C|n|v|Tool
            run RemoveRegistryValues",
            expect![[r#"
                RegRemoveKey(Key=HKLM\Software\A)
                RegRemoveKey(Key=HKLM\Software\B)
                RegRemoveValue(Key=HKLM\Software\C,Name=n)
            "#]],
        );
    }

    #[test]
    fn only_the_strings_that_were_added_go() {
        check(
            r"
            state Tool local absent
            value HKLM\Software\A|list|a[~]b[~]c
            Registry r1|2|Software\A|list|[~]b|Tool
            Registry r2|2|Software\A|list|a[~]|Tool
            run RemoveRegistryValues",
            expect![[r#"
                RegAddValue(Key=HKLM\Software\A,Name=list,Value=a[~]c)
                RegAddValue(Key=HKLM\Software\A,Name=list,Value=c)
            "#]],
        );
    }

    #[test]
    fn remove_registry_acts_on_install() {
        check(
            r"
            value HKLM\Software\Old|n|v
            value HKLM\Software\Tree\Sub|n|v
            RemoveRegistry r1|2|Software\Old|n|Tool
            RemoveRegistry r2|2|Software\Tree|-|Tool
            Registry r3|2|Software\Kept|n|v|Tool
            value HKLM\Software\Kept|n|v
            run RemoveRegistryValues",
            expect![[r#"
                RegRemoveValue(Key=HKLM\Software\Old,Name=n)
                RegRemoveKey(Key=HKLM\Software\Tree)
                RegRemoveKey(Key=HKLM\Software\Old)
            "#]],
        );
    }
}
