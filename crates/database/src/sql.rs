//! SQL over the tables of a package: queries, and statements that change rows and tables in memory.
//!
//! Joins are made by key: rows of a table that must equal cells of others are looked up, not searched. The
//! result has the order of Windows Installer: the rows of the first table change fastest, and `ORDER BY` brings equal
//! texts together without sorting them.
//! Follows: Microsoft, "SQL Syntax".

mod catalog;
mod change;
mod define;
mod grammar;
mod join;
mod prepare;
mod resolve;
#[cfg(test)]
mod tests;
mod view;

use std::collections::{HashMap, HashSet};

use self::grammar::Statement;
use self::resolve::Query;
pub use self::view::{Modify, View};
use crate::{Column, Database, Error, Field, Row, Value};

/// The rows that a `SELECT` found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// What each cell of a row is.
    pub columns: Vec<SelectedColumn>,
    /// The rows in their order.
    pub rows: Vec<Row>,
}

/// A column of a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SelectedColumn {
    /// A column of a table.
    Column(Column),
    /// The empty text, `''`, which stands in for a column.
    Empty,
}

impl SelectedColumn {
    /// Its name; "" for one that has none.
    pub fn name(&self) -> &str {
        match self {
            SelectedColumn::Column(column) => &column.name,
            SelectedColumn::Empty => "",
        }
    }

    /// Its definition as `MsiViewGetColumnInfo` gives it, such as `s72`. "Column Definition Format".
    pub fn definition(&self) -> String {
        match self {
            SelectedColumn::Column(column) => column.definition(),
            SelectedColumn::Empty => "f0".to_string(),
        }
    }
}

impl Database {
    /// Runs a `SELECT`. Each marker `?` takes the next of `parameters`.
    ///
    /// The tables `_Tables`, `_Columns`, `_Streams` and `_Storages` may be read like others.
    /// Errors: [`Error::Query`] where the statement is wrong or names what is not there (1615 for Windows),
    /// and as [`Database::table`].
    pub fn select(&self, statement: &str, parameters: &[Value]) -> Result<Selection, Error> {
        let parsed = grammar::parse(statement);
        let parsed = parsed.map_err(|what| prepare::wrong(statement, what))?;
        let query = match parsed {
            Statement::Select(_) => prepare::query(self, &parsed, statement, Some(parameters))?,
            _ => None,
        };
        match query {
            Some(query) => Ok(run(&query)),
            None => {
                let what = "it changes the package, and only a SELECT is asked for here";
                Err(prepare::wrong(statement, what.to_string()))
            }
        }
    }

    /// Runs any statement, in memory. Each marker `?` takes the next of `parameters`. Returns the rows of a `SELECT`.
    ///
    /// Errors: as [`View::open`] and [`View::execute`].
    pub fn execute(
        &mut self,
        statement: &str,
        parameters: &[Field],
    ) -> Result<Option<Selection>, Error> {
        let mut view = View::open(self, statement)?;
        if view.columns().is_empty() {
            view.execute(self, parameters)?;
            return Ok(None);
        }
        self.select(statement, &change::values(parameters))
            .map(Some)
    }

    /// The names of a table's key columns; none where there is no such table. The lists of tables and columns have
    /// none either.
    pub fn primary_keys(&self, table: &str) -> Option<Vec<&str>> {
        let keys = self.columns(table)?.iter().filter(|column| column.key);
        Some(keys.map(|column| &*column.name).collect())
    }
}

fn run(query: &Query) -> Selection {
    Selection {
        columns: query.selected_columns(),
        rows: found(query).iter().map(|rows| query.record(rows)).collect(),
    }
}

/// Returns for each record of a query the number of each table's row.
fn found(query: &Query) -> Vec<Vec<usize>> {
    let mut found = join::rows(query);
    order(query, &mut found);
    if query.distinct {
        let mut seen = HashSet::new();
        found.retain(|rows| seen.insert(query.record(rows)));
    }
    found
}

/// Orders found rows: numbers rise, null first; equal texts stand together, in the order in which they came.
fn order(query: &Query, found: &mut [Vec<usize>]) {
    if query.order.is_empty() {
        return;
    }
    let mut ranks: HashMap<&Value, i64> = HashMap::new();
    for rows in found.iter() {
        for &place in &query.order {
            let next = ranks.len() as i64 + 1;
            ranks.entry(query.cell(rows, place)).or_insert(next);
        }
    }
    let rank = |value: &Value| match value {
        Value::Null => i64::MIN,
        Value::Integer(number) => i64::from(*number),
        text => ranks.get(text).copied().unwrap_or(0),
    };
    found.sort_by_cached_key(|rows| {
        let cells = query.order.iter().map(|&place| query.cell(rows, place));
        cells.map(rank).collect::<Vec<_>>()
    });
}

