//! Each of the program's calls on the store's files failing, or being the last.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::disk::Image;
use super::random::Random;
use super::recording::log_of;
use super::scene::{program, recovered, register, store_for, written};
use super::strace::strace;
use crate::fixture::must;
use crate::invariants::{broken_rows, count, is_stored_answer};
use crate::runs::{ABORTED, CRASH_AT, Run};
use tempfile::TempDir;

/// Requests that meet their faults one after the other on one store, each with a target of its own:
/// the next process finds what the last one left, as it would in life.
const GROUP: usize = 10;

/// Decides which points are tried where not all are.
const SEED: u64 = 20_26;

/// What happens at a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// It does not take place, and says so.
    Error(&'static str),
    /// Its process dies before it takes place.
    Kill,
}

/// Every kind of call on the store's files, and what is made of it.
const FAULTS: [(&str, &[Fault]); 6] = [
    (
        "pwrite64",
        &[Fault::Error("EIO"), Fault::Error("ENOSPC"), Fault::Kill],
    ),
    (
        "fsync",
        &[Fault::Error("EIO"), Fault::Error("ENOSPC"), Fault::Kill],
    ),
    (
        "ftruncate",
        &[Fault::Error("EIO"), Fault::Error("ENOSPC"), Fault::Kill],
    ),
    ("unlink", &[Fault::Error("EIO"), Fault::Kill]),
    (
        "openat",
        &[Fault::Error("EIO"), Fault::Error("ENOSPC"), Fault::Kill],
    ),
    ("pread64", &[Fault::Error("EIO"), Fault::Kill]),
];

/// The `number`-th call of a kind in any one thread, and what happens there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    call: &'static str,
    number: usize,
    fault: Fault,
}

impl fmt::Display for Point {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.fault {
            Fault::Error(error) => format!("error={error}"),
            Fault::Kill => "signal=KILL".to_owned(),
        };
        write!(formatter, "{}:{what}:when={}", self.call, self.number)
    }
}

/// What came out.
#[derive(Debug, Default)]
pub struct Swept {
    /// Points that there are.
    pub points: usize,
    /// Points that were tried.
    pub tried: usize,
    /// Of those, the ones at which something did fail or die.
    pub hit: usize,
    /// Runs that answered in spite of it.
    pub answered: usize,
    /// Runs that a signal ended.
    pub killed: usize,
    /// What must not be.
    pub wrong: Vec<String>,
}

/// Registers under faults, so many of them at most.
pub fn registrations(tried_max: usize) -> Swept {
    let (chosen, mut swept) = {
        let fixture = store_for(1);
        let store = fixture.embedded().path();
        let request = written(store, &fixture.request(0));
        choose(points(store, &["register", &request]), tried_max)
    };
    for group in chosen.chunks(GROUP) {
        let fixture = store_for(group.len());
        let store = fixture.embedded().path();
        let mut asked = Vec::new();
        for (target, point) in group.iter().enumerate() {
            let request = fixture.request(target);
            let run = swept.run(store, &["register", &written(store, &request)], point);
            if is_answered(&run) && !is_stored_answer(store, &run.stdout) {
                swept
                    .wrong
                    .push(format!("{point}: answered and not stored: {run:?}"));
            }
            asked.push((point, request, run));
        }
        swept.blame(group_name(group), recovered(store));
        let mut effects = 0;
        for (point, request, run) in asked {
            let retry = register(store, &request);
            effects += u64::from(retry.code == Some(0));
            if is_answered(&run) && retry.stdout != run.stdout {
                swept
                    .wrong
                    .push(format!("{point}: {retry:?} instead of {run:?}"));
            }
            if !is_decided(store, &retry) {
                swept.wrong.push(format!("{point}: asked again: {retry:?}"));
            }
        }
        if count(store, "dot_catalogue") != effects {
            swept
                .wrong
                .push(format!("{}: not {effects} effects", group_name(group)));
        }
        swept.blame(group_name(group), recovered(store));
    }
    swept
}

/// Recovers under faults, so many of them at most, where an attempt was left open and another was
/// left without its verification.
pub fn recoveries(tried_max: usize) -> Swept {
    let fixture = store_for(2);
    let store = fixture.embedded().path();
    let requests = [fixture.request(0), fixture.request(1)];
    for (request, point) in requests
        .iter()
        .zip(["reserve.after_commit", "consume.after_commit"])
    {
        let mut dying = program(store, &["register", &written(store, request)]);
        let run = Run::of(dying.env(CRASH_AT, point));
        must((run.signal == Some(ABORTED)).then_some(()).ok_or(run));
    }
    let left = Image::of(store);
    let fresh = || {
        let folder = must(TempDir::new());
        let store = left.put(folder.path());
        (folder, store)
    };
    let (_folder, counted) = fresh();
    let (chosen, mut swept) = choose(points(&counted, &["recover"]), tried_max);
    for point in chosen {
        let (_folder, store) = fresh();
        swept.run(&store, &["recover"], &point);
        swept.blame(point, recovered(&store));
        let retries = requests.each_ref().map(|request| register(&store, request));
        let codes = retries.each_ref().map(|retry| retry.code);
        let effects = count(&store, "dot_catalogue");
        if codes != [Some(3), Some(0)] || effects != 1 {
            swept.wrong.push(format!(
                "{point}: asked again: {retries:?}, {effects} effects"
            ));
        }
    }
    swept
}

