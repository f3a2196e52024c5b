use std::collections::BTreeSet;

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

type Edit<'a> = &'a dyn Fn(&mut Value);

fn decision(position: u64, change: Edit<'_>) -> Vec<u8> {
    let mut answer = example(DECISION);
    answer["header"]["attempt_id"] = json!(attempt(position));
    change(&mut answer);
    let answer = serde_json::from_value(answer).unwrap();
    let sealed = contract::registration_decision().seal(&answer).unwrap();
    sealed.into_bytes()
}

/// The refusal that is answered with an audit.
fn answer(position: u64, audit: &envelope::Opened<FailureAudit>, change: Edit<'_>) -> Vec<u8> {
    decision(position, &|answer| {
        answer["outcome"] = json!("rejected");
        for member in ["phase", "reject_codes", "request_digest", "replay_key"] {
            answer[member] = serde_json::to_value(audit.value()).unwrap()[member].clone();
        }
        for none in ["consume", "head", "operation_start"] {
            answer[none] = Value::Null;
        }
        answer["failure_audit_envelope"] = reference(audit);
        change(answer);
    })
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
        answer: answer(position, audit, &|_| ()),
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
    assert_eq!(found.records, 1..=5);
    assert!(found.found.starts_with("their root is "), "{found:?}");

    let found = read(&before[..3], Some(head)).unwrap_err();
    assert_eq!(found.records, 4..=5);
    assert!(found.found.starts_with("the log ends before"), "{found:?}");

    let nothing = TreeHead {
        tree_size: 0,
        ..head
    };
    let found = read(&before, Some(nothing)).unwrap_err();
    assert!(found.to_string().starts_with("no record: "), "{found:?}");
}

#[test]
fn log_has_no_fewer_records_than_its_store_counts() {
    let mut log = Log::held_to(None);
    log.append(&record(1)).unwrap();
    let found = log.end(3).unwrap_err();
    assert_eq!(found.records, 2..=3);
    assert!(
        found.to_string().starts_with("records 2 to 3: "),
        "{found:?}"
    );
}

#[test]
fn record_that_says_two_things_is_found_where_it_stands() {
    let other = Digest::from_bytes([7; 32]);
    let (own, another) = (audit(2, |_| ()), audit(3, |_| ()));
    let digest_of_another = audit(2, |audit| audit.failure_digest = other);
    let answers = |change: Edit<'_>| answer(2, &own, change);
    let refers = |member: &'static str| {
        answers(&move |answer| answer["failure_audit_envelope"][member] = json!(other))
    };
    let attempt_of_another = answers(&|answer| {
        answer["failure_audit_envelope"]["attempt_id"] = json!(attempt(3));
    });
    let says =
        |member: &'static str, value: Value| answers(&move |answer| answer[member] = value.clone());
    let (to_another, other_words) = ("refers to another audit", "another phase, other codes");
    let answered = [
        ("that of another attempt", answer(3, &another, &|_| ())),
        (to_another, answer(2, &another, &|_| ())),
        (to_another, refers("evidence_hash")),
        (to_another, refers("failure_digest")),
        (to_another, attempt_of_another),
        (other_words, says("phase", json!("authority"))),
        (other_words, says("reject_codes", json!(["HASH_MISMATCH"]))),
        (other_words, says("request_digest", json!(other))),
        (other_words, says("replay_key", Value::Null)),
        (
            "names no audit",
            says("failure_audit_envelope", Value::Null),
        ),
        (
            "registers, and names an audit",
            says("outcome", json!("registered")),
        ),
    ];
    let columns: [(&str, &Alteration); 6] = [
        ("the next record is at 3", &|one| one.position = 3),
        ("its attempt is", &|one| one.attempt_id = attempt(9)),
        ("its failure digest is", &|one| one.failure_digest = other),
        ("its DOT is", &|one| one.dot_code = None),
        ("its audit does not open", &|one| one.audit.truncate(9)),
        ("its answer does not open", &|one| one.answer.truncate(9)),
    ];
    let whole = records(3);
    read(&whole, None).unwrap();
    let refused = |due: &str, record: AuditRecord| {
        let mut records = whole.clone();
        records[1] = record;
        let found = read(&records, None).unwrap_err();
        assert_eq!(found.records, 2..=2, "{found:?}");
        assert!(found.found.contains(due), "{due}: {found:?}");
    };
    for (due, answer) in answered {
        refused(
            due,
            AuditRecord {
                answer,
                ..whole[1].clone()
            },
        );
    }
    for (due, alter) in columns {
        let mut record = whole[1].clone();
        alter(&mut record);
        refused(due, record);
    }
    refused("when it is made again", record_of(2, &digest_of_another));
    assert_eq!(CODE.to_string(), "AUDIT_LOG_INCONSISTENT");
}

