//! `WriteEnvironmentStrings`: variables of components being installed or reinstalled, in the registry.
//!
//! Nobody is told of the change: no process of the machine runs.
//! Follows: Microsoft, "WriteEnvironmentStrings Action", "Environment Table".

use machine::View;

use crate::actions::Flow;
use crate::environment_rows::script_changes;
use crate::environment_value::EnvironmentValue;
use crate::{Error, Run};

pub(crate) fn write_environment_strings(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    let operations = script_changes(
        run,
        view,
        |component| component.action.installs(),
        EnvironmentValue::installed,
    )?;
    Ok(Flow::script("WriteEnvironmentStrings", operations))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::actions::fixture::check;

    #[test]
    fn the_final_value_is_scripted() {
        check(
            r"
            Environment e1|=-*PATH|[~];[INSTALLDIR]bin|Tool
            Environment e2|=-*PATH|C:\first;[~]|Tool
            Environment e3|=-APP_HOME|[INSTALLDIR]|Tool
            Environment e4|=-APP_TEMP|%TEMP%\app|Tool
            run WriteEnvironmentStrings",
            expect![[r#"
                RegAddValue(Key=HKLM\System\CurrentControlSet\Control\Session Manager\Environment,Name=PATH,Value=#%%SystemRoot%\system32;%SystemRoot%;%SystemRoot%\system32\wbem;%SystemRoot%\system32\WindowsPowershell\v1.0;C:\Program Files\App\bin)
                RegAddValue(Key=HKLM\System\CurrentControlSet\Control\Session Manager\Environment,Name=PATH,Value=#%C:\first;%SystemRoot%\system32;%SystemRoot%;%SystemRoot%\system32\wbem;%SystemRoot%\system32\WindowsPowershell\v1.0;C:\Program Files\App\bin)
                RegAddValue(Key=HKCU\Environment,Name=APP_HOME,Value=C:\Program Files\App\)
                RegAddValue(Key=HKCU\Environment,Name=APP_TEMP,Value=#%%TEMP%\app)
            "#]],
        );
    }
}
