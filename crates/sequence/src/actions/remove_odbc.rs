//! `RemoveODBC`: data sources, translators and drivers of components going away.
//!
//! A driver or translator goes when its usage count comes to nothing; its files follow SharedDLLs in RemoveFiles.
//! Follows: Microsoft, "RemoveODBC Action".

use machine::{Data, KeyPath, View};

use crate::actions::Flow;
use crate::odbc_rows::{OdbcKind, libraries, managers, sources, usage_count};
use crate::registry_removals::RegistryRemovals;
use crate::{Error, Run, State};

pub(crate) fn remove_odbc(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    let mut removals = RegistryRemovals::new(view);
    for row in sources(run, view)? {
        if row.component.action == State::Absent {
            removals.value(&row.list, &row.description)?;
            removals.key(&row.key)?;
        }
    }
    for kind in [OdbcKind::Translator, OdbcKind::Driver] {
        for row in libraries(run, view, kind)? {
            if row.component.action == State::Absent && is_last(view, &mut removals, &row.key)? {
                removals.value(&row.list, &row.description)?;
                removals.key(&row.key)?;
            }
        }
    }
    for (component, key) in managers(run, view) {
        if component.action == State::Absent && is_last(view, &mut removals, &key)? {
            removals.key(&key)?;
        }
    }
    Ok(Flow::script("RemoveODBC", removals.operations()?))
}

/// Takes one off the usage count; was it the last?
fn is_last(
    view: &dyn View,
    removals: &mut RegistryRemovals<'_>,
    key: &KeyPath,
) -> Result<bool, Error> {
    let count = usage_count(view, key)?.saturating_sub(1);
    if count > 0 {
        removals.leave(key, "UsageCount", Data::Dword(count));
    }
    Ok(count == 0)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::actions::fixture::{check, check_comes_and_goes};

    #[test]
    fn all_of_it_comes_and_goes() {
        check_comes_and_goes(
            r"
            File a|Tool|a.dll|10|||0|1
            File b|Tool|b.dll|10|||0|2
            set ODBCDriverManager Tool
            ODBCDriver D|Tool|Our Driver|a|b
            ODBCTranslator T|Tool|Our Translator|b|
            ODBCDataSource S1|Tool|Books|Our Driver|0
            ODBCDataSource S2|Tool|Mine|Our Driver|1
            ODBCSourceAttribute S1|DBQ|[INSTALLDIR]books.db
            value HKLM\Software\ODBC\ODBCINST.INI\ODBC Drivers|Theirs|Installed
            run RemoveODBC
            run InstallODBC",
        );
    }

    #[test]
    fn what_others_use_is_counted_down() {
        check(
            r"
            state Tool local absent
            File a|Tool|a.dll|10|||0|1
            ODBCDriver D|Tool|Our Driver|a|
            value HKLM\Software\ODBC\ODBCINST.INI\Our Driver|UsageCount|#2
            value HKLM\Software\ODBC\ODBCINST.INI\ODBC Drivers|Our Driver|Installed
            run RemoveODBC",
            expect![[r#"
                RegAddValue(Key=HKLM\Software\ODBC\ODBCINST.INI\Our Driver,Name=UsageCount,Value=#1)
            "#]],
        );
    }
}
