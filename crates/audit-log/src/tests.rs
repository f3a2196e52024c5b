use canonical::{Digest, Timestamp, Uuid};
use records::AuditRecord;
use registrar::contract::{self, FailureAudit};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::{CODE, Inconsistency, Log, TreeHead, leaf};

const AUDIT: &str = include_str!("../../../schemas/failure-audit.v1.schema.json");
const DECISION: &str = include_str!("../../../schemas/registration-decision.v1.schema.json");

fn example(schema: &str) -> Value {
    let schema: Value = serde_json::from_str(schema).unwrap();
    schema["examples"][0].clone()
}

fn attempt(position: u64) -> Uuid {
    format!("0197a3b2-7c1d-7e4f-8a90-{position:012}")
        .parse()
        .unwrap()
}

/// An audit in its envelope, with the digest that is due or another one.
fn audit(position: u64, change: impl FnOnce(&mut FailureAudit)) -> envelope::Opened<FailureAudit> {
    let mut audit: FailureAudit = serde_json::from_value(example(AUDIT)).unwrap();
    audit.header.attempt_id = Some(attempt(position));
    audit.failure_digest = registrar::digest_of(&audit).unwrap();
    change(&mut audit);
    let sealed = contract::failure_audit().seal(&audit).unwrap();
    contract::failure_audit()
        .open(&sealed.into_bytes())
        .unwrap()
}

/// The refusal that is answered with an audit.
fn answer(position: u64, refers_to: Value) -> Vec<u8> {
    let mut answer = example(DECISION);
    answer["header"]["attempt_id"] = json!(attempt(position));
    answer["outcome"] = json!("rejected");
    answer["phase"] = json!("intake");
    answer["reject_codes"] = json!(["ENVELOPE_STALE"]);
    for none in ["consume", "head", "operation_start"] {
        answer[none] = Value::Null;
    }
    answer["failure_audit_envelope"] = refers_to;
    let answer = serde_json::from_value(answer).unwrap();
    let sealed = contract::registration_decision().seal(&answer).unwrap();
    sealed.into_bytes()
}

fn reference(audit: &envelope::Opened<FailureAudit>) -> Value {
    json!({
        "attempt_id": audit.header.attempt_id,
        "failure_digest": audit.failure_digest,
        "evidence_hash": audit.evidence_hash(),
    })
}

fn record_of(position: u64, audit: &envelope::Opened<FailureAudit>) -> AuditRecord {
    AuditRecord {
        position,
        attempt_id: attempt(position),
        failure_digest: audit.failure_digest,
        dot_code: audit.dot_code.as_ref().map(ToString::to_string),
        audit: audit.bytes().to_vec(),
        answer: answer(position, reference(audit)),
        recorded_at: "2026-06-21T09:00:00.000000Z".parse::<Timestamp>().unwrap(),
    }
}

fn record(position: u64) -> AuditRecord {
    record_of(position, &audit(position, |_| ()))
}

fn read(records: &[AuditRecord], earlier: Option<TreeHead>) -> Result<TreeHead, Inconsistency> {
    let mut log = Log::held_to(earlier);
    for record in records {
        log.append(record)?;
    }
    log.end(0)
}

fn records(count: u64) -> Vec<AuditRecord> {
    (1..=count).map(record).collect()
}

type Alteration<'a> = dyn Fn(&mut AuditRecord) + 'a;

/// The tree hash of RFC 6962 §2.1, as it is written there.
fn tree_hash(leaves: &[Digest]) -> [u8; 32] {
    match leaves {
        [] => Sha256::digest(b"").into(),
        [leaf] => Sha256::digest([&[0], leaf.as_bytes().as_slice()].concat()).into(),
        _ => {
            let (left, right) = leaves.split_at(leaves.len().next_power_of_two() / 2);
            Sha256::digest([&[1], &tree_hash(left)[..], &tree_hash(right)[..]].concat()).into()
        }
    }
}

