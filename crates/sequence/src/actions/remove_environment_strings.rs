//! `RemoveEnvironmentStrings`: variables of components going away, in the registry.
//!
//! Follows: Microsoft, "RemoveEnvironmentStrings Action", "Environment Table".

use machine::View;

use crate::actions::Flow;
use crate::environment_rows::script_changes;
use crate::environment_value::EnvironmentValue;
use crate::{Error, Run, State};

pub(crate) fn remove_environment_strings(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    let operations = script_changes(
        run,
        view,
        |component| component.action == State::Absent,
        EnvironmentValue::removed,
    )?;
    Ok(Flow::script("RemoveEnvironmentStrings", operations))
}

#[cfg(test)]
mod tests {
    use crate::actions::fixture::check_comes_and_goes;

    #[test]
    fn variables_come_and_go() {
        check_comes_and_goes(
            r"
            Environment e1|=-*PATH|[~];[INSTALLDIR]bin|Tool
            Environment e2|=-*PATH|C:\first;[~]|Tool
            Environment e3|=-APP_HOME|[INSTALLDIR]|Tool
            run WriteEnvironmentStrings
            run RemoveEnvironmentStrings",
        );
    }
}
