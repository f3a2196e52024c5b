use serde_json::json;

use super::world::{World, object, owner, policy_json};
use super::{check_hold, check_open, now};
use crate::contract::RejectCode;
use crate::port::{Checkpoint, ObjectKind, SchemaObject};
use crate::{GateError, evaluate};

/// Spoils an open world in one way and asserts that exactly one code and prerequisite say so.
fn check(spoil: impl FnOnce(&mut World), code: RejectCode, prerequisite: &str) {
    let mut world = World::open();
    check_open(&mut world);
    spoil(&mut world);
    check_hold(&mut world, &[code], &[prerequisite]);
}

fn trigger(name: &str, table: &str, body: &str) -> SchemaObject {
    let sql = format!("CREATE TRIGGER {name} AFTER INSERT ON {table} BEGIN {body}; END");
    object(ObjectKind::Trigger, name, table, &sql)
}

#[test]
fn a_complete_store_is_open() {
    check_open(&mut World::open());
}

#[test]
fn the_registrar_writes_all_four_or_the_gate_holds() {
    let (code, prerequisite) = (RejectCode::RegistrarContractUnproven, "registrar-contract");
    for table in ["decision", "dot_catalogue"] {
        let spoil = |world: &mut World| {
            world
                .credential("registrar")
                .may_insert
                .retain(|name| name != table);
        };
        check(spoil, code, prerequisite);
    }
    check(
        |world| world.credential("verifier").read_only = false,
        code,
        prerequisite,
    );
    check(
        |world| world.drop_object("dot_config_is_never_changed"),
        code,
        prerequisite,
    );
    let from = "REFERENCES ledger (ledger_key)";
    check(
        |world| world.alter("decision", from, ""),
        code,
        prerequisite,
    );
}

#[test]
fn an_operation_needs_one_implemented_action_type() {
    let (code, prerequisite) = (RejectCode::ActionTypeUngoverned, "action-type");
    check(|world| world.clear("action_type"), code, prerequisite);
    let action = |implemented| json!({"operation": "register_dot", "implemented": implemented, "risk_tier": "low"});
    check(
        |world| world.add("action_type", &action(1)),
        code,
        prerequisite,
    );
    check(
        |world| world.set("action_type", &action(0)),
        code,
        prerequisite,
    );
    check(
        |world| world.drop_object("action_type_is_never_deleted"),
        code,
        prerequisite,
    );
    let mut world = World::open();
    let other = evaluate(&mut world, now(), "reregister_dot").unwrap();
    assert_eq!(other.state, crate::contract::GateState::Hold);
}

#[test]
fn somebody_accountable_is_on_record_in_their_time() {
    let (code, prerequisite) = (RejectCode::OwnerOfRecordAbsent, "registration-authority");
    check(|world| world.clear("ownership"), code, prerequisite);
    for (column, value) in [
        ("kind", json!("supporting")),
        ("owner", json!("somebody")),
        ("effective_from", json!("2026-06-21T09:00:00.000001Z")),
        ("effective_to", json!("2026-06-21T09:00:00.000000Z")),
    ] {
        let spoil = |world: &mut World| {
            let mut row = owner();
            row[column] = value;
            world.set("ownership", &row);
        };
        check(spoil, code, prerequisite);
    }
    let mut world = World::open();
    let mut row = owner();
    row["effective_to"] = json!("2026-06-21T09:00:00.000001Z");
    world.set("ownership", &row);
    check_open(&mut world);
}

#[test]
fn admissions_are_guarded_and_carry_the_hash() {
    let (code, prerequisite) = (RejectCode::AdmissionCarrierUnproven, "artifact-admission");
    check(
        |world| world.drop_object("admission_is_never_changed"),
        code,
        prerequisite,
    );
    check(
        |world| world.drop_object("admission_is_never_deleted"),
        code,
        prerequisite,
    );
    let (code, prerequisite) = (RejectCode::HashCarrierUnproven, "hash-carrier");
    check(
        |world| world.alter("admission", "artifact_hash BLOB NOT NULL", "hash BLOB"),
        code,
        prerequisite,
    );
    check(
        |world| {
            world.alter(
                "admission",
                "artifact_hash BLOB NOT NULL",
                "artifact_hash BLOB",
            );
        },
        code,
        prerequisite,
    );
}

