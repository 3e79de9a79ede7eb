//! `InstallODBC`: drivers, translators and data sources of components being installed, as the driver manager
//! writes them, with a usage count for each driver and translator.
//!
//! Missing: asking the driver's setup library, which may write more for a data source than its
//! attributes; the outcome says so. Follows: Microsoft, "InstallODBC Action", "Component Usage Count".

use machine::{KeyPath, View, fold};

use crate::actions::Flow;
use crate::odbc_rows::{
    OdbcKind, OdbcLibrary, OdbcSource, libraries, managers, odbcinst, sources, usage_count,
};
use crate::registration::write::Registrar;
use crate::reinstall_mode::{Again, puts};
use crate::walk::left_out;
use crate::{Component, Error, Run};

pub(crate) fn install_odbc(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    let mut registrar = Registrar::new(view);
    let mut missing = Vec::new();
    for (component, key) in managers(run, view) {
        if comes(run, component) {
            count_up(view, &mut registrar, component, &key)?;
        }
    }
    let mut drivers = Vec::new();
    for kind in [OdbcKind::Driver, OdbcKind::Translator] {
        for row in libraries(run, view, kind)? {
            if comes(run, &row.component) {
                library(view, &mut registrar, &row)?;
            }
            if kind == OdbcKind::Driver {
                drivers.push(row);
            }
        }
    }
    for row in sources(run, view)? {
        if comes(run, &row.component) {
            let text = match source(view, &mut registrar, &row, &drivers)? {
                true => "is written without asking its driver's setup library",
                false => "is left out: there is no driver of its name",
            };
            let (name, driver) = (&row.description, &row.driver);
            missing.push(format!("data source {name} of {driver} {text}"));
        }
    }
    for text in missing {
        left_out(run, "InstallODBC", text);
    }
    Ok(Flow::script("InstallODBC", registrar.operations()))
}

fn comes(run: &Run, component: &Component) -> bool {
    puts(run, component, Again::MachineRegistry)
}

fn library(view: &dyn View, registrar: &mut Registrar<'_>, row: &OdbcLibrary) -> Result<(), Error> {
    for (name, value) in &row.values {
        registrar.text(&row.key, name, value)?;
    }
    count_up(view, registrar, &row.component, &row.key)?;
    registrar.text(&row.list, &row.description, "Installed")
}

/// A repair counts nothing: the removal takes one off whatever happened between.
fn count_up(
    view: &dyn View,
    registrar: &mut Registrar<'_>,
    component: &Component,
    key: &KeyPath,
) -> Result<(), Error> {
    let count = match (usage_count(view, key)?, component.installed.installs()) {
        (count, true) => count.max(1),
        (count, false) => count.saturating_add(1),
    };
    registrar.number(key, "UsageCount", count)
}

