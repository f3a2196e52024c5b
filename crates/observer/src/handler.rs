//! The ready-made handler: captures with block B, stores what it saw.

use std::collections::VecDeque;
use std::error::Error;

use canonical::{Identifier, SafeUint, Timestamp, Uuid, locate};
use snapshot_provider::contract::{ProcessIdentity, SnapshotPhase};
use snapshot_provider::{CaptureFrame, Observer, capture};

use crate::port::{BatchReader, InsertAnswer, ReportRow, SnapshotRow, SnapshotSink};
use crate::process::ProcessFacts;
use crate::serve::{ObserverAnswer, ObserverHandler, ObserverReply, ObserverRequest, ObserverVerb};

/// How many captures after may wait for reports; the oldest gives way.
const AWAITING_MAX: usize = 1024;

/// Captures and stores, many requests in one read and one write transaction.
///
/// A capture before is stored when it is made. A capture after waits for the report that rests on
/// it, and both are stored together: after a crash between the two, recovery finds neither and
/// captures afresh, where a stored one could only grow stale under its attempt.
#[derive(Debug)]
pub struct Handler<R, S, C> {
    reader: R,
    sink: S,
    clock: C,
    observer: Observer,
    awaiting: VecDeque<SnapshotRow>,
}

/// What one request came to before the batch was stored.
enum Step {
    Answered(Result<ObserverAnswer, String>),
    /// The snapshot at this place of the batch has to be stored first.
    Before(usize),
    /// The report at this place, with its snapshot at the same place after all captures before.
    Report(usize),
}

/// What a batch stores.
#[derive(Default)]
struct Rows {
    before: Vec<SnapshotRow>,
    after: Vec<SnapshotRow>,
    reports: Vec<ReportRow>,
}

impl<R: BatchReader, S: SnapshotSink, C: FnMut() -> Timestamp> Handler<R, S, C> {
    /// A handler of the process that `facts` describe; `clock` is the observer's own.
    ///
    /// Fails when the facts do not fit an envelope.
    pub fn new(
        reader: R,
        sink: S,
        facts: &ProcessFacts,
        clock: C,
    ) -> Result<Self, canonical::ScalarError> {
        Ok(Self {
            reader,
            sink,
            clock,
            observer: Observer {
                principal: format!("uid:{}", facts.uid).parse()?,
                process: identity(facts)?,
            },
            awaiting: VecDeque::new(),
        })
    }

    /// The same, under the principal that the store authenticated it as.
    #[must_use]
    pub fn with_principal(mut self, principal: Identifier) -> Self {
        self.observer.principal = principal;
        self
    }

    fn captured(&mut self, frame: &[u8]) -> Result<SnapshotRow, String> {
        let frame = CaptureFrame::parse(frame).map_err(|error| chain(&error))?;
        let input = frame.input(self.observer.clone(), (self.clock)());
        let input = input.map_err(|error| chain(&error))?;
        let bytes = capture(&mut self.reader, &input).map_err(|error| chain(&error))?;
        Ok(SnapshotRow {
            attempt_id: frame.attempt().attempt_id,
            phase: match frame.phase() {
                SnapshotPhase::Before => "before",
                SnapshotPhase::After => "after",
            },
            bytes,
        })
    }

    fn step(&mut self, verb: ObserverVerb, begun: Result<(), &String>, rows: &mut Rows) -> Step {
        match (verb, begun) {
            (ObserverVerb::Capture { .. }, Err(reason)) => Step::Answered(Err(reason.clone())),
            (ObserverVerb::Capture { frame }, Ok(())) => match self.captured(&frame) {
                Err(reason) => Step::Answered(Err(reason)),
                Ok(row) if row.phase == "before" => {
                    rows.before.push(row);
                    Step::Before(rows.before.len() - 1)
                }
                Ok(row) => {
                    let bytes = row.bytes.clone();
                    self.await_report(row);
                    Step::Answered(Ok(ObserverAnswer::Captured(bytes)))
                }
            },
            (
                ObserverVerb::Record {
                    attempt_id,
                    report,
                    verdict_after,
                },
                _,
            ) => {
                let Some(snapshot) = self.take_judged(attempt_id, &verdict_after) else {
                    let reason = format!("no capture after of attempt `{attempt_id}` waits");
                    return Step::Answered(Err(reason));
                };
                rows.after.push(snapshot);
                rows.reports.push(ReportRow {
                    attempt_id,
                    report,
                    verdict_after,
                });
                Step::Report(rows.reports.len() - 1)
            }
        }
    }

