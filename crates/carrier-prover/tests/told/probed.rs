//! What a probe tries, and what comes of every way that the tries can end.

use std::fmt::Write;

use carrier_prover::{Attempt, Attempted, Scratch, render};

use serde_json::{Value, json};

use crate::differences::differences;
use crate::reviewed::{catalogs, compare, kept};
use crate::source::Catalogs;
use crate::{with, with_one, with_one_like};

/// A database that answers everything alike, and writes down what it was asked.
struct Scripted {
    rebuilds: Result<(), String>,
    answers: Result<Attempted, String>,
    discards: Result<(), String>,
    asked: String,
}

impl Scripted {
    fn answering(answers: Result<Attempted, String>) -> Self {
        Self {
            rebuilds: Ok(()),
            answers,
            discards: Ok(()),
            asked: String::new(),
        }
    }
}

impl Scratch for Scripted {
    fn rebuild(&mut self, statements: &[String]) -> Result<(), String> {
        writeln!(self.asked, "rebuild:").unwrap();
        for statement in statements {
            writeln!(self.asked, "  {statement};").unwrap();
        }
        self.rebuilds.clone()
    }

    fn attempt(&mut self, attempt: &Attempt) -> Result<Attempted, String> {
        let mode = if attempt.in_replica_mode {
            " in replica mode"
        } else {
            ""
        };
        let statements = attempt.statements.join("; ");
        let (role, relation) = (&attempt.role, &attempt.relation);
        writeln!(
            self.asked,
            "as {role}{mode}, beside {relation}: {statements}"
        )
        .unwrap();
        self.answers.clone()
    }

    fn discard(&mut self) -> Result<(), String> {
        writeln!(self.asked, "discard").unwrap();
        self.discards.clone()
    }
}

