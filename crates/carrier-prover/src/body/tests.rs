//! What bodies are said to do.

use super::{Name, of_text};
use crate::path::Operation;

fn writes(text: &str) -> Vec<(Operation, String)> {
    of_text(text)
        .writes
        .into_iter()
        .map(|(operation, Name { schema, name })| {
            let schema = schema.map(|schema| format!("{schema}."));
            (operation, schema.unwrap_or_default() + &name)
        })
        .collect()
}

fn check(text: &str, expected: &[(Operation, &str)]) {
    let expected: Vec<_> = expected
        .iter()
        .map(|(operation, name)| (*operation, (*name).to_owned()))
        .collect();
    assert_eq!(writes(text), expected, "{text}");
}

#[test]
fn names_what_each_verb_writes() {
    check("INSERT INTO s.t VALUES (1)", &[(Operation::Insert, "s.t")]);
    check("update only t set a = 1", &[(Operation::Update, "t")]);
    check("DELETE FROM \"S\".\"T\"", &[(Operation::Delete, "S.T")]);
    check(
        "TRUNCATE TABLE a, s.b CASCADE",
        &[(Operation::Truncate, "a"), (Operation::Truncate, "s.b")],
    );
    check(
        "MERGE INTO s.t USING x ON true WHEN MATCHED THEN DO NOTHING",
        &[
            (Operation::Insert, "s.t"),
            (Operation::Update, "s.t"),
            (Operation::Delete, "s.t"),
        ],
    );
}

#[test]
fn locking_is_no_update_but_an_upsert_is_one() {
    check("SELECT 1 FROM t FOR UPDATE", &[]);
    check("SELECT 1 FROM t FOR NO KEY UPDATE", &[]);
    check(
        "INSERT INTO t VALUES (1) ON CONFLICT (a) DO UPDATE SET b = 1",
        &[(Operation::Insert, "t"), (Operation::Update, "t")],
    );
}

#[test]
fn text_that_is_run_or_not_understood_is_not_excused() {
    assert!(of_text("EXECUTE 'DELETE FROM t'").is_unbounded());
    assert!(of_text("ALTER TABLE t DISABLE TRIGGER ALL").is_unbounded());
    assert!(of_text("SELECT 'never closed").is_unbounded());
    assert!(!of_text("SELECT 'DELETE FROM t' -- UPDATE t").is_unbounded());
    assert!(
        of_text("SELECT 'DELETE FROM t' -- UPDATE t")
            .writes
            .is_empty()
    );
}

#[test]
fn calls_are_named_with_their_schema() {
    let calls = of_text("SELECT s.f(1), g (2)").calls;
    let named: Vec<_> = calls
        .iter()
        .map(|call| (call.schema.as_deref(), call.name.as_str()))
        .collect();
    assert_eq!(named, [(Some("s"), "f"), (None, "g")]);
}

#[test]
fn assigning_to_the_new_row_is_not_comparing_with_it() {
    let normalises = |text: &str| of_text(text).normalises;
    assert_eq!(
        normalises("BEGIN NEW.code := upper(NEW.code); END"),
        ["code"]
    );
    assert_eq!(
        normalises("BEGIN IF a THEN NEW.state = 'x'; END IF; END"),
        ["state"]
    );
    assert_eq!(
        normalises("BEGIN SELECT 1 INTO NEW.rank; NEW := OLD; END"),
        ["rank", "*"]
    );
    let compares = "BEGIN IF NEW.kind = 'x' AND NEW.state = 'y' THEN RETURN NULL; END IF; END";
    assert_eq!(normalises(compares), Vec::<String>::new());
}
