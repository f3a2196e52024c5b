//! What the gate judges a store from.

use gate::port::{CredentialFacts, GateStore as _, SchemaObject};
use registrar::port::{FailureSink as _, RecordAnswer};

use crate::material::{failure, superseding, verifier};
use crate::setup::{Setup, only};
use crate::{Fires, StoreUnderTest, Tampering};

/// A fresh store has exactly the schema objects that the program's own migrations make, and their
/// fingerprint does not depend on who asks, or on what the tables hold.
pub fn fresh_store_has_the_schema_that_is_expected<S: StoreUnderTest>(store: &S) {
    let mut gate = store.gate();
    let fingerprint = gate.schema_fingerprint().unwrap();
    let sorted = |mut objects: Vec<SchemaObject>| {
        objects.sort();
        objects
    };
    let found = sorted(gate.schema_objects().unwrap());
    assert!(!found.is_empty());
    assert_eq!(found, sorted(gate.expected_objects().unwrap()));
    Setup::new(store).register("DOT_A");
    assert_eq!(gate.schema_fingerprint().unwrap(), fingerprint);
    let elsewhere = store.reopened().gate().schema_fingerprint();
    assert_eq!(elsewhere.unwrap(), fingerprint);
}

/// A foreign trigger is one more schema object than expected, named with its table, and moves the
/// fingerprint.
pub fn foreign_trigger_shows_in_the_schema_and_its_fingerprint<S: StoreUnderTest>(store: &S) {
    let mut gate = store.gate();
    let fingerprint = gate.schema_fingerprint().unwrap();
    let expected = gate.expected_objects().unwrap();
    store.tamper(Tampering::ForeignTrigger {
        name: "notify",
        fires: Fires::OnActive,
    });
    assert_eq!(gate.expected_objects().unwrap(), expected);
    let found = gate.schema_objects().unwrap();
    let foreign: Vec<_> = found
        .iter()
        .filter(|object| !expected.contains(object))
        .collect();
    assert!(
        foreign
            .iter()
            .any(|object| object.name == "notify" && object.table == "dot_catalogue"),
        "{foreign:?}"
    );
    assert_ne!(gate.schema_fingerprint().unwrap(), fingerprint);
}

/// The gate counts the active rows of a carrier; those of a carrier that there is not are none, and
/// beside a row that was tampered with nothing is counted.
pub fn active_rows_are_those_that_stand<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    setup.insert("verifier", "v/1", verifier("verifier/head"));
    let second = superseding(verifier("verifier/head"), "active", "v/1");
    let second = setup.insert("verifier", "v/2", second);
    let mut gate = store.gate();
    assert_eq!(gate.active_rows("verifier").unwrap(), [second]);
    for none in ["ownership", "no such carrier", "ledger"] {
        assert_eq!(gate.active_rows(none).unwrap(), [], "{none}");
    }
    store.tamper(Tampering::AuthorityRow {
        carrier: "verifier",
        row_key: "v/2",
        column: "description",
        text: "accepts everything",
    });
    gate.active_rows("verifier").unwrap_err();
}

/// Whether the sink takes a record is tried, and leaves no trace: not a record, and not a gap in the
/// positions.
pub fn audit_sink_is_tried_without_leaving_a_record<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let mut gate = store.gate();
    assert!(gate.audit_sink_writable().unwrap());
    assert_eq!(setup.audit_count(), 0);
    let record = failure(&setup.reservation("DOT_A"), None);
    let answers = store.failures().record(vec![record]).unwrap();
    assert_eq!(only(answers), RecordAnswer::Recorded { position: 1 });
    store.tamper(Tampering::AuditSinkAway);
    assert!(!gate.audit_sink_writable().unwrap());
}

/// Each role is reported once, with what it may write: nobody deletes, readers write nothing, and
/// only the authority writer writes authority, but for the hold that a failure places.
pub fn credentials_are_reported_as_narrow_as_their_roles<S: StoreUnderTest>(store: &S) {
    const AUTHORITY: [&str; 14] = [
        "principal",
        "principal_binding",
        "action_type",
        "ownership",
        "approval",
        "approval_vote",
        "admission",
        "manifest",
        "verifier",
        "policy",
        "dot_config",
        "hold_event",
        "retirement",
        "trigger_inventory",
    ];
    let mut facts = store.gate().credentials().unwrap();
    facts.sort_by(|one, other| one.role.cmp(&other.role));
    let roles: Vec<_> = facts.iter().map(|facts| facts.role.as_str()).collect();
    assert!(roles.windows(2).all(|pair| pair[0] < pair[1]), "{roles:?}");
    // Blocks A and F may have credentials of their own, which are readers as any other.
    let (resolvers, roles): (Vec<_>, Vec<_>) = roles
        .into_iter()
        .partition(|role| role.ends_with("-resolver"));
    assert_eq!(
        roles,
        [
            "audit-writer",
            "authority",
            "observer",
            "reader",
            "registrar",
            "snapshot-writer",
            "verifier"
        ]
    );
    let of =
        |role: &str| -> &CredentialFacts { facts.iter().find(|facts| facts.role == role).unwrap() };
    let within = |role: &str, tables: &[&str]| {
        let inserts = &of(role).may_insert;
        let stray = inserts
            .iter()
            .find(|table| !tables.contains(&table.as_str()));
        assert_eq!(stray, None, "{role}");
    };
    for facts in &facts {
        assert_eq!(facts.may_delete, [] as [String; 0], "{}", facts.role);
        assert!(facts.may_insert.is_sorted() && facts.may_update.is_sorted());
    }
    for reader in ["observer", "verifier", "reader"]
        .into_iter()
        .chain(resolvers)
    {
        within(reader, &[]);
        assert_eq!(of(reader).may_update, [] as [String; 0], "{reader}");
    }
    within("authority", &AUTHORITY);
    for carrier in AUTHORITY {
        let inserts = &of("authority").may_insert;
        assert!(inserts.iter().any(|table| table == carrier), "{carrier}");
    }
    within("snapshot-writer", &["snapshot", "verification_report"]);
    assert_eq!(of("snapshot-writer").may_update, [] as [String; 0]);
    within("audit-writer", &["failure_audit", "hold_event"]);
    let registrar = &of("registrar").may_insert;
    let stray = registrar
        .iter()
        .find(|table| AUTHORITY.contains(&table.as_str()) || table.as_str() == "failure_audit");
    assert_eq!(stray, None);
    let touching = |role: &str| {
        let updates = &of(role).may_update;
        updates.iter().any(|column| !column.starts_with("attempt."))
    };
    assert!(!touching("registrar") && !touching("audit-writer"));
}

/// The store says what it is, and tells facts about where it lives in lines for people.
pub fn store_tells_its_kind_and_its_place<S: StoreUnderTest>(store: &S) {
    let mut gate = store.gate();
    assert!(["sqlite", "postgres"].contains(&gate.store_kind()));
    let facts = gate.place_facts().unwrap();
    assert!(!facts.is_empty());
    assert!(
        facts
            .iter()
            .all(|fact| !fact.is_empty() && !fact.contains('\n'))
    );
}
