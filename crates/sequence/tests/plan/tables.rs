//! Rows of tables in a line each.

use database::{Column, ColumnKind, Database, Table, Value};

/// The columns of the tables that tests use: `*` a key, `#` a number.
const COLUMNS: [(&str, &str); 28] = [
    ("ActionText", "Action* Description Template"),
    ("AdvtExecuteSequence", "Action* Condition Sequence#"),
    ("AppSearch", "Property* Signature_*"),
    ("BindImage", "File_* Path"),
    ("CCPSearch", "Signature_*"),
    ("CompLocator", "Signature_* ComponentId Type#"),
    (
        "Component",
        "Component* ComponentId Directory_ Attributes# Condition KeyPath",
    ),
    ("Condition", "Feature_* Level#* Condition"),
    ("CustomAction", "Action* Type# Source Target ExtendedType#"),
    ("Dialog", "Dialog* HCentering#"),
    ("Directory", "Directory* Directory_Parent DefaultDir"),
    ("DrLocator", "Signature_* Parent* Path* Depth#"),
    ("Feature", "Feature* Feature_Parent Level# Attributes#"),
    ("FeatureComponents", "Feature_* Component_*"),
    (
        "File",
        "File* Component_ FileName FileSize# Version Language Attributes# Sequence#",
    ),
    ("Font", "File_* FontTitle"),
    (
        "IniLocator",
        "Signature_* FileName Section Key Field# Type#",
    ),
    ("InstallExecuteSequence", "Action* Condition Sequence#"),
    ("InstallUISequence", "Action* Condition Sequence#"),
    ("LaunchCondition", "Condition* Description"),
    ("Media", "DiskId#* LastSequence# Cabinet"),
    ("ODBCDriver", "Driver* Component_ Description File_"),
    ("Property", "Property* Value"),
    ("RegLocator", "Signature_* Root# Key Name Type#"),
    ("Registry", "Registry* Root# Key Name Value Component_"),
    ("ReserveCost", "ReserveKey* Component_ ReserveLocal#"),
    (
        "Signature",
        "Signature* FileName MinVersion MaxVersion MinSize# MaxSize# MinDate# MaxDate# Languages",
    ),
    (
        "Upgrade",
        "UpgradeCode* VersionMin* VersionMax* Language* Attributes#* Remove ActionProperty",
    ),
];

/// Adds rows to a package: `TABLE cell|cell|…` a line, the cells in the columns' order; an empty one is null.
/// A table that the package has already is replaced, but for Property.
pub fn with_rows(mut database: Database, text: &str) -> Database {
    for (name, columns) in COLUMNS {
        let lines = text
            .lines()
            .map(str::trim)
            .filter_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        let lines: Vec<&str> = lines.collect();
        if lines.is_empty() {
            continue;
        }
        let columns: Vec<Column> = columns.split(' ').map(column).collect();
        let known = database.rows(name).unwrap();
        let mut rows = if name == "Property" {
            known.rows.clone()
        } else {
            Vec::new()
        };
        for line in lines {
            let mut cells = line.split('|');
            rows.push(
                columns
                    .iter()
                    .map(|column| cell(column, cells.next().unwrap_or("")))
                    .collect(),
            );
        }
        database.replace_table(Table::new(name, columns, rows));
    }
    database
}

fn column(text: &str) -> Column {
    Column {
        name: text.trim_end_matches(['*', '#']).into(),
        kind: if text.contains('#') {
            ColumnKind::Long
        } else {
            ColumnKind::Text(0)
        },
        key: text.contains('*'),
        nullable: true,
        localizable: false,
        temporary: false,
    }
}

fn cell(column: &Column, text: &str) -> Value {
    match (text, column.kind) {
        ("", _) => Value::Null,
        (text, ColumnKind::Long) => Value::Integer(text.parse().unwrap()),
        (text, _) => Value::Text(text.into()),
    }
}
