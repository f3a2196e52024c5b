use std::collections::BTreeSet;

use super::*;
use crate::guard::facts::{Enabled, FunctionFacts, Level, ReplicaMode, Timing, TriggerFacts};

const RAISES: &str = "BEGIN RAISE EXCEPTION 'no'; END";

fn function(body: &str) -> FunctionFacts {
    FunctionFacts {
        name: "app.deny()".to_owned(),
        language: "plpgsql".to_owned(),
        owner: "custodian".to_owned(),
        body: body.to_owned(),
        search_path: Some("pg_catalog, pg_temp".to_owned()),
        security_definer: false,
        strict: false,
    }
}

fn trigger(name: &str, level: Level, events: &[Operation]) -> TriggerFacts {
    TriggerFacts {
        name: name.to_owned(),
        timing: Timing::Before,
        level,
        events: events.iter().copied().collect(),
        enabled: Enabled::Always,
        update_columns: BTreeSet::new(),
        when: None,
        deferrable: false,
        function: function(RAISES),
    }
}

fn table(name: &str) -> RelationFacts {
    let rows = trigger("g_row", Level::Row, &[Operation::Update, Operation::Delete]);
    let all = trigger("g_truncate", Level::Statement, &[Operation::Truncate]);
    RelationFacts {
        name: name.to_owned(),
        kind: RelationKind::Ordinary,
        is_partition: false,
        has_parent: false,
        columns: BTreeSet::from(["id".to_owned(), "payload".to_owned()]),
        triggers: vec![rows, all],
        rules: BTreeSet::new(),
    }
}

fn family() -> FamilyFacts {
    FamilyFacts {
        owner: "custodian".to_owned(),
        custodians: BTreeSet::from(["custodian".to_owned()]),
        replica_mode: ReplicaMode::Unknown,
        members: vec![table("app.ledger")],
    }
}

#[track_caller]
fn judged(family: &FamilyFacts, operation: Operation, outcome: Outcome, code: ReasonCode) {
    let verdict = judge_family(family, operation);
    assert_eq!(verdict.outcome, outcome, "{:?}", verdict.reasons);
    assert!(
        verdict.reasons.iter().any(|reason| reason.code == code),
        "{:?}",
        verdict.reasons
    );
    assert_eq!(verdict.exposed.is_some(), outcome == Outcome::Refuted);
}

fn changed(change: impl FnOnce(&mut RelationFacts)) -> FamilyFacts {
    let mut family = family();
    change(family.members.first_mut().unwrap());
    family
}

fn first(table: &mut RelationFacts) -> &mut TriggerFacts {
    table.triggers.first_mut().unwrap()
}

#[test]
fn a_fully_guarded_table_is_proven_for_every_operation() {
    for operation in Operation::REWRITING {
        let verdict = judge_family(&family(), operation);
        assert_eq!(verdict.outcome, Outcome::Proven, "{:?}", verdict.reasons);
        assert_eq!(verdict.reasons, []);
    }
}

#[test]
fn what_nothing_fires_for_is_refuted() {
    let open = changed(|table| table.triggers.clear());
    let codes = [
        ReasonCode::NoGuardUpdate,
        ReasonCode::NoGuardDelete,
        ReasonCode::NoGuardTruncate,
    ];
    for (operation, code) in Operation::REWRITING.into_iter().zip(codes) {
        judged(&open, operation, Outcome::Refuted, code);
    }
}

#[test]
fn a_rule_in_the_place_of_a_guard_leaves_it_unproven() {
    let ruled = changed(|table| {
        table.triggers.clear();
        table.rules.insert(Operation::Update);
    });
    judged(
        &ruled,
        Operation::Update,
        Outcome::Unproven,
        ReasonCode::RuleOnTable,
    );
}

