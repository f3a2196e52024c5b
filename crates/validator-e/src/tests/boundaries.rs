//! Every number of the policy, one tick on either side.

use serde_json::json;

use super::baseline::{
    CAPTURED_AFTER, CAPTURED_BEFORE, NOW_BEFORE, OPERATION_START, REREAD, at, instant, micros,
    nonce,
};
use super::bundle::{Edit, Now, Set, Slot, after, before};
use crate::contract::RejectCode::{self as Code, *};

/// A value in microseconds that still holds, and the code that one microsecond more gets.
#[track_caller]
fn edge(holds: i64, step: i64, edits: impl Fn(i64) -> Vec<Edit>, code: Code) {
    before(&edits(holds), &[]);
    before(&edits(holds + step), &[code]);
}

#[test]
fn an_envelope_is_stale_one_microsecond_after_it_expires() {
    for slot in [
        Slot::Request,
        Slot::Owner,
        Slot::Artifact,
        Slot::Readback,
        Slot::Integration,
    ] {
        edge(
            NOW_BEFORE * 1000,
            -1,
            |expires| vec![Set(slot, "/header/expires_at", json!(micros(expires)))],
            EnvelopeStale,
        );
    }
    edge(
        NOW_BEFORE * 1000,
        -1,
        |expires| {
            vec![Set(
                Slot::Before,
                "/header/expires_at",
                json!(micros(expires)),
            )]
        },
        EnvelopeStale,
    );
    edge(
        NOW_BEFORE * 1000,
        -1,
        |expires| {
            vec![Set(
                Slot::Policy,
                "/header/expires_at",
                json!(micros(expires)),
            )]
        },
        EnvelopeStale,
    );
}

#[test]
fn an_attestation_is_stale_one_millisecond_past_its_greatest_age() {
    for issued in [100, 200, REREAD] {
        let age = u64::try_from(NOW_BEFORE - issued).unwrap();
        // The older ones are in the bound only when the bound is theirs.
        let edits = |age_max: u64| {
            let mut edits = vec![Set(Slot::Policy, "/attestation_age_max_ms", json!(age_max))];
            for (other, earlier) in [(Slot::Artifact, 100), (Slot::Owner, 200)] {
                if earlier < issued {
                    edits.push(Set(other, "/header/issued_at", at(NOW_BEFORE - 1)));
                }
            }
            edits
        };
        before(&edits(age), &[]);
        before(&edits(age - 1), &[EnvelopeStale]);
    }
}

#[test]
fn a_request_is_stale_when_the_longest_validity_is_over_whatever_it_claims() {
    let edits = |max: i64| vec![Set(Slot::Policy, "/request_validity_max_ms", json!(max))];
    before(&edits(NOW_BEFORE), &[]);
    before(&edits(NOW_BEFORE - 1), &[EnvelopeStale]);
}

#[test]
fn an_envelope_may_be_dated_ahead_by_the_skew_and_no_more() {
    for slot in [Slot::Integration, Slot::Policy] {
        edge(
            (NOW_BEFORE + 5000) * 1000,
            1,
            |issued| vec![Set(slot, "/header/issued_at", json!(micros(issued)))],
            EnvelopeFutureIssued,
        );
    }
}

#[test]
fn an_envelope_that_expires_before_it_was_issued_was_never_valid() {
    let edits = |expires: i64| {
        vec![
            Set(Slot::Integration, "/header/issued_at", at(NOW_BEFORE + 10)),
            Set(
                Slot::Integration,
                "/header/expires_at",
                json!(micros(expires)),
            ),
        ]
    };
    let issued = (NOW_BEFORE + 10) * 1000;
    before(&edits(issued), &[]);
    before(&edits(issued - 1), &[EnvelopeValidityReversed]);
}

#[test]
fn the_readbacks_clock_may_differ_from_the_stores_by_the_offset_and_no_more() {
    for (store, over) in [(REREAD + 2000, 1), (REREAD - 2000, -1)] {
        // The attestations before the readback are moved so that only the readback is judged.
        edge(
            store * 1000,
            over,
            |store| {
                vec![
                    Set(Slot::Readback, "/store_clock", json!(micros(store))),
                    Set(Slot::Artifact, "/header/issued_at", at(-2000)),
                    Set(Slot::Owner, "/header/issued_at", at(-2000)),
                    Set(Slot::Before, "/header/issued_at", at(-2000)),
                ]
            },
            ClockSkewExceeded,
        );
    }
}

