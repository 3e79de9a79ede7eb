//! `StartServices`: names the services that would be started.
//!
//! Missing: starting them: nothing runs on a machine at rest. The outcome says so.
//! Follows: Microsoft, "StartServices Action", "ServiceControl Table".

use machine::View;

use crate::actions::Flow;
use crate::service_rows::controlled;
use crate::walk::left_out;
use crate::{Error, Run};

/// `Event`: start while installing, start while removing.
const START: i32 = 0x1;
const REMOVAL_START: i32 = 0x10;

pub(crate) fn start_services(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    for name in controlled(run, view, START, REMOVAL_START)? {
        let text = format!("service {name} is not started: nothing runs on this machine");
        left_out(run, "StartServices", text);
    }
    Ok(Flow::Continue(Vec::new()))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::actions::fixture::check;

    #[test]
    fn what_would_be_started_is_named() {
        check(
            r"
            ServiceControl c1|App|163|||Tool
            ServiceControl c2|Other|2|||Tool
            run StopServices
            run StartServices",
            expect![[r#"
                warning: StartServices: service App is not started: nothing runs on this machine
            "#]],
        );
    }
}
