//! Dialogs and their controls. "Control Table", "Dialog Table", "ControlEvent Table".

use std::collections::{BTreeMap, HashMap, HashSet};

use database::Record;

use crate::finding::{Findings, cell, row, table as whole};
use crate::package::Package;

/// The bits of Control.Attributes that rules look at. "Control Attributes".
mod bits {
    pub(super) const VISIBLE: i32 = 1;
    pub(super) const ENABLED: i32 = 2;
    pub(super) const INDIRECT: i32 = 8;
    pub(super) const BITMAP: i32 = 0x40000;
    pub(super) const ICON: i32 = 0x80000;
}

fn attributes(control: &Record<'_>) -> i32 {
    control.integer("Attributes").unwrap_or(0)
}

/// The values of one column, as far as they are text.
fn texts<'s>(package: &'s Package<'_>, table: &str, column: &'s str) -> HashSet<&'s str> {
    package.rows(table).map(|row| row.text(column)).collect()
}

/// Controls have what their types need.
pub(super) fn ice17(package: &Package<'_>, found: &mut Findings) {
    let events: HashSet<(&str, &str)> = package
        .rows("ControlEvent")
        .map(|event| (event.text("Dialog_"), event.text("Control_")))
        .collect();
    // What makes a button that is hidden or disabled come to life.
    let awakened: HashSet<(&str, &str)> = package
        .rows("ControlCondition")
        .filter(|condition| matches!(condition.text("Action"), "Enable" | "Show"))
        .map(|condition| (condition.text("Dialog_"), condition.text("Control_")))
        .collect();
    for control in package.rows("Control") {
        let place = (control.text("Dialog_"), control.text("Control"));
        let both = bits::VISIBLE | bits::ENABLED;
        let is_alive = attributes(&control) & both == both || awakened.contains(&place);
        match control.text("Type") {
            "PushButton" => {
                if is_alive && !events.contains(&place) {
                    found.error(row(&control), "a push button without an event does nothing");
                }
                picture(package, &control, "Text", attributes(&control), found);
            }
            "CheckBox" => picture(package, &control, "Text", attributes(&control), found),
            "Bitmap" | "Icon" => {
                let name = control.text("Text");
                if !name.is_empty() && !name.contains('[') && package.row("Binary", name).is_none()
                {
                    found.error(
                        cell(&control, "Text"),
                        format!("{name:?} is no key of Binary"),
                    );
                }
            }
            "RadioButtonGroup" => {
                choices(package, &control, "RadioButton", found);
                radio_pictures(package, &control, found);
            }
            kind @ ("ListBox" | "ComboBox" | "ListView") => choices(package, &control, kind, found),
            _ => {}
        }
    }
}

fn picture(
    package: &Package<'_>,
    record: &Record<'_>,
    column: &str,
    attributes: i32,
    found: &mut Findings,
) {
    let both = bits::BITMAP | bits::ICON;
    if attributes & both == both {
        found.error(row(record), "it is both an icon and a bitmap");
    }
    let name = record.text(column);
    if attributes & both != 0 && !name.contains('[') && package.row("Binary", name).is_none() {
        found.error(
            cell(record, column),
            format!("{name:?} is no key of Binary"),
        );
    }
}

/// A control that sets a property from a table of choices has some.
fn choices(package: &Package<'_>, control: &Record<'_>, table: &str, found: &mut Findings) {
    let property = control.text("Property");
    if property.is_empty() || attributes(control) & bits::INDIRECT != 0 {
        return;
    }
    // The installer fills these itself. "FilesInUse Dialog", "MsiRMFilesInUse Dialog".
    if matches!(property, "FileInUseProcess" | "RestartManagerOption") && table != "RadioButton" {
        return;
    }
    if !texts(package, table, "Property").contains(property) {
        let what = format!("{table} has no row for the property {property}");
        found.warning(cell(control, "Property"), what);
    }
}

fn radio_pictures(package: &Package<'_>, control: &Record<'_>, found: &mut Findings) {
    let property = control.text("Property");
    for button in package
        .rows("RadioButton")
        .filter(|button| button.text("Property") == property)
    {
        picture(package, &button, "Text", attributes(control), found);
    }
}

