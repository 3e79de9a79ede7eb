//! Finds the rows that fulfil a query's conditions.
//!
//! Tables are taken one after the other; first the ones whose rows are fewest or fixed by those taken before.
//! Rows of a table that must equal what is known already are looked up in an index.

use std::cmp::Ordering;

use super::grammar::Operator;
use super::resolve::{Other, Place, Query, Test};
use crate::Value;
use crate::table::Index;

/// Returns for each match the number of each table's row. The first table's rows change fastest.
pub(super) fn rows(query: &Query) -> Vec<Vec<usize>> {
    let steps = plan(query);
    let mut search = Search {
        query,
        steps: &steps,
        rows: vec![0; query.tables.len()],
        found: Vec::new(),
    };
    search.step(0);
    let mut found = search.found;
    if steps.len() > 1 {
        found.sort_unstable_by(|one, other| one.iter().rev().cmp(other.iter().rev()));
    }
    found
}

/// One table's turn.
struct Step<'a> {
    table: usize,
    /// What can be tested once this table's row is known.
    tests: Vec<&'a Test>,
    /// The rows by the cells that are known before, and where those are.
    lookup: Option<(Index, Vec<Known<'a>>)>,
}

/// What a cell must equal.
#[derive(Clone, Copy)]
enum Known<'a> {
    Cell(Place),
    Value(&'a Value),
}

fn plan(query: &Query) -> Vec<Step<'_>> {
    let mut known = vec![false; query.tables.len()];
    let mut steps = Vec::with_capacity(known.len());
    let mut waiting: Vec<&Test> = query.tests.iter().collect();
    while steps.len() < known.len() {
        let open = (0..known.len()).filter(|&table| !known[table]);
        let rank = |&table: &usize| {
            let fixed = !equals(query, table, &known).is_empty();
            (!fixed, query.tables[table].rows.len())
        };
        let Some(table) = open.min_by_key(rank) else {
            break;
        };
        let equals = equals(query, table, &known);
        // The first table is walked only once: an index would cost more than it saves.
        let lookup = (!steps.is_empty() && !equals.is_empty()).then(|| {
            let (columns, values) = equals.into_iter().unzip();
            (Index::new(&query.tables[table].rows, columns), values)
        });
        known[table] = true;
        let (tests, later) = waiting.into_iter().partition(|test| is_known(test, &known));
        waiting = later;
        steps.push(Step {
            table,
            tests,
            lookup,
        });
    }
    steps
}

/// Returns the columns of a table that must equal what is known, with what they must equal.
fn equals<'a>(query: &'a Query, table: usize, known: &[bool]) -> Vec<(usize, Known<'a>)> {
    let mut equals = Vec::new();
    for test in &query.tests {
        let Test::Compare(place, Operator::Equal, other) = test else {
            continue;
        };
        match other {
            Other::Value(value) if place.table == table => {
                equals.push((place.column, Known::Value(value)));
            }
            Other::Cell(cell) if place.table == table && known[cell.table] => {
                equals.push((place.column, Known::Cell(*cell)));
            }
            Other::Cell(cell) if cell.table == table && known[place.table] => {
                equals.push((cell.column, Known::Cell(*place)));
            }
            _ => {}
        }
    }
    equals
}

/// Are all tables known that a test asks about?
fn is_known(test: &Test, known: &[bool]) -> bool {
    match test {
        Test::And(parts) | Test::Or(parts) => parts.iter().all(|part| is_known(part, known)),
        Test::Null(place) | Test::NotNull(place) => known[place.table],
        Test::Compare(place, _, Other::Cell(cell)) => known[place.table] && known[cell.table],
        Test::Compare(place, _, Other::Value(_)) => known[place.table],
    }
}

struct Search<'a> {
    query: &'a Query,
    steps: &'a [Step<'a>],
    /// The row of each table so far.
    rows: Vec<usize>,
    found: Vec<Vec<usize>>,
}

impl Search<'_> {
    fn step(&mut self, number: usize) {
        let Some(step) = self.steps.get(number) else {
            self.found.push(self.rows.clone());
            return;
        };
        let rows = &self.query.tables[step.table].rows;
        match &step.lookup {
            None => {
                for row in 0..rows.len() {
                    self.row(number, step, row);
                }
            }
            Some((index, values)) => {
                let key = values.iter().map(|known| match *known {
                    Known::Cell(place) => self.query.cell(&self.rows, place).clone(),
                    Known::Value(value) => value.clone(),
                });
                let key: Vec<Value> = key.collect();
                for row in index.rows(rows, &key) {
                    self.row(number, step, row);
                }
            }
        }
    }

    fn row(&mut self, number: usize, step: &Step<'_>, row: usize) {
        self.rows[step.table] = row;
        if step.tests.iter().all(|test| self.holds(test)) {
            self.step(number + 1);
        }
    }

    fn holds(&self, test: &Test) -> bool {
        match test {
            Test::And(parts) => parts.iter().all(|part| self.holds(part)),
            Test::Or(parts) => parts.iter().any(|part| self.holds(part)),
            Test::Null(place) => *self.cell(*place) == Value::Null,
            Test::NotNull(place) => *self.cell(*place) != Value::Null,
            Test::Compare(place, operator, other) => {
                let other = match other {
                    Other::Cell(place) => self.cell(*place),
                    Other::Value(value) => value,
                };
                compare(self.cell(*place), *operator, other)
            }
        }
    }

    fn cell(&self, place: Place) -> &Value {
        self.query.cell(&self.rows, place)
    }
}

/// Compares as Windows does: null is a value of its own, below all numbers.
fn compare(one: &Value, operator: Operator, other: &Value) -> bool {
    let order = match (one, other) {
        (Value::Integer(one), Value::Integer(other)) => one.cmp(other),
        _ if one == other => Ordering::Equal,
        (Value::Null, _) => Ordering::Less,
        _ => Ordering::Greater,
    };
    match operator {
        Operator::Equal => order.is_eq(),
        Operator::NotEqual => order.is_ne(),
        Operator::Less => order.is_lt(),
        Operator::Greater => order.is_gt(),
        Operator::LessOrEqual => order.is_le(),
        Operator::GreaterOrEqual => order.is_ge(),
    }
}
