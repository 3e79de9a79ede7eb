//! Records looked at before they go into a table: what `MsiViewModify` does in its four validating modes, and what
//! `MsiViewGetError` tells afterwards.
//!
//! Nothing is changed. As Windows does, it goes by `_Validation` and asks for that table; a key of several tables is
//! not looked for when a row is to go. Follows: Microsoft, "View.Modify method", "View.GetError method", "_Validation
//! Table".

use database::{ColumnKind, Database, Error, Table, Value};

use crate::category;
use crate::columns::{Known, column as known};
use crate::package::Package;

const VALIDATION: &str = "_Validation";

/// What is asked about a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordCheck {
    /// A row that is there: `MSIMODIFY_VALIDATE`.
    Row,
    /// One that is to be added, whose key must be new: `MSIMODIFY_VALIDATE_NEW`.
    New,
    /// Some fields of one that is not whole yet: `MSIMODIFY_VALIDATE_FIELD`.
    Fields,
    /// A row that is to go, which no other may name: `MSIMODIFY_VALIDATE_DELETE`.
    Delete,
}

/// What is wrong with a field. The numbers are those of `MSIDBERROR`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(i32)]
pub enum FieldFault {
    /// Another row has the key.
    DuplicateKey = 1,
    /// It must have a value.
    Required = 2,
    /// It is no key of the table that it must be one of, or, where the row is to go, another row names it.
    BadLink = 3,
    /// The number is above the highest one.
    Overflow = 4,
    /// The number is below the lowest one.
    Underflow = 5,
    /// It is none of the values that it may have.
    NotInSet = 6,
    /// It is no version.
    BadVersion = 7,
    /// It has letters of the other case.
    BadCase = 8,
    /// It is no GUID.
    BadGuid = 9,
    /// It is no name with wildcards.
    BadWildcard = 10,
    /// It is no identifier.
    BadIdentifier = 11,
    /// It is no list of languages.
    BadLanguage = 12,
    /// It is no name of a file.
    BadFileName = 13,
    /// It is no path.
    BadPath = 14,
    /// It is no condition.
    BadCondition = 15,
    /// It is no formatted text.
    BadFormatted = 16,
    /// It is no template.
    BadTemplate = 17,
    /// It names no folder.
    BadDefaultDirectory = 18,
    /// It is no path of a registry key.
    BadRegistryPath = 19,
    /// It is no name of a property.
    BadProperty = 21,
    /// `_Validation` does not tell the column.
    MissingData = 22,
    /// `_Validation` names a category that there is none of.
    BadCategory = 23,
    /// It is no name of a cabinet.
    BadCabinet = 26,
    /// It is no target of a shortcut.
    BadShortcut = 27,
    /// The text is longer than its column.
    StringOverflow = 28,
}

/// A field of a record, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The column.
    pub column: String,
    /// What is wrong.
    pub fault: FieldFault,
}

/// Looks at a record for a table of a database: a value for each of `columns`, which are columns of it.
///
/// Returns what is wrong, field by field in the table's order; nothing where all is well.
/// Errors: [`Error::Change`] where the table, one of the columns or `_Validation` is not there; as
/// [`Database::table`].
pub fn check_record(
    database: &Database,
    table: &str,
    columns: &[&str],
    record: &[Value],
    check: RecordCheck,
) -> Result<Vec<FieldError>, Error> {
    let wrong = |what: String| Error::Change {
        table: table.to_owned(),
        what,
    };
    if !database.has_table(VALIDATION) {
        return Err(wrong(format!("without {VALIDATION} nothing is validated")));
    }
    let read = database.table(table)?;
    let read = read.ok_or_else(|| wrong("there is no such table".to_owned()))?;
    if let Some(name) = columns.iter().find(|name| read.column(name).is_none()) {
        return Err(wrong(format!("there is no column {name}")));
    }
    let (package, _) = Package::read(database);
    let mut whole = vec![None; read.columns.len()];
    for (name, value) in columns.iter().zip(record) {
        if let Some(place) = read.column(name) {
            whole[place] = Some(value.clone());
        }
    }
    let looked = Looked {
        package: &package,
        table: &read,
        record: whole,
    };
    Ok(match check {
        RecordCheck::Delete => looked.named_elsewhere(),
        RecordCheck::Fields => looked.fields(false),
        RecordCheck::Row => looked.fields(true),
        RecordCheck::New => {
            let mut found = looked.duplicate();
            found.extend(looked.fields(true));
            found
        }
    })
}

/// A record in the columns of its table; none for those that it does not have.
struct Looked<'a> {
    package: &'a Package<'a>,
    table: &'a Table,
    record: Vec<Option<Value>>,
}