/// The tab order of a dialog is one loop.
pub(super) fn ice23(package: &Package<'_>, found: &mut Findings) {
    let mut controls: BTreeMap<&str, Vec<Record<'_>>> = BTreeMap::new();
    for control in package.rows("Control") {
        controls
            .entry(control.text("Dialog_"))
            .or_default()
            .push(control);
    }
    for dialog in package.rows("Dialog") {
        let of = controls
            .get(dialog.text("Dialog"))
            .map_or(&[][..], Vec::as_slice);
        let next: HashMap<&str, &str> = of
            .iter()
            .map(|control| (control.text("Control"), control.text("Control_Next")))
            .collect();
        let first = dialog.text("Control_First");
        if !next.contains_key(first) {
            found.error(
                cell(&dialog, "Control_First"),
                format!("the dialog has no control {first:?}"),
            );
            continue;
        }
        for control in of {
            let after = control.text("Control_Next");
            if !after.is_empty() && !next.contains_key(after) {
                found.error(
                    cell(control, "Control_Next"),
                    format!("the dialog has no control {after:?}"),
                );
            }
        }
        loop_of(&dialog, first, &next, found);
    }
}

fn loop_of(dialog: &Record<'_>, first: &str, next: &HashMap<&str, &str>, found: &mut Findings) {
    let linked = next.values().filter(|after| !after.is_empty()).count();
    let mut at = first;
    for passed in 0..=next.len() {
        at = match next.get(at) {
            Some(&"") | None => break,
            Some(after) => after,
        };
        if at == first {
            if passed + 1 != linked {
                let what = format!(
                    "the tab order passes {} of {linked} linked controls",
                    passed + 1
                );
                found.error(row(dialog), what);
            }
            return;
        }
    }
    if linked > 0 {
        found.error(
            row(dialog),
            format!("the tab order from {first} does not come back to it"),
        );
    }
}

/// Text styles are there.
pub(super) fn ice31(package: &Package<'_>, found: &mut Findings) {
    for control in package.rows("Control") {
        if control.text("Type") != "ScrollableText" {
            style(package, &control, found);
        }
    }
    if let Some(font) = package.row("Property", "DefaultUIFont")
        && package.row("TextStyle", font.text("Value")).is_none()
    {
        found.error(
            cell(&font, "Value"),
            format!("{:?} is no key of TextStyle", font.text("Value")),
        );
    }
}

fn style(package: &Package<'_>, control: &Record<'_>, found: &mut Findings) {
    let text = control.text("Text");
    let begins = |text: &str| text.starts_with("{\\") || text.starts_with("{&");
    let Some(at) = (0..text.len()).find(|&at| text.is_char_boundary(at) && begins(&text[at..]))
    else {
        return;
    };
    if at > 0 {
        found.warning(
            cell(control, "Text"),
            "a text style that is not at the beginning has no effect",
        );
        return;
    }
    let Some(end) = text.find('}') else {
        found.error(cell(control, "Text"), "a text style has no closing brace");
        return;
    };
    let name = &text[2..end];
    if name.chars().count() > 72 {
        found.error(
            cell(control, "Text"),
            "a text style has a name that is too long",
        );
    } else if !name.contains('[') && package.row("TextStyle", name).is_none() {
        found.error(
            cell(control, "Text"),
            format!("{name:?} is no key of TextStyle"),
        );
    }
    if begins(&text[end + 1..]) {
        found.warning(
            cell(control, "Text"),
            "of two text styles the second has no effect",
        );
    }
}

/// Every group of radio buttons has a default.
pub(super) fn ice34(package: &Package<'_>, found: &mut Findings) {
    let mut values: HashMap<&str, HashSet<&str>> = HashMap::new();
    for button in package.rows("RadioButton") {
        values
            .entry(button.text("Property"))
            .or_default()
            .insert(button.text("Value"));
    }
    for control in package
        .rows("Control")
        .filter(|control| control.text("Type") == "RadioButtonGroup")
    {
        let mut property = control.text("Property");
        if property.is_empty() {
            found.error(
                cell(&control, "Property"),
                "a group of radio buttons must have a property",
            );
            continue;
        }
        let options = values.get(property);
        if attributes(&control) & bits::INDIRECT != 0 {
            match package.property(property) {
                Some(named) => property = named,
                None => {
                    found.error(
                        cell(&control, "Property"),
                        format!("the indirect property {property} has no value"),
                    );
                    continue;
                }
            }
        }
        let Some(default) = package.property(property) else {
            found.error(
                cell(&control, "Property"),
                format!("the property {property} has no default"),
            );
            continue;
        };
        if let Some(options) = options.or_else(|| values.get(property))
            && !options.contains(default)
        {
            let what = format!("the default {default:?} of {property} is no choice of the group");
            found.error(cell(&control, "Property"), what);
        }
    }
}

