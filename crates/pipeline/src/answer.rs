//! How a registration ended, with the envelopes that say so.

use envelope::Refusal;

/// The kinds of ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// One inert draft row, verified.
    Registered,
    /// An exact retry: the prior decision, byte for byte.
    Replayed,
    /// Refused, recorded, with every failed check.
    Rejected,
    /// Not tried: the gate is closed, or closed before the write.
    Hold,
    /// Written, but the independent reread did not confirm it.
    VerificationFailed,
    /// Written, but its verification has not ended.
    Pending,
    /// A plan: it would be registered.
    WouldRegister,
    /// Not an envelope; counted, never stored.
    Unopenable(Refusal),
}

/// One answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// How it ended.
    pub outcome: Outcome,
    /// The decision; absent for plans only.
    pub decision: Option<Vec<u8>>,
    /// Block E's verdict, where it was reached.
    pub verdict: Option<Vec<u8>>,
    /// The verification report, where phase 4 ended.
    pub report: Option<Vec<u8>>,
    /// The gate's report, where it was asked.
    pub gate_report: Option<Vec<u8>>,
    /// Why an outcome is pending.
    pub pending: Option<String>,
}

impl Answer {
    /// An answer with nothing beside its decision yet.
    pub(crate) fn new(outcome: Outcome, decision: Option<Vec<u8>>) -> Self {
        Self {
            outcome,
            decision,
            verdict: None,
            report: None,
            gate_report: None,
            pending: None,
        }
    }
}
