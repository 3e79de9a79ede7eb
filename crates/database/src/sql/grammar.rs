//! The grammar of statements: names, texts, conditions and `SELECT`.
//!
//! Keywords are written in any case, names are not. A name may stand in grave accents; one left over at the end of a plain
//! name is forgiven, as Windows does. Texts stand in single quotes and cannot hold any. A carriage return
//! is no space: it makes a statement wrong.

mod change;

use winnow::ascii::{Caseless, digit1};
use winnow::combinator::{alt, delimited, eof, not, opt, preceded, repeat, separated, terminated};
use winnow::prelude::*;
use winnow::token::{one_of, take_till, take_while};

pub(super) use self::change::{Constant, Create, Delete, Insert, Update};
use crate::Column;

/// How deep parentheses may stand in each other.
const DEPTH_MAX: usize = 64;

/// Words that are no names, unless they stand in grave accents.
const KEYWORDS: &[&str] = &[
    "add",
    "alter",
    "and",
    "by",
    "char",
    "character",
    "create",
    "delete",
    "distinct",
    "drop",
    "free",
    "from",
    "hold",
    "insert",
    "int",
    "integer",
    "into",
    "is",
    "key",
    "localizable",
    "long",
    "longchar",
    "not",
    "null",
    "object",
    "or",
    "order",
    "primary",
    "select",
    "set",
    "short",
    "table",
    "temporary",
    "update",
    "values",
    "where",
];

/// A statement, as written.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Statement {
    Select(Select),
    Insert(Insert),
    Update(Update),
    Delete(Delete),
    Create(Create),
    /// `DROP TABLE`
    Drop(String),
    /// `ALTER TABLE … ADD`
    Add {
        table: String,
        column: Column,
        hold: bool,
    },
    /// `ALTER TABLE … HOLD`
    Hold(String),
    /// `ALTER TABLE … FREE`
    Free(String),
}

/// A `SELECT`, as written.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Select {
    pub(super) distinct: bool,
    pub(super) items: Vec<SelectItem>,
    pub(super) tables: Vec<String>,
    pub(super) condition: Option<Condition>,
    pub(super) order: Vec<ColumnName>,
}

/// What is selected.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum SelectItem {
    /// `*`
    All,
    /// A column.
    Column(ColumnName),
    /// A text: the name of a column, or empty.
    Text(String),
}

/// A column's name, perhaps with its table's.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ColumnName {
    pub(super) table: Option<String>,
    pub(super) name: String,
}

/// What rows must fulfil.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Condition {
    And(Vec<Condition>),
    Or(Vec<Condition>),
    Compare(ColumnName, Operator, Operand),
    Null(ColumnName),
    NotNull(ColumnName),
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Equal,
    NotEqual,
    Less,
    Greater,
    LessOrEqual,
    GreaterOrEqual,
}

/// What a column is compared with.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Operand {
    Column(ColumnName),
    Text(String),
    Integer(i32),
    /// `?`
    Marker,
}

/// Parses a statement. The error says what is wrong with it.
pub(super) fn parse(statement: &str) -> Result<Statement, String> {
    if too_deep(statement) {
        return Err("parentheses stand too deep in each other".to_string());
    }
    let begin = alt((
        keyword("select"),
        keyword("insert"),
        keyword("update"),
        keyword("delete"),
        keyword("create"),
        keyword("alter"),
        keyword("drop"),
    ))
    .parse_next(&mut &*statement);
    if begin.is_err() {
        let begins = "SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER or DROP";
        return Err(format!("it must begin with {begins}"));
    }
    terminated(any_statement, (spaces, eof))
        .parse(statement)
        .map_err(|error| match statement.get(error.offset()..) {
            None | Some("") => "it ends too early".to_string(),
            Some(rest) => format!("it cannot be understood from `{rest}` on"),
        })
}

fn any_statement(input: &mut &str) -> ModalResult<Statement> {
    alt((
        select.map(Statement::Select),
        change::insert.map(Statement::Insert),
        change::update.map(Statement::Update),
        change::delete.map(Statement::Delete),
        change::create.map(Statement::Create),
        change::drop_table,
        change::alter,
    ))
    .parse_next(input)
}

/// Do parentheses stand too deep? Those in names and texts count too, which does no harm.
fn too_deep(statement: &str) -> bool {
    let mut depth = 0;
    statement.bytes().any(|byte| {
        match byte {
            b'(' => depth += 1,
            b')' if depth > 0 => depth -= 1,
            _ => {}
        }
        depth > DEPTH_MAX
    })
}