impl Swept {
    /// A run under a fault; the rows must fit together however it ended.
    fn run(&mut self, store: &Path, arguments: &[&str], point: &Point) -> Run {
        let log = store.with_file_name("faults");
        let mut tracer = tracer(store, point.call, &log);
        tracer.args(["-e", &format!("inject={point}")]);
        let run = Run::of(&mut under(tracer, store, arguments));
        let said = must(fs::read_to_string(&log));
        self.tried += 1;
        self.hit += usize::from(said.contains("(INJECTED)") || said.contains("killed by SIGKILL"));
        self.answered += usize::from(!run.stdout.is_empty());
        self.killed += usize::from(run.signal.is_some());
        self.blame(point, broken_rows(store));
        run
    }

    fn blame(&mut self, what: impl fmt::Display, broken: Vec<String>) {
        let broken = broken.into_iter().map(|broken| format!("{what}: {broken}"));
        self.wrong.extend(broken);
    }
}

/// Whether a decision came out that has to stand. A HOLD is none: where the gate cannot be judged
/// nothing is reserved and nothing is kept, and the same request may be registered later.
fn is_answered(run: &Run) -> bool {
    !run.stdout.is_empty() && run.code != Some(4)
}

/// A request that was asked again got a decision that stands: it is registered, or its attempt was
/// abandoned, and that is stored.
fn is_decided(store: &Path, retry: &Run) -> bool {
    let fits = match retry.code {
        Some(0) => true,
        Some(3) => retry.reject_codes() == ["OUTCOME_ABANDONED"],
        _ => false,
    };
    fits && is_stored_answer(store, &retry.stdout)
}

fn group_name(group: &[Point]) -> String {
    let names: Vec<String> = group.iter().map(Point::to_string).collect();
    names.join(" ")
}

/// Every point of an undisturbed run.
fn points(store: &Path, arguments: &[&str]) -> Vec<Point> {
    let mut points = Vec::new();
    let calls = FAULTS.map(|(call, _)| call).join(",");
    let log = store.with_file_name("faults");
    let run = Run::of(&mut under(tracer(store, &calls, &log), store, arguments));
    must((run.code == Some(0)).then_some(()).ok_or(run));
    let traced = must(fs::read_to_string(&log));
    let counts = counted(&traced);
    for (call, faults) in FAULTS {
        let calls = counts.get(call).copied().unwrap_or(0);
        for &fault in faults {
            points.extend((1..=calls).map(|number| Point {
                call,
                number,
                fault,
            }));
        }
    }
    points
}

/// How often each call occurs in the thread that makes most of them: the tracer counts by thread.
fn counted(traced: &str) -> BTreeMap<&str, usize> {
    let mut by_thread: HashMap<(&str, &str), usize> = HashMap::new();
    for line in traced.lines() {
        let (thread, rest) = must(line.split_once(' ').ok_or(line));
        if let Some((call, _)) = rest.trim_start().split_once('(') {
            *by_thread.entry((thread, call)).or_default() += 1;
        }
    }
    let mut most = BTreeMap::new();
    for ((_, call), count) in by_thread {
        let so_far = most.entry(call).or_default();
        *so_far = count.max(*so_far);
    }
    most
}

fn choose(points: Vec<Point>, tried_max: usize) -> (Vec<Point>, Swept) {
    let swept = Swept {
        points: points.len(),
        ..Swept::default()
    };
    (Random::new(SEED).sample(points, tried_max), swept)
}

/// The program under the tracer, which looks at calls of these names on the store's files only.
///
/// Without the tracer's filter in the kernel: with it, a signal may fall at another call than the
/// one that was counted.
fn tracer(store: &Path, calls: &str, log: &Path) -> Command {
    let mut traced = strace();
    traced
        .arg("-o")
        .arg(log)
        .args(["-e", &format!("trace={calls}")]);
    let folder = must(store.parent().ok_or("no folder"));
    traced.arg("-P").arg(folder).arg("-P").arg(store);
    for end in ["-shm", "-journal"] {
        let mut path = store.as_os_str().to_owned();
        path.push(end);
        traced.arg("-P").arg(path);
    }
    traced.arg("-P").arg(log_of(store));
    traced
}

fn under(mut tracer: Command, store: &Path, arguments: &[&str]) -> Command {
    let program = program(store, arguments);
    tracer.arg(program.get_program()).args(program.get_args());
    tracer
}
