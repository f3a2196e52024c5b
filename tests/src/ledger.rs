//! The store's file as anybody can read it: counts and states, on a connection of the test's own.

use rusqlite::{Connection, OpenFlags};

use crate::fixture::{Fixture, must};

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
    /// What the file holds now.
    pub fn of(fixture: &Fixture) -> Self {
        let connection = read_only(fixture);
        let count = |text: &str| -> u64 {
            let number: i64 = must(connection.query_row(text, [], |row| row.get(0)));
            must(u64::try_from(number))
        };
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
    let connection = read_only(fixture);
    let text = "SELECT position FROM failure_audit ORDER BY position";
    let mut statement = must(connection.prepare(text));
    let positions = must(statement.query_map([], |row| row.get::<_, i64>(0)));
    positions
        .map(|position| must(u64::try_from(must(position))))
        .collect()
}

/// Runs statements on the file as a program without a role would.
pub fn tamper(fixture: &Fixture, statements: &str) {
    let connection = must(Connection::open(fixture.store.path()));
    must(connection.busy_timeout(std::time::Duration::from_secs(10)));
    must(connection.execute_batch(statements));
}

fn read_only(fixture: &Fixture) -> Connection {
    must(Connection::open_with_flags(
        fixture.store.path(),
        OpenFlags::SQLITE_OPEN_READ_ONLY,
    ))
}
