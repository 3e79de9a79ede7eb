//! `CCPSearch` and `RMCCPSearch`: is a product there that entitles to an upgrade? Both end at the first hit.
//!
//! Follows: Microsoft, "CCPSearch Action", "RMCCPSearch Action".

use machine::View;

use crate::actions::Flow;
use crate::search::{Search, below};
use crate::{Error, Run};

pub(crate) fn ccp_search(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    for record in run.table("CCPSearch")?.records() {
        if Search::new(run, view)
            .find(record.required("Signature_")?)?
            .is_some()
        {
            run.properties.set("CCP_Success", "1");
            break;
        }
    }
    Ok(Flow::Continue(Vec::new()))
}

pub(crate) fn rmccp_search(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    let Ok(root) = view.path(run.property("CCP_DRIVE")) else {
        return Ok(Flow::Continue(Vec::new()));
    };
    if run.property("CCP_Success").is_empty() {
        for record in run.table("CCPSearch")?.records() {
            if below(run, view, record.required("Signature_")?, &root)?.is_some() {
                run.properties.set("CCP_Success", "1");
                break;
            }
        }
    }
    Ok(Flow::Continue(Vec::new()))
}
