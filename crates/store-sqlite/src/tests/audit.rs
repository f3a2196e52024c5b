//! The failure-audit sink and the fence.

use registrar::port::{
    AttemptState, ConsumeAnswer, FailureRecord, FailureSink as _, Fence, LossReason, RecordAnswer,
    RegistrarStore as _, Reservation,
};

use super::{at_once, digest, fixture, new_id, reservation};
use crate::AttemptKey;

fn failure(open: &Reservation, fence: Option<Fence>) -> FailureRecord {
    FailureRecord {
        attempt_id: open.attempt_id,
        failure_digest: digest("failure"),
        audit: br#"{"dot_code":"DOT_A","reason":"test"}"#.to_vec(),
        answer: b"rejected".to_vec(),
        abort: fence,
        hold_target: None,
    }
}

fn own(open: &Reservation) -> Fence {
    Fence {
        owner_token: Some(open.owner_token),
        epoch: Some(open.epoch),
    }
}

const ANYBODY: Option<Fence> = Some(Fence {
    owner_token: None,
    epoch: None,
});

#[test]
fn abort_and_record_are_written_together_and_once() {
    let fixture = fixture();
    let open = reservation("DOT_A");
    fixture.reserve(&open);
    let mut sink = fixture.store.audit_writer().unwrap();
    let record = failure(&open, Some(own(&open)));
    let answers = sink.record(vec![record.clone()]).unwrap();
    assert_eq!(answers, [RecordAnswer::Recorded { position: 1 }]);
    let answers = sink.record(vec![record.clone(), record]).unwrap();
    let already = RecordAnswer::AlreadyRecorded { position: 1 };
    assert_eq!(answers, [already.clone(), already]);
    let attempt = fixture.attempt(&open.attempt_id);
    assert_eq!(attempt.state, AttemptState::Aborted);
    assert_eq!(attempt.answer.as_deref(), Some(b"rejected".as_slice()));
    let ConsumeAnswer::Lost(LossReason::NotReserved(Some(by))) =
        fixture.consume(fixture.item(&open))
    else {
        panic!("an aborted attempt was consumed");
    };
    assert_eq!(by.state, AttemptState::Aborted);
}

#[test]
fn fence_of_another_token_matches_nothing() {
    let fixture = fixture();
    let open = reservation("DOT_A");
    fixture.reserve(&open);
    let mut sink = fixture.store.audit_writer().unwrap();
    let stranger = Some(Fence {
        owner_token: Some(new_id()),
        epoch: None,
    });
    let other_epoch = Some(Fence {
        owner_token: None,
        epoch: Some(2),
    });
    for fence in [stranger, other_epoch] {
        let answers = sink.record(vec![failure(&open, fence)]).unwrap();
        assert!(matches!(
            &answers[..],
            [RecordAnswer::NotOpen(by)] if by.state == AttemptState::Reserved
        ));
    }
    assert_eq!(fixture.count("failure_audit"), 0);
    let answers = sink.record(vec![failure(&open, ANYBODY)]).unwrap();
    assert_eq!(answers, [RecordAnswer::Recorded { position: 1 }]);
}

#[test]
fn consumed_attempt_is_not_aborted() {
    let fixture = fixture();
    let open = reservation("DOT_A");
    fixture.reserve(&open);
    fixture.consume(fixture.item(&open));
    let mut sink = fixture.store.audit_writer().unwrap();
    let answers = sink.record(vec![failure(&open, ANYBODY)]).unwrap();
    assert!(matches!(
        &answers[..],
        [RecordAnswer::NotOpen(by)] if by.state == AttemptState::Consumed && by.answer.is_some()
    ));
    assert_eq!(fixture.count("failure_audit"), 0);
}

#[test]
fn fence_and_consume_at_once_leave_exactly_one_end() {
    let fixture = fixture();
    for round in 0..20 {
        let open = reservation(&format!("DOT_{round}"));
        fixture.reserve(&open);
        let ends = at_once(2, |number| {
            if number == 0 {
                let answer = fixture.consume(fixture.item(&open));
                matches!(answer, ConsumeAnswer::Registered { .. })
            } else {
                let mut sink = fixture.store.audit_writer().unwrap();
                let answers = sink.record(vec![failure(&open, ANYBODY)]).unwrap();
                matches!(answers[..], [RecordAnswer::Recorded { .. }])
            }
        });
        assert_eq!(ends.iter().filter(|end| **end).count(), 1);
    }
}

