//! What bodies are said to do.

use serde_json::json;

use super::{Effects, Name, effects, of_text};
use crate::facts::rows::Function;
use crate::path::Operation;

fn function(schema: &str, language: &str, source: Option<&str>) -> Function {
    let row = json!({
        "oid": 1, "schema_oid": 2, "schema": schema, "name": "f", "arguments": "",
        "argument_types": [], "owner": 10, "language": language, "trusted_language": true,
        "security_definer": false, "strict": false, "settings": null, "kind": "f",
        "returns": "trigger", "acl": null, "source": source, "sql_body": null, "xmin": "1",
    });
    serde_json::from_value(row).unwrap()
}

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
    assert_eq!(of_text("SELECT 1 FROM t FOR UPDATE").opaque, None);
    assert_eq!(of_text("SELECT 1 FROM t FOR NO KEY UPDATE").opaque, None);
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
fn every_name_is_mentioned_with_what_stands_before_it() {
    let mentions = |found: Effects| -> Vec<String> {
        let written = |Name { schema, name }: Name| {
            let schema = schema.map(|schema| format!("{schema}."));
            schema.unwrap_or_default() + &name
        };
        found.mentions.into_iter().map(written).collect()
    };
    let text = "a.b.c, d. e FROM \"F\".g, (i).j, 'k.l'";
    let named = ["from", "i", "j", "F.g", "a.b", "b.c", "d.e"];
    assert_eq!(mentions(of_text(text)), named);
    let mut typed = function("s", "plpgsql", Some("x"));
    typed.arguments = "y z.w".to_owned();
    typed.returns = "v".to_owned();
    assert_eq!(mentions(effects(&typed)), ["v", "x", "y", "z.w"]);
}

#[test]
fn a_cursor_is_fetched_from_where_a_statement_begins() {
    for fetching in ["FETCH c INTO d", "BEGIN MOVE c; END", "OPEN c; FETCH c"] {
        assert!(of_text(fetching).fetches, "{fetching}");
    }
    for other in ["SELECT 1 FETCH FIRST 1 ROW ONLY", "SELECT move FROM t"] {
        assert!(!of_text(other).fetches, "{other}");
    }
}

#[test]
fn what_the_server_runs_of_a_text_is_no_answer_only() {
    for running in super::RUNNING {
        assert!(of_text(&format!("SELECT {running}('SELECT 1')")).dynamic);
    }
    for running in [
        "query_to_xml",
        "table_to_xml_and_xmlschema",
        "cursor_to_xml",
    ] {
        assert!(
            of_text(&format!("SELECT {running}(a)")).dynamic,
            "{running}"
        );
    }
    assert!(!of_text("SELECT to_tsvector('SELECT 1')").dynamic);
    let mut by_another_name = function("s", "internal", Some("ts_stat"));
    assert!(effects(&by_another_name).dynamic);
    by_another_name.source = Some("int4pl".to_owned());
    assert!(!effects(&by_another_name).dynamic);
    let opaque = |text: &str| of_text(text).opaque;
    assert_eq!(opaque("SELECT set_config('a', b, true)"), None);
    for unnamed in [
        "SELECT set_config(a, b, true)",
        "SELECT set_config('a' || b, c, true)",
        "SELECT set_config(E'a', b, true)",
        "SELECT set_config(",
    ] {
        let said = opaque(unnamed);
        let expected = "it makes a setting that it does not name";
        assert_eq!(said.as_deref(), Some(expected), "{unnamed}");
    }
    assert_eq!(
        opaque("SET CONSTRAINTS ALL IMMEDIATE").as_deref(),
        Some("it has deferred triggers run at once")
    );
    assert_eq!(opaque("SELECT constraints"), None);
}

#[test]
fn what_is_not_looked_at_or_cut_is_not_excused() {
    let opaque = |text: &str| of_text(text).opaque;
    let literal = Some("it holds a literal or name that is not looked at".to_owned());
    assert_eq!(opaque("SELECT U&\"t\""), literal);
    assert_eq!(opaque("SELECT N'a'"), literal);
    assert_eq!(opaque("SELECT E'a'"), None);
    let cut = Some("it holds a name that the server cuts".to_owned());
    assert_eq!(opaque(&"n".repeat(63)), None);
    assert_eq!(opaque(&"n".repeat(64)), cut);
    assert_eq!(opaque(&format!("\"{}\"", "n".repeat(64))), cut);
    assert_eq!(opaque(&format!("'{}'", "n".repeat(64))), None);
}

