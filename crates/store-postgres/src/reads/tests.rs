//! Questions that share a round keep their own answers.

use std::thread;

use ::authority::port::{AuthorityWriter, NewRow};
use batching::Work;
use serde_json::json;

use super::{Authority, Rounds};
use crate::error::StoreError;
use crate::role::Role;
use crate::tests::fixture::Fixture;

fn principal(name: &str) -> NewRow {
    let columns = json!({
        "principal": name, "kind": "human", "side": "none", "display_name": name,
        "issued_at": "2026-01-01T00:00:00.000000Z", "lifecycle_status": "active",
        "supersedes": null,
    });
    NewRow {
        carrier: "principal".to_owned(),
        row_key: format!("row-{name}"),
        columns: columns.as_object().unwrap().clone(),
    }
}

fn asked(name: &str) -> Authority {
    Authority::new("principal", &["principal"], &[name])
}

fn with_principals(names: &[&str]) -> Fixture {
    let fixture = Fixture::fresh();
    let rows = names.iter().map(|name| principal(name)).collect();
    fixture.store.authority().unwrap().insert(rows).unwrap();
    fixture
}

#[test]
fn callers_that_ask_at_once_each_get_their_own_answer() {
    let fixture = with_principals(&["one", "two"]);
    let reads = fixture.store.reads().unwrap();
    thread::scope(|scope| {
        for caller in 0..16 {
            let reads = &reads;
            scope.spawn(move || {
                let name = ["one", "two", "nobody"][caller % 3];
                for _ in 0..20 {
                    let rows = reads.owners.ask(asked(name)).unwrap();
                    let found: Vec<&str> = rows.iter().map(|(row, _)| row.key()).collect();
                    let due = format!("row-{name}");
                    let due: &[&str] = if name == "nobody" { &[] } else { &[&due] };
                    assert_eq!(found, due);
                }
            });
        }
    });
}

#[test]
fn a_damaged_row_concerns_only_whoever_asks_for_it() {
    let fixture = with_principals(&["whole", "damaged"]);
    let mut rounds = Rounds {
        session: fixture.store.session(Role::OwnerResolver).unwrap(),
        client: None,
    };
    let questions = [asked("whole"), asked("damaged")];
    assert!(rounds.run(&questions).iter().all(Result::is_ok));
    fixture
        .superuser()
        .batch_execute(
            "ALTER TABLE holdfast.principal DISABLE TRIGGER principal_is_never_changed, \
               DROP CONSTRAINT principal_hash_binds; \
             UPDATE holdfast.principal SET row_hash = sha256('') WHERE principal = 'damaged'",
        )
        .unwrap();
    let mut answers = rounds.run(&questions).into_iter();
    let whole = answers.next().unwrap().unwrap();
    assert_eq!(whole.len(), 1);
    let refused = answers.next().unwrap().unwrap_err();
    assert!(
        matches!(*refused, StoreError::TamperedRow { .. }),
        "{refused:?}"
    );
}

#[test]
fn what_was_committed_before_a_question_is_in_its_answer() {
    let fixture = with_principals(&[]);
    let reads = fixture.store.reads().unwrap();
    let mut writer = fixture.store.authority().unwrap();
    for number in 0..20 {
        let name = format!("p{number}");
        assert!(reads.owners.ask(asked(&name)).unwrap().is_empty());
        writer.insert(vec![principal(&name)]).unwrap();
        assert_eq!(reads.owners.ask(asked(&name)).unwrap().len(), 1);
    }
}

#[test]
fn a_round_whose_connection_ended_is_asked_again() {
    let fixture = with_principals(&["one"]);
    let reads = fixture.store.reads().unwrap();
    assert_eq!(reads.owners.ask(asked("one")).unwrap().len(), 1);
    let role = Role::OwnerResolver.login(fixture.database.name());
    let ended = fixture
        .superuser()
        .query(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1",
            &[&role],
        )
        .unwrap();
    assert!(!ended.is_empty());
    assert_eq!(reads.owners.ask(asked("one")).unwrap().len(), 1);
}