/// Dialogs that are opened are there.
pub(super) fn ice44(package: &Package<'_>, found: &mut Findings) {
    for event in package.rows("ControlEvent") {
        let opens = matches!(
            event.text("Event"),
            "NewDialog" | "SpawnDialog" | "SpawnWaitDialog"
        );
        let dialog = event.text("Argument");
        if opens && !dialog.contains('[') && package.row("Dialog", dialog).is_none() {
            found.error(
                cell(&event, "Argument"),
                format!("{dialog:?} is no key of Dialog"),
            );
        }
    }
}

/// What is on billboards fits.
pub(super) fn ice95(package: &Package<'_>, found: &mut Findings) {
    let boards: Vec<_> = package
        .rows("Control")
        .filter(|control| control.text("Type") == "Billboard")
        .collect();
    let least = |column| {
        boards
            .iter()
            .filter_map(|board| board.integer(column))
            .min()
    };
    for (start, size) in [("X", "Width"), ("Y", "Height")] {
        let Some(limit) = least(size) else {
            return;
        };
        for control in package.rows("BBControl") {
            let at = control.integer(start).unwrap_or(0);
            let end = at.saturating_add(control.integer(size).unwrap_or(0));
            if at > limit {
                found.warning(
                    cell(&control, start),
                    format!("{at} is outside of the smallest billboard, {limit}"),
                );
            } else if end > limit {
                found.warning(
                    cell(&control, size),
                    format!("it ends at {end}, outside of the smallest billboard, {limit}"),
                );
            }
        }
    }
}

/// Embedded user interface and chainers work.
pub(super) fn ice100(package: &Package<'_>, found: &mut Findings) {
    const HANDLES_UI: i32 = 1;
    let mut handlers = 0;
    let mut names = HashSet::new();
    for library in package.rows("MsiEmbeddedUI") {
        let filter = library.integer("MessageFilter").unwrap_or(0);
        if library.integer("Attributes").unwrap_or(0) & HANDLES_UI != 0 {
            handlers += 1;
            if handlers > 1 {
                found.error(
                    cell(&library, "Attributes"),
                    "only one library may be the user interface",
                );
            }
            if filter == 0 {
                found.error(
                    cell(&library, "MessageFilter"),
                    "the user interface must ask for messages",
                );
            }
        } else if filter != 0 {
            found.error(
                cell(&library, "MessageFilter"),
                "a resource gets no messages",
            );
        }
        if !names.insert(library.text("FileName").to_ascii_lowercase()) {
            found.error(cell(&library, "FileName"), "another library has this name");
        }
    }
    if package.rows("MsiEmbeddedChainer").count() > 1 {
        found.warning(
            whole("MsiEmbeddedChainer"),
            "there are several chainers, and only one is run",
        );
    }
}

/// Printing has a text to print, starting a program has one to start.
pub(super) fn ice103(package: &Package<'_>, found: &mut Findings) {
    let printable: HashSet<&str> = package
        .rows("Control")
        .filter(|control| control.text("Type") == "ScrollableText")
        .map(|control| control.text("Dialog_"))
        .collect();
    for event in package.rows("ControlEvent") {
        match event.text("Event") {
            "MsiPrint" if !printable.contains(event.text("Dialog_")) => {
                found.error(
                    cell(&event, "Event"),
                    "the dialog has no ScrollableText to print",
                );
            }
            "MsiLaunchApp" if event.text("Argument").is_empty() => {
                found.error(cell(&event, "Argument"), "no program is told to be started");
            }
            _ => {}
        }
    }
}