#[test]
fn settings_are_taken_back_and_written_as_rows() {
    let opaque = |text: &str| of_text(text).opaque;
    for text in ["RESET ALL", "BEGIN DISCARD ALL; END"] {
        let said = opaque(text);
        assert_eq!(said.as_deref(), Some("it takes settings back"), "{text}");
    }
    assert_eq!(opaque("SELECT reset FROM t"), None);
    assert!(of_text("SET search_path = a").names_search_path);
    assert!(!of_text("SET a = search").names_search_path);
    assert_eq!(
        opaque("UPDATE pg_catalog.pg_settings SET setting = a").as_deref(),
        Some("it writes `pg_settings`")
    );
}

#[test]
fn an_operator_is_called_of_its_schema() {
    let calls = |text: &str| of_text(text).calls;
    let of_schema = Name {
        schema: Some("s".to_owned()),
        name: String::new(),
    };
    assert!(calls("SELECT 1 OPERATOR(s.+) 2").contains(&of_schema));
    for other in [
        "SELECT 1 OPERATOR(+) 2",
        "SELECT operator, (s.a)",
        "SELECT operator",
        "SELECT operator = s.a",
        "SELECT operator(s + 1)",
    ] {
        assert!(!calls(other).contains(&of_schema), "{other}");
    }
}

#[test]
fn a_part_of_a_name_is_no_verb_and_what_into_names_is_no_call() {
    let text = "SELECT t.refresh, t.execute, t.\"new\" FROM t";
    assert_eq!(
        of_text(text),
        Effects {
            opaque: None,
            dynamic: false,
            ..of_text(text)
        }
    );
    let called = |text: &str| -> Vec<String> {
        let calls = of_text(text).calls.into_iter();
        calls.map(|name| name.name).collect()
    };
    assert_eq!(called("INSERT INTO s.t (a) VALUES (f(1))"), ["values", "f"]);
    assert_eq!(called("INSERT INTO t (a) SELECT s.g(1)"), ["g"]);
    assert_eq!(called("MERGE INTO a.b.c (d)"), Vec::<String>::new());
    assert_eq!(called(".t (a)"), ["t"]);
}