#[test]
fn an_attestation_may_be_ahead_of_the_stores_clock_by_the_offset_and_no_more() {
    for slot in [Slot::Owner, Slot::Artifact, Slot::Before] {
        edge(
            (REREAD + 2000) * 1000,
            1,
            |issued| vec![Set(slot, "/header/issued_at", json!(micros(issued)))],
            ClockSkewExceeded,
        );
    }
}

#[test]
fn a_row_is_stale_past_its_greatest_age_and_when_it_lies_ahead() {
    let issued = |issued| {
        vec![Set(
            Slot::Readback,
            "/rows/2/issued_at",
            json!(micros(issued)),
        )]
    };
    edge(
        (NOW_BEFORE - 31_536_000_000) * 1000,
        -1,
        issued,
        StaleTrustedRow,
    );
    edge((NOW_BEFORE + 5000) * 1000, 1, issued, StaleTrustedRow);
}

#[test]
fn a_reread_is_stale_past_its_greatest_age_and_when_it_lies_ahead() {
    let reread = |reread| {
        vec![Set(
            Slot::Readback,
            "/rows/2/reread_at",
            json!(micros(reread)),
        )]
    };
    edge((NOW_BEFORE - 60_000) * 1000, -1, reread, StaleTrustedRow);
    edge((NOW_BEFORE + 5000) * 1000, 1, reread, StaleTrustedRow);
}

#[test]
fn a_capture_is_future_or_stale_one_microsecond_outside_its_bounds() {
    let captured = |captured| {
        vec![
            Set(
                Slot::Before,
                "/capture/captured_at",
                json!(micros(captured)),
            ),
            Set(
                Slot::Before,
                "/capture/store_clock",
                json!(micros(captured)),
            ),
        ]
    };
    edge(
        (NOW_BEFORE + 5000) * 1000,
        1,
        captured,
        SnapshotFutureTimestamp,
    );
    edge((NOW_BEFORE - 300_000) * 1000, -1, captured, SnapshotStale);
}

#[test]
fn an_observers_clock_may_differ_from_the_stores_by_the_offset_and_no_more() {
    let store = |store| {
        vec![Set(
            Slot::Before,
            "/capture/store_clock",
            json!(micros(store)),
        )]
    };
    edge((CAPTURED_BEFORE + 2000) * 1000, 1, store, SnapshotClockSkew);
    edge(
        (CAPTURED_BEFORE - 2000) * 1000,
        -1,
        store,
        SnapshotClockSkew,
    );
}

#[test]
fn a_nonce_is_as_old_as_its_request_within_the_skew() {
    for (minted, over) in [(5000, 1), (-5000, -1)] {
        let edits = |minted| {
            let nonce = nonce(minted, "register_dot", "dot:DOT_A", "artifact");
            vec![Set(Slot::Request, "/request_proposed/nonce", nonce)]
        };
        before(&edits(minted), &[]);
        before(&edits(minted + over), &[NonceMalformed]);
    }
}

#[test]
fn after_the_write_what_was_consumed_is_judged_at_the_start_of_the_operation() {
    let late = Now(instant(OPERATION_START + 86_400_000));
    let recovered = |captured: i64| {
        vec![
            late.clone(),
            Set(Slot::After, "/header/issued_at", at(captured)),
            Set(Slot::After, "/header/expires_at", at(captured + 300_000)),
            Set(Slot::After, "/capture/captured_at", at(captured)),
            Set(Slot::After, "/capture/store_clock", at(captured)),
        ]
    };
    after(&recovered(OPERATION_START + 86_400_000), &[]);
    after(std::slice::from_ref(&late), &[EnvelopeStale, SnapshotStale]);
}

#[test]
fn an_operation_may_not_have_started_ahead_of_now() {
    let start = |start: i64| {
        vec![
            Now(micros(CAPTURED_AFTER * 1000)),
            Set(
                Slot::After,
                "/capture/store_clock",
                at(CAPTURED_AFTER + 2000),
            ),
            Set(Slot::Policy, "/skew_max_ms", json!(10)),
            Set(Slot::Decision, "/operation_start", json!(micros(start))),
        ]
    };
    after(&start((CAPTURED_AFTER + 10) * 1000), &[]);
    after(
        &start((CAPTURED_AFTER + 10) * 1000 + 1),
        &[EnvelopeFutureIssued],
    );
}