    fn await_report(&mut self, row: SnapshotRow) {
        if self.awaiting.len() == AWAITING_MAX {
            self.awaiting.pop_front();
        }
        self.awaiting.push_back(row);
    }

    /// The capture that a second verdict judged: several may finish one attempt at once, each with
    /// a capture of its own, and a report is kept with no other than the one it rests on.
    fn take_judged(&mut self, attempt_id: Uuid, verdict_after: &[u8]) -> Option<SnapshotRow> {
        let judged =
            |row: &SnapshotRow| row.attempt_id == attempt_id && names(verdict_after, &row.bytes);
        let place = self.awaiting.iter().position(judged)?;
        self.awaiting.remove(place)
    }

    /// Stores the rows; one answer per row, captures before first, then captures after, reports.
    fn stored(&mut self, rows: &Rows) -> Result<Vec<InsertAnswer>, String> {
        let snapshots = [rows.before.as_slice(), rows.after.as_slice()].concat();
        if snapshots.is_empty() {
            return Ok(Vec::new());
        }
        let answers = self.sink.insert(&snapshots, &rows.reports);
        answers.map_err(|error| chain(&error))
    }
}

impl<R: BatchReader, S: SnapshotSink, C: FnMut() -> Timestamp> ObserverHandler
    for Handler<R, S, C>
{
    fn batch(&mut self, requests: Vec<ObserverRequest>) -> Vec<ObserverReply> {
        let reads =
            |request: &ObserverRequest| matches!(request.verb, ObserverVerb::Capture { .. });
        let reading = requests.iter().any(reads);
        let mut begun = Ok(());
        if reading {
            begun = self.reader.begin().map_err(|error| chain(&error));
        }
        let mut rows = Rows::default();
        let mut steps = Vec::with_capacity(requests.len());
        for request in requests {
            let step = self.step(request.verb, begun.as_ref().copied(), &mut rows);
            steps.push((request.id, step));
        }
        let mut ended = Ok(());
        if reading && begun.is_ok() {
            ended = self.reader.end().map_err(|error| chain(&error));
        }
        let stored = ended.and_then(|()| self.stored(&rows));
        let reply = |(id, step)| ObserverReply {
            id,
            outcome: outcome(step, &rows, &stored),
        };
        steps.into_iter().map(reply).collect()
    }
}

/// Whether a verdict names the evidence hash of a snapshot; its other content is not this crate's.
fn names(verdict: &[u8], snapshot: &[u8]) -> bool {
    let place = locate(snapshot, &["header", "evidence_hash"]);
    let hash = place.and_then(|place| snapshot.get(place));
    hash.is_some_and(|hash| {
        !hash.is_empty() && verdict.windows(hash.len()).any(|bytes| bytes == hash)
    })
}

fn outcome(
    step: Step,
    rows: &Rows,
    stored: &Result<Vec<InsertAnswer>, String>,
) -> Result<ObserverAnswer, String> {
    let answers = || stored.as_ref().map_err(Clone::clone);
    match step {
        Step::Answered(outcome) => outcome,
        Step::Before(place) => {
            stands(answers()?, place, "another capture before")?;
            let row = rows.before.get(place);
            let row = row.ok_or_else(|| "capture was lost".to_owned())?;
            Ok(ObserverAnswer::Captured(row.bytes.clone()))
        }
        Step::Report(place) => {
            let snapshot = rows.before.len().saturating_add(place);
            stands(answers()?, snapshot, "another capture after")?;
            let report = snapshot.saturating_add(rows.after.len());
            stands(answers()?, report, "another report")?;
            Ok(ObserverAnswer::Recorded)
        }
    }
}

/// The row at `place` stands as it was given; no answer at all counts as a refusal.
fn stands(answers: &[InsertAnswer], place: usize, other: &str) -> Result<(), String> {
    match answers.get(place) {
        Some(InsertAnswer::Inserted | InsertAnswer::AlreadyInserted) => Ok(()),
        Some(InsertAnswer::Different) => Err(format!("{other} stands under this attempt")),
        None => Err("sink did not answer for this row".to_owned()),
    }
}

fn identity(facts: &ProcessFacts) -> Result<ProcessIdentity, canonical::ScalarError> {
    Ok(ProcessIdentity {
        pid: SafeUint::from(facts.pid),
        start_time: SafeUint::try_from(facts.start_time)?,
        uid: SafeUint::from(facts.uid),
        executable_digest: facts.executable_digest,
    })
}

/// An error with its causes, as the one text that the line carries.
fn chain(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words = format!("{words}: {error}");
        cause = error.source();
    }
    words
}