#[test]
fn a_dot_has_one_head_and_four_statuses() {
    let (code, prerequisite) = (RejectCode::HeadUniquenessAbsent, "head-uniqueness");
    check(
        |world| world.drop_object("dot_catalogue_one_head"),
        code,
        prerequisite,
    );
    check(
        |world| world.alter("dot_catalogue_one_head", "UNIQUE ", ""),
        code,
        prerequisite,
    );
    check(
        |world| world.alter("dot_catalogue_one_head", ", 'active'", ""),
        code,
        prerequisite,
    );
    let (code, prerequisite) = (RejectCode::StatusDomainUnenforced, "status-domain");
    check(
        |world| world.alter("dot_catalogue", ", 'retired'", ", 'retired', 'live'"),
        code,
        prerequisite,
    );
}

#[test]
fn a_key_is_single_use_or_the_gate_holds() {
    let (code, prerequisite) = (RejectCode::ReplaySurfaceNotFit, "replay-surface");
    check(
        |world| world.drop_object("ledger_is_never_deleted"),
        code,
        prerequisite,
    );
    check(
        |world| world.alter("ledger", "nonce BLOB NOT NULL UNIQUE", "nonce BLOB"),
        code,
        prerequisite,
    );
    check(
        |world| world.alter("ledger", "run_id TEXT,", ""),
        code,
        prerequisite,
    );
    let by_attempt = "CREATE UNIQUE INDEX by_try ON ledger (nonce, attempt_no)";
    let index = object(ObjectKind::Index, "by_try", "ledger", by_attempt);
    check(|world| world.objects.push(index), code, prerequisite);
    let second = |world: &mut World| {
        world
            .credential("authority")
            .may_insert
            .push("ledger".to_owned());
    };
    check(second, code, prerequisite);
    let delete = |world: &mut World| {
        world
            .credential("registrar")
            .may_delete
            .push("attempt".to_owned());
    };
    check(delete, code, prerequisite);
}

#[test]
fn a_restored_store_holds() {
    let evidence = "12 of 15 records".to_owned();
    let behind = Checkpoint::Behind { evidence };
    let code = RejectCode::RestoredStoreBehindCheckpoint;
    check(|world| world.checkpoint = behind, code, "replay-surface");
    let mut world = World::open();
    let evidence = "15 of 15 records".to_owned();
    world.checkpoint = Checkpoint::Held { evidence };
    check_open(&mut world);
}

#[test]
fn failures_can_be_recorded_or_the_gate_holds() {
    let (code, prerequisite) = (RejectCode::AuditSinkUnavailable, "audit-sink");
    check(
        |world| world.audit_sink_writable = false,
        code,
        prerequisite,
    );
    check(
        |world| world.drop_object("failure_audit_is_never_changed"),
        code,
        prerequisite,
    );
    check(
        |world| {
            world
                .credential("audit-writer")
                .may_insert
                .retain(|name| name != "failure_audit");
        },
        code,
        prerequisite,
    );
}

#[test]
fn approvals_are_guarded_bound_and_counted_by_policy() {
    let (code, prerequisite) = (RejectCode::ApprovalQuorumUnproven, "approval-quorum");
    check(
        |world| world.drop_object("approval_vote_is_never_changed"),
        code,
        prerequisite,
    );
    check(
        |world| world.drop_object("principal_binding_is_never_deleted"),
        code,
        prerequisite,
    );
    let spoil = |world: &mut World| {
        let mut policy = policy_json();
        policy["quorum"][0]["approvals_min"] = json!(0);
        world.set_policy(&policy);
    };
    check(spoil, code, prerequisite);
    let spoil = |world: &mut World| {
        let mut policy = policy_json();
        policy["quorum"].as_array_mut().unwrap().remove(0);
        world.set_policy(&policy);
    };
    check(spoil, code, prerequisite);
    for side in ["none", "board"] {
        let olga = json!({"principal": "principal/olga", "kind": "human", "side": side});
        check(|world| world.set("principal", &olga), code, prerequisite);
    }
    let mut world = World::open();
    world.alter("approval", "artifact_hash BLOB, ", "");
    let unbound = RejectCode::OwnerBindingFailClosedUntilAprPayloadSupport;
    check_hold(&mut world, &[code, unbound], &[prerequisite]);
}

