//! One thing at a time: whose turn it is, what time it is, what goes wrong.
//!
//! Each simulated process has a thread, and of all threads only the one whose turn it is runs. Every
//! call of a port is a step: the process stops there, and the seed says who goes on, how much time
//! has passed, what somebody else has done meanwhile, and what becomes of the call. So a seed is
//! the whole run.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use canonical::{Timestamp, Uuid};
use fastrand::Rng;

use crate::act::Act;
use crate::call::{Call, Fault};
use crate::checker::Checker;
use crate::coverage::{Coverage, CrashPoint};
use crate::crash::die;
use crate::files::Files;
use crate::mood::Mood;
use crate::scene::Scene;
use crate::store::{Bug, Store};
use crate::trace::Trace;

/// The director, who begins and ends a run, and the processes.
pub(crate) const SEATS: usize = 5;

/// The director's seat: nothing goes wrong there.
pub(crate) const DIRECTOR: usize = 0;

/// How long a call may be held up: from nothing much to longer than any validity.
const DELAYS_MICROS: [i64; 7] = [
    20_000,
    15_000_000,
    60_000,
    400_000,
    6_000_000,
    70_000_000,
    400_000_000,
];

/// More steps than any run takes that comes to an end.
const STEPS_MAX: u64 = 20_000;

/// How far a process has come with what it is doing, as far as a crash point tells it apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Stage {
    /// It registers nothing.
    #[default]
    Idle,
    /// It has a request, and no reservation.
    Fresh,
    /// It has reserved.
    Reserved,
    /// Its transaction was rolled back.
    RolledBack,
    /// Its transaction was committed.
    Committed,
    /// Everything is stored that its answer needs.
    Settled,
}

#[derive(Clone, Debug, Default)]
struct Seat {
    ready: bool,
    doomed: bool,
    skew_micros: i64,
    stage: Stage,
    lives: u32,
}

/// Everything that a step may touch.
pub(crate) struct Inner {
    turn: usize,
    seats: BTreeMap<usize, Seat>,
    pub(crate) rng: Rng,
    pub(crate) mood: Mood,
    micros: i64,
    latest_micros: i64,
    ids: u64,
    pub(crate) store: Store,
    pub(crate) files: Files,
    pub(crate) scene: Arc<Scene>,
    pub(crate) sink_down: bool,
    pub(crate) verifier_down: bool,
    pub(crate) trace: Trace,
    pub(crate) coverage: Coverage,
    pub(crate) checker: Checker,
}

/// The one lock, and a bell for each seat.
pub(crate) struct Kernel {
    inner: Mutex<Inner>,
    bells: [Condvar; SEATS],
}

impl Kernel {
    pub(crate) fn new(seed: u64, scene: &Arc<Scene>, bug: Option<Bug>, trace: Trace) -> Arc<Self> {
        let mut rng = Rng::with_seed(seed);
        let mood = Mood::of(&mut rng);
        let mut seats = BTreeMap::new();
        for number in 0..SEATS {
            let skew_micros = rng.i64(-20_000..20_000);
            let seat = Seat {
                skew_micros,
                ..Seat::default()
            };
            seats.insert(number, seat);
        }
        let micros = scene.begins.micros();
        Arc::new(Self {
            inner: Mutex::new(Inner {
                turn: DIRECTOR,
                seats,
                rng,
                mood,
                micros,
                latest_micros: micros,
                ids: 0,
                store: Store::new(Arc::clone(&scene.state), bug),
                files: scene.files.clone(),
                scene: Arc::clone(scene),
                sink_down: false,
                verifier_down: false,
                trace,
                coverage: Coverage::default(),
                checker: Checker::default(),
            }),
            bells: Default::default(),
        })
    }

    /// A process that dies lets go of the lock first, so that one that panicked while it had it is
    /// reported by itself.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets who takes part, gives one of them the turn, and waits until all have left.
    pub(crate) fn direct(&self, seats: impl Iterator<Item = usize>) {
        let mut inner = self.lock();
        for seat in seats {
            inner.seat(seat).ready = true;
        }
        if let Some(first) = inner.pick() {
            drop(self.pass(inner, DIRECTOR, first));
        }
    }

    /// Waits for the first turn of a seat.
    pub(crate) fn await_turn(&self, seat: usize) {
        drop(self.wait(self.lock(), seat));
    }

    /// Leaves the run for good; the last one gives the turn back to the director.
    pub(crate) fn leave(&self, seat: usize) {
        let mut inner = self.lock();
        inner.seat(seat).ready = false;
        let next = inner.pick().unwrap_or(DIRECTOR);
        self.give(&mut inner, next);
    }