#[cfg(test)]
mod select_tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn database() -> Database {
        Database::from_text_str(
            "== Item.idt\nId\tLabel\tQty\ni2\tS40\tI4\nItem\tId\n\
             1\tpear\t10\n2\tapple\t70000\n3\tfig\t-5\n4\tapple\t0\n5\t\t\n\
             == Bin.idt\nSlot\tItem_\ns10\ti2\nBin\tSlot\tItem_\nB\t1\nA\t3\nA\t1\nZ\t9\n\
             == Data.idt\nName\tData\ns10\tV0\nData\tName\none\to\ntwo\t\n\
             == Data/o\nx",
        )
        .unwrap()
    }

    fn check_with(statement: &str, parameters: &[Value], expect: Expect) {
        let text = match database().select(statement, parameters) {
            Ok(selection) => selection
                .rows
                .iter()
                .map(|row| {
                    row.iter()
                        .map(Value::to_string)
                        .collect::<Vec<_>>()
                        .join(",")
                })
                .collect::<Vec<_>>()
                .join(" "),
            Err(error) => error.to_string(),
        };
        expect.assert_eq(&text);
    }

    fn check(statement: &str, expect: Expect) {
        check_with(statement, &[], expect);
    }

    #[test]
    fn conditions() {
        let ids = |condition: &str, expect| {
            check(&format!("SELECT Id FROM Item WHERE {condition}"), expect)
        };
        ids("Qty > 0", expect!["1 2"]);
        ids("Qty <= 0", expect!["3 4 5"]);
        ids("Qty <> 0", expect!["1 2 3 5"]);
        ids("Label = 'apple' AND Qty >= 1", expect!["2"]);
        ids("Label <> 'apple'", expect!["1 3 5"]);
        ids("Label = ''", expect!["5"]);
        ids("Id = 1 OR Id = 2 AND Qty > 100000", expect!["1"]);
        ids("(Id = 1 OR Id = 2) AND Qty > 100", expect!["2"]);
        ids("Qty IS NULL OR Id=-1", expect!["5"]);
        ids("`Item`.`Label` IS NOT NULL", expect!["1 2 3 4"]);
        ids("Id = Qty", expect![[""]]);
    }

    #[test]
    fn markers() {
        let statement = "SELECT Id FROM Item WHERE Label = ? AND Id > ?";
        check_with(statement, &["apple".into(), 2.into()], expect!["4"]);
        check_with(statement, &[Value::Null, "0".into()], expect!["5"]);
        check_with(
            statement,
            &["apple".into()],
            expect![
                "query `SELECT Id FROM Item WHERE Label = ? AND Id > ?`: marker 2 has no value"
            ],
        );
    }

    #[test]
    fn orders() {
        check("SELECT Id FROM Item ORDER BY Qty", expect!["5 3 4 1 2"]);
        check(
            "SELECT Label,Id FROM Item ORDER BY Label",
            expect![",5 pear,1 apple,2 apple,4 fig,3"],
        );
        check(
            "SELECT DISTINCT Label FROM Item",
            expect!["pear apple fig "],
        );
    }

    #[test]
    fn joins() {
        check(
            "SELECT Bin.Slot, Label FROM Bin, Item WHERE Bin.Item_ = Item.Id",
            expect!["B,pear A,pear A,fig"],
        );
        check(
            "SELECT Bin.Slot, Label FROM Item, Bin WHERE Item.Id = Bin.Item_ AND Label = 'pear'",
            expect!["B,pear A,pear"],
        );
        check(
            "SELECT Name, Slot FROM Data, Bin WHERE Slot = 'A'",
            expect!["one,A two,A one,A two,A"],
        );
        check(
            "SELECT Name,Slot,Id FROM Data,Bin,Item WHERE Data='x' AND Id=1",
            expect![
                "query `SELECT Name,Slot,Id FROM Data,Bin,Item WHERE Data='x' AND Id=1`: a stream can only be asked for null"
            ],
        );
        check(
            "SELECT Name,Slot,Id FROM Data,Bin,Item WHERE Data IS NULL AND Id=Item_ AND (Id=1 OR Slot='A')",
            expect!["two,B,1 two,A,1 two,A,3"],
        );
    }

    #[test]
    fn catalog() {
        check("SELECT * FROM _Tables", expect!["Bin Data Item"]);
        check(
            "SELECT * FROM `_Columns` WHERE `Table`='Item'",
            expect!["Item,1,Id,9474 Item,2,Label,7464 Item,3,Qty,4356"],
        );
        check(
            "SELECT Name, Data FROM _Streams",
            expect!["Data.one,Data.one"],
        );
        check("SELECT Name FROM _Storages", expect![""]);
    }

    #[test]
    fn columns_of_results() {
        let selection = database()
            .select("SELECT '', 'Label', * FROM Item, Data", &[])
            .unwrap();
        let columns = selection
            .columns
            .iter()
            .map(|column| format!("{}:{}", column.name(), column.definition()));
        expect![":f0 Label:S40 Id:i2 Label:S40 Qty:I4 Name:s10 Data:V0"]
            .assert_eq(&columns.collect::<Vec<_>>().join(" "));
    }

    #[test]
    fn mistakes() {
        check(
            "",
            expect![
                "query ``: it must begin with SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER or DROP"
            ],
        );
        check(
            "SELECT `id` FROM Item",
            expect!["query `SELECT `id` FROM Item`: there is no column id"],
        );
        check(
            "SELECT Id FROM Nope",
            expect!["query `SELECT Id FROM Nope`: there is no table Nope"],
        );
        check(
            "SELECT Id FROM Item WHERE Id = 1 MORE",
            expect![
                "query `SELECT Id FROM Item WHERE Id = 1 MORE`: it cannot be understood from `MORE` on"
            ],
        );
        check(
            "SELECT Id FROM Item WHERE Label < 'x'",
            expect![
                "query `SELECT Id FROM Item WHERE Label < 'x'`: texts can only be asked for = and <>"
            ],
        );
        check(
            "SELECT Id FROM Item WHERE Id = 'x'",
            expect![
                "query `SELECT Id FROM Item WHERE Id = 'x'`: Id is a number and is compared with a text"
            ],
        );
        let error = database().select("SELECT Id FROM", &[]).unwrap_err();
        assert_eq!(error.code(), 1615);
    }
}
