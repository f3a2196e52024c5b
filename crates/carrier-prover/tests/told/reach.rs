//! Who writes, where one row of the catalogs says so.

use serde_json::{Value, json};

use crate::differences::beside_the_first;
use crate::reviewed::{compare, kept};
use crate::source::Catalogs;
use crate::{catalogs_of, oid_of, with, with_one, with_one_like, writers_of};

const CARRIER: &str = "carrier.signoff";

fn setting(database: u32, role: &Value, setting: &str) -> Value {
    json!({"database": database, "role": role, "settings": [setting], "xmin": "1"})
}

/// Triggers that replica mode silences, and who can begin in it, enter it or apply in it.
#[test]
fn who_is_told_to_reach_replica_mode_is_what_was_reviewed() {
    let catalogs = catalogs_of("control");
    let catalogs = with(&catalogs, "pg_trigger", "enabled", &json!("O"));
    let app = oid_of(&catalogs, "pc_app");
    let own = 5;
    let catalogs = with(&catalogs, "pg_database", "database_oid", &json!(own));
    let begins = |database: u32, role: &Value, text: &str| {
        with_one(
            &catalogs,
            "pg_db_role_setting",
            &setting(database, role, text),
        )
    };
    let silent = "session_replication_role=Replica";
    let everybody = json!(0);
    let may_set = json!({
        "oid": 1, "name": "session_replication_role", "xmin": "1",
        "acl": [{"grantee": 0, "grantor": 10, "grantable": false, "privilege": "SET"}],
    });
    let applies = json!({
        "oid": 1, "name": "theirs", "owner": app, "enabled": true, "relations": [16395],
    });
    let told = [
        ("nobody", catalogs.clone()),
        ("one role here", begins(own, &app, silent)),
        ("one role everywhere", begins(0, &app, silent)),
        ("one role elsewhere", begins(6, &app, silent)),
        ("everybody here", begins(own, &everybody, silent)),
        (
            "one role as usual",
            begins(own, &app, "session_replication_role=origin"),
        ),
        (
            "everybody may enter it",
            with_one(&catalogs, "pg_parameter_acl", &may_set),
        ),
        (
            "a subscription",
            with_one(&catalogs, "pg_subscription", &applies),
        ),
    ];
    let told = told.map(|(what, catalogs)| (what.to_owned(), writers_of(&catalogs, CARRIER)));
    compare("control-reached", &beside_the_first(&told));
}

/// A role of version 17 refreshes every materialized view, and nothing else.
#[test]
fn whoever_maintains_refreshes() {
    let catalogs = catalogs_of("paths");
    let members = json!({"oid": 6337, "name": "pg_maintain", "superuser": false});
    let maintained = with_one_like(&catalogs, "pg_roles", &members);
    let more = |relation: &str| -> Vec<String> {
        let before = writers_of(&catalogs, relation);
        let after = writers_of(&maintained, relation);
        let is_new = |line: &&str| !before.contains(*line);
        after.lines().filter(is_new).map(str::to_owned).collect()
    };
    let refreshes = "CERTAIN `pg_maintain` REFRESH: `pg_maintain` has MAINTAIN on every relation";
    let lines = more("kept.refilled");
    assert!(
        lines.iter().any(|line| line.starts_with(refreshes)),
        "{lines:?}"
    );
    assert!(
        !more("kept.ledger")
            .iter()
            .any(|line| line.contains("REFRESH"))
    );
}

/// Guards that fire in ordinary sessions, where nobody can begin another one.
#[test]
fn what_is_told_where_nobody_enters_replica_mode_is_what_was_reviewed() {
    let rare = kept().into_iter().last().unwrap();
    let catalogs = with(&catalogs_of("rare"), "pg_roles", "can_login", &json!(false));
    let none = |of: &str, catalogs: &Catalogs| {
        let mut fewer = catalogs.clone();
        fewer.0.insert(of.to_owned(), Ok(Vec::new()));
        fewer
    };
    let catalogs = none("pg_db_role_setting", &catalogs);
    let unpinned = with(&catalogs, "pg_proc", "security_definer", &json!(false));
    let report = unpinned.prover().prove(&rare.declared).unwrap();
    let listed = report
        .carriers
        .iter()
        .find(|proof| proof.carrier == "listed")
        .unwrap();
    let evidence = listed.criteria.iter().flat_map(|proof| &proof.evidence);
    let lines: Vec<&str> = evidence.map(String::as_str).collect();
    compare("rare-unreachable", &(lines.join("\n") + "\n"));
}