impl Looked<'_> {
    /// What is wrong with the fields themselves. Of a whole record those that are missing count as null.
    fn fields(&self, whole: bool) -> Vec<FieldError> {
        let mut found = Vec::new();
        for (place, value) in self.record.iter().enumerate() {
            let value = match value {
                Some(value) => value,
                None if whole => &Value::Null,
                None => continue,
            };
            found.extend(
                self.field(place, value)
                    .map(|fault| self.error(place, fault)),
            );
        }
        found
    }

    fn error(&self, place: usize, fault: FieldFault) -> FieldError {
        FieldError {
            column: self.table.columns[place].name.to_string(),
            fault,
        }
    }

    fn field(&self, place: usize, value: &Value) -> Option<FieldFault> {
        let column = &self.table.columns[place];
        let key = [Value::from(&*self.table.name), Value::from(&*column.name)];
        let told = self.package.table(VALIDATION);
        told.and_then(|told| told.find(&key))
            .map_or(Some(FieldFault::MissingData), |_| {
                let known = known(self.package, &self.table.name, &column.name)?;
                match value {
                    Value::Null => (!known.nullable).then_some(FieldFault::Required),
                    Value::Integer(number) => self.number(&known, *number),
                    Value::Text(text) => self.text(&known, column.kind, text),
                    Value::Stream(_) => None,
                }
            })
    }

    fn number(&self, known: &Known<'_>, number: i32) -> Option<FieldFault> {
        if known.min.is_some_and(|min| number < min) {
            return Some(FieldFault::Underflow);
        }
        if known.max.is_some_and(|max| number > max) {
            return Some(FieldFault::Overflow);
        }
        let mut set = known.set.split(';');
        if !known.set.is_empty() && !set.any(|one| one.trim().parse() == Ok(number)) {
            return Some(FieldFault::NotInSet);
        }
        self.link(known, &Value::Integer(number))
    }

    fn text(&self, known: &Known<'_>, kind: ColumnKind, text: &str) -> Option<FieldFault> {
        if let ColumnKind::Text(size @ 1..) = kind
            && text.chars().count() > usize::from(size)
        {
            return Some(FieldFault::StringOverflow);
        }
        let in_set = known.set.split(';').any(|one| one == text);
        if !known.set.is_empty() && in_set {
            return None;
        }
        if !category::is_known(known.category) && !known.category.is_empty() {
            return Some(FieldFault::BadCategory);
        }
        let fits = category::check(known.category, text).is_ok();
        if !known.key_tables.is_empty() {
            let missing = self.link(known, &Value::from(text))?;
            // Where a text may be a key or something else, one is enough.
            let is_key_alone = ["", "identifier"].contains(&&*known.category.to_ascii_lowercase());
            return (is_key_alone || !fits).then_some(missing);
        }
        let may_be_else = !["", "text"].contains(&&*known.category.to_ascii_lowercase());
        match known.set.is_empty() || may_be_else {
            true => (!fits).then(|| of_category(known.category)),
            false => Some(FieldFault::NotInSet),
        }
    }

    fn link(&self, known: &Known<'_>, value: &Value) -> Option<FieldFault> {
        let place = known.key_column.saturating_sub(1);
        let mut tables = known.key_tables.split(';').map(str::trim);
        let is_there = |table: &str| {
            let mut rows = self.package.rows(table);
            rows.any(|row| row.row.get(place) == Some(value))
        };
        (!known.key_tables.is_empty() && !tables.any(is_there)).then_some(FieldFault::BadLink)
    }

    fn duplicate(&self) -> Vec<FieldError> {
        let keys: Vec<usize> = self.table.key_columns().collect();
        let key = keys.iter().map(|&place| self.record[place].clone());
        let key: Vec<Value> = key.map(|value| value.unwrap_or(Value::Null)).collect();
        let there = self.table.find(&key).and(keys.first());
        there
            .map(|&place| self.error(place, FieldFault::DuplicateKey))
            .into_iter()
            .collect()
    }

    /// The columns of the key that rows of other tables name.
    fn named_elsewhere(&self) -> Vec<FieldError> {
        let mut found = Vec::new();
        for place in self.table.key_columns() {
            let Some(value) = &self.record[place] else {
                continue;
            };
            let number = i32::try_from(place + 1).ok();
            let mut links = self.package.rows(VALIDATION).filter(|told| {
                told.text("KeyTable") == &*self.table.name && told.integer("KeyColumn") == number
            });
            let named = links.any(|told| {
                let mut rows = self.package.rows(told.text("Table"));
                rows.any(|row| row.value(told.text("Column")) == value)
            });
            if named {
                found.push(self.error(place, FieldFault::BadLink));
            }
        }
        found
    }
}

