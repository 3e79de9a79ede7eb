//! `UnpublishFeatures`: when the whole product goes, the states of its features and their components.
//!
//! Follows: Microsoft, "UnpublishFeatures Action".

use machine::View;
use script::Operation;

use crate::actions::Flow;
use crate::registration::places::Places;
use crate::{Error, Run};

pub(crate) fn unpublish_features(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    let mut operations = Vec::new();
    if run.removes_product() {
        let places = Places::of(run, view)?;
        for key in [
            places.published_features(),
            places.installed_product().join("Features"),
        ] {
            if view.key(&key)?.is_some() {
                operations.push(Operation::RegRemoveKey { key });
            }
        }
    }
    Ok(Flow::script("UnpublishFeatures", operations))
}

#[cfg(test)]
mod tests {
    use crate::actions::fixture::check_comes_and_goes;

    #[test]
    fn features_come_and_go() {
        check_comes_and_goes(
            r"
            run PublishFeatures
            run UnpublishFeatures",
        );
    }
}