#[test]
fn reject_before_a_reservation_is_recorded_without_an_attempt() {
    let fixture = fixture();
    let record = failure(&reservation("DOT_A"), None);
    let mut sink = fixture.store.audit_writer().unwrap();
    let answers = sink.record(vec![record.clone()]).unwrap();
    assert_eq!(answers, [RecordAnswer::Recorded { position: 1 }]);
    let mut unknown = record;
    unknown.failure_digest = digest("another failure");
    unknown.abort = ANYBODY;
    sink.record(vec![unknown]).unwrap_err();
    assert_eq!(fixture.count("failure_audit"), 1);
}

#[test]
fn failed_verification_places_a_hold_once() {
    let fixture = fixture();
    let attempt = fixture.register("DOT_A");
    let mut record = failure(&reservation("DOT_A"), None);
    record.attempt_id = attempt.attempt_id;
    record.hold_target = Some("dot:DOT_A".to_owned());
    let mut again = record.clone();
    again.failure_digest = digest("another failure");
    let mut sink = fixture.store.audit_writer().unwrap();
    sink.record(vec![record, again]).unwrap();
    assert_eq!(fixture.count("hold_event"), 1);
    assert_eq!(
        fixture.attempt(&attempt.attempt_id).state,
        AttemptState::Consumed
    );
    let versions = fixture.registrar().head_versions("dot:DOT_A").unwrap();
    assert_eq!(versions[0].version, 1);
    let held = fixture.store.reader().unwrap();
    let row = crate::carriers::by_key(
        &held.connection,
        crate::carriers::find("hold_event").unwrap(),
        &format!("hold/{}", attempt.attempt_id),
    );
    assert_eq!(row.unwrap().unwrap().text("kind"), "hold");
}

#[test]
fn many_writers_number_the_log_without_gaps() {
    let fixture = fixture();
    at_once(32, |_| {
        let mut sink = fixture.store.audit_writer().unwrap();
        sink.record(vec![failure(&reservation("DOT_A"), None)])
            .unwrap();
    });
    let reader = fixture.store.reader().unwrap();
    assert_eq!(reader.audit_count().unwrap(), 32);
    let positions: Vec<u64> = reader
        .audits(0, 100)
        .unwrap()
        .iter()
        .map(|record| record.position)
        .collect();
    assert_eq!(positions, (1..=32).collect::<Vec<_>>());
    let page = reader.audits(10, 5).unwrap();
    assert_eq!(page.first().unwrap().position, 11);
    assert_eq!(page.len(), 5);
}

#[test]
fn history_tells_heads_attempts_and_failures_of_a_code() {
    let fixture = fixture();
    let failed = reservation("DOT_A");
    fixture.reserve(&failed);
    let mut sink = fixture.store.audit_writer().unwrap();
    sink.record(vec![failure(&failed, Some(own(&failed)))])
        .unwrap();
    let registered = fixture.register("DOT_A");
    fixture.register("DOT_B");
    let reader = fixture.store.reader().unwrap();
    let history = reader.history("DOT_A", 10).unwrap();
    assert_eq!(history.heads.len(), 1);
    assert_eq!(history.heads[0].status, "draft");
    assert_eq!(history.heads[0].attempt_id, registered.attempt_id);
    assert_eq!(history.failures.len(), 1);
    let states: Vec<_> = history
        .attempts
        .iter()
        .map(|view| view.attempt.state)
        .collect();
    assert_eq!(states, [AttemptState::Aborted, AttemptState::Consumed]);
    assert_eq!(history.attempts[1].transaction_id.as_deref(), Some("txn:1"));
    for key in [
        AttemptKey::Nonce(&registered.nonce),
        AttemptKey::ReplayKey(registered.replay_key),
        AttemptKey::AttemptId(registered.attempt_id),
    ] {
        assert_eq!(reader.attempt(key).unwrap().unwrap().attempt, registered);
    }
    assert_eq!(reader.attempt(AttemptKey::Nonce("other")).unwrap(), None);
    assert_eq!(
        reader.audits_of_attempt(&failed.attempt_id).unwrap().len(),
        1
    );
}