    fn give(&self, inner: &mut Inner, next: usize) {
        inner.turn = next;
        if let Some(bell) = self.bells.get(next) {
            bell.notify_one();
        }
    }

    fn pass<'a>(
        &'a self,
        mut inner: MutexGuard<'a, Inner>,
        seat: usize,
        next: usize,
    ) -> MutexGuard<'a, Inner> {
        self.give(&mut inner, next);
        self.wait(inner, seat)
    }

    fn wait<'a>(&'a self, inner: MutexGuard<'a, Inner>, seat: usize) -> MutexGuard<'a, Inner> {
        let Some(bell) = self.bells.get(seat) else {
            return inner;
        };
        let awaited = bell.wait_while(inner, |inner| inner.turn != seat);
        awaited.unwrap_or_else(PoisonError::into_inner)
    }
}

/// One process's way to the world.
#[derive(Clone)]
pub(crate) struct Handle {
    pub(crate) kernel: Arc<Kernel>,
    pub(crate) seat: usize,
}

/// A step that has come: the world, and what becomes of the call.
pub(crate) struct Step<'a> {
    pub(crate) inner: MutexGuard<'a, Inner>,
    pub(crate) fault: Fault,
}

impl Handle {
    /// Makes a step; does not return when the process dies in it.
    pub(crate) fn step(&self, call: Call) -> Step<'_> {
        let mut inner = self.kernel.lock();
        inner.tick();
        if self.seat == DIRECTOR {
            return Step {
                inner,
                fault: Fault::None,
            };
        }
        if let Some(next) = inner.pick_after(self.seat, call)
            && next != self.seat
        {
            inner = self.kernel.pass(inner, self.seat, next);
        }
        inner.happen(self.seat, call);
        let mut fault = inner.draw(self.seat, call);
        if fault == Fault::Delay {
            // Whoever waits lets others go on.
            if let Some(next) = inner.pick().filter(|next| *next != self.seat) {
                inner = self.kernel.pass(inner, self.seat, next);
            }
            if inner.seat(self.seat).doomed {
                fault = Fault::CrashBefore;
            }
        }
        if fault == Fault::CrashBefore {
            self.die_at(inner);
        }
        Step { inner, fault }
    }

    /// Dies, noting which named point it was.
    pub(crate) fn die_at(&self, mut inner: MutexGuard<'_, Inner>) -> ! {
        inner.killed(self.seat);
        drop(inner);
        die()
    }

    /// The clock of this process.
    pub(crate) fn now(&self) -> Timestamp {
        let inner = self.kernel.lock();
        inner.clock_of(self.seat)
    }

    /// A new identity.
    pub(crate) fn fresh_id(&self) -> Uuid {
        self.kernel.lock().fresh_id()
    }

    pub(crate) fn stage(&self, stage: Stage) {
        self.kernel.lock().seat(self.seat).stage = stage;
    }
}

impl Inner {
    fn seat(&mut self, seat: usize) -> &mut Seat {
        self.seats.entry(seat).or_default()
    }

    /// The store's clock.
    pub(crate) fn clock(&self) -> Timestamp {
        instant(self.micros)
    }

    pub(crate) fn clock_of(&self, seat: usize) -> Timestamp {
        let skew = self.seats.get(&seat).map_or(0, |seat| seat.skew_micros);
        instant(self.micros.saturating_add(skew))
    }

    /// Sets all clocks past everything that they have ever said.
    pub(crate) fn set_clock_past(&mut self, millis: i64) {
        for seat in self.seats.values_mut() {
            seat.skew_micros = 0;
        }
        let later = millis.saturating_mul(1000);
        self.micros = self.latest_micros.saturating_add(later);
    }

    pub(crate) fn jump(&mut self, micros: i64) {
        self.micros = self.micros.saturating_add(micros);
        self.latest_micros = self.latest_micros.max(self.micros);
        self.coverage.point(CrashPoint::ClockJump);
    }

    pub(crate) fn skew(&mut self, micros: i64) {
        let seat = self.rng.usize(1..SEATS);
        self.seat(seat).skew_micros = micros;
        self.coverage.point(CrashPoint::ClockJump);
    }

    /// Every process dies when its turn comes.
    pub(crate) fn doom_all(&mut self) {
        for seat in self.seats.values_mut() {
            seat.doomed = seat.ready;
        }
    }

    /// A process begins a new life; gives its number.
    pub(crate) fn born(&mut self, seat: usize) -> u32 {
        let seat = self.seat(seat);
        seat.doomed = false;
        seat.lives = seat.lives.saturating_add(1);
        seat.lives
    }