#[test]
fn a_governed_manifest_and_an_independent_observer() {
    let (code, prerequisite) = (
        RejectCode::SnapshotManifestSourceUnproven,
        "snapshot-manifest",
    );
    check(|world| world.clear("manifest"), code, prerequisite);
    check(
        |world| world.add("manifest", &json!({"issuer": "principal/olga"})),
        code,
        prerequisite,
    );
    let ops = json!({"principal": "principal/ops", "kind": "operator", "side": "none"});
    for issuer in ["nobody", "principal/ops"] {
        let spoil = |world: &mut World| {
            world.add("principal", &ops);
            world.set("manifest", &json!({"issuer": issuer}));
        };
        check(spoil, code, prerequisite);
    }
    check(
        |world| world.observer_is_another_process = false,
        code,
        prerequisite,
    );
    check(
        |world| world.drop_object("snapshot_is_never_changed"),
        code,
        prerequisite,
    );
    let writes = |world: &mut World| {
        world
            .credential("observer")
            .may_insert
            .push("snapshot".to_owned());
    };
    check(writes, code, prerequisite);
}

#[test]
fn a_trigger_is_made_by_the_migrations_or_accepted() {
    let (code, prerequisite) = (RejectCode::TriggerUnaccounted, "trigger-inventory");
    let notify = trigger("notify", "dot_catalogue", "SELECT announce(new.dot_code)");
    check(
        |world| world.objects.push(notify.clone()),
        code,
        prerequisite,
    );
    let mut world = World::open();
    world.objects.push(notify.clone());
    let mut row = json!({"trigger_name": "notify", "table_name": "dot_catalogue",
                         "body_hash": notify.sql_hash});
    world.set("trigger_inventory", &row);
    check_open(&mut world);
    row["body_hash"] = json!(trigger("notify", "dot_catalogue", "SELECT 1").sql_hash);
    world.set("trigger_inventory", &row);
    check_hold(&mut world, &[code], &[prerequisite]);
}

#[test]
fn a_guard_with_another_body_is_neither_a_guard_nor_accounted_for() {
    let mut world = World::open();
    world.alter("ownership_is_never_changed", "ABORT", "IGNORE");
    check_hold(
        &mut world,
        &[
            RejectCode::TriggerUnaccounted,
            RejectCode::OwnerOfRecordAbsent,
        ],
        &["registration-authority", "trigger-inventory"],
    );
}

#[test]
fn a_second_writer_of_the_catalogue_is_a_hazard_even_when_accepted() {
    let (code, prerequisite) = (RejectCode::DualWriterHazard, "single-writer");
    let sync = |world: &mut World| {
        let sync = trigger(
            "sync",
            "inbox",
            "UPDATE Dot_Catalogue SET status = 'active'",
        );
        let row = json!({"trigger_name": "sync", "table_name": "inbox",
                         "body_hash": sync.sql_hash});
        world.set("trigger_inventory", &row);
        world.objects.push(sync);
    };
    check(sync, code, prerequisite);
    let credential = |world: &mut World| {
        world
            .credential("authority")
            .may_insert
            .push("dot_catalogue".to_owned());
    };
    check(credential, code, prerequisite);
    let update = |world: &mut World| {
        let updates = &mut world.credential("registrar").may_update;
        updates.push("dot_catalogue.status".to_owned());
    };
    check(update, code, prerequisite);
}

