//! A statement bound to its tables: names become places, markers become values.

use std::sync::Arc;

use super::SelectedColumn;
use super::grammar::{ColumnName, Condition, Operand, Operator, Select, SelectItem};
use crate::{Column, ColumnKind, Row, Table, Value};

/// The place of a column: which table of the statement, and which of its columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) table: usize,
    pub(super) column: usize,
}

/// A statement that can be run.
pub(super) struct Query {
    pub(super) tables: Vec<Arc<Table>>,
    pub(super) distinct: bool,
    pub(super) items: Vec<Item>,
    /// All of these must hold.
    pub(super) tests: Vec<Test>,
    pub(super) order: Vec<Place>,
}

/// What a result's column shows.
#[derive(Clone, Debug)]
pub(super) enum Item {
    Column(Place),
    Empty,
}

/// A condition on rows.
pub(super) enum Test {
    And(Vec<Test>),
    Or(Vec<Test>),
    Compare(Place, Operator, Other),
    Null(Place),
    NotNull(Place),
}

/// What a cell is compared with.
pub(super) enum Other {
    Cell(Place),
    Value(Value),
}

impl Query {
    /// The column at a place.
    pub(super) fn column(&self, place: Place) -> &Column {
        &self.tables[place.table].columns[place.column]
    }

    /// The cell at a place, given the number of each table's row.
    pub(super) fn cell(&self, rows: &[usize], place: Place) -> &Value {
        &self.tables[place.table].rows[rows[place.table]][place.column]
    }

    /// The cells that it shows, given the number of each table's row.
    pub(super) fn record(&self, rows: &[usize]) -> Row {
        let cell = |item: &Item| match *item {
            Item::Column(place) => self.cell(rows, place).clone(),
            Item::Empty => Value::Null,
        };
        self.items.iter().map(cell).collect()
    }

    /// What each cell of a record is.
    pub(super) fn selected_columns(&self) -> Vec<SelectedColumn> {
        let column = |item: &Item| match *item {
            Item::Column(place) => SelectedColumn::Column(self.column(place).clone()),
            Item::Empty => SelectedColumn::Empty,
        };
        self.items.iter().map(column).collect()
    }
}

/// Binds a `SELECT`. Without parameters markers stand for nothing yet. The error says what is wrong with it.
pub(super) fn resolve(
    select: &Select,
    tables: Vec<Arc<Table>>,
    parameters: Option<&[Value]>,
) -> Result<Query, String> {
    let mut binder = Binder::new(&tables, parameters);
    let mut items = Vec::new();
    for item in &select.items {
        binder.item(item, &mut items)?;
    }
    let tests = binder.condition(select.condition.as_ref())?;
    let order = select.order.iter().map(|name| binder.place(name));
    let order = order.collect::<Result<_, _>>()?;
    Ok(Query {
        distinct: select.distinct,
        items,
        tests,
        order,
        tables,
    })
}

/// Binds the condition of a statement that changes rows of a table.
pub(super) fn rows_of(
    condition: Option<&Condition>,
    table: Arc<Table>,
    parameters: Option<&[Value]>,
) -> Result<Query, String> {
    let tables = vec![table];
    let tests = Binder::new(&tables, parameters).condition(condition)?;
    Ok(Query {
        distinct: false,
        items: Vec::new(),
        tests,
        order: Vec::new(),
        tables,
    })
}

struct Binder<'a> {
    tables: &'a [Arc<Table>],
    parameters: Option<&'a [Value]>,
    /// How many markers were met.
    markers: usize,
}

