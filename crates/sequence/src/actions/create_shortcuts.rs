//! `CreateShortcuts`: advertised links of features being installed or advertised, plain ones of components being
//! installed.
//!
//! Left out, with a warning: texts out of resources (DisplayResourceDLL, DescriptionResourceDLL), MsiShortcutProperty.
//! Follows: Microsoft, "CreateShortcuts Action", "Shortcut Table".

use database::Record;
use machine::View;
use script::{Operation, Shortcut};

use crate::actions::Flow;
use crate::registration::places::Places;
use crate::registration::write::descriptor;
use crate::reinstall_mode::{Again, puts, writes_again};
use crate::shortcut_rows::ShortcutRow;
use crate::{Error, Feature, Run, State, Step};

pub(crate) fn create_shortcuts(run: &mut Run, view: &dyn View) -> Result<Flow, Error> {
    let table = run.database().rows("Shortcut")?;
    let (mut warnings, mut operations) = (Vec::new(), Vec::new());
    for record in table.records() {
        let row = ShortcutRow::read(run, record)?;
        let comes = match row.advertised(run) {
            Some(feature) => comes(run, feature),
            None => puts(run, row.component, Again::Shortcuts),
        };
        if comes {
            let shortcut = shortcut(run, view, &row)?;
            if has_resource_texts(record) {
                warnings.push(Step::warning(format!(
                    "shortcut {}: its resource texts are left out",
                    record.key()
                )));
            }
            operations.push(Operation::ShortcutCreate {
                file: row.file(run)?,
                shortcut,
            });
        }
    }
    for record in run.database().rows("MsiShortcutProperty")?.records() {
        warnings.push(Step::warning(format!(
            "shortcut property {} is left out",
            record.key()
        )));
    }
    Ok(Flow::script("CreateShortcuts", operations).after(warnings))
}

/// Texts out of a program's resources, which would stand in the place of Name and Description.
fn has_resource_texts(record: Record<'_>) -> bool {
    ["DisplayResourceDLL", "DescriptionResourceDLL"]
        .iter()
        .any(|column| !record.text(column).is_empty())
}

fn comes(run: &Run, feature: &Feature) -> bool {
    let published = |state: State| state.installs() || state == State::Advertised;
    published(feature.action)
        && (!published(feature.installed) || writes_again(run, Again::Shortcuts))
}

fn shortcut(run: &Run, view: &dyn View, row: &ShortcutRow<'_>) -> Result<Shortcut, Error> {
    let record = row.record;
    let advertised = row.advertised(run);
    let optional = |text: String| Some(text).filter(|text| !text.is_empty());
    let small = |column| {
        record
            .integer(column)
            .and_then(|number| u16::try_from(number).ok())
    };
    Ok(Shortcut {
        target: target(run, view, row)?,
        advertised: advertised.is_some(),
        arguments: optional(run.format(view, record.text("Arguments"))),
        description: optional(record.text("Description").to_owned()),
        working_folder: optional(working_folder(run, record.text("WkDir"))),
        icon: icon(run, view, row)?,
        hotkey: small("Hotkey").unwrap_or(0),
        show: small("ShowCmd").unwrap_or(1),
    })
}

/// What the link of a row points at: a path, or an advertised feature's descriptor.
pub(crate) fn target(run: &Run, view: &dyn View, row: &ShortcutRow<'_>) -> Result<String, Error> {
    let Some(feature) = row.feature else {
        return Ok(run.format(view, row.record.text("Target")));
    };
    let component = row.component;
    match (row.advertised(run), component.id.as_deref()) {
        (Some(_), Some(id)) => {
            Ok(descriptor(run, &Places::of(run, view)?, &feature.name, id).unwrap_or_default())
        }
        // A plain link to what the advertised one would start: the component's key file, or its folder.
        _ => match component.key_path.as_deref() {
            Some(file) => Ok(run
                .file_target("Shortcut", &row.record.key(), file)?
                .to_string()),
            None => Ok(run
                .folder("Component", &component.name, &component.directory)?
                .to_string()),
        },
    }
}

/// A path without the backslash at its end, except a drive's.
fn working_folder(run: &Run, property: &str) -> String {
    let text = if property.is_empty() {
        ""
    } else {
        run.property(property)
    };
    let bare = text.trim_end_matches('\\');
    if bare.ends_with(':') {
        text.to_owned()
    } else {
        bare.to_owned()
    }
}

fn icon(run: &Run, view: &dyn View, row: &ShortcutRow<'_>) -> Result<Option<(String, i32)>, Error> {
    let name = row.record.text("Icon_");
    if name.is_empty() {
        return Ok(None);
    }
    let file = Places::of(run, view)?.icon(view, name)?;
    Ok(Some((
        file.to_string(),
        row.record.integer("IconIndex").unwrap_or(0),
    )))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::actions::fixture::check;

    #[test]
    fn plain_and_advertised() {
        check(
            r"
            set ProgramMenuFolder C:\menu
            Feature Second||||1|1||0
            Icon app.exe|Icon.app.exe
            File a|Tool|app.exe|10|||0|1
            Shortcut s1|ProgramMenuFolder|APP~1/App Tool|Tool|[INSTALLDIR]app.exe|-x [ProductName]|About||app.exe|2|3|INSTALLDIR
            Shortcut s2|ProgramMenuFolder|Advertised|Tool|Main|||||||
            Shortcut s3|ProgramMenuFolder|Not coming|Tool|Second|||||||
            run CreateShortcuts",
            expect![[r#"
                ShortcutCreate(Name=C:\menu\App Tool.lnk,Target=C:\Program Files\App\app.exe)
                ShortcutCreate(Name=C:\menu\Advertised.lnk,Target=9`Cq(!!!!!!!!!!Lo]+kMain<)
            "#]],
        );
    }

    #[test]
    fn advertised_links_are_plain_where_they_are_disabled() {
        check(
            r"
            set ProgramMenuFolder C:\menu
            set DISABLEADVTSHORTCUTS 1
            Component Exe|{00000002-0000-0000-0000-00000000000A}|INSTALLDIR|256||a
            state Exe absent local
            File a|Exe|app.exe|10|||0|1
            Shortcut s1|ProgramMenuFolder|App|Exe|Main|||||||
            run CreateShortcuts",
            expect![[r#"
                ShortcutCreate(Name=C:\menu\App.lnk,Target=C:\Program Files\App\app.exe)
            "#]],
        );
    }
}
