//! `PublishComponents`: qualified components of features being installed or advertised, for other products.
//!
//! `Installer\Components\<category>` holds for each qualifier a list of descriptors, each with its AppData behind it.
//! Follows: Microsoft, "PublishComponents Action", "PublishComponent Table"; the form is public knowledge.

use machine::View;

use crate::actions::Flow;
use crate::qualified_components::qualified_components;
use crate::registration::write::Registrar;
use crate::{Error, Run, State};

pub(crate) fn publish_components(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    let comes = |state: State| state.installs() || state == State::Advertised;
    let mut registrar = Registrar::new(view);
    for row in qualified_components(run, view, comes)? {
        registrar.string(&row.key, &row.qualifier, &row.text)?;
    }
    Ok(Flow::script("PublishComponents", registrar.operations()))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::actions::fixture::check;

    #[test]
    fn descriptors_with_their_data_behind() {
        check(
            r"
            Component Exe|{00000002-0000-0000-0000-00000000000A}|INSTALLDIR|256||
            FeatureComponents Main|Exe
            PublishComponent {00000009-0000-0000-0000-000000000009}|one|Tool|data|Main
            PublishComponent {00000009-0000-0000-0000-000000000009}|one|Exe||Main
            run PublishComponents",
            expect![[r#"
                RegAddValue(Key=HKLM\Software\Classes\Installer\Components\90000000000000000000000000000090,Name=one,Value=9`Cq(!!!!!!!!!!Lo]+k>$!!!!!!!!!!!!!!-(46&data)
                RegAddValue(Key=HKLM\Software\Classes\Installer\Components\90000000000000000000000000000090,Name=one,Value=9`Cq(!!!!!!!!!!Lo]+k>$!!!!!!!!!!!!!!-(46&data[~]9`Cq(!!!!!!!!!!Lo]+k>%!!!!!!!!!!!!!!-(46&)
            "#]],
        );
    }
}