fn select(input: &mut &str) -> ModalResult<Select> {
    keyword("select").parse_next(input)?;
    let distinct = opt(keyword("distinct")).parse_next(input)?.is_some();
    let items = separated(1.., item, symbol(",")).parse_next(input)?;
    keyword("from").parse_next(input)?;
    let tables = separated(1.., name, symbol(",")).parse_next(input)?;
    let condition = condition(input)?;
    let order = preceded(
        (keyword("order"), keyword("by")),
        separated(1.., column, symbol(",")),
    );
    let order = opt(order).parse_next(input)?.unwrap_or_default();
    Ok(Select {
        distinct,
        items,
        tables,
        condition,
        order,
    })
}

/// `WHERE …`, where there is one.
fn condition(input: &mut &str) -> ModalResult<Option<Condition>> {
    opt(preceded(keyword("where"), any_of)).parse_next(input)
}

fn item(input: &mut &str) -> ModalResult<SelectItem> {
    alt((
        symbol("*").map(|()| SelectItem::All),
        text.map(SelectItem::Text),
        column.map(SelectItem::Column),
    ))
    .parse_next(input)
}

/// Conditions of which one is enough.
fn any_of(input: &mut &str) -> ModalResult<Condition> {
    let parts = separated(1.., all_of, keyword("or")).parse_next(input)?;
    Ok(single(parts, Condition::Or))
}

/// Conditions of which all are needed.
fn all_of(input: &mut &str) -> ModalResult<Condition> {
    let parts = separated(1.., one, keyword("and")).parse_next(input)?;
    Ok(single(parts, Condition::And))
}

fn single(mut parts: Vec<Condition>, join: fn(Vec<Condition>) -> Condition) -> Condition {
    match (parts.pop(), parts.is_empty()) {
        (Some(only), true) => only,
        (last, _) => {
            parts.extend(last);
            join(parts)
        }
    }
}

fn one(input: &mut &str) -> ModalResult<Condition> {
    if let Some(inner) = opt(delimited(symbol("("), any_of, symbol(")"))).parse_next(input)? {
        return Ok(inner);
    }
    let column = column.parse_next(input)?;
    if opt(keyword("is")).parse_next(input)?.is_some() {
        let negated = opt(keyword("not")).parse_next(input)?.is_some();
        keyword("null").parse_next(input)?;
        return Ok(if negated {
            Condition::NotNull(column)
        } else {
            Condition::Null(column)
        });
    }
    let operator = operator.parse_next(input)?;
    Ok(Condition::Compare(
        column,
        operator,
        operand.parse_next(input)?,
    ))
}

fn operator(input: &mut &str) -> ModalResult<Operator> {
    alt((
        symbol("<>").value(Operator::NotEqual),
        symbol("<=").value(Operator::LessOrEqual),
        symbol(">=").value(Operator::GreaterOrEqual),
        symbol("<").value(Operator::Less),
        symbol(">").value(Operator::Greater),
        symbol("=").value(Operator::Equal),
    ))
    .parse_next(input)
}

fn operand(input: &mut &str) -> ModalResult<Operand> {
    alt((
        symbol("?").map(|()| Operand::Marker),
        text.map(Operand::Text),
        integer.map(Operand::Integer),
        column.map(Operand::Column),
    ))
    .parse_next(input)
}

fn column(input: &mut &str) -> ModalResult<ColumnName> {
    let first = name.parse_next(input)?;
    Ok(match opt(preceded(symbol("."), name)).parse_next(input)? {
        Some(name) => ColumnName {
            table: Some(first),
            name,
        },
        None => ColumnName {
            table: None,
            name: first,
        },
    })
}

fn name(input: &mut &str) -> ModalResult<String> {
    spaces.parse_next(input)?;
    let quoted = delimited('`', take_till(1.., '`'), '`');
    let plain = (one_of(starts_name), take_while(0.., continues_name))
        .take()
        .verify(|name: &str| !KEYWORDS.contains(&name.to_ascii_lowercase().as_str()));
    alt((quoted, terminated(plain, opt('`'))))
        .map(str::to_string)
        .parse_next(input)
}

fn starts_name(character: char) -> bool {
    character.is_ascii_alphabetic() || character == '_' || !character.is_ascii()
}

fn continues_name(character: char) -> bool {
    starts_name(character) || character.is_ascii_digit() || matches!(character, '-' | '\u{5}')
}

fn text(input: &mut &str) -> ModalResult<String> {
    preceded(spaces, delimited('\'', take_till(0.., '\''), '\''))
        .map(str::to_string)
        .parse_next(input)
}

fn integer(input: &mut &str) -> ModalResult<i32> {
    preceded(spaces, (opt('-'), digit1).take())
        .try_map(str::parse)
        .parse_next(input)
}

fn keyword<'a>(word: &'static str) -> impl ModalParser<&'a str, (), winnow::error::ContextError> {
    (spaces, Caseless(word), not(one_of(continues_name))).void()
}

