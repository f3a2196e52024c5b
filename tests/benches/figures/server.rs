//! Many callers on a server: the consume port and the whole pipeline, each beside a bare script that
//! writes the same rows in two transactions for each registration, on the same server in the same run.

mod bare;
mod consume;
mod fill;
mod growth;
mod rows;

pub(crate) use growth::growth;

use std::time::Duration;

use deployment::BatchOptions;
use holdfast_tests::fixture::{Fixture, must};
use holdfast_tests::place::Place;
use postgres_lab::{Server, ServerOptions};
use serde_json::json;
use tempfile::TempDir;

use crate::Effort;
use crate::many::{CALLERS, register_all};
use crate::rounds::median;
use crate::table::Table;

/// What one round measured, registrations per second but for the CPU.
struct Round {
    bare: f64,
    consume: f64,
    pipeline: f64,
    own_us: f64,
    observer_us: f64,
}

pub(crate) fn measure(effort: &Effort, table: &mut Table) {
    let options = ServerOptions::default().durable();
    let server = must(Server::start(options));
    let rounds: Vec<Round> = (0..effort.long_rounds)
        .map(|_| round(effort, &server))
        .collect();
    let of = |what: fn(&Round) -> f64| median(rounds.iter().map(what).collect());
    let bare = of(|one| one.bare);
    table.note(
        format!("bare script, two transactions each, {CALLERS} callers, per second"),
        format!("{bare:.0}"),
    );
    let consume = of(|one| one.consume);
    table.note("consume port, per second", format!("{consume:.0}"));
    table.times("  times the bare script", consume / bare, Some(5.0));
    let pipeline = of(|one| one.pipeline);
    table.note("whole pipeline, per second", format!("{pipeline:.0}"));
    table.times("  times the bare script", pipeline / bare, Some(1.5));
    table.time(
        "registration, CPU of this process",
        of(|one| one.own_us),
        None,
    );
    table.time("  of the observer", of(|one| one.observer_us), None);
}

fn round(effort: &Effort, server: &Server) -> Round {
    let count = effort.registrations + CALLERS;
    let registered = fixture(server, count);
    let pipeline = register_all(effort, &registered, options());
    let rows = rows::read_all(&registered.place);
    let empty = fixture(server, count);
    let bare = bare::write_all(&empty.place, &rows);
    let fresh = fixture(server, count);
    let consume = consume::consume_all(&fresh, &rows);
    Round {
        bare,
        consume,
        pipeline: pipeline.per_second,
        own_us: pipeline.own_us,
        observer_us: pipeline.observer_us,
    }
}

fn fixture(server: &Server, count: usize) -> Fixture {
    let dir = must(TempDir::new());
    let place = Place::on(server, dir.path());
    Fixture::at(place, dir, count, json!({}))
}

/// Callers of one process wait a moment for each other.
fn options() -> BatchOptions {
    BatchOptions {
        linger: Duration::from_millis(1),
        ..BatchOptions::default()
    }
}