impl<'a> Binder<'a> {
    fn new(tables: &'a [Arc<Table>], parameters: Option<&'a [Value]>) -> Binder<'a> {
        Binder {
            tables,
            parameters,
            markers: 0,
        }
    }

    /// The tests that all must hold.
    fn condition(&mut self, condition: Option<&Condition>) -> Result<Vec<Test>, String> {
        Ok(match condition {
            None => Vec::new(),
            Some(condition) => match self.test(condition)? {
                Test::And(tests) => tests,
                test => vec![test],
            },
        })
    }

    fn item(&self, item: &SelectItem, items: &mut Vec<Item>) -> Result<(), String> {
        match item {
            SelectItem::All => {
                for (table, read) in self.tables.iter().enumerate() {
                    let columns = 0..read.columns.len();
                    items.extend(columns.map(|column| Item::Column(Place { table, column })));
                }
            }
            SelectItem::Column(name) => items.push(Item::Column(self.place(name)?)),
            SelectItem::Text(text) if text.is_empty() => items.push(Item::Empty),
            SelectItem::Text(text) => items.push(Item::Column(self.column(None, text)?)),
        }
        Ok(())
    }

    fn place(&self, name: &ColumnName) -> Result<Place, String> {
        self.column(name.table.as_deref(), &name.name)
    }

    /// Finds a column; without a table's name the first table that has one wins.
    fn column(&self, table_name: Option<&str>, name: &str) -> Result<Place, String> {
        for (table, read) in self.tables.iter().enumerate() {
            if table_name.is_none_or(|wanted| wanted == &*read.name)
                && let Some(column) = read.column(name)
            {
                return Ok(Place { table, column });
            }
        }
        let table = table_name.map_or(String::new(), |table| format!("{table}."));
        Err(format!("there is no column {table}{name}"))
    }

    fn test(&mut self, condition: &Condition) -> Result<Test, String> {
        Ok(match condition {
            Condition::And(parts) => Test::And(self.tests(parts)?),
            Condition::Or(parts) => Test::Or(self.tests(parts)?),
            Condition::Null(name) => Test::Null(self.place(name)?),
            Condition::NotNull(name) => Test::NotNull(self.place(name)?),
            Condition::Compare(name, operator, operand) => {
                let place = self.place(name)?;
                let other = self.other(place, operand)?;
                self.check(place, *operator, &other)?;
                Test::Compare(place, *operator, other)
            }
        })
    }

    fn tests(&mut self, parts: &[Condition]) -> Result<Vec<Test>, String> {
        parts.iter().map(|part| self.test(part)).collect()
    }

    fn other(&mut self, place: Place, operand: &Operand) -> Result<Other, String> {
        Ok(match operand {
            Operand::Column(name) => Other::Cell(self.place(name)?),
            Operand::Text(text) => Other::Value(Value::from(text.as_str())),
            Operand::Integer(number) => Other::Value(Value::Integer(*number)),
            Operand::Marker => {
                self.markers += 1;
                let Some(parameters) = self.parameters else {
                    return Ok(Other::Value(Value::Null));
                };
                let value = parameters.get(self.markers - 1);
                let value = value.ok_or_else(|| format!("marker {} has no value", self.markers))?;
                Other::Value(self.convert(place, value))
            }
        })
    }

    /// Brings a marker's value to the kind of the column that it is compared with, where it can be.
    fn convert(&self, place: Place, value: &Value) -> Value {
        match (self.kind(place), value) {
            (ColumnKind::Text(_), Value::Integer(number)) => Value::from(number.to_string()),
            (ColumnKind::Short | ColumnKind::Long, Value::Text(text)) => match text.parse() {
                Ok(number) => Value::Integer(number),
                Err(_) => value.clone(),
            },
            _ => value.clone(),
        }
    }

    fn kind(&self, place: Place) -> ColumnKind {
        self.tables[place.table].columns[place.column].kind
    }

    /// Refuses comparisons that Windows does not make.
    fn check(&self, place: Place, operator: Operator, other: &Other) -> Result<(), String> {
        let is_text = |kind| matches!(kind, ColumnKind::Text(_));
        let name = &self.tables[place.table].columns[place.column].name;
        let kind = self.kind(place);
        let equality = matches!(operator, Operator::Equal | Operator::NotEqual);
        let mixed = match other {
            _ if kind == ColumnKind::Binary => {
                return Err("a stream can only be asked for null".to_string());
            }
            _ if is_text(kind) && !equality => {
                return Err("texts can only be asked for = and <>".to_string());
            }
            Other::Cell(other) => is_text(kind) != is_text(self.kind(*other)),
            Other::Value(Value::Integer(_)) => is_text(kind),
            Other::Value(Value::Text(_)) => !is_text(kind),
            Other::Value(_) => false,
        };
        match (mixed, is_text(kind)) {
            (false, _) => Ok(()),
            (true, true) => Err(format!("{name} is a text and is compared with a number")),
            (true, false) => Err(format!("{name} is a number and is compared with a text")),
        }
    }
}