fn symbol<'a>(symbol: &'static str) -> impl ModalParser<&'a str, (), winnow::error::ContextError> {
    (spaces, symbol).void()
}

fn spaces(input: &mut &str) -> ModalResult<()> {
    repeat(0.., one_of([' ', '\t', '\n', '\u{C}'])).parse_next(input)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn statements_that_are_fine() {
        for statement in [
            "select * from _Tables",
            "SELECT * FROM a-",
            "SELECT * FROM a\u{5}",
            "select `c`.b` from `c`",
            "select c`.`b` from `c`",
            "select `c`.`b` from c`",
            "SELECT DISTINCT`Id`FROM`Item`WHERE`Id`=1",
            "SELECT `Table` FROM `Table` WHERE `\r`<>'\"x'",
            "SELECT a FROM b WHERE (((a=1)OR(b=?)) AND c IS NULL) ORDER BY a, b.c ",
            "INSERT INTO `t`(`a`,b)VALUES('x',?)TEMPORARY",
            "insert into t (a) values (-1)",
            "UPDATE t SET a = 'x', `t`.`b` = NULL, c=? WHERE d = 1",
            "DELETE FROM t",
            "delete from t where a is null",
            "CREATE TABLE `t` (`a` CHAR(72) NOT NULL, b CHARACTER LOCALIZABLE, c LONGCHAR PRIMARY KEY `a`, `b`) HOLD",
            "CREATE TABLE t (a SHORT NOT NULL TEMPORARY, b OBJECT TEMPORARY PRIMARY KEY a)",
            "ALTER TABLE t ADD a LONG TEMPORARY HOLD",
            "ALTER TABLE t HOLD",
            "ALTER TABLE t FREE",
            "DROP TABLE t",
        ] {
            assert!(parse(statement).is_ok(), "{statement}");
        }
    }

    #[test]
    fn statements_that_are_not() {
        for statement in [
            "",
            "SELECT",
            "SELECT FROM `Item`",
            "SELECT * FROM 'c'",
            "SELECT * FROM -a",
            "SELECT * FROM Table",
            "SELECT `` FROM t",
            "SELECT\r* FROM t",
            "SELECT * FROM t\r",
            "SELECT * FROM t;",
            "SELECT * FROM t WHERE",
            "SELECT * FROM t WHERE a = 'x",
            "SELECT * FROM t WHERE a = 'it''s'",
            "SELECT * FROM t WHERE 'a' = 'x'",
            "SELECT * FROM t WHERE NOT a = 1",
            "SELECT * FROM t WHERE a BETWEEN 1 AND 2",
            "SELECT * FROM t WHERE a = 99999999999",
            "SELECT * FROM t ORDER BY a DESC",
            "SELECT COUNT(*) FROM t",
            "SELECTED FROM t",
            "DELETE FROM t WHERE",
            "DELETE t",
            "INSERT INTO t VALUES (1)",
            "INSERT INTO t (a) VALUES (b)",
            "UPDATE t SET a",
            "UPDATE t SET a = b",
            "CREATE TABLE t (a)",
            "CREATE TABLE t (a INT)",
            "CREATE TABLE t (a INT, PRIMARY KEY a)",
            "CREATE TABLE t (a CHAR(256) PRIMARY KEY a)",
            "CREATE TABLE t (a CHAR(-1) PRIMARY KEY a)",
            "CREATE TABLE t (a INT NOT NULL NOT NULL PRIMARY KEY a)",
            "ALTER TABLE t ADD a",
            "ALTER TABLE t DROP a",
            "ALTER TABLE t",
            "DROP t",
        ] {
            assert!(parse(statement).is_err(), "{statement}");
        }
        let deep = format!("SELECT a FROM b WHERE {}a=1", "(".repeat(100_000));
        assert!(parse(&deep).is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_or_refused(statement in "(?s).{0,80}") {
            let _ = parse(&statement);
        }

        #[test]
        fn words_in_any_order_are_parsed_or_refused(
            words in proptest::collection::vec(
                proptest::sample::select(vec![
                    "SELECT", "*", "FROM", "`a`", "b", "WHERE", "(", ")", "AND", "OR", "=", "<>", "'x'", "1", "?", ",",
                    ".", "IS", "NOT", "NULL", "ORDER", "BY", "INSERT", "INTO", "VALUES", "UPDATE", "SET", "DELETE",
                    "CREATE", "TABLE", "CHAR", "INT", "PRIMARY", "KEY", "ALTER", "ADD", "HOLD", "FREE", "DROP",
                ]),
                0..30,
            )
        ) {
            let _ = parse(&words.join(" "));
        }
    }
}
