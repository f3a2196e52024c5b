//! Many callers on a server: the consume port and the whole pipeline, each beside a bare script that
//! writes the same rows in two transactions for each registration, on the same server in the same run.

mod bare;
mod consume;
mod fill;
mod growth;
mod rows;

pub(crate) use growth::growth;

use std::process::Command;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use deployment::{AnyPipeline, BatchOptions, Deployment, Unwatched};
use holdfast_tests::fixture::{Fixture, must};
use holdfast_tests::place::Place;
use pipeline::Outcome;
use postgres_lab::{Server, ServerOptions};
use serde_json::json;
use tempfile::TempDir;

use crate::Effort;
use crate::clock::{process_ns, running_children_ns};
use crate::many::CALLERS;
use crate::rounds::{median, ratio};
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
    let (pipeline, own_us, observer_us) = register_all(effort, &registered);
    let rows = rows::read_all(&registered.place);
    let empty = fixture(server, count);
    let bare = bare::write_all(&empty.place, &rows);
    let fresh = fixture(server, count);
    let consume = consume::consume_all(&fresh, &rows);
    Round {
        bare,
        consume,
        pipeline,
        own_us,
        observer_us,
    }
}

fn fixture(server: &Server, count: usize) -> Fixture {
    let dir = must(TempDir::new());
    let place = Place::on(server, dir.path());
    Fixture::at(place, dir, count, json!({}))
}

/// Registers every target: one by each caller to warm up, then the measured rest.
fn register_all(effort: &Effort, fixture: &Fixture) -> (f64, f64, f64) {
    let mut observer = Command::new(&effort.program);
    observer.arg("observe");
    fixture.place.name_to(&mut observer);
    let options = BatchOptions {
        linger: Duration::from_millis(1),
        ..BatchOptions::default()
    };
    let deployment = must(Deployment::start_with(
        fixture.store.clone(),
        observer,
        options,
    ));
    let requests: Vec<Vec<u8>> = (0..fixture.targets.len())
        .map(|number| fixture.request(number))
        .collect();
    let (next, ready) = (AtomicUsize::new(CALLERS), Barrier::new(CALLERS + 1));
    let go = Barrier::new(CALLERS + 1);
    thread::scope(|scope| {
        for caller in 0..CALLERS {
            let mut pipeline = must(deployment.pipeline(Box::new(Unwatched)));
            let (requests, next, ready, go) = (&requests, &next, &ready, &go);
            scope.spawn(move || {
                register(&mut pipeline, requests, caller);
                ready.wait();
                go.wait();
                while register(
                    &mut pipeline,
                    requests,
                    next.fetch_add(1, Ordering::Relaxed),
                ) {}
                ready.wait();
            });
        }
        ready.wait();
        let (own, observers) = (process_ns(), running_children_ns());
        let begin = Instant::now();
        go.wait();
        ready.wait();
        let seconds = begin.elapsed().as_secs_f64();
        let own = process_ns().saturating_sub(own);
        let observers = running_children_ns().saturating_sub(observers);
        let count = must(u64::try_from(effort.registrations));
        (
            ratio(count, 1) / seconds,
            ratio(own, count) / 1000.0,
            ratio(observers, count) / 1000.0,
        )
    })
}

fn register(pipeline: &mut AnyPipeline, requests: &[Vec<u8>], number: usize) -> bool {
    let Some(request) = requests.get(number) else {
        return false;
    };
    let answer = must(pipeline.register(request));
    must(match answer.outcome {
        Outcome::Registered => Ok(()),
        other => Err(format!(
            "not registered but {other:?}: {:?}",
            answer.pending
        )),
    });
    true
}
