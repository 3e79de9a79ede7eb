//! Statements that change a database, seen through queries.

use std::io::Cursor;

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;
use crate::{Kind, Value};

/// Runs statements, and shows what the last one finds or what is wrong with the first that fails.
fn run_all(database: &mut Database, statements: &[&str]) -> String {
    let mut shown = String::new();
    for statement in statements {
        match database.execute(statement, &[]) {
            Ok(Some(selection)) => {
                let row = |row: &Row| {
                    let cells: Vec<String> = row.iter().map(Value::to_string).collect();
                    cells.join(",")
                };
                shown = selection.rows.iter().map(row).collect::<Vec<_>>().join(" ");
            }
            Ok(None) => {}
            Err(error) => return format!("{} {error}", error.code()),
        }
    }
    shown
}

const ITEM: &str = "CREATE TABLE Item (Id SHORT NOT NULL, Label CHAR(40), Qty LONG PRIMARY KEY Id)";

fn check(statements: &[&str], expect: Expect) {
    let mut database = Database::create(Kind::Package);
    let statements = [&[ITEM], statements].concat();
    expect.assert_eq(&run_all(&mut database, &statements));
}

#[test]
fn rows_come_change_and_go() {
    let rows = [
        "INSERT INTO Item (Id, Label) VALUES (3, 'three')",
        "INSERT INTO Item (Label, Id, Qty) VALUES ('one', '1', -5)",
        "INSERT INTO Item (Id) VALUES (2)",
    ];
    let with = |more: &[&'static str]| [&rows, more].concat();
    check(
        &with(&["SELECT * FROM Item"]),
        expect!["1,one,-5 2,, 3,three,"],
    );
    check(
        &with(&[
            "UPDATE Item SET Qty = 7, Label = 'x' WHERE Id > 1",
            "SELECT * FROM Item",
        ]),
        expect!["1,one,-5 2,x,7 3,x,7"],
    );
    check(
        &with(&[
            "DELETE FROM Item WHERE Label IS NULL OR Id = 1",
            "SELECT * FROM Item",
        ]),
        expect!["3,three,"],
    );
    check(
        &with(&["DELETE FROM Item", "SELECT * FROM Item"]),
        expect![""],
    );
}

#[test]
fn what_cannot_be_is_refused_with_its_code() {
    check(
        &[
            "INSERT INTO Item (Id) VALUES (1)",
            "INSERT INTO Item (Id) VALUES (1)",
        ],
        expect!["1627 table Item: there is a row 1 already"],
    );
    check(
        &["INSERT INTO Item (Label) VALUES ('x')"],
        expect!["1627 table Item: column Id: it must have a value"],
    );
    check(
        &["INSERT INTO Item (Id) VALUES (32768)"],
        expect!["1627 table Item: column Id: `32768` is no number of its size"],
    );
    check(
        &["UPDATE Item SET Id = 2"],
        expect!["1627 table Item: column Id is part of the key"],
    );
    check(
        &["INSERT INTO Item (Id, Id) VALUES (1, 2)"],
        expect!["1615 query `INSERT INTO Item (Id, Id) VALUES (1, 2)`: the column Id stands twice"],
    );
    check(
        &["INSERT INTO Item (Id) VALUES (?)"],
        expect!["1615 query `INSERT INTO Item (Id) VALUES (?)`: marker 1 has no value"],
    );
    check(
        &["INSERT INTO _Tables (Name) VALUES ('x')"],
        expect![
            "1615 query `INSERT INTO _Tables (Name) VALUES ('x')`: the table _Tables is only for reading"
        ],
    );
    check(
        &["CREATE TABLE T (A INT TEMPORARY, B INT PRIMARY KEY A)"],
        expect!["1627 table T: persistent columns must stand before temporary ones"],
    );
    check(
        &["CREATE TABLE T (A INT, B OBJECT, C OBJECT PRIMARY KEY A)"],
        expect![
            "1615 query `CREATE TABLE T (A INT, B OBJECT, C OBJECT PRIMARY KEY A)`: a table cannot have two columns of streams"
        ],
    );
    let more: Vec<String> = (4..=33)
        .map(|n| format!("ALTER TABLE Item ADD C{n} INT"))
        .collect();
    let more: Vec<&str> = more.iter().map(String::as_str).collect();
    check(
        &more,
        expect![
            "1615 query `ALTER TABLE Item ADD C33 INT`: C33 would be column 33, and a table has 32 at most"
        ],
    );
}

#[test]
fn what_is_temporary_goes_when_it_is_not_held() {
    let mut database = Database::create(Kind::Package);
    let all = [
        ITEM,
        "INSERT INTO Item (Id) VALUES (1)",
        "INSERT INTO Item (Id) VALUES (2) TEMPORARY",
        "ALTER TABLE Item ADD Note CHAR(5) TEMPORARY HOLD",
        "UPDATE Item SET Note = 'n'",
        "CREATE TABLE Gone (A INT TEMPORARY PRIMARY KEY A) HOLD",
        "SELECT * FROM Item",
    ];
    expect!["1,,,n 2,,,n"].assert_eq(&run_all(&mut database, &all));
    let mut copy = saved(&database);
    expect!["1,,"].assert_eq(&run_all(&mut copy, &["SELECT * FROM Item"]));
    assert!(!copy.has_table("Gone") && database.has_table("Gone"));
    let freed = [
        "ALTER TABLE Item FREE",
        "ALTER TABLE Gone FREE",
        "SELECT * FROM Item",
    ];
    expect!["1,, 2,,"].assert_eq(&run_all(&mut database, &freed));
    assert!(!database.has_table("Gone"));
}

fn saved(database: &Database) -> Database {
    let mut bytes = Vec::new();
    database.save(&mut bytes).unwrap();
    Database::open(Cursor::new(bytes)).unwrap()
}

#[test]
fn streams_belong_to_their_rows() {
    let mut database = Database::create(Kind::Package);
    let bytes = |text: &str| Field::Bytes(text.as_bytes().into());
    let create = "CREATE TABLE Binary (Name CHAR(72) NOT NULL, Data OBJECT PRIMARY KEY Name)";
    database.execute(create, &[]).unwrap();
    let insert = "INSERT INTO Binary (Name, Data) VALUES (?, ?)";
    database
        .execute(insert, &["a".into(), bytes("one")])
        .unwrap();
    database
        .execute(insert, &["b".into(), bytes("two")])
        .unwrap();
    let insert = "INSERT INTO _Streams (Name, Data) VALUES ('c.cab', ?)";
    database.execute(insert, &[bytes("cabinet")]).unwrap();
    database
        .execute(
            "UPDATE Binary SET Data = ? WHERE Name = 'b'",
            &[bytes("new")],
        )
        .unwrap();
    database
        .execute("DELETE FROM Binary WHERE Name = 'a'", &[])
        .unwrap();
    database
        .execute(
            "UPDATE _Streams SET Name = 'd.cab' WHERE Name = 'c.cab'",
            &[],
        )
        .unwrap();
    let copy = saved(&database);
    assert_eq!(copy.stream_names(), ["Binary.b", "d.cab"]);
    let read = |name: &str| copy.stream_bytes(name).unwrap().unwrap().to_vec();
    assert_eq!(
        (read("Binary.b"), read("d.cab")),
        (b"new".to_vec(), b"cabinet".to_vec())
    );
    database.execute("DROP TABLE Binary", &[]).unwrap();
    database.execute("DELETE FROM _Streams", &[]).unwrap();
    assert!(database.stream_names().is_empty());
}

#[test]
fn storages_come_and_go() {
    let mut inner = Vec::new();
    Database::create(Kind::Transform).save(&mut inner).unwrap();
    let mut database = Database::create(Kind::Patch);
    let insert = "INSERT INTO _Storages (Name, Data) VALUES (?, ?)";
    for name in ["one", "two"] {
        let data = Field::Bytes(inner.clone().into());
        database.execute(insert, &[name.into(), data]).unwrap();
    }
    let wrong = Field::Bytes(b"no file".as_slice().into());
    assert_eq!(
        database
            .execute(insert, &["three".into(), wrong])
            .unwrap_err()
            .code(),
        1620
    );
    database
        .execute("DELETE FROM _Storages WHERE Name = 'one'", &[])
        .unwrap();
    let copy = saved(&database);
    assert_eq!(copy.storage_names(), ["two"]);
    assert_eq!(
        copy.storage("two").unwrap().unwrap().kind(),
        Kind::Transform
    );
    assert_eq!(copy.kind(), Kind::Patch);
}

#[test]
fn records_replace_and_seek() {
    let mut database = Database::create(Kind::Package);
    run_all(
        &mut database,
        &[ITEM, "INSERT INTO Item (Id, Qty) VALUES (1, 10)"],
    );
    let mut view = View::open(&database, "SELECT Id, Qty FROM Item").unwrap();
    view.execute(&mut database, &[]).unwrap();
    let mut record: Vec<Field> = vec![1.into(), Field::Value(Value::Null)];
    view.modify(&mut database, Modify::Seek, &mut record)
        .unwrap();
    assert_eq!(record[1], 10.into());
    record[0] = 5.into();
    view.modify(&mut database, Modify::Replace, &mut record)
        .unwrap();
    expect!["5,,10"].assert_eq(&run_all(&mut database, &["SELECT * FROM Item"]));
    view.modify(&mut database, Modify::Delete, &mut record)
        .unwrap();
    let again = view.modify(&mut database, Modify::Delete, &mut record);
    assert_eq!(again.unwrap_err().code(), 1627);
    let mut new = vec![9.into(), 9.into()];
    view.modify(&mut database, Modify::InsertTemporary, &mut new)
        .unwrap();
    assert!(saved(&database).rows("Item").unwrap().rows.is_empty());
}

/// What a row of the model holds.
type Model = std::collections::BTreeMap<i32, (Option<String>, Option<i32>)>;

#[derive(Clone, Debug)]
enum Step {
    Insert(i32, Option<String>, Option<i32>),
    Update(i32, Option<i32>),
    Delete(i32),
    Save,
}

fn step() -> impl Strategy<Value = Step> {
    let text = proptest::option::of("[a-d]{1,2}");
    prop_oneof![
        4 => (-20..20i32, text, any::<Option<i16>>())
            .prop_map(|(id, text, qty)| Step::Insert(id, text, qty.map(i32::from))),
        2 => (-20..20i32, any::<Option<i16>>()).prop_map(|(id, qty)| Step::Update(id, qty.map(i32::from))),
        2 => (-20..20i32).prop_map(Step::Delete),
        1 => Just(Step::Save),
    ]
}

fn apply(database: &mut Database, model: &mut Model, step: Step) -> Result<(), TestCaseError> {
    let null = |value: Option<Value>| Field::Value(value.unwrap_or(Value::Null));
    match step {
        Step::Insert(id, text, qty) => {
            let fields = [
                id.into(),
                null(text.clone().map(Value::from)),
                null(qty.map(Value::Integer)),
            ];
            let insert = "INSERT INTO Item (Id, Label, Qty) VALUES (?, ?, ?)";
            let done = database.execute(insert, &fields).is_ok();
            prop_assert_eq!(done, !model.contains_key(&id));
            model.entry(id).or_insert((text, qty));
        }
        Step::Update(at, qty) => {
            let fields = [null(qty.map(Value::Integer)), at.into()];
            database
                .execute("UPDATE Item SET Qty = ? WHERE Id >= ?", &fields)
                .unwrap();
            model.range_mut(at..).for_each(|(_, row)| row.1 = qty);
        }
        Step::Delete(at) => {
            database
                .execute("DELETE FROM Item WHERE Id < ?", &[at.into()])
                .unwrap();
            model.retain(|&id, _| id >= at);
        }
        Step::Save => *database = saved(database),
    }
    Ok(())
}

proptest! {
    #[test]
    fn a_table_is_as_a_model_of_it(steps in proptest::collection::vec(step(), 0..40)) {
        let mut database = Database::create(Kind::Package);
        database.execute(ITEM, &[]).unwrap();
        let mut model = Model::new();
        for step in steps {
            apply(&mut database, &mut model, step)?;
        }
        let found = database.select("SELECT Id, Label, Qty FROM Item", &[]).unwrap().rows;
        let expected: Vec<Row> = model
            .into_iter()
            .map(|(id, (text, qty))| {
                vec![id.into(), text.map_or(Value::Null, Value::from), qty.map_or(Value::Null, Value::Integer)]
            })
            .collect();
        prop_assert_eq!(found, expected);
    }
}
