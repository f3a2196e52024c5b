//! One real registration, with everything that it left behind.

use std::sync::OnceLock;

use authority::AuthorityWriter;
use canonical::Uuid;
use deployment::DeploymentError;
use records::Records as _;
use serde_json::{Value, json};

use crate::fixture::{Fixture, must};
use crate::shell::run_with;

/// Everything that one registration left behind.
#[derive(Debug)]
pub struct Recorded {
    /// The store that it is in.
    pub fixture: Fixture,
    /// The frame of envelopes that led to the reservation.
    pub evidence: Value,
    /// The decision that was answered.
    pub decision: Value,
    /// The verifier's report.
    pub report: Value,
    /// Block E's second verdict.
    pub verdict_after: Value,
    /// Block B's second capture.
    pub snapshot_after: Value,
    /// Every governed row, as a world's `rows` carry it.
    pub rows: Vec<Value>,
    /// What `holdfast history` says of it.
    pub history: Value,
}

static RECORDED: OnceLock<Recorded> = OnceLock::new();

/// One registration for the whole process.
///
/// # Panics
///
/// When it does not register: the test that asked has failed.
pub fn recorded() -> &'static Recorded {
    RECORDED.get_or_init(|| {
        let fixture = Fixture::new(1);
        let register = &mut fixture.command(&["register", "-", "--json"]);
        let decision = run_with(register, &fixture.request(0)).exits(0).json();
        let attempt_id = decision.pointer("/header/attempt_id");
        let attempt_id = must(attempt_id.and_then(Value::as_str).ok_or("no attempt"));
        let attempt_id: Uuid = must(attempt_id.parse());
        let reader = fixture.records();
        let report = kept(reader.report(&attempt_id));
        let history = &mut fixture.command(&["history", "DOT_0", "--json"]);
        Recorded {
            evidence: parsed(&kept(reader.evidence(&attempt_id))),
            report: parsed(&report.report),
            verdict_after: parsed(&report.verdict_after),
            snapshot_after: parsed(&kept(reader.snapshot(&attempt_id, "after"))),
            rows: rows(&fixture),
            history: run_with(history, b"").exits(0).json(),
            decision,
            fixture,
        }
    })
}

fn kept<T>(found: Result<Option<T>, DeploymentError>) -> T {
    must(must(found).ok_or("it was not kept"))
}

fn parsed(bytes: &[u8]) -> Value {
    must(serde_json::from_slice(bytes))
}

fn rows(fixture: &Fixture) -> Vec<Value> {
    let mut authority = fixture.authority();
    let carriers = authority::carriers::ALL.iter();
    carriers
        .flat_map(|carrier| must(authority.rows(carrier)))
        .map(|one| {
            json!({"carrier": one.row.carrier(), "row_key": one.row.key(),
                "columns": one.row.columns(), "row_hash": one.row.row_hash()})
        })
        .collect()
}
