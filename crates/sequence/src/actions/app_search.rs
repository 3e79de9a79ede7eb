//! `AppSearch`: sets a property to what is found for its signature.
//!
//! Follows: Microsoft, "AppSearch Action", "AppSearch Table".

use machine::View;

use crate::actions::Flow;
use crate::search::Search;
use crate::{Error, Run};

pub(crate) fn app_search(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    for record in run.table("AppSearch")?.records() {
        let property = record.required("Property")?;
        let found = Search::new(run, view).find(record.required("Signature_")?)?;
        if let Some(value) = found {
            run.properties.set(property, &value);
        }
    }
    Ok(Flow::Continue(Vec::new()))
}
