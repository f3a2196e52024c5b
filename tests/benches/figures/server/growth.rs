//! How a registration fares in a ledger that has grown, and how much log it writes.

use std::time::Duration;

use holdfast_tests::fixture::must;
use postgres_lab::postgres::Client;
use postgres_lab::{Server, ServerOptions};

use super::fill;
use super::{fixture, options};
use crate::Effort;
use crate::many::{CALLERS, register_all};
use crate::rounds::ratio;
use crate::table::Table;

/// The sizes between which a registration may grow dearer by the bar.
const SIZES: [u64; 2] = [100_000, 2_000_000];
const QUICK_SIZES: [u64; 2] = [10_000, 100_000];

/// Registrations between two checkpoints: some minutes' worth, as a server's own interval is. In a
/// shorter one nearly every registration is the first to touch its pages, and logs them in full.
const INTERVAL: usize = 16_384;

/// What one size measured.
struct Grown {
    per_second: f64,
    log_bytes: f64,
    full_pages: f64,
}

/// Measures the same registrations at both sizes, each between two checkpoints, so that the pages that
/// are logged in full after a checkpoint are in it.
pub(crate) fn growth(effort: &Effort, table: &mut Table) {
    let options = ServerOptions::default()
        .durable()
        .setting("max_wal_size", "8GB")
        .setting("checkpoint_timeout", "1d");
    let server = must(Server::start(options));
    let (sizes, registrations) = if effort.long_rounds == 1 {
        (QUICK_SIZES, effort.registrations)
    } else {
        (SIZES, INTERVAL)
    };
    let effort = Effort {
        registrations,
        ..effort.clone()
    };
    let grown = sizes.map(|size| at_size(&effort, &server, size));
    for (size, grown) in sizes.iter().zip(&grown) {
        table.note(
            format!("{size} registrations before, per second"),
            format!("{:.0}", grown.per_second),
        );
        table.note(
            "  log of each, bytes, a whole checkpoint interval",
            format!("{:.0}", grown.log_bytes),
        );
        table.note(
            "  pages that each logged in full",
            format!("{:.2}", grown.full_pages),
        );
    }
    let [small, large] = grown;
    let slower = small.per_second / large.per_second;
    table.at_most("time of the larger over the smaller", slower, "×", 1.3);
    table.at_most(
        "log of each registration",
        large.log_bytes / 1024.0,
        "KB",
        4.0,
    );
}

fn at_size(effort: &Effort, server: &Server, size: u64) -> Grown {
    let count = effort.registrations.saturating_add(CALLERS);
    let fixture = fixture(server, count);
    let mut session = must(fixture.place.database().connect());
    fill::fill(&mut session, size);
    must(session.batch_execute("VACUUM (ANALYZE)"));
    must(session.batch_execute("CHECKPOINT"));
    let begin = Log::of(&mut session);
    let per_second = register_all(effort, &fixture, options()).per_second;
    settle();
    must(session.batch_execute("CHECKPOINT"));
    let end = Log::of(&mut session);
    let count = must(u64::try_from(count));
    Grown {
        per_second,
        log_bytes: ratio(end.position.saturating_sub(begin.position), count),
        full_pages: ratio(end.full_pages.saturating_sub(begin.full_pages), count),
    }
}

/// What was committed without waiting for the disk is in the log a moment later, and what the server
/// counted is in its counters.
fn settle() {
    std::thread::sleep(Duration::from_secs(1));
}

/// How far a server's log is.
struct Log {
    /// In bytes.
    position: u64,
    /// How many pages are in it in full, as the server counts them.
    full_pages: u64,
}

impl Log {
    fn of(session: &mut Client) -> Self {
        let text = "SELECT (pg_current_wal_insert_lsn() - '0/0')::int8, wal_fpi FROM pg_stat_wal";
        let row = must(session.query_one(text, &[]));
        let number = |column: usize| must(u64::try_from(row.get::<_, i64>(column)));
        Self {
            position: number(0),
            full_pages: number(1),
        }
    }
}
