//! What the seeds have reached: every fault of every call, every named crash point, every answer.

use std::collections::BTreeMap;
use std::fmt;

use crate::call::{Call, Fault};

/// The named places where something dies, is lost, or changes under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CrashPoint {
    /// Dies before it has reserved.
    BeforeReserve,
    /// The answer to the reservation is lost, or it arrives twice.
    ReserveAckLost,
    /// Dies after it has reserved.
    AfterReserve,
    /// Waits for a lock that somebody else's commit holds.
    LockWait,
    /// A hold, a policy or the schema moves between reservation and write.
    GateFlips,
    /// The one transaction meets transient trouble.
    TransientConsume,
    /// The head, the effect or the key is taken at the write.
    HeadTaken,
    /// Dies between the rollback and the audit.
    BetweenRollbackAndAudit,
    /// The outcome of the commit is unknown.
    CommitUnknown,
    /// The commit fails on the disk.
    DiskFull,
    /// Power is lost after an answer.
    PowerLossAfterAnswer,
    /// Dies after the commit, before the verification is stored.
    BeforeVerify,
    /// The verifier's connection is down.
    VerifierDown,
    /// The verification fails.
    VerifierMismatch,
    /// The audit sink is down.
    SinkDown,
    /// The answer of the audit sink is lost, or the record arrives twice.
    AuditAckLost,
    /// Dies when everything is stored and nothing is answered.
    BeforeAnswer,
    /// A clock jumps.
    ClockJump,
}

impl CrashPoint {
    /// Every point, C1 to C18.
    pub const ALL: [Self; 18] = [
        Self::BeforeReserve,
        Self::ReserveAckLost,
        Self::AfterReserve,
        Self::LockWait,
        Self::GateFlips,
        Self::TransientConsume,
        Self::HeadTaken,
        Self::BetweenRollbackAndAudit,
        Self::CommitUnknown,
        Self::DiskFull,
        Self::PowerLossAfterAnswer,
        Self::BeforeVerify,
        Self::VerifierDown,
        Self::VerifierMismatch,
        Self::SinkDown,
        Self::AuditAckLost,
        Self::BeforeAnswer,
        Self::ClockJump,
    ];
}

/// Counts, added up over seeds.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    /// Seeds that were run.
    pub seeds: u64,
    /// Steps of all seeds.
    pub steps: u64,
    /// How often each fault, none included, met each call.
    pub calls: BTreeMap<(Call, Fault), u64>,
    /// How often each named point was reached.
    pub points: BTreeMap<CrashPoint, u64>,
    /// How often each kind of answer was given.
    pub answers: BTreeMap<&'static str, u64>,
}

impl Coverage {
    pub(crate) fn call(&mut self, call: Call, fault: Fault) {
        count(&mut self.calls, (call, fault));
    }

    pub(crate) fn point(&mut self, point: CrashPoint) {
        count(&mut self.points, point);
    }

    pub(crate) fn answer(&mut self, kind: &'static str) {
        count(&mut self.answers, kind);
    }

    /// Adds the counts of other seeds.
    pub fn add(&mut self, other: &Self) {
        self.seeds = self.seeds.saturating_add(other.seeds);
        self.steps = self.steps.saturating_add(other.steps);
        add(&mut self.calls, &other.calls);
        add(&mut self.points, &other.points);
        add(&mut self.answers, &other.answers);
    }

    /// The faults that no seed has met, of all that fit.
    pub fn unmet(&self) -> Vec<(Call, Fault)> {
        let fitting = Call::ALL.into_iter().flat_map(|call| {
            let faults = Fault::of(call.kind()).iter();
            faults.map(move |fault| (call, *fault))
        });
        fitting
            .filter(|met| !self.calls.contains_key(met))
            .collect()
    }

    /// What was reached less often than it must be, one line each; nothing where nothing must be.
    pub fn missed(&self, reached_min: u64) -> Vec<String> {
        if reached_min == 0 {
            return Vec::new();
        }
        let points = CrashPoint::ALL.into_iter();
        let rare = points.filter(|point| self.of(*point) < reached_min);
        let mut lines: Vec<String> = rare
            .map(|point| format!("{point:?} was reached {} times", self.of(point)))
            .collect();
        let unmet = self.unmet().into_iter();
        lines.extend(unmet.map(|(call, fault)| format!("no {call:?} met {fault:?}")));
        lines
    }

    /// How often a point was reached.
    pub fn of(&self, point: CrashPoint) -> u64 {
        self.points.get(&point).copied().unwrap_or(0)
    }
}

fn count<K: Ord>(counts: &mut BTreeMap<K, u64>, key: K) {
    let count = counts.entry(key).or_default();
    *count = count.saturating_add(1);
}

fn add<K: Ord + Copy>(counts: &mut BTreeMap<K, u64>, other: &BTreeMap<K, u64>) {
    for (key, more) in other {
        let count = counts.entry(*key).or_default();
        *count = count.saturating_add(*more);
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{} seeds, {} steps", self.seeds, self.steps)?;
        for (number, point) in (1..).zip(CrashPoint::ALL) {
            writeln!(formatter, "C{number:<3} {:>9}  {point:?}", self.of(point))?;
        }
        for (kind, count) in &self.answers {
            writeln!(formatter, "{count:>14}  {kind}")?;
        }
        let faults = self
            .calls
            .iter()
            .filter(|((_, fault), _)| *fault != Fault::None);
        let total = faults.fold(0_u64, |sum, (_, count)| sum.saturating_add(*count));
        writeln!(formatter, "{total} faults in {} of the ways that fit", {
            let met = self.calls.keys();
            met.filter(|(_, fault)| *fault != Fault::None).count()
        })
    }
}
