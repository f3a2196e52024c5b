//! HOLD and what is missing: each prerequisite taken away from a real store, and given back.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops where what it rests on does not hold"
)]

use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

use authority::contract::Assurance;
use authority::{PolicySettings, TriggerEntry};
use holdfast_tests::acts::Acts;
use holdfast_tests::answered::{codes, json, text, texts};
use holdfast_tests::fixture::Fixture;
use holdfast_tests::foreign::Foreign;
use holdfast_tests::handles;
use holdfast_tests::interjection::{Interjection, Moment};
use holdfast_tests::kind::Kind;
use holdfast_tests::ledger::{Counts, tamper};
use holdfast_tests::place::{Place, Readable as _};
use holdfast_tests::raw::Cell;
use pipeline::Outcome;
use serde_json::Value;

/// The state and the codes of the gate's report, made now.
fn gate(fixture: &Fixture) -> (String, Vec<String>) {
    let report = json(&fixture.pipeline().gate().unwrap().gate_report);
    (text(&report, "/state"), texts(&report, "/reject_codes"))
}

fn assert_open(fixture: &Fixture, what: &str) {
    assert_eq!(gate(fixture), ("OPEN".to_owned(), vec![]), "{what}");
}

/// The gate is closed with exactly these codes behind `REGISTRATION_HOLD`, so is the pipeline, and
/// nothing is tried.
fn assert_held(fixture: &Fixture, what: &str, expected: &[&str]) {
    let expected = [&["REGISTRATION_HOLD"], expected].concat();
    let (state, found) = gate(fixture);
    assert_eq!(found, expected, "{what}");
    assert_eq!(state, "HOLD", "{what}");
    let answer = fixture.pipeline().register(&fixture.request(0)).unwrap();
    assert_eq!(answer.outcome, Outcome::Hold, "{what}");
    assert_eq!(codes(&answer), expected, "{what}");
    assert_eq!(Counts::of(fixture), Counts::default(), "{what}");
}