#[test]
fn merging_names_its_table_once() {
    check(
        "MERGE INTO t USING s ON true WHEN MATCHED THEN UPDATE SET a = 1",
        &[
            (Operation::Insert, "t"),
            (Operation::Update, "t"),
            (Operation::Delete, "t"),
        ],
    );
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

#[test]
fn a_body_that_is_not_read_says_why() {
    let opaque = |function: &Function| effects(function).opaque;
    let said = |text: &str| Some(text.to_owned());
    let foreign = function("s", "plpython3u", Some("DELETE FROM t"));
    assert_eq!(opaque(&foreign), said("its language is `plpython3u`"));
    assert_eq!(
        opaque(&function("s", "sql", None)),
        said("its body is not shown")
    );
    let unended = function("s", "plpgsql", Some("SELECT 'never"));
    let why = "its body is not read: a quotation without end at byte 7";
    assert_eq!(opaque(&unended), said(why));
    assert_eq!(
        of_text("SELECT 'never").opaque,
        said("a quotation without end")
    );
    assert_eq!(opaque(&function("s", "plpgsql", Some("BEGIN END"))), None);
}

#[test]
fn what_the_server_brings_does_nothing_but_what_is_documented() {
    let brought = function("pg_catalog", "plpgsql", Some("DELETE FROM t"));
    assert_eq!(effects(&brought), Effects::default());
    let built_in = function("s", "internal", Some("DELETE FROM t"));
    assert_eq!(effects(&built_in), Effects::default());
    let own = function("s", "sql", Some("DELETE FROM t"));
    assert_ne!(effects(&own), Effects::default());
}

#[test]
fn a_sql_standard_body_is_read_before_the_other() {
    let mut both = function("s", "sql", Some("DELETE FROM t"));
    both.sql_body = Some("BEGIN ATOMIC SELECT 1; END".to_owned());
    assert!(effects(&both).writes.is_empty());
}

#[test]
fn verbs_that_name_no_table_do_what_they_say() {
    check("COPY s.t FROM STDIN", &[(Operation::Insert, "s.t")]);
    let refreshes = of_text("REFRESH MATERIALIZED VIEW v").opaque;
    assert_eq!(
        refreshes.as_deref(),
        Some("it refreshes a materialized view")
    );
    for defining in ["alter", "create", "drop", "grant", "revoke", "reassign"] {
        let said = of_text(&format!("{defining} something")).opaque;
        assert_eq!(said, Some(format!("it says `{defining}`")));
    }
    assert!(of_text("DO 'BEGIN END'").dynamic);
    assert!(of_text("DO LANGUAGE plpgsql 'BEGIN END'").dynamic);
    assert!(of_text("DO").dynamic);
    for done in ["NOTHING", "ALSO SELECT 1", "INSTEAD SELECT 1"] {
        assert!(!of_text(&format!("DO {done}")).dynamic, "{done}");
    }
    assert!(of_text("EXECUTE f").dynamic);
    assert!(of_text("NOTIFY x").notifies);
    assert!(of_text("SELECT 1; SELECT pg_notify('a', 'b'); SELECT f(1)").notifies);
    assert!(!of_text("SELECT notified, f(1)").notifies);
}

#[test]
fn a_verb_without_its_object_is_not_excused() {
    for (text, said) in [
        ("INSERT t", "`INSERT` of something unnamed"),
        ("INSERT instead t", "`INSERT` of something unnamed"),
        ("DELETE t", "`DELETE` of something unnamed"),
        ("UPDATE 'x'", "`UPDATE` of something unnamed"),
        ("ON CONFLICT DO UPDATE", "`UPDATE` of something unnamed"),
    ] {
        assert_eq!(of_text(text).opaque.as_deref(), Some(said), "{text}");
    }
    check("TRUNCATE a and b", &[(Operation::Truncate, "a")]);
}

#[test]
fn an_upsert_is_of_what_was_inserted_last() {
    check(
        "INSERT INTO a VALUES (1); DELETE FROM b; ON CONFLICT DO UPDATE SET c = 1",
        &[
            (Operation::Insert, "a"),
            (Operation::Delete, "b"),
            (Operation::Update, "a"),
        ],
    );
}

#[test]
fn a_body_is_straight_unless_something_in_it_branches() {
    assert!(of_text("BEGIN DELETE FROM t; END").straight);
    for branching in super::BRANCHING {
        assert!(
            !of_text(&format!("BEGIN {branching} x; END")).straight,
            "{branching}"
        );
    }
    assert!(of_text("BEGIN RAISE EXCEPTION 'no'; END").raises);
    assert!(!of_text("BEGIN RETURN NULL; END").raises);
}

#[test]
fn the_silencing_setting_is_found_however_it_is_written() {
    for text in [
        "SET session_replication_role = replica",
        "SET \"session_replication_role\" = replica",
        "SELECT set_config('Session_Replication_Role', 'replica', true)",
        "SELECT set_config('session_replication_role\\', 'replica', true)",
    ] {
        assert!(of_text(text).names_replication_role, "{text}");
    }
    assert!(!of_text("SET search_path = 'x'; SELECT 1").names_replication_role);
}

#[test]
fn an_assignment_begins_a_statement_or_is_written_as_one() {
    let normalises = |text: &str| of_text(text).normalises;
    for begins in ["BEGIN", ";", "THEN", "ELSE", "LOOP"] {
        assert_eq!(
            normalises(&format!("{begins} NEW.a = 1")),
            ["a"],
            "{begins}"
        );
    }
    assert_eq!(normalises("NEW = OLD"), ["*"]);
    assert_eq!(normalises("SELECT 1 INTO STRICT NEW.b"), ["b"]);
    assert_eq!(normalises("WHEN NEW.a = 1"), Vec::<String>::new());
}
