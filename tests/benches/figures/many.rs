//! Many callers at once: what one registration costs, and how many end in a second beside a floor
//! that writes the very same rows and does nothing else.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use deployment::{AnyPipeline, BatchOptions, Deployment, Unwatched};
use holdfast_tests::fixture::{Fixture, must};
use pipeline::Outcome;
use serde_json::json;
use tempfile::TempDir;

use crate::Effort;
use crate::clock::{process_ns, running_children_ns};
use crate::floor;
use crate::rounds::{median, ratio};
use crate::table::Table;

/// How many callers ask at once.
pub(crate) const CALLERS: usize = 64;

/// One round of the whole pipeline.
pub(crate) struct Round {
    pub(crate) per_second: f64,
    pub(crate) own_us: f64,
    pub(crate) observer_us: f64,
}

pub(crate) fn measure(effort: &Effort, table: &mut Table) {
    let disk = effort.program.parent().unwrap_or(Path::new("."));
    let places = [
        ("disk", disk.to_owned(), 0.5),
        ("tmpfs", PathBuf::from("/dev/shm"), 0.25),
    ];
    for (name, place, bar) in places {
        let (mut rounds, mut floors) = (Vec::new(), Vec::new());
        for _ in 0..effort.long_rounds {
            let fixture = Fixture::in_folder(
                must(TempDir::new_in(&place)),
                effort.registrations + CALLERS,
                json!({}),
            );
            rounds.push(register_all(effort, &fixture, BatchOptions::default()));
            floors.push(floor::write_all(fixture.embedded(), &place));
        }
        let of = |what: fn(&Round) -> f64| median(rounds.iter().map(what).collect());
        let (rate, floor) = (of(|one| one.per_second), median(floors));
        let (own, observer) = (of(|one| one.own_us), of(|one| one.observer_us));
        let bar_us = (name == "tmpfs").then_some(300.0);
        table.time(
            format!("registration, CPU of both processes, {name}"),
            own + observer,
            bar_us,
        );
        table.time("  of the process", own, None);
        table.time("  of the observer", observer, None);
        table.note(
            format!("registrations per second, {CALLERS} callers, {name}"),
            format!("{rate:.0}"),
        );
        table.note("  the same rows, bare group commit", format!("{floor:.0}"));
        table.share("  share of the floor", rate / floor, Some(bar));
    }
}

/// A deployment of the measured program on a fixture's store.
pub(crate) fn deployment(program: &Path, fixture: &Fixture, options: BatchOptions) -> Deployment {
    let mut observer = Command::new(program);
    observer.arg("observe");
    fixture.place.name_to(&mut observer);
    must(Deployment::start_with(
        fixture.store.clone(),
        observer,
        options,
    ))
}

/// Registers every target: one by each caller to warm up, then the measured rest.
pub(crate) fn register_all(effort: &Effort, fixture: &Fixture, options: BatchOptions) -> Round {
    let deployment = deployment(&effort.program, fixture, options);
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
        Round {
            per_second: ratio(count, 1) / seconds,
            own_us: ratio(own, count) / 1000.0,
            observer_us: ratio(observers, count) / 1000.0,
        }
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