/// What is taken away, and the codes that the gate has without it.
type Case = (&'static str, &'static [&'static str]);

/// A guard of a table: what drops it, and what makes it again as it was.
struct Guard {
    drop: String,
    make: String,
}

/// The guard of this name, as the store itself says that it was made.
fn guard(fixture: &Fixture, name: &str) -> Guard {
    let mut store = fixture.read();
    let named = [Cell::Text(name.to_owned())];
    match fixture.kind() {
        Kind::Sqlite => {
            let text = "SELECT type, sql FROM sqlite_schema WHERE name = ?1";
            let row = store.rows(text, &named).remove(0);
            Guard {
                drop: format!("DROP {} {name};", row[0].text()),
                make: row[1].text(),
            }
        }
        Kind::Postgres => {
            let triggers = "SELECT c.relname::text, pg_get_triggerdef(t.oid) FROM pg_trigger AS t \
                 JOIN pg_class AS c ON c.oid = t.tgrelid WHERE t.tgname = CAST(?1 AS text)";
            if let Some(row) = store.rows(triggers, &named).first() {
                let (table, made) = (row[0].text(), row[1].text());
                let always = format!("ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name};");
                return Guard {
                    drop: format!("DROP TRIGGER {name} ON {table};"),
                    make: format!("{made}; {always}"),
                };
            }
            // With a constraint go those that refer to what it makes unique.
            let constraints = "SELECT c.relname::text, k.conname::text, \
                 pg_get_constraintdef(k.oid) FROM pg_constraint AS k \
                 JOIN pg_class AS c ON c.oid = k.conrelid \
                 WHERE k.conname = CAST(?1 AS text) OR k.conindid = (SELECT o.conindid \
                   FROM pg_constraint AS o WHERE o.conname = CAST(?1 AS text)) \
                 ORDER BY k.contype DESC";
            let rows = store.rows(constraints, &named);
            let made = rows.iter().map(|row| {
                let (table, name, made) = (row[0].text(), row[1].text(), row[2].text());
                format!("ALTER TABLE {table} ADD CONSTRAINT {name} {made};")
            });
            Guard {
                drop: format!(
                    "ALTER TABLE {} DROP CONSTRAINT {name} CASCADE;",
                    rows[0][0].text()
                ),
                make: made.collect(),
            }
        }
    }
}

#[test]
fn a_fresh_store_holds_and_names_every_prerequisite() {
    let fixture = Fixture::new(1);
    let folder = fixture.dir.path().join("fresh");
    std::fs::create_dir(&folder).unwrap();
    let fresh = Place::make(fixture.kind(), &folder);
    let mut facts = handles::gate(&fresh.open(), true);
    let now = embedded::edge::now();
    let evaluation = gate::evaluate(&mut facts, now, "register_dot").unwrap();
    let report = json(&evaluation.gate_report);
    assert_eq!(text(&report, "/state"), "HOLD");
    let named = report["prerequisites"].as_array().unwrap();
    let named: BTreeMap<String, Value> = named
        .iter()
        .map(|one| (text(one, "/id"), one["reject_codes"].clone()))
        .collect();
    let held: &[&str] = &[];
    let expected: [(&str, &[&str]); 13] = [
        ("action-type", &["ACTION_TYPE_UNGOVERNED"]),
        ("approval-quorum", &["APPROVAL_QUORUM_UNPROVEN"]),
        ("artifact-admission", held),
        ("audit-sink", held),
        ("hash-carrier", held),
        ("head-uniqueness", held),
        ("registrar-contract", held),
        ("registration-authority", &["OWNER_OF_RECORD_ABSENT"]),
        ("replay-surface", held),
        ("single-writer", &["WRITER_AUTHORITY_UNPROVEN"]),
        ("snapshot-manifest", &["SNAPSHOT_MANIFEST_SOURCE_UNPROVEN"]),
        ("status-domain", held),
        ("trigger-inventory", held),
    ];
    let expected: BTreeMap<String, Value> = expected
        .into_iter()
        .map(|(id, codes)| (id.to_owned(), serde_json::json!(codes)))
        .collect();
    assert_eq!(named, expected);
    assert_eq!(
        texts(&report, "/reject_codes"),
        [
            "REGISTRATION_HOLD",
            "WRITER_AUTHORITY_UNPROVEN",
            "APPROVAL_QUORUM_UNPROVEN",
            "OWNER_OF_RECORD_ABSENT",
            "ACTION_TYPE_UNGOVERNED",
            "SNAPSHOT_MANIFEST_SOURCE_UNPROVEN",
        ]
    );
}

/// Each is revoked and put back in another way; the gate follows.
#[test]
fn a_governed_row_that_is_withdrawn_closes_the_gate_with_its_code() {
    let cases: [Case; 4] = [
        ("ownership", &["OWNER_OF_RECORD_ABSENT"]),
        ("manifest", &["SNAPSHOT_MANIFEST_SOURCE_UNPROVEN"]),
        ("action_type", &["ACTION_TYPE_UNGOVERNED"]),
        // A policy is what says whom to trust and what a quorum is.
        (
            "policy",
            &["WRITER_AUTHORITY_UNPROVEN", "APPROVAL_QUORUM_UNPROVEN"],
        ),
    ];
    for (carrier, expected) in cases {
        let fixture = Fixture::new(1);
        assert_open(&fixture, carrier);
        let acts = Acts::on(&fixture);
        acts.revoke(carrier, &acts.one(carrier, &[]));
        assert_held(&fixture, carrier, expected);
        match carrier {
            "ownership" => drop(acts.own("DOT_0", "catalogue")),
            "action_type" => drop(acts.set_action("register_dot", "catalogue")),
            "manifest" => drop(acts.write(|draft| {
                let issuer = "principal/olga".parse().unwrap();
                draft.set_manifest(&authority::default_manifest(issuer).unwrap())
            })),
            _ => drop(acts.set_policy(&PolicySettings {
                assurance_accepted: Some(fixture.kind().assurance()),
                ..PolicySettings::default()
            })),
        }
        assert_open(&fixture, carrier);
    }
}

#[test]
fn embedded_policy_that_does_not_accept_one_principal_for_every_role_holds() {
    let fixture = Fixture::of(Kind::Sqlite, 1);
    let acts = Acts::on(&fixture);
    acts.set_policy(&PolicySettings::default());
    assert_held(&fixture, "separated", &["WRITER_AUTHORITY_UNPROVEN"]);
    acts.set_policy(&PolicySettings {
        assurance_accepted: Some(Assurance::SinglePrincipal),
        ..PolicySettings::default()
    });
    assert_open(&fixture, "single");
}

/// Where every role is a principal of its own, no policy makes less of it; a role that may become
/// another is none.
#[test]
fn postgres_roles_are_separated_principals_until_one_may_become_another() {
    let fixture = Fixture::of(Kind::Postgres, 1);
    let acts = Acts::on(&fixture);
    let accepting = |assurance_accepted| PolicySettings {
        assurance_accepted,
        ..PolicySettings::default()
    };
    let assurance = || {
        let report = json(&fixture.pipeline().gate().unwrap().gate_report);
        text(&report, "/assurance")
    };
    for accepted in [None, Some(Assurance::SinglePrincipal)] {
        acts.set_policy(&accepting(accepted));
        assert_open(&fixture, "separated");
        assert_eq!(assurance(), "separated-principals");
    }
    let database = fixture.place.database().name().to_owned();
    let (writer, other) = (
        format!("{database}_registrar"),
        format!("{database}_authority"),
    );
    acts.set_policy(&accepting(None));
    tamper(&fixture, &format!("GRANT {other} TO {writer}"));
    let (state, found) = gate(&fixture);
    assert_eq!(state, "HOLD");
    assert!(
        found.contains(&"WRITER_AUTHORITY_UNPROVEN".to_owned()),
        "{found:?}"
    );
    tamper(&fixture, &format!("REVOKE {other} FROM {writer}"));
    assert_open(&fixture, "separated again");
}

#[test]
fn a_quorum_below_the_floor_holds() {
    let fixture = Fixture::new(1);
    let acts = Acts::on(&fixture);
    let with = |owner_humans: u32| {
        let mut settings = PolicySettings {
            policy_id: format!("policy/{owner_humans}"),
            assurance_accepted: Some(fixture.kind().assurance()),
            ..PolicySettings::default()
        };
        for rule in &mut settings.quorum {
            rule.owner_humans_min = owner_humans.into();
        }
        acts.set_policy(&settings)
    };
    with(0);
    assert_held(
        &fixture,
        "no owner-side human",
        &["APPROVAL_QUORUM_UNPROVEN"],
    );
    with(1);
    assert_open(&fixture, "one owner-side human");
}

/// Voters are governed: without any, the gate may be open, and no approval counts.
#[test]
fn an_approval_without_its_voter_opens_nothing() {
    let fixture = Fixture::new(1);
    let acts = Acts::on(&fixture);
    let approval = acts.approval("register_dot", "DOT_0");
    let vote = acts.one("approval_vote", &[("approval_ref", &approval)]);
    acts.revoke("approval_vote", &vote);
    let refused = fixture.pipeline().register(&fixture.request(0)).unwrap();
    assert_eq!(refused.outcome, Outcome::Rejected);
    assert_eq!(codes(&refused)[0], "QUORUM_NOT_REACHED");
    acts.vote(&approval, "approve");
    let accepted = fixture.pipeline().register(&fixture.request(0)).unwrap();
    assert_eq!(accepted.outcome, Outcome::Registered);
}

/// A server's constraint is a part of its table, and the epochs of a code refer to it.
fn without_one_head(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Sqlite => &["HEAD_UNIQUENESS_ABSENT"],
        Kind::Postgres => &[
            "HEAD_UNIQUENESS_ABSENT",
            "STATUS_DOMAIN_UNENFORCED",
            "REGISTRAR_CONTRACT_UNPROVEN",
        ],
    }
}

#[test]
fn every_guard_that_is_dropped_closes_the_gate_with_its_code() {
    // One guard against both changes, or one for each.
    let deleted = match Kind::asked() {
        Kind::Sqlite => "principal_is_never_deleted",
        Kind::Postgres => "principal_is_never_changed",
    };
    let cases: [Case; 14] = [
        ("ownership_is_never_changed", &["OWNER_OF_RECORD_ABSENT"]),
        ("action_type_is_never_changed", &["ACTION_TYPE_UNGOVERNED"]),
        ("approval_is_never_changed", &["APPROVAL_QUORUM_UNPROVEN"]),
        (
            "approval_vote_is_never_changed",
            &["APPROVAL_QUORUM_UNPROVEN"],
        ),
        (deleted, &["APPROVAL_QUORUM_UNPROVEN"]),
        (
            "admission_is_never_changed",
            &["ADMISSION_CARRIER_UNPROVEN"],
        ),
        (
            "manifest_is_never_changed",
            &["SNAPSHOT_MANIFEST_SOURCE_UNPROVEN"],
        ),
        (
            "snapshot_is_never_changed",
            &["SNAPSHOT_MANIFEST_SOURCE_UNPROVEN"],
        ),
        ("policy_is_never_changed", &["WRITER_AUTHORITY_UNPROVEN"]),
        (
            "trigger_inventory_is_never_changed",
            &["TRIGGER_UNACCOUNTED"],
        ),
        ("ledger_is_never_changed", &["REPLAY_SURFACE_NOT_FIT"]),
        (
            "failure_audit_is_never_changed",
            &["AUDIT_SINK_UNAVAILABLE"],
        ),
        // The bytes that an exact retry gets are part of both.
        (
            "decision_is_never_changed",
            &["REPLAY_SURFACE_NOT_FIT", "REGISTRAR_CONTRACT_UNPROVEN"],
        ),
        ("dot_catalogue_one_head", without_one_head(Kind::asked())),
    ];
    let fixture = Fixture::new(1);
    for (name, expected) in cases {
        let guard = guard(&fixture, name);
        tamper(&fixture, &guard.drop);
        assert_held(&fixture, name, expected);
        tamper(&fixture, &guard.make);
        assert_open(&fixture, name);
    }
}

#[test]
fn every_table_that_is_altered_closes_the_gate_with_its_code() {
    let one_head = match Kind::asked() {
        Kind::Sqlite => {
            "DROP INDEX dot_catalogue_one_head; \
             CREATE UNIQUE INDEX dot_catalogue_one_head ON dot_catalogue (dot_code) \
             WHERE status IN ('draft');"
        }
        Kind::Postgres => {
            "ALTER TABLE dot_catalogue DROP CONSTRAINT dot_catalogue_one_head CASCADE; \
             ALTER TABLE dot_catalogue ADD CONSTRAINT dot_catalogue_one_head \
             UNIQUE (dot_code, epoch, status);"
        }
    };
    let cases: [Case; 4] = [
        (
            "ALTER TABLE admission ADD COLUMN note TEXT;",
            &["HASH_CARRIER_UNPROVEN"],
        ),
        (
            "ALTER TABLE dot_catalogue ADD COLUMN note TEXT;",
            &["STATUS_DOMAIN_UNENFORCED"],
        ),
        (
            "ALTER TABLE decision ADD COLUMN note TEXT;",
            &["REGISTRAR_CONTRACT_UNPROVEN"],
        ),
        (one_head, without_one_head(Kind::asked())),
    ];
    for (statements, expected) in cases {
        let fixture = Fixture::new(1);
        tamper(&fixture, statements);
        assert_held(&fixture, statements, expected);
    }
}

#[test]
fn a_trigger_that_nobody_accepted_holds_until_its_exact_body_is_accepted() {
    let fixture = Fixture::new(1);
    let looks_on = Foreign::on(fixture.kind(), "looks_on", "dot_catalogue");
    tamper(&fixture, &looks_on.make);
    assert_held(&fixture, "a foreign trigger", &["TRIGGER_UNACCOUNTED"]);
    let body_hash = {
        let mut facts = handles::gate(&fixture.store, true);
        let objects = gate::port::GateStore::schema_objects(&mut facts).unwrap();
        let found = objects.into_iter().find(|object| object.name == "looks_on");
        found.unwrap().sql_hash
    };
    let accepted = |body_hash| TriggerEntry {
        trigger_name: "looks_on".parse().unwrap(),
        table_name: "dot_catalogue".parse().unwrap(),
        body_hash,
    };
    let acts = Acts::on(&fixture);
    let other = canonical::hash_bytes("another body", b"");
    acts.write(|draft| draft.accept_trigger(&accepted(other)));
    assert_held(&fixture, "another body", &["TRIGGER_UNACCOUNTED"]);
    acts.write(|draft| draft.accept_trigger(&accepted(body_hash)));
    assert_open(&fixture, "its body");
    // A body that changes afterwards is another one.
    tamper(&fixture, &looks_on.drop);
    tamper(&fixture, &looks_on.make.replace('1', "2"));
    assert_held(&fixture, "a changed body", &["TRIGGER_UNACCOUNTED"]);
}

#[test]
fn a_second_writer_of_the_catalogue_is_named_as_a_hazard() {
    let fixture = Fixture::new(1);
    let inbox = match fixture.kind() {
        Kind::Sqlite => "sync_inbox",
        // A server has room for what the gate does not look at; this table lies beside the store's.
        Kind::Postgres => "holdfast.sync_inbox",
    };
    let body = "UPDATE dot_catalogue SET status = 'active' WHERE dot_code = NEW.dot_code;";
    let at = ("sync_job", "AFTER INSERT", inbox);
    let job = Foreign::with(fixture.kind(), at, body);
    tamper(&fixture, &format!("CREATE TABLE {inbox} (dot_code TEXT);"));
    tamper(&fixture, &job.make);
    let expected = ["DUAL_WRITER_HAZARD", "TRIGGER_UNACCOUNTED"];
    assert_held(&fixture, "a sync job", &expected);
    tamper(&fixture, &job.drop);
    assert_open(&fixture, "without the sync job");
}

#[test]
fn a_gate_report_that_ended_before_it_was_acted_on_is_stale() {
    let fixture = Fixture::with_policy(1, serde_json::json!({ "gate_report_validity_ms": 300 }));
    let late = || thread::sleep(Duration::from_millis(320));
    let watcher = Interjection::new(Moment::After("gate_report"), late).boxed();
    let mut pipeline = fixture.deployment().pipeline(watcher).unwrap();
    let request = fixture.request(0);
    let answer = pipeline.register(&request).unwrap();
    assert_eq!(answer.outcome, Outcome::Hold);
    assert_eq!(codes(&answer), ["REGISTRATION_HOLD", "GATE_REPORT_STALE"]);
    assert_eq!(Counts::of(&fixture), Counts::default());
    // A hold burns nothing: under reports that live longer the same bytes register.
    Acts::on(&fixture).set_policy(&PolicySettings {
        assurance_accepted: Some(fixture.kind().assurance()),
        ..PolicySettings::default()
    });
    let answer = pipeline.register(&request).unwrap();
    assert_eq!(answer.outcome, Outcome::Registered);
}
