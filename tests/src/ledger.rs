//! The store as somebody reads it who does not use its code: counts and positions, on a session of
//! the test's own.

use crate::fixture::Fixture;
use crate::place::Readable as _;
use crate::raw::Cell;

/// How much there is of everything that a registration writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Attempts still reserved.
    pub reserved: u64,
    /// Attempts consumed.
    pub consumed: u64,
    /// Attempts aborted.
    pub aborted: u64,
    /// Consumed keys.
    pub ledger: u64,
    /// Rows of the catalogue, of every status.
    pub catalogue: u64,
    /// Draft or active heads.
    pub heads: u64,
    /// Decisions that registered something.
    pub decisions: u64,
    /// Failure audits.
    pub audits: u64,
    /// Verification reports.
    pub reports: u64,
}

impl Counts {
    /// What the store holds now.
    pub fn of(fixture: &Fixture) -> Self {
        let mut store = fixture.read();
        let mut count = |text: &str| store.one(text, &[]).count();
        Self {
            reserved: count("SELECT count(*) FROM attempt WHERE state = 'reserved'"),
            consumed: count("SELECT count(*) FROM attempt WHERE state = 'consumed'"),
            aborted: count("SELECT count(*) FROM attempt WHERE state = 'aborted'"),
            ledger: count("SELECT count(*) FROM ledger"),
            catalogue: count("SELECT count(*) FROM dot_catalogue"),
            heads: count("SELECT count(*) FROM dot_catalogue WHERE status IN ('draft', 'active')"),
            decisions: count("SELECT count(*) FROM decision"),
            audits: count("SELECT count(*) FROM failure_audit"),
            reports: count("SELECT count(*) FROM verification_report"),
        }
    }

    /// So many registrations, and nothing else.
    pub const fn registered(count: u64) -> Self {
        Self {
            reserved: 0,
            consumed: count,
            aborted: 0,
            ledger: count,
            catalogue: count,
            heads: count,
            decisions: count,
            audits: 0,
            reports: count,
        }
    }

    /// The same with so many failures that held a reservation, each recorded.
    #[must_use]
    pub const fn and_aborted(self, count: u64) -> Self {
        Self {
            aborted: count,
            audits: self.audits.saturating_add(count),
            ..self
        }
    }

    /// The same with so many refusals that held none, each recorded.
    #[must_use]
    pub const fn and_refused(self, count: u64) -> Self {
        Self {
            audits: self.audits.saturating_add(count),
            ..self
        }
    }
}

/// The positions of the failure audits, in order.
pub fn audit_positions(fixture: &Fixture) -> Vec<u64> {
    let text = "SELECT position FROM failure_audit ORDER BY position";
    let rows = fixture.read().rows(text, &[]);
    rows.iter().flatten().map(Cell::count).collect()
}

/// Runs statements on the store as somebody would to whom no role applies.
pub fn tamper(fixture: &Fixture, statements: &str) {
    fixture.place.raw().tamper(statements);
}
