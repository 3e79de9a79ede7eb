//! `ResolveSource`: sets SourceDir. The source is where the package is; for an installed product that is
//! run from its cached copy, where it was installed from.
//!
//! Follows: Microsoft, "ResolveSource Action", "SourceDir Property".

use machine::View;

use crate::actions::Flow;
use crate::directory::with_backslash;
use crate::{Error, Run};

pub(crate) fn resolve_source(run: &mut Run, _: &dyn View) -> Result<Flow, Error> {
    if run.property("SourceDir").is_empty() {
        let given = run.request.source.folder.clone();
        let registered = run
            .product
            .as_ref()
            .and_then(|product| product.install_source.clone());
        let folder = if given.is_empty() {
            registered.unwrap_or_default()
        } else {
            given
        };
        run.properties.set("SourceDir", &with_backslash(&folder));
    }
    Ok(Flow::Continue(Vec::new()))
}