/// Every way that tries can end.
fn scripts() -> [(&'static str, Scripted); 7] {
    let lost = || "the connection is lost".to_owned();
    let refused = || Ok(Attempted::Refused("permission denied".to_owned()));
    let unable = Ok(Attempted::Unable("no such function".to_owned()));
    let answering = Scripted::answering;
    [
        ("everything is refused", answering(refused())),
        ("every row is changed", answering(Ok(Attempted::Changed))),
        ("nothing happens", answering(Ok(Attempted::Unchanged))),
        ("nothing can be tried", answering(unable)),
        ("no try has an answer", answering(Err(lost()))),
        (
            "nothing is rebuilt",
            Scripted {
                rebuilds: Err(lost()),
                ..answering(refused())
            },
        ),
        (
            "nothing is taken back",
            Scripted {
                discards: Err(lost()),
                ..answering(refused())
            },
        ),
    ]
}

#[test]
fn what_is_told_of_probes_is_what_was_reviewed() {
    let [control, _, paths, .., rare] = kept();
    for kept in [control, paths, rare] {
        let prover = catalogs(&kept).prover();
        let before = render(&prover.prove(&kept.declared).unwrap());
        let mut all = String::new();
        for (number, (what, mut scripted)) in scripts().into_iter().enumerate() {
            let report = prover.probe(&kept.declared, &mut scripted).unwrap();
            let differences = differences(&before, &render(&report));
            // What is asked first is asked whatever is answered.
            let asked = if number == 0 {
                scripted.asked
            } else {
                String::new()
            };
            writeln!(all, "== {what}\n{asked}{differences}").unwrap();
        }
        compare(&format!("{}-probed", kept.name), &all);
    }
}

fn policy(command: &str) -> Value {
    json!({
        "oid": 1, "name": "theirs", "relation": CARRIER, "command": command,
        "permissive": command == "r", "roles": [0, 10], "xmin": "1",
        "using_expression": (command != "a").then_some("(id > 1)"),
        "check_expression": matches!(command, "a" | "w" | "*").then_some("(id > 2)"),
    })
}

fn rule(enabled: &str) -> Value {
    json!({
        "oid": 1, "name": "theirs", "relation": CARRIER, "event": "2", "enabled": enabled,
        "instead": false, "definition": "CREATE RULE theirs;", "xmin": "1",
    })
}

/// A type in the place of the one that the first column has.
fn of_type(members: &Value) -> Value {
    let mut row = json!({
        "oid": 20, "schema_oid": 1, "schema": "s", "name": "kind", "owner": 10, "kind": "e",
        "base": 0, "base_name": null, "labels": null, "xmin": "1",
    });
    let all = row.as_object_mut().unwrap();
    all.extend(members.as_object().unwrap().clone());
    row
}

/// The relation of the control's carrier.
const CARRIER: u32 = 16395;

/// Catalogs with one thing changed, which a copy has to have too, or there is none.
fn altered(catalogs: &Catalogs) -> Vec<(&'static str, Catalogs)> {
    let of_triggers = |enabled: &str| with(catalogs, "pg_trigger", "enabled", &json!(enabled));
    let of_functions = |member: &str, value: Value| with(catalogs, "pg_proc", member, &value);
    let of_columns = |member: &str, value: Value| with(catalogs, "pg_attribute", member, &value);
    let of_a_policy = |command: &str| with_one(catalogs, "pg_policy", &policy(command));
    let with_type = |members: Value| with_one(catalogs, "pg_type", &of_type(&members));
    let grants = json!([
        {"grantee": 0, "grantor": 10, "grantable": true, "privilege": "INSERT"},
        {"grantee": 10, "grantor": 10, "grantable": true, "privilege": "UPDATE"},
        {"grantee": 10, "grantor": 10, "grantable": false, "privilege": "SELECT"},
    ]);
    vec![
        ("a column of identity", of_columns("identity", json!("d"))),
        (
            "a generated column",
            with(
                &of_columns("generated", json!("s")),
                "pg_attribute",
                "default_expression",
                &json!("1"),
            ),
        ),
        (
            "a column of a sequence",
            of_columns("default_expression", json!("nextval('s'::regclass)")),
        ),
        ("a rule", with_one(catalogs, "pg_rewrite", &rule("O"))),
        (
            "a rule that is off",
            with_one(catalogs, "pg_rewrite", &rule("D")),
        ),
        (
            "keys of a parent",
            with(catalogs, "pg_constraint", "is_local", &json!(false)),
        ),
        ("triggers fire in replicas", of_triggers("R")),
        ("triggers are off", of_triggers("D")),
        ("triggers fire in sessions alone", of_triggers("O")),
        ("all may read", of_a_policy("r")),
        ("some may insert", of_a_policy("a")),
        ("some may update", of_a_policy("w")),
        ("some may delete", of_a_policy("d")),
        ("some may do anything", of_a_policy("*")),
        (
            "grants are passed on",
            with(catalogs, "pg_class", "acl", &grants),
        ),
        ("an enum", with_type(json!({"labels": ["it's", "two"]}))),
        ("a domain", with_type(json!({"base_name": "bigint"}))),
        ("another type", with_type(json!({}))),
        (
            "a type without a known value",
            of_columns("type_name", json!("point")),
        ),
        (
            "a type without a known value, or none",
            with(
                &of_columns("type_name", json!("point")),
                "pg_attribute",
                "not_null",
                &json!(false),
            ),
        ),
        ("functions in C", of_functions("language", json!("c"))),
        ("aggregates", of_functions("kind", json!("a"))),
        ("procedures", of_functions("kind", json!("p"))),
        (
            "a function that writes out",
            of_functions("arguments", json!("OUT x integer")),
        ),
        (
            "settings",
            of_functions("settings", json!(["search_path=", "app.mode=it's on"])),
        ),
        ("strict functions", of_functions("strict", json!(true))),
    ]
}

#[test]
fn what_is_rebuilt_of_altered_catalogs_is_what_was_reviewed() {
    let [control, ..] = kept();
    let catalogs = catalogs(&control);
    let before = render(&catalogs.prover().prove(&control.declared).unwrap());
    let rebuilt = |catalogs: &Catalogs| {
        let (_, mut scripted) = scripts().into_iter().next().unwrap();
        let report = catalogs
            .prover()
            .probe(&control.declared, &mut scripted)
            .unwrap();
        match scripted.asked.split_once("\nas ") {
            Some((rebuilt, _)) => (rebuilt.to_owned(), String::new()),
            None => (String::new(), differences(&before, &render(&report))),
        }
    };
    let (whole, _) = rebuilt(&catalogs);
    let mut told = format!("{whole}\n");
    for (what, catalogs) in altered(&catalogs) {
        let said = match rebuilt(&catalogs) {
            (rebuilt, none) if none.is_empty() => differences(&whole, &rebuilt),
            (_, why) => why,
        };
        writeln!(told, "\n== {what}\n{said}").unwrap();
    }
    compare("control-rebuilt", &told);
}

/// The carrier with as many children as there are to be relations in all.
fn with_children(catalogs: &Catalogs, relations: u32) -> Catalogs {
    let mut all = catalogs.clone();
    for child in (1..relations).map(|number| CARRIER.checked_add(1000 + number).unwrap()) {
        let members = json!({"oid": child, "name": format!("child_{child}")});
        all = with_one_like(&all, "pg_class", &members);
        let row = json!({"child": child, "parent": CARRIER, "xmin": "1"});
        all = with_one(&all, "pg_inherits", &row);
    }
    all
}

#[test]
fn a_copy_has_a_bounded_number_of_relations() {
    let [control, ..] = kept();
    let whole = catalogs(&control);
    let tried = |relations: u32| {
        let (_, mut scripted) = scripts().into_iter().next().unwrap();
        let catalogs = with_children(&whole, relations);
        let report = catalogs
            .prover()
            .probe(&control.declared, &mut scripted)
            .unwrap();
        (render(&report), scripted.asked)
    };
    let most = 64;
    let (_, asked) = tried(most);
    assert!(asked.contains("child_17458"), "{asked}");
    let (told, asked) = tried(most.checked_add(1).unwrap());
    assert!(told.contains("65 relations lead to it, more than the 64 of a copy"));
    assert_eq!(asked, "discard\n");
}

#[test]
fn a_key_is_rebuilt_before_what_refers_to_it() {
    let [control, ..] = kept();
    let mut catalogs = catalogs(&control);
    let constraints = catalogs.0.get_mut("pg_constraint").unwrap();
    constraints.as_mut().unwrap().reverse();
    let (_, mut scripted) = scripts().into_iter().next().unwrap();
    catalogs
        .prover()
        .probe(&control.declared, &mut scripted)
        .unwrap();
    let at = |what: &str| scripted.asked.find(what).unwrap();
    assert!(at("PRIMARY KEY") < at("FOREIGN KEY"));
}
