//! How much goes wrong under a seed: from nothing at all to more than anybody would see.

use fastrand::Rng;

use crate::act::Act;
use crate::call::{Call, Fault, Kind};

/// The odds of a seed, and how much of each is left.
#[derive(Clone, Debug)]
pub(crate) struct Mood {
    switch_percent: u32,
    read_permille: u32,
    write_permille: u32,
    act_permille: u32,
    faults_left: u32,
    acts_left: u32,
    aim: Option<Aim>,
    aimed_act: Option<(Call, Act)>,
}

/// Calls before which an act tells.
const TELLING: [Call; 8] = [
    Call::Reread,
    Call::Standing,
    Call::Reserve,
    Call::Consume,
    Call::Record,
    Call::ObserverCapture,
    Call::ArtifactRead,
    Call::SnapshotInsert,
];

/// Calls that few runs make.
const SELDOM: [Call; 7] = [
    Call::AttemptById,
    Call::AttemptByEffect,
    Call::CurrentHead,
    Call::ExplainLoss,
    Call::Evidence,
    Call::OpenAttempts,
    Call::UnverifiedAttempts,
];

/// One fault at one call, for what chance alone would seldom reach.
#[derive(Clone, Copy, Debug)]
struct Aim {
    call: Call,
    fault: Fault,
    passes: u32,
}

impl Mood {
    /// Draws the odds.
    pub(crate) fn of(rng: &mut Rng) -> Self {
        let one_of = |rng: &mut Rng, odds: &[u32]| rng.choice(odds).copied().unwrap_or(0);
        Self {
            switch_percent: one_of(rng, &[2, 10, 30, 60]),
            read_permille: one_of(rng, &[0, 0, 1, 4, 12]),
            write_permille: one_of(rng, &[0, 60, 150, 400]),
            act_permille: one_of(rng, &[0, 2, 6, 20]),
            faults_left: rng.u32(0..8),
            acts_left: rng.u32(0..5),
            aim: rng.bool().then(|| Aim::take(rng)),
            aimed_act: rng.bool().then(|| {
                let call = rng.choice(TELLING).unwrap_or(Call::Consume);
                (call, Act::any(rng))
            }),
        }
    }

    /// From here on nothing goes wrong.
    pub(crate) fn become_calm(&mut self) {
        self.faults_left = 0;
        self.acts_left = 0;
        self.aim = None;
        self.aimed_act = None;
    }

    /// Whether somebody else goes on.
    pub(crate) fn switches(&self, rng: &mut Rng) -> bool {
        rng.u32(..100) < self.switch_percent
    }

    /// What somebody does just before a call, if anything.
    pub(crate) fn act(&mut self, rng: &mut Rng, call: Call) -> Option<Act> {
        if let Some((aimed, act)) = self.aimed_act
            && aimed == call
            && rng.bool()
        {
            self.aimed_act = None;
            return Some(act);
        }
        if self.acts_left == 0 || rng.u32(..1000) >= self.act_permille {
            return None;
        }
        self.acts_left = self.acts_left.saturating_sub(1);
        Some(Act::any(rng))
    }

    /// What becomes of a call; dying between a rollback and its audit, or with the answer on one's
    /// lips, is worth the trying.
    pub(crate) fn fault(&mut self, rng: &mut Rng, call: Call, after_rollback: bool) -> Fault {
        let tried =
            (after_rollback && rng.u8(..5) == 0) || (call == Call::Answer && rng.u8(..25) == 0);
        if tried && self.faults_left > 0 {
            self.faults_left = self.faults_left.saturating_sub(1);
            return Fault::CrashBefore;
        }
        if let Some(aim) = &mut self.aim
            && aim.call == call
        {
            if aim.passes == 0 {
                let fault = aim.fault;
                self.aim = None;
                return fault;
            }
            aim.passes = aim.passes.saturating_sub(1);
        }
        let permille = match call.kind() {
            Kind::PatientRead | Kind::Read | Kind::Ask | Kind::Step => self.read_permille,
            Kind::PatientWrite | Kind::Commit | Kind::Write => self.write_permille,
        };
        if self.faults_left == 0 || rng.u32(..1000) >= permille {
            return Fault::None;
        }
        self.faults_left = self.faults_left.saturating_sub(1);
        let fitting = Fault::of(call.kind());
        rng.choice(fitting).copied().unwrap_or(Fault::None)
    }
}

impl Aim {
    /// Any call, any fault that fits it, and how many calls go well before it.
    fn take(rng: &mut Rng) -> Self {
        let call = match rng.u8(..4) {
            0 => Call::Consume,
            1 => rng.choice(SELDOM).unwrap_or(Call::Consume),
            _ => rng.choice(Call::ALL).unwrap_or(Call::Consume),
        };
        let fitting = Fault::of(call.kind());
        Self {
            call,
            fault: rng.choice(fitting).copied().unwrap_or(Fault::None),
            passes: rng.u32(..4).checked_rem(3).unwrap_or(0),
        }
    }
}