    /// A new identity of version 7: the time, then what makes it unique, then chance.
    pub(crate) fn fresh_id(&mut self) -> Uuid {
        self.ids = self.ids.saturating_add(1);
        let millis = u128::from(self.micros.unsigned_abs().div_euclid(1000));
        let rest = u128::from(self.ids) << 16 | u128::from(self.rng.u16(..));
        Uuid::from_bytes(version_7(millis, rest))
    }

    fn tick(&mut self) {
        self.coverage.steps = self.coverage.steps.saturating_add(1);
        if self.coverage.steps == STEPS_MAX {
            self.checker.does_not_end(STEPS_MAX);
            self.mood.become_calm();
        }
        let passed = self.rng.i64(20..600);
        self.pass_time(passed);
    }

    pub(crate) fn pass_time(&mut self, micros: i64) {
        self.micros = self.micros.saturating_add(micros);
        self.latest_micros = self.latest_micros.max(self.micros.saturating_add(300_000));
    }

    /// What others do meanwhile: a commit ends, somebody acts.
    fn happen(&mut self, seat: usize, call: Call) {
        if self.store.is_locked() && self.rng.u8(..100) < 8 {
            self.end_commit();
        }
        if let Some(act) = self.mood.act(&mut self.rng, call) {
            self.act(act, seat);
        }
    }

    /// Somebody else does something.
    pub(crate) fn act(&mut self, act: Act, seat: usize) {
        let done = act.perform(self);
        self.say(|| {
            let outcome = if done { "done" } else { "refused" };
            format!("during {seat}: {act:?} {outcome}")
        });
        self.check();
    }

    pub(crate) fn end_commit(&mut self) {
        let now = self.clock();
        if let Some(landed) = self.store.end_commit(now) {
            self.say(|| format!("the commit under way ends, landed: {landed}"));
            self.check();
        }
    }

    /// A line of the trace that is no step.
    pub(crate) fn say(&mut self, words: impl FnOnce() -> String) {
        self.trace.line(self.coverage.steps, self.micros, words);
    }

    /// Hands every new transition to the checker.
    pub(crate) fn check(&mut self) {
        for transition in self.store.drain_transitions() {
            self.checker.transition(&transition);
        }
    }

    /// Any seat that takes part; none when all have left.
    fn pick(&mut self) -> Option<usize> {
        let seats = self.seats.iter();
        let ready: Vec<usize> = seats
            .filter(|(_, seat)| seat.ready)
            .map(|(number, _)| *number)
            .collect();
        self.rng.choice(ready)
    }

    fn pick_after(&mut self, seat: usize, call: Call) -> Option<usize> {
        // Two that have reserved, and neither has consumed: chance alone seldom comes to it.
        let in_between = call == Call::Consume && self.rng.bool();
        if in_between || self.mood.switches(&mut self.rng) {
            return self.pick();
        }
        Some(seat)
    }

    fn stage_of(&mut self, seat: usize) -> Stage {
        self.seat(seat).stage
    }

    /// What becomes of a call.
    fn draw(&mut self, seat: usize, call: Call) -> Fault {
        let is_doomed = self.seat(seat).doomed;
        let fault = if is_doomed {
            Fault::CrashBefore
        } else {
            let after_rollback = call == Call::Record && self.stage_of(seat) == Stage::RolledBack;
            self.mood.fault(&mut self.rng, call, after_rollback)
        };
        self.coverage.call(call, fault);
        if fault == Fault::Delay {
            let passed = *self.rng.choice(&DELAYS_MICROS).unwrap_or(&0);
            self.pass_time(passed);
        }
        self.trace
            .step(self.coverage.steps, self.micros, seat, call, fault);
        fault
    }

    fn killed(&mut self, seat: usize) {
        let point = match self.seat(seat).stage {
            Stage::Idle => return,
            Stage::Fresh => CrashPoint::BeforeReserve,
            Stage::Reserved => CrashPoint::AfterReserve,
            Stage::RolledBack => CrashPoint::BetweenRollbackAndAudit,
            Stage::Committed => CrashPoint::BeforeVerify,
            Stage::Settled => CrashPoint::BeforeAnswer,
        };
        self.coverage.point(point);
        self.seat(seat).stage = Stage::Idle;
    }
}

/// An instant; a clock that leaves its range reads as 1970, which every bound refuses.
fn instant(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros).unwrap_or(Timestamp::EPOCH)
}

/// Sixteen bytes of version 7: 48 bits of time, then up to 62 bits of anything else.
pub(crate) fn version_7(millis: u128, rest: u128) -> [u8; 16] {
    let marks = 0x7_u128 << 76 | 0b10_u128 << 62;
    let time = (millis & 0xffff_ffff_ffff) << 80;
    (time | marks | rest & 0x3fff_ffff_ffff_ffff).to_be_bytes()
}