#[test]
fn the_enabled_mode_decides_with_who_can_reach_replica_mode() {
    let enabled = |enabled, replica_mode| {
        let mut family = changed(|table| first(table).enabled = enabled);
        family.replica_mode = replica_mode;
        family
    };
    let update = Operation::Update;
    let cases = [
        (
            Enabled::Disabled,
            ReplicaMode::Unreachable,
            Outcome::Refuted,
            ReasonCode::TriggerDisabled,
        ),
        (
            Enabled::Replica,
            ReplicaMode::Unreachable,
            Outcome::Refuted,
            ReasonCode::TriggerReplicaOnly,
        ),
        (
            Enabled::Origin,
            ReplicaMode::Unreachable,
            Outcome::Proven,
            ReasonCode::TriggerOriginOnly,
        ),
        (
            Enabled::Origin,
            ReplicaMode::Unknown,
            Outcome::Unproven,
            ReasonCode::TriggerOriginOnly,
        ),
        (
            Enabled::Origin,
            ReplicaMode::Reachable("x may set it".to_owned()),
            Outcome::Refuted,
            ReasonCode::TriggerOriginOnly,
        ),
    ];
    for (mode, replica_mode, outcome, code) in cases {
        judged(&enabled(mode, replica_mode), update, outcome, code);
    }
    let reachable = enabled(Enabled::Origin, ReplicaMode::Reachable(String::new()));
    let exposed = judge_family(&reachable, update).exposed.unwrap();
    assert!(exposed.in_replica_mode);
}

#[test]
fn an_origin_and_a_replica_guard_together_are_not_refuted() {
    let mut family = changed(|table| {
        first(table).enabled = Enabled::Origin;
        let mut second = trigger("h_row", Level::Row, &[Operation::Update]);
        second.enabled = Enabled::Replica;
        table.triggers.push(second);
    });
    family.replica_mode = ReplicaMode::Reachable("x may set it".to_owned());
    judged(
        &family,
        Operation::Update,
        Outcome::Unproven,
        ReasonCode::TriggerReplicaOnly,
    );
}

#[test]
fn a_column_list_is_refuted_by_a_column_outside_all_lists() {
    let listed = |columns: [&str; 1]| {
        let columns = columns.map(str::to_owned);
        changed(|table| first(table).update_columns = BTreeSet::from(columns))
    };
    let code = ReasonCode::TriggerColumnList;
    let family = listed(["payload"]);
    judged(&family, Operation::Update, Outcome::Refuted, code);
    let exposed = judge_family(&family, Operation::Update).exposed.unwrap();
    assert_eq!(exposed.column, Some("id".to_owned()));
    assert_eq!(
        judge_family(&family, Operation::Delete).outcome,
        Outcome::Proven
    );
    let mut both = family;
    let mut second = trigger("h_row", Level::Row, &[Operation::Update]);
    second.update_columns = BTreeSet::from(["id".to_owned()]);
    both.members.first_mut().unwrap().triggers.push(second);
    judged(&both, Operation::Update, Outcome::Unproven, code);
}

#[test]
fn a_condition_leaves_a_guard_unproven() {
    let when = |text: &str| changed(|table| first(table).when = Some(text.to_owned()));
    let data = when("(old.status = 'final'::text)");
    let update = Operation::Update;
    let unproven = Outcome::Unproven;
    judged(&data, update, unproven, ReasonCode::TriggerConditional);
    let depth = when("(pg_trigger_depth() = 0)");
    judged(
        &depth,
        update,
        unproven,
        ReasonCode::WhenReadsSettingOrIdentity,
    );
    let codes: Vec<ReasonCode> = judge_family(&data, update)
        .reasons
        .iter()
        .map(|reason| reason.code)
        .collect();
    assert_eq!(codes, [ReasonCode::TriggerConditional]);
}

#[test]
fn a_statement_trigger_guards_truncate_only() {
    let family = changed(|table| {
        let all = Operation::REWRITING;
        table.triggers = vec![trigger("g", Level::Statement, &all)];
    });
    let code = ReasonCode::StatementLevelGuard;
    judged(&family, Operation::Update, Outcome::Unproven, code);
    judged(&family, Operation::Delete, Outcome::Unproven, code);
    assert_eq!(
        judge_family(&family, Operation::Truncate).outcome,
        Outcome::Proven
    );
}

#[test]
fn whoever_may_replace_the_function_must_be_the_owner_or_a_custodian() {
    let mut family = changed(|table| first(table).function.owner = "somebody".to_owned());
    judged(
        &family,
        Operation::Update,
        Outcome::Unproven,
        ReasonCode::FnOwnerDiffers,
    );
    family.custodians.insert("somebody".to_owned());
    assert_eq!(
        judge_family(&family, Operation::Update).outcome,
        Outcome::Proven
    );
}