/// Writes a data source; false where its driver is neither in the package nor on the machine.
fn source(
    view: &dyn View,
    registrar: &mut Registrar<'_>,
    row: &OdbcSource,
    drivers: &[OdbcLibrary],
) -> Result<bool, Error> {
    let there = odbcinst(view, &row.component).join(&row.driver);
    let is_it = |driver: &&OdbcLibrary| {
        let comes = driver.component.action.installs() || driver.component.installed.installs();
        comes && fold(&driver.description) == fold(&row.driver)
    };
    let library = match drivers.iter().find(is_it) {
        Some(driver) => driver.values.first().map(|(_, path)| path.clone()),
        None => view
            .value(&there, "Driver")?
            .and_then(|data| data.as_text().map(str::to_owned)),
    };
    let Some(library) = library else {
        return Ok(false);
    };
    registrar.text(&row.key, "Driver", &library)?;
    for (name, value) in &row.values {
        registrar.text(&row.key, name, value)?;
    }
    registrar.text(&row.list, &row.description, &row.driver)?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::actions::fixture::check;

    #[test]
    fn drivers_and_translators_with_their_attributes_and_counts() {
        check(
            r"
            File a|Tool|a.dll|10|||0|1
            File b|Tool|b.dll|10|||0|2
            ODBCDriver D|Tool|Our Driver|a|b
            ODBCTranslator T|Tool|Our Translator|b|
            ODBCAttribute D|APILevel|0
            ODBCAttribute D|FileExtns|*.[ProductName]
            ODBCAttribute D|SQLLevel|
            value HKLM\Software\ODBC\ODBCINST.INI\Our Translator|UsageCount|#2
            run InstallODBC",
            expect![[r#"
                RegAddValue(Key=HKLM\Software\ODBC\ODBCINST.INI\Our Driver,Name=Driver,Value=C:\Program Files\App\a.dll)
                RegAddValue(Key=HKLM\Software\ODBC\ODBCINST.INI\Our Driver,Name=Setup,Value=C:\Program Files\App\b.dll)
                RegAddValue(Key=HKLM\Software\ODBC\ODBCINST.INI\Our Driver,Name=APILevel,Value=0)
                RegAddValue(Key=HKLM\Software\ODBC\ODBCINST.INI\Our Driver,Name=FileExtns,Value=*.App)
                RegAddValue(Key=HKLM\Software\ODBC\ODBCINST.INI\Our Driver,Name=UsageCount,Value=#1)
                RegAddValue(Key=HKLM\Software\ODBC\ODBCINST.INI\ODBC Drivers,Name=Our Driver,Value=Installed)
                RegAddValue(Key=HKLM\Software\ODBC\ODBCINST.INI\Our Translator,Name=Translator,Value=C:\Program Files\App\b.dll)
                RegAddValue(Key=HKLM\Software\ODBC\ODBCINST.INI\Our Translator,Name=UsageCount,Value=#3)
                RegAddValue(Key=HKLM\Software\ODBC\ODBCINST.INI\ODBC Translators,Name=Our Translator,Value=Installed)
            "#]],
        );
    }

    #[test]
    fn a_32_bit_driver_is_the_32_bit_managers() {
        check(
            r"
            Component Narrow|{00000002-0000-0000-0000-00000000000A}|INSTALLDIR|0||
            state Narrow absent local
            File a|Narrow|a.dll|10|||0|1
            ODBCDriver D|Narrow|Our Driver|a|
            run InstallODBC",
            expect![[r#"
                RegAddValue(Key=HKLM\Software\Wow6432Node\ODBC\ODBCINST.INI\Our Driver,Name=Driver,Value=C:\Program Files\App\a.dll)
                RegAddValue(Key=HKLM\Software\Wow6432Node\ODBC\ODBCINST.INI\Our Driver,Name=UsageCount,Value=#1)
                RegAddValue(Key=HKLM\Software\Wow6432Node\ODBC\ODBCINST.INI\ODBC Drivers,Name=Our Driver,Value=Installed)
            "#]],
        );
    }

    #[test]
    fn data_sources_of_the_machine_and_of_the_user() {
        check(
            r"
            value HKLM\Software\ODBC\ODBCINST.INI\There|Driver|C:\there.dll
            ODBCDataSource S1|Tool|Books|THERE|0
            ODBCDataSource S2|Tool|Mine|There|1
            ODBCDataSource S3|Tool|Lost|Not There|0
            ODBCSourceAttribute S1|Driver|there.dll
            ODBCSourceAttribute S1|DBQ|[INSTALLDIR]books.db
            run InstallODBC",
            expect![[r#"
                warning: InstallODBC: data source Books of THERE is written without asking its driver's setup library
                warning: InstallODBC: data source Mine of There is written without asking its driver's setup library
                warning: InstallODBC: data source Lost of Not There is left out: there is no driver of its name
                RegAddValue(Key=HKLM\Software\ODBC\ODBC.INI\Books,Name=Driver,Value=C:\there.dll)
                RegAddValue(Key=HKLM\Software\ODBC\ODBC.INI\Books,Name=DBQ,Value=C:\Program Files\App\books.db)
                RegAddValue(Key=HKLM\Software\ODBC\ODBC.INI\ODBC Data Sources,Name=Books,Value=THERE)
                RegAddValue(Key=HKCU\Software\ODBC\ODBC.INI\Mine,Name=Driver,Value=C:\there.dll)
                RegAddValue(Key=HKCU\Software\ODBC\ODBC.INI\ODBC Data Sources,Name=Mine,Value=There)
            "#]],
        );
    }

    #[test]
    fn the_manager_is_counted_under_its_name_or_another() {
        check(
            r"
            set ODBCDriverManager64 Tool
            run InstallODBC",
            expect![[r#"
                RegAddValue(Key=HKLM\Software\ODBC\ODBCINST.INI\ODBC Core,Name=UsageCount,Value=#1)
            "#]],
        );
    }

    #[test]
    fn a_repair_writes_again_and_does_not_count() {
        check(
            r"
            state Tool local local
            File a|Tool|a.dll|10|||0|1
            ODBCDriver D|Tool|Our Driver|a|
            value HKLM\Software\ODBC\ODBCINST.INI\Our Driver|UsageCount|#2
            run InstallODBC
            set REINSTALLMODE omu",
            expect![[r#"
                RegAddValue(Key=HKLM\Software\ODBC\ODBCINST.INI\Our Driver,Name=Driver,Value=C:\Program Files\App\a.dll)
                RegAddValue(Key=HKLM\Software\ODBC\ODBCINST.INI\ODBC Drivers,Name=Our Driver,Value=Installed)
            "#]],
        );
    }
}