/// The failure of a verification: it names the decision that was answered before it.
fn unverified(answered: &[u8]) -> AuditRecord {
    let answered = contract::registration_decision().open(answered).unwrap();
    let slot = json!({"slot": "registration_decision", "evidence_hash": answered.evidence_hash()});
    let audit = audit(1, |audit| {
        audit.phase = contract::PhaseName::Verify;
        audit.evidence = serde_json::from_value(json!([slot])).unwrap();
        audit.failure_digest = registrar::digest_of(audit).unwrap();
    });
    AuditRecord {
        answer: answered.bytes().to_vec(),
        ..record_of(1, &audit)
    }
}

#[test]
fn effect_that_failed_its_verification_was_answered_before_its_audit() {
    let (registered, later) = (
        decision(1, &|_| ()),
        decision(1, &|answer| answer["header"]["run_id"] = json!("run-2")),
    );
    let record = unverified(&registered);
    read(std::slice::from_ref(&record), None).unwrap();
    let refused = |record: AuditRecord| read(&[record], None).unwrap_err().found;
    let another = AuditRecord {
        answer: later,
        ..record
    };
    assert!(refused(another).contains("is not the effect"));
    let of_no_verification = audit(1, |_| ());
    let early = AuditRecord {
        answer: registered,
        ..record_of(1, &of_no_verification)
    };
    assert!(refused(early).contains("is not the effect"));
}

/// Another leaf makes every head that was kept a false alarm.
#[test]
fn leaf_is_the_one_that_kept_heads_were_taken_over() {
    let [failure_digest, audit, answer] = [1, 2, 3].map(|byte| Digest::from_bytes([byte; 32]));
    let record = AuditRecord {
        failure_digest,
        ..record(1)
    };
    let leaf = crate::record::hash(&record, audit, answer).unwrap();
    let due = "sha256:c0f6625153d9ef41e626f3379a59872c63f689e5d3fb1bc6eb3ab4951eb1c9db";
    assert_eq!(leaf.to_string(), due);
}

#[test]
fn each_member_of_a_record_moves_its_leaf() {
    let same = |audit: &envelope::Opened<FailureAudit>| leaf(&record_of(1, audit)).unwrap();
    let plain = audit(1, |_| ());
    let other_reason = audit(1, |audit| audit.reason = "another reason".parse().unwrap());
    assert_eq!(plain.failure_digest, other_reason.failure_digest);
    let moved = AuditRecord {
        position: 2,
        ..record_of(1, &plain)
    };
    let answer = answer(1, &plain, &|answer| {
        answer["header"]["run_id"] = json!("run-2");
    });
    let answered = AuditRecord {
        answer,
        ..record_of(1, &plain)
    };
    let leaves = [
        same(&plain),
        same(&other_reason),
        leaf(&moved).unwrap(),
        leaf(&answered).unwrap(),
        leaf(&record(2)).unwrap(),
    ];
    let different: BTreeSet<Digest> = leaves.into();
    assert_eq!(different.len(), leaves.len());
}
