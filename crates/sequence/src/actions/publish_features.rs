//! `PublishFeatures`: the state of each feature, and which components it has.
//!
//! A published feature holds its parent's name; one that is absent has the character 6 before it. The mapping
//! is the squashed ComponentIds, and behind the character 2 the parent. Both forms are public knowledge.
//! Follows: Microsoft, "PublishFeatures Action".

use machine::View;
use script::Operation;

use crate::actions::Flow;
use crate::registration::guid;
use crate::registration::places::Places;
use crate::registration::write::{Registrar, is_published};
use crate::{Error, Feature, Run, State};

pub(crate) fn publish_features(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    if run.removes_product() || !is_published(run) {
        return Ok(Flow::script("PublishFeatures", Vec::new()));
    }
    let places = Places::of(run, view)?;
    let mut registrar = Registrar::new(view);
    let mapping = places.installed_product().join("Features");
    // A feature of level 0 is no part of the product here.
    for feature in run.features().iter().filter(|feature| feature.level > 0) {
        registrar.text(
            &places.published_features(),
            &feature.name,
            &published(feature),
        )?;
        if state(feature) != State::Advertised {
            registrar.text(&mapping, &feature.name, &components(run, feature)?)?;
        } else if view.value(&mapping, &feature.name)?.is_some() {
            let (key, name) = (mapping.clone(), feature.name.clone());
            registrar.push(Operation::RegRemoveValue { key, name });
        }
    }
    Ok(Flow::script("PublishFeatures", registrar.operations()))
}

/// The state that the run leaves a feature in.
fn state(feature: &Feature) -> State {
    if feature.action == State::Unknown {
        feature.installed
    } else {
        feature.action
    }
}

fn published(feature: &Feature) -> String {
    let parent = feature.parent.as_deref().unwrap_or("");
    match state(feature) {
        State::Advertised | State::Local | State::Source => parent.to_owned(),
        State::Absent | State::Unknown => format!("\u{6}{parent}"),
    }
}

fn components(run: &Run, feature: &Feature) -> Result<String, Error> {
    let mut text = String::new();
    for name in &feature.components {
        let component = run.component("FeatureComponents", &feature.name, name)?;
        text.extend(component.id.as_deref().and_then(guid::squash));
    }
    if let Some(parent) = &feature.parent {
        text.push('\u{2}');
        text.push_str(parent);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::actions::fixture::check;

    #[test]
    fn states_and_mapping() {
        check(
            r"
            Feature Child|Main|||1|1||0
            Feature Off||||1|0||0
            Feature Ad||||1|1||0
            FeatureComponents Child|Tool
            state Child absent absent
            state Ad absent advertised
            run PublishFeatures",
            expect![[r#"
                RegAddValue(Key=HKLM\Software\Classes\Installer\Features\8765432100000000000000000000BADC,Name=Main,Value=)
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Installer\UserData\S-1-5-18\Products\8765432100000000000000000000BADC\Features,Name=Main,Value=$!!!!!!!!!!!!!!-(46&)
                RegAddValue(Key=HKLM\Software\Classes\Installer\Features\8765432100000000000000000000BADC,Name=Ad,Value=)
                RegAddValue(Key=HKLM\Software\Classes\Installer\Features\8765432100000000000000000000BADC,Name=Child,Value=\u{6}Main)
                RegAddValue(Key=HKLM\Software\Microsoft\Windows\CurrentVersion\Installer\UserData\S-1-5-18\Products\8765432100000000000000000000BADC\Features,Name=Child,Value=$!!!!!!!!!!!!!!-(46&\u{2}Main)
            "#]],
        );
    }
}