/// What a text is that does not fit its category.
fn of_category(category: &str) -> FieldFault {
    match &*category.to_ascii_lowercase() {
        "uppercase" | "lowercase" => FieldFault::BadCase,
        "identifier" => FieldFault::BadIdentifier,
        "property" => FieldFault::BadProperty,
        "filename" => FieldFault::BadFileName,
        "wildcardfilename" => FieldFault::BadWildcard,
        "path" | "paths" | "anypath" => FieldFault::BadPath,
        "defaultdir" => FieldFault::BadDefaultDirectory,
        "regpath" => FieldFault::BadRegistryPath,
        "template" => FieldFault::BadTemplate,
        "condition" => FieldFault::BadCondition,
        "guid" => FieldFault::BadGuid,
        "version" => FieldFault::BadVersion,
        "language" => FieldFault::BadLanguage,
        "cabinet" => FieldFault::BadCabinet,
        "shortcut" => FieldFault::BadShortcut,
        _ => FieldFault::BadFormatted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
== _Validation.idt\nTable\tColumn\tNullable\tMinValue\tMaxValue\tKeyTable\tKeyColumn\tCategory\tSet\n\
s32\ts32\ts4\tI4\tI4\tS255\tI2\tS32\tS255\n_Validation\tTable\tColumn\n\
Item\tId\tN\t\t\t\t\tIdentifier\t\nItem\tQty\tY\t-5\t10\t\t\t\t\nItem\tBin_\tY\t\t\tBin\t1\tIdentifier\t\n\
Item\tKind\tY\t\t\t\t\tText\ta;b\nItem\tCode\tY\t\t\t\t\tGuid\t\nBin\tBin\tN\t\t\t\t\tIdentifier\t\n\
== Item.idt\nId\tQty\tBin_\tKind\tCode\tLoose\ns8\tI4\tS8\tS0\tS38\tS0\nItem\tId\none\t1\tA\ta\t\t\n\
== Bin.idt\nBin\ns8\nBin\tBin\nA\nB\n";

    fn check(table: &str, record: &[(&str, Value)], check: RecordCheck) -> String {
        let database = Database::from_text_str(TEXT).unwrap();
        let columns: Vec<&str> = record.iter().map(|(column, _)| *column).collect();
        let values: Vec<Value> = record.iter().map(|(_, value)| value.clone()).collect();
        match check_record(&database, table, &columns, &values, check) {
            Ok(found) => {
                let shown = found
                    .iter()
                    .map(|one| format!("{} {}", one.column, one.fault as i32));
                shown.collect::<Vec<_>>().join(", ")
            }
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn fields_are_what_they_must_be() {
        let field = |column, value: Value| check("Item", &[(column, value)], RecordCheck::Fields);
        assert_eq!(field("Id", "a b".into()), "Id 11");
        assert_eq!(field("Id", "much_too_long".into()), "Id 28");
        assert_eq!(field("Id", Value::Null), "Id 2");
        assert_eq!(field("Qty", (-6).into()), "Qty 5");
        assert_eq!(field("Qty", 11.into()), "Qty 4");
        assert_eq!(field("Qty", 10.into()), "");
        assert_eq!(field("Bin_", "B".into()), "");
        assert_eq!(field("Bin_", "C".into()), "Bin_ 3");
        assert_eq!(field("Kind", "c".into()), "Kind 6");
        assert_eq!(field("Kind", "b".into()), "");
        assert_eq!(field("Code", "{1}".into()), "Code 9");
        assert_eq!(field("Loose", "x".into()), "Loose 22");
    }

    #[test]
    fn rows_that_come_and_go() {
        let item = |id: &str| [("Id", id.into()), ("Loose", Value::Null)];
        assert_eq!(check("Item", &item("two"), RecordCheck::New), "Loose 22");
        assert_eq!(
            check("Item", &item("one"), RecordCheck::New),
            "Id 1, Loose 22"
        );
        assert_eq!(
            check("Item", &[("Qty", 1.into())], RecordCheck::Row),
            "Id 2, Loose 22"
        );
        let bin = |name: &str| [("Bin", name.into())];
        assert_eq!(check("Bin", &bin("A"), RecordCheck::Delete), "Bin 3");
        assert_eq!(check("Bin", &bin("B"), RecordCheck::Delete), "");
        assert_eq!(check("Bin", &bin("B"), RecordCheck::Row), "");
        assert_eq!(
            check("Gone", &[], RecordCheck::Row),
            "table Gone: there is no such table"
        );
    }
}
