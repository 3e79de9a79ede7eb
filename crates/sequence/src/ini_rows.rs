//! Rows of the IniFile and RemoveIniFile tables, resolved, and the files that they change.
//!
//! Follows: Microsoft, "IniFile Table", "RemoveIniFile Table".

use std::collections::HashMap;

use machine::{MachinePath, View};
use script::Operation;

use crate::directory::Name;
use crate::emptied::EmptiedFolders;
use crate::ini_text::IniText;
use crate::{Component, Error, Run};

/// What a row does to its line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum IniAction {
    /// 0: writes it.
    AddLine,
    /// 1: writes it where there is none.
    CreateLine,
    /// 2: removes it.
    RemoveLine,
    /// 3: adds to its comma-separated value.
    AddTag,
    /// 4: takes off its comma-separated value.
    RemoveTag,
}

/// A row of one of the two tables.
pub(crate) struct IniRow {
    /// The file.
    pub file: MachinePath,
    /// The section, without brackets.
    pub section: String,
    /// The key.
    pub key: String,
    /// The value; "" where it is null.
    pub value: String,
    /// What is done.
    pub action: IniAction,
}

/// Returns the rows of `IniFile` or `RemoveIniFile` whose component is wanted, in the table's order. A row whose
/// property holds no full path is left out.
///
/// Errors: a row names no component, or an action that its table does not have.
pub(crate) fn ini_rows(
    run: &Run,
    view: &dyn View,
    table: &'static str,
    wanted: impl Fn(&Component) -> bool,
) -> Result<Vec<IniRow>, Error> {
    let mut rows = Vec::new();
    for record in run.database().rows(table)?.records() {
        if !wanted(run.component(table, &record.key(), record.text("Component_"))?) {
            continue;
        }
        let action = match (table, record.integer("Action")) {
            ("IniFile", Some(0)) => IniAction::AddLine,
            ("IniFile", Some(1)) => IniAction::CreateLine,
            ("IniFile", Some(3)) => IniAction::AddTag,
            ("RemoveIniFile", Some(2)) => IniAction::RemoveLine,
            ("RemoveIniFile", Some(4)) => IniAction::RemoveTag,
            _ => {
                return Err(Error::BadCell {
                    table: table.to_owned(),
                    row: record.key(),
                    column: "Action".to_owned(),
                    what: "the table has no such action".to_owned(),
                });
            }
        };
        let property = Some(record.text("DirProperty"))
            .filter(|name| !name.is_empty())
            .unwrap_or("WindowsFolder");
        let Ok(folder) = view.path(run.property(property)) else {
            continue;
        };
        let name = Name::parse(&run.format(view, record.required("FileName")?));
        rows.push(IniRow {
            file: folder
                .join(name.pick(run.short_names()))
                .map_err(machine::Error::from)?,
            section: run.format(view, record.text("Section")),
            key: run.format(view, record.text("Key")),
            value: run.format(view, record.text("Value")),
            action,
        });
    }
    Ok(rows)
}

/// The files as the rows before leave them, and what was done to them.
pub(crate) struct IniFiles<'a> {
    view: &'a dyn View,
    texts: HashMap<MachinePath, IniText>,
    /// What is to be done.
    pub operations: Vec<Operation>,
}

impl<'a> IniFiles<'a> {
    /// Begins with the files as they are.
    pub(crate) fn new(view: &'a dyn View) -> IniFiles<'a> {
        IniFiles {
            view,
            texts: HashMap::new(),
            operations: Vec::new(),
        }
    }

    /// Returns what a row's line holds; none where there is no such line.
    ///
    /// Errors: the machine cannot be read.
    pub(crate) fn get(&mut self, row: &IniRow) -> Result<Option<String>, Error> {
        if !self.texts.contains_key(&row.file) {
            self.texts
                .insert(row.file.clone(), IniText::read(self.view, &row.file)?);
        }
        let text = self.texts.get(&row.file);
        Ok(text
            .and_then(|text| text.get(&row.section, &row.key))
            .map(str::to_owned))
    }

    /// Writes a row's line.
    pub(crate) fn write(&mut self, row: IniRow, value: String) {
        self.texts
            .entry(row.file.clone())
            .or_default()
            .set(&row.section, &row.key, &value);
        let IniRow {
            file, section, key, ..
        } = row;
        self.operations.push(Operation::IniWriteValue {
            file,
            section,
            key,
            value,
        });
    }

    /// Removes a row's line.
    pub(crate) fn remove(&mut self, row: IniRow) {
        self.texts
            .entry(row.file.clone())
            .or_default()
            .remove(&row.section, &row.key);
        let IniRow {
            file, section, key, ..
        } = row;
        self.operations
            .push(Operation::IniRemoveValue { file, section, key });
    }

    /// Removes files that have no section left, with the folders that this empties.
    ///
    /// Errors: the machine cannot be read.
    pub(crate) fn remove_empty_files(&mut self, run: &Run) -> Result<(), Error> {
        let mut emptied = EmptiedFolders::new(run, self.view);
        let mut empty: Vec<MachinePath> = Vec::new();
        for operation in &self.operations {
            let Operation::IniRemoveValue { file, .. } = operation else {
                continue;
            };
            if self.texts.get(file).is_some_and(IniText::is_empty) && !empty.contains(file) {
                empty.push(file.clone());
            }
        }
        for file in empty {
            emptied.file_gone(&file);
            self.operations.push(Operation::FileRemove { file });
        }
        self.operations.extend(emptied.operations()?);
        Ok(())
    }
}
