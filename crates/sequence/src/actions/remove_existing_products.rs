//! `RemoveExistingProducts`: removes the products that FindRelatedProducts found, each in a run of its own.
//!
//! Where the action stands decides what a failure undoes: inside the transaction both installations, outside
//! only the removal. Follows: Microsoft, "RemoveExistingProducts Action", "Upgrade Table", "ICE63".

use machine::View;

use crate::actions::Flow;
use crate::{ActionResult, Error, Failure, Nested, NestedPackage, Run, Step, custom_action};

const ONLY_DETECT: i32 = 2;
const IGNORE_REMOVE_FAILURE: i32 = 4;

pub(crate) fn remove_existing_products(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    if run.was_installed() || run.removes_product() {
        return Ok(Flow::Continue(Vec::new()));
    }
    if run.walk.transaction && run.walk.scripted && !run.walk.executed {
        let text = "it stands between actions that script changes and InstallExecute";
        return Ok(Flow::Fail(Failure::numbered(2613, [], text)));
    }
    let mut steps = Vec::new();
    for record in run.table("Upgrade")?.records() {
        let attributes = record.integer("Attributes").unwrap_or(0);
        let remove = match record.text("Remove") {
            "" => "ALL".to_owned(),
            text => run.format(view, text),
        };
        if attributes & ONLY_DETECT != 0 || remove.is_empty() {
            continue;
        }
        let found = run.property(record.required("ActionProperty")?);
        for code in found.split(';').filter(|code| !code.is_empty()) {
            steps.push(Step::Nested(nested(
                run,
                code,
                &remove,
                attributes & IGNORE_REMOVE_FAILURE != 0,
            )));
        }
    }
    match custom_action::refused_later(run, view)?.filter(|_| !steps.is_empty()) {
        Some(message) => Ok(Flow::Stop(ActionResult::Failure, 1603, message)),
        None => Ok(Flow::Continue(steps)),
    }
}

fn nested(run: &Run, code: &str, remove: &str, ignore_failure: bool) -> Nested {
    let own = run.property("ProductCode").to_owned();
    Nested {
        action: "RemoveExistingProducts".to_owned(),
        package: NestedPackage::Replaced(code.to_owned()),
        properties: vec![
            ("REMOVE".to_owned(), remove.to_owned()),
            ("UPGRADINGPRODUCTCODE".to_owned(), own),
        ],
        shares_transaction: run.walk.transaction,
        ignore_failure,
    }
}
