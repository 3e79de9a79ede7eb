//! `UnpublishComponents`: qualified components of features going away.
//!
//! Follows: Microsoft, "UnpublishComponents Action", "PublishComponent Table".

use machine::View;

use crate::actions::Flow;
use crate::qualified_components::qualified_components;
use crate::registry_removals::RegistryRemovals;
use crate::{Error, Run, State};

pub(crate) fn unpublish_components(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    let mut removals = RegistryRemovals::new(view);
    for row in qualified_components(run, view, |state| state == State::Absent)? {
        removals.string(&row.key, &row.qualifier, &row.text)?;
    }
    Ok(Flow::script("UnpublishComponents", removals.operations()?))
}

#[cfg(test)]
mod tests {
    use crate::actions::fixture::check_comes_and_goes;

    #[test]
    fn qualified_components_come_and_go() {
        check_comes_and_goes(
            r"
            Component Exe|{00000002-0000-0000-0000-00000000000A}|INSTALLDIR|256||
            FeatureComponents Main|Exe
            PublishComponent {00000009-0000-0000-0000-000000000009}|one|Tool|data|Main
            PublishComponent {00000009-0000-0000-0000-000000000009}|one|Exe||Main
            run PublishComponents
            run UnpublishComponents",
        );
    }
}