#[test]
fn a_body_that_lets_through_is_refuted_and_one_that_hides_is_not() {
    let body = |body: &str| changed(|table| first(table).function = function(body));
    let warns = body("BEGIN RAISE WARNING 'no'; RETURN NEW; END");
    judged(
        &warns,
        Operation::Update,
        Outcome::Refuted,
        ReasonCode::FnRaiseNotError,
    );
    let hides = body("BEGIN RETURN NULL; END");
    judged(
        &hides,
        Operation::Update,
        Outcome::Unproven,
        ReasonCode::FnSuppressesSilently,
    );
    let undoes = body("BEGIN RETURN OLD; END");
    judged(
        &undoes,
        Operation::Update,
        Outcome::Unproven,
        ReasonCode::FnNeverRaises,
    );
    judged(
        &undoes,
        Operation::Delete,
        Outcome::Refuted,
        ReasonCode::FnNeverRaises,
    );
}

#[test]
fn a_row_trigger_that_fires_first_may_skip_the_guard() {
    let with = |name: &str, body: &str| {
        changed(|table| {
            let mut other = trigger(name, Level::Row, &[Operation::Update]);
            other.function = function(body);
            table.triggers.push(other);
        })
    };
    let code = ReasonCode::OtherBeforeRowTrigger;
    let skips = "BEGIN RETURN NULL; END";
    let update = Operation::Update;
    judged(&with("a_row", skips), update, Outcome::Unproven, code);
    let proven = |family: &FamilyFacts| judge_family(family, update).outcome == Outcome::Proven;
    assert!(proven(&with("h_row", skips)));
    assert!(proven(&with("a_row", "BEGIN RETURN NEW; END")));
    assert!(proven(&with("a_row", RAISES)));
    let mut after = with("h_row", skips);
    first(after.members.first_mut().unwrap()).timing = Timing::After;
    judged(&after, update, Outcome::Unproven, code);
}

#[test]
fn every_relation_that_holds_rows_needs_its_own_guard() {
    let mut parted = family();
    let root = parted.members.first_mut().unwrap();
    root.kind = RelationKind::Partitioned;
    let code = ReasonCode::NoMemberHoldsRows;
    judged(&parted, Operation::Update, Outcome::Unproven, code);
    let mut leaf = table("app.ledger_1");
    leaf.is_partition = true;
    leaf.has_parent = true;
    leaf.triggers.pop();
    parted.members.push(leaf);
    let update = judge_family(&parted, Operation::Update);
    assert_eq!(update.outcome, Outcome::Proven);
    let code = ReasonCode::TruncateNotCloned;
    judged(&parted, Operation::Truncate, Outcome::Refuted, code);

    let mut inherited = family();
    let mut child = table("app.child");
    child.has_parent = true;
    child.triggers.clear();
    inherited.members.push(child);
    let code = ReasonCode::PlainInheritanceChild;
    judged(&inherited, Operation::Update, Outcome::Refuted, code);
}

#[test]
fn rows_elsewhere_and_views_are_never_proven() {
    let kind = |kind| changed(|table| table.kind = kind);
    let foreign = kind(RelationKind::Foreign);
    let code = ReasonCode::ForeignMember;
    judged(&foreign, Operation::Delete, Outcome::Unproven, code);
    let view = kind(RelationKind::Other);
    let code = ReasonCode::UnknownRelationKind;
    judged(&view, Operation::Delete, Outcome::Unproven, code);
}

#[test]
fn an_after_row_guard_misses_updates_that_change_the_partition() {
    let family = changed(|table| {
        table.is_partition = true;
        table.has_parent = true;
        first(table).timing = Timing::After;
    });
    let code = ReasonCode::AfterRowOnPartition;
    judged(&family, Operation::Update, Outcome::Unproven, code);
    assert_eq!(
        judge_family(&family, Operation::Delete).outcome,
        Outcome::Proven
    );
}

#[test]
fn more_than_one_insert_trigger_is_named_in_firing_order() {
    let mut table = table("app.ledger");
    let insert = |name: &str| trigger(name, Level::Row, &[Operation::Insert]);
    table.triggers.push(insert("z_tamper"));
    assert_eq!(insert_order(&table), None);
    table.triggers.push(insert("a_seal"));
    let reason = insert_order(&table).unwrap();
    assert_eq!(reason.code, ReasonCode::BeforeInsertOrder);
    assert!(reason.detail.ends_with("a_seal, z_tamper"), "{reason}");
}
