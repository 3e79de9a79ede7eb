//! The grammar of statements that change tables: rows, columns and whole tables.

use winnow::ascii::digit1;
use winnow::combinator::{alt, delimited, opt, preceded, repeat, separated};
use winnow::prelude::*;

use super::{
    ColumnName, Condition, Statement, column, condition, integer, keyword, name, spaces, symbol,
    text,
};
use crate::{Column, ColumnKind};

/// `INSERT INTO`, as written.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::sql) struct Insert {
    pub(in crate::sql) table: String,
    pub(in crate::sql) columns: Vec<String>,
    pub(in crate::sql) values: Vec<Constant>,
    pub(in crate::sql) temporary: bool,
}

/// `UPDATE`, as written.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::sql) struct Update {
    pub(in crate::sql) table: String,
    pub(in crate::sql) cells: Vec<(ColumnName, Constant)>,
    pub(in crate::sql) condition: Option<Condition>,
}

/// `DELETE FROM`, as written.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::sql) struct Delete {
    pub(in crate::sql) table: String,
    pub(in crate::sql) condition: Option<Condition>,
}

/// `CREATE TABLE`, as written.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::sql) struct Create {
    pub(in crate::sql) table: String,
    pub(in crate::sql) columns: Vec<Column>,
    pub(in crate::sql) keys: Vec<String>,
    pub(in crate::sql) hold: bool,
}

/// What a cell is set to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::sql) enum Constant {
    Text(String),
    Integer(i32),
    Null,
    /// `?`
    Marker,
}

pub(super) fn insert(input: &mut &str) -> ModalResult<Insert> {
    (keyword("insert"), keyword("into")).parse_next(input)?;
    let table = name.parse_next(input)?;
    let columns = separated(1.., column.map(|column| column.name), symbol(","));
    let columns = delimited(symbol("("), columns, symbol(")")).parse_next(input)?;
    keyword("values").parse_next(input)?;
    let values = separated(1.., constant, symbol(","));
    let values = delimited(symbol("("), values, symbol(")")).parse_next(input)?;
    let temporary = opt(keyword("temporary")).parse_next(input)?.is_some();
    Ok(Insert {
        table,
        columns,
        values,
        temporary,
    })
}

pub(super) fn update(input: &mut &str) -> ModalResult<Update> {
    let table = preceded(keyword("update"), name).parse_next(input)?;
    keyword("set").parse_next(input)?;
    let cell = (column, preceded(symbol("="), constant));
    let cells = separated(1.., cell, symbol(",")).parse_next(input)?;
    let condition = condition(input)?;
    Ok(Update {
        table,
        cells,
        condition,
    })
}

pub(super) fn delete(input: &mut &str) -> ModalResult<Delete> {
    (keyword("delete"), keyword("from")).parse_next(input)?;
    let table = name.parse_next(input)?;
    let condition = condition(input)?;
    Ok(Delete { table, condition })
}

pub(super) fn create(input: &mut &str) -> ModalResult<Create> {
    (keyword("create"), keyword("table")).parse_next(input)?;
    let table = name.parse_next(input)?;
    symbol("(").parse_next(input)?;
    let columns = separated(1.., definition, symbol(",")).parse_next(input)?;
    (keyword("primary"), keyword("key")).parse_next(input)?;
    let keys = separated(1.., name, symbol(",")).parse_next(input)?;
    symbol(")").parse_next(input)?;
    let hold = opt(keyword("hold")).parse_next(input)?.is_some();
    Ok(Create {
        table,
        columns,
        keys,
        hold,
    })
}

pub(super) fn drop_table(input: &mut &str) -> ModalResult<Statement> {
    preceded((keyword("drop"), keyword("table")), name)
        .map(Statement::Drop)
        .parse_next(input)
}

pub(super) fn alter(input: &mut &str) -> ModalResult<Statement> {
    let table = preceded((keyword("alter"), keyword("table")), name).parse_next(input)?;
    if opt(keyword("hold")).parse_next(input)?.is_some() {
        return Ok(Statement::Hold(table));
    }
    if opt(keyword("free")).parse_next(input)?.is_some() {
        return Ok(Statement::Free(table));
    }
    let column = preceded(keyword("add"), definition).parse_next(input)?;
    let hold = opt(keyword("hold")).parse_next(input)?.is_some();
    Ok(Statement::Add {
        table,
        column,
        hold,
    })
}

fn constant(input: &mut &str) -> ModalResult<Constant> {
    alt((
        symbol("?").map(|()| Constant::Marker),
        text.map(Constant::Text),
        integer.map(Constant::Integer),
        keyword("null").map(|()| Constant::Null),
    ))
    .parse_next(input)
}

/// What may stand after a column's type.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Attribute {
    NotNull,
    Temporary,
    Localizable,
}

/// A column's name and type.
fn definition(input: &mut &str) -> ModalResult<Column> {
    let (name, kind) = (name, kind).parse_next(input)?;
    let attribute = alt((
        (keyword("not"), keyword("null")).value(Attribute::NotNull),
        keyword("temporary").value(Attribute::Temporary),
        keyword("localizable").value(Attribute::Localizable),
    ));
    let attributes: Vec<Attribute> = repeat(0.., attribute)
        .verify(|found: &Vec<Attribute>| {
            let count = |attribute| found.iter().filter(|&other| other == attribute).count();
            found.iter().all(|attribute| count(attribute) == 1)
        })
        .parse_next(input)?;
    Ok(Column {
        name: name.into(),
        kind,
        key: false,
        nullable: !attributes.contains(&Attribute::NotNull),
        localizable: attributes.contains(&Attribute::Localizable),
        temporary: attributes.contains(&Attribute::Temporary),
    })
}

fn kind(input: &mut &str) -> ModalResult<ColumnKind> {
    let text = preceded(
        alt((keyword("character"), keyword("char"))),
        opt(delimited(symbol("("), size, symbol(")"))),
    );
    alt((
        text.map(|size| ColumnKind::Text(size.unwrap_or(0))),
        keyword("longchar").value(ColumnKind::Text(0)),
        keyword("short").value(ColumnKind::Short),
        keyword("integer").value(ColumnKind::Short),
        keyword("int").value(ColumnKind::Short),
        keyword("long").value(ColumnKind::Long),
        keyword("object").value(ColumnKind::Binary),
    ))
    .parse_next(input)
}

fn size(input: &mut &str) -> ModalResult<u8> {
    preceded(spaces, digit1)
        .try_map(str::parse)
        .parse_next(input)
}