#[test]
fn head_is_the_tree_hash_of_the_rfc_over_the_row_hashes() {
    let records = records(7);
    for size in 0..=records.len() {
        let leaves: Vec<Digest> = records[..size]
            .iter()
            .map(|one| leaf(one).unwrap())
            .collect();
        let due = TreeHead {
            tree_size: u64::try_from(size).unwrap(),
            root_hash: Digest::from_bytes(tree_hash(&leaves)),
        };
        assert_eq!(read(&records[..size], None), Ok(due));
    }
}

#[test]
fn log_that_grew_continues_from_each_of_its_heads() {
    let records = records(5);
    for size in 0..=records.len() {
        let head = read(&records[..size], None).unwrap();
        let grown = read(&records, Some(head)).unwrap();
        assert_eq!(grown, read(&records, None).unwrap());
    }
}

#[test]
fn log_that_was_rewritten_or_cut_does_not_continue_from_its_head() {
    let before = records(5);
    let head = read(&before, None).unwrap();
    let mut rewritten = before.clone();
    rewritten[1] = record_of(
        2,
        &audit(2, |audit| audit.reason = "another reason".parse().unwrap()),
    );
    read(&rewritten, None).unwrap();
    rewritten.push(record(6));
    let found = read(&rewritten, Some(head)).unwrap_err();
    assert_eq!(found.position, 5);
    assert!(
        found.found.starts_with("the root up to here is "),
        "{found:?}"
    );

    let found = read(&before[..3], Some(head)).unwrap_err();
    assert_eq!(found.position, 4);
    assert!(found.found.contains("and had 5 records"), "{found:?}");

    let nothing = TreeHead {
        tree_size: 0,
        ..head
    };
    assert_eq!(read(&before, Some(nothing)).unwrap_err().position, 0);
}

#[test]
fn log_has_no_fewer_records_than_its_store_counts() {
    let mut log = Log::held_to(None);
    log.append(&record(1)).unwrap();
    assert_eq!(log.end(2).unwrap_err().position, 2);
}

#[test]
fn record_that_says_two_things_is_found_where_it_stands() {
    let other = Digest::from_bytes([7; 32]);
    let of_another = answer(2, reference(&audit(3, |_| ())));
    let digest_of_another = audit(2, |audit| audit.failure_digest = other);
    let altered: [(&str, &Alteration); 10] = [
        ("the next record is at 3", &|one| one.position = 3),
        ("its attempt is", &|one| one.attempt_id = attempt(9)),
        ("its failure digest is", &|one| one.failure_digest = other),
        ("its DOT is", &|one| one.dot_code = None),
        ("its audit does not open", &|one| one.audit.truncate(9)),
        ("its answer does not open", &|one| one.answer.truncate(9)),
        ("when it is made again", &|one| {
            *one = record_of(2, &digest_of_another);
        }),
        ("that of another attempt", &|one| {
            one.answer = answer(3, Value::Null);
        }),
        ("refers to another audit", &|one| {
            one.answer.clone_from(&of_another);
        }),
        ("refers to no audit", &|one| {
            one.answer = answer(2, Value::Null);
        }),
    ];
    read(&records(3), None).unwrap();
    for (due, alter) in altered {
        let mut records = records(3);
        alter(&mut records[1]);
        let found = read(&records, None).unwrap_err();
        assert_eq!(found.position, 2, "{found:?}");
        assert!(found.found.contains(due), "{due}: {found:?}");
    }
    assert_eq!(CODE.to_string(), "AUDIT_LOG_INCONSISTENT");
}

#[test]
fn effect_that_failed_its_verification_was_answered_before_its_audit() {
    let phase = |audit: &mut FailureAudit| {
        audit.phase = contract::PhaseName::Verify;
        audit.failure_digest = registrar::digest_of(audit).unwrap();
    };
    let audit = audit(1, phase);
    let mut record = record_of(1, &audit);
    record.answer = answer(1, Value::Null);
    read(&[record], None).unwrap();
}