#[test]
fn only_a_policy_row_accepts_that_one_principal_is_every_role() {
    let (code, prerequisite) = (RejectCode::WriterAuthorityUnproven, "single-writer");
    for accepted in [json!(null), json!("separated-principals")] {
        let spoil = |world: &mut World| {
            let mut policy = policy_json();
            policy["assurance_accepted"] = accepted;
            world.set_policy(&policy);
        };
        check(spoil, code, prerequisite);
    }
    let spoil = |world: &mut World| {
        let mut policy = policy_json();
        policy["trust_base"] = json!([]);
        world.set_policy(&policy);
    };
    check(spoil, code, prerequisite);
    let writes = |world: &mut World| {
        world
            .credential("registrar")
            .may_insert
            .push("ownership".to_owned());
    };
    check(writes, code, prerequisite);
    let mut world = World::open();
    let mut policy = policy_json();
    policy["assurance_accepted"] = json!(null);
    world.set_policy(&policy);
    world.principals_are_distinct = true;
    check_open(&mut world);
}

#[test]
fn separated_credentials_are_bound_to_principals_or_the_gate_holds() {
    let code = RejectCode::WriterAuthorityUnproven;
    let binding = |value: &str| json!({"channel": "db_role", "value": value, "principal": "principal/office"});
    let mut world = World::open();
    world.principals_are_distinct = true;
    world.credentials_to_bind = vec!["db_role:store_registrar".to_owned()];
    check_hold(&mut world, &[code], &["single-writer"]);
    world.set("principal_binding", &binding("store_authority"));
    check_hold(&mut world, &[code], &["single-writer"]);
    world.set("principal_binding", &binding("store_registrar"));
    check_open(&mut world);
    world.add("principal_binding", &binding("store_registrar"));
    check_hold(&mut world, &[code], &["single-writer"]);
}

#[test]
fn without_a_usable_policy_nothing_is_accepted() {
    let codes = [
        RejectCode::WriterAuthorityUnproven,
        RejectCode::ApprovalQuorumUnproven,
    ];
    let missing = ["approval-quorum", "single-writer"];
    let mut world = World::open();
    world.clear("policy");
    check_hold(&mut world, &codes, &missing);
    let mut policy = policy_json();
    policy["header"]["expires_at"] = json!(now());
    world.set_policy(&policy);
    check_hold(&mut world, &codes, &missing);
    policy["header"]["expires_at"] = json!("2026-06-21T09:00:00.000001Z");
    world.set_policy(&policy);
    check_open(&mut world);
    policy["header"]["issued_at"] = json!("2026-06-21T09:00:05.000001Z");
    policy["header"]["expires_at"] = json!("2036-06-21T09:00:00.000000Z");
    world.set_policy(&policy);
    check_hold(&mut world, &codes, &missing);
    policy["header"]["issued_at"] = json!("2026-06-21T09:00:05.000000Z");
    world.set_policy(&policy);
    check_open(&mut world);
    policy["header"]["producer"] = json!("caller");
    world.set_policy(&policy);
    check_hold(&mut world, &codes, &missing);
    world.set_policy(&policy_json());
    check_open(&mut world);
    world.add(
        "policy",
        &json!({"policy_id": "policy/second", "body": "{}"}),
    );
    check_hold(&mut world, &codes, &missing);
}

#[test]
fn everything_that_is_missing_is_named_at_once() {
    let mut world = World::open();
    world.objects.clear();
    for carrier in ["action_type", "ownership", "manifest", "policy"] {
        world.clear(carrier);
    }
    world.credentials.clear();
    world.audit_sink_writable = false;
    world.observer_is_another_process = false;
    let report = super::gate(&mut world);
    let held: Vec<&str> = report
        .prerequisites
        .iter()
        .filter(|prerequisite| prerequisite.held)
        .map(|prerequisite| prerequisite.id.as_str())
        .collect();
    assert_eq!(held, Vec::<&str>::new());
}

#[test]
fn a_store_that_cannot_be_read_is_not_judged() {
    let mut world = World::open();
    world.unreachable = true;
    let error = evaluate(&mut world, now(), "register_dot").unwrap_err();
    assert!(matches!(error, GateError::Store(_)));
    assert_eq!(error.to_string(), "cannot read the store's clock");
}
