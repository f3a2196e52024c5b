//! A port that errs or panics at any call of any verb: nothing is registered by it, nothing is
//! answered that was not recorded, and recovery makes no registration of what is left.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use canonical::{Digest, Timestamp, Uuid};

use super::bench::*;
use crate::port::*;
use crate::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    Errs,
    Panics,
}

/// A store and a sink of which one call fails, counted over both from 1; with 0 none.
#[derive(Clone)]
struct Breaking {
    world: World,
    fails_at: usize,
    fault: Fault,
    called: Rc<RefCell<Vec<&'static str>>>,
}

impl Breaking {
    fn at(world: &World, fails_at: usize, fault: Fault) -> Self {
        Self {
            world: world.clone(),
            fails_at,
            fault,
            called: Rc::default(),
        }
    }

    fn call<T>(
        &mut self,
        name: &'static str,
        answer: impl FnOnce(&mut World) -> Result<T, PortError>,
    ) -> Result<T, PortError> {
        self.note(name)?;
        answer(&mut self.world)
    }

    fn note(&mut self, name: &'static str) -> Result<(), PortError> {
        self.called.borrow_mut().push(name);
        if self.called.borrow().len() != self.fails_at {
            return Ok(());
        }
        match self.fault {
            Fault::Errs => Err(PortError::new("ask the store", "gone")),
            Fault::Panics => panic!("the port broke down"),
        }
    }

    /// How many failures were recorded before the call that failed.
    fn recorded_before(&self) -> usize {
        let called = self.called.borrow();
        let earlier = called.iter().take(self.fails_at - 1);
        earlier.filter(|name| **name == "record").count()
    }

    /// Whether anything was to be written after the call that failed.
    fn wrote_after(&self) -> bool {
        let called = self.called.borrow();
        let mut later = called.iter().skip(self.fails_at);
        later.any(|name| ["reserve", "consume", "record"].contains(name))
    }
}

impl RegistrarStore for Breaking {
    fn observer_session(&mut self, id: &Uuid) -> Result<Option<ObserverSession>, PortError> {
        self.call("observer_session", |world| world.observer_session(id))
    }
    fn clock(&mut self) -> Result<Timestamp, PortError> {
        self.call("clock", RegistrarStore::clock)
    }
    fn attempt_by_nonce(&mut self, nonce: &str) -> Result<Option<StoredAttempt>, PortError> {
        self.call("attempt_by_nonce", |world| world.attempt_by_nonce(nonce))
    }
    fn attempt_by_replay_key(&mut self, key: &Digest) -> Result<Option<StoredAttempt>, PortError> {
        self.call("attempt_by_replay_key", |world| {
            world.attempt_by_replay_key(key)
        })
    }
    fn attempt_by_id(&mut self, id: &Uuid) -> Result<Option<StoredAttempt>, PortError> {
        self.call("attempt_by_id", |world| world.attempt_by_id(id))
    }
    fn attempt_by_effect(&mut self, effect: &Digest) -> Result<Option<StoredAttempt>, PortError> {
        self.call("attempt_by_effect", |world| world.attempt_by_effect(effect))
    }
    fn current_head(&mut self, dot_code: &str) -> Result<Option<String>, PortError> {
        self.call("current_head", |world| world.current_head(dot_code))
    }
    fn retired_head(&mut self, dot_code: &str) -> Result<bool, PortError> {
        self.call("retired_head", |world| world.retired_head(dot_code))
    }
    fn standing(&mut self, target: &str) -> Result<Standing, PortError> {
        self.call("standing", |world| world.standing(target))
    }
    fn reread(&mut self, refs: &[RowRef]) -> Result<Vec<RereadRow>, PortError> {
        self.call("reread", |world| world.reread(refs))
    }
    fn head_versions(&mut self, target: &str) -> Result<Vec<HeadVersion>, PortError> {
        self.call("head_versions", |world| world.head_versions(target))
    }
    fn reserve(&mut self, all: Vec<Reservation>) -> Result<Vec<ReserveAnswer>, PortError> {
        self.call("reserve", |world| world.reserve(all))
    }
    fn consume(&mut self, items: Vec<ConsumeItem>) -> Result<Vec<ConsumeAnswer>, ConsumeError> {
        self.note("consume").map_err(ConsumeError::Port)?;
        self.world.consume(items)
    }
    fn evidence(&mut self, attempt_id: &Uuid) -> Result<Option<Vec<u8>>, PortError> {
        self.call("evidence", |world| world.evidence(attempt_id))
    }
    fn open_attempts(
        &mut self,
        opened_before: Timestamp,
        limit: u32,
    ) -> Result<Vec<StoredAttempt>, PortError> {
        self.call("open_attempts", |world| {
            world.open_attempts(opened_before, limit)
        })
    }
    fn unverified_attempts(&mut self, limit: u32) -> Result<Vec<StoredAttempt>, PortError> {
        self.call("unverified_attempts", |world| {
            world.unverified_attempts(limit)
        })
    }
}

impl FailureSink for Breaking {
    fn record(&mut self, records: Vec<FailureRecord>) -> Result<Vec<RecordAnswer>, PortError> {
        self.call("record", |world| world.record(records))
    }
}

/// A target with a trial that stands, and its reservation where the verb needs one.
struct Scene {
    world: World,
    trial: Trial,
    prepared: Option<Prepared>,
    rejection: Rejection,
}

impl Scene {
    fn new() -> Self {
        let world = world();
        let trial = Trial::of(&world, &Submission::new(1));
        Self {
            trial,
            world,
            prepared: None,
            rejection: Rejection::named(&["HEAD_EXISTS"], "lost").unwrap(),
        }
    }

    fn reserved() -> Self {
        let mut scene = Self::new();
        scene.prepared = Some(scene.trial.open(&scene.world));
        scene
    }

    /// Its attempt has stayed open past the recovery horizon.
    fn abandoned() -> Self {
        let scene = Self::reserved();
        scene.world.set_clock(at(1000));
        scene
    }

    /// Its attempt was consumed, and nobody verified it.
    fn unverified() -> Self {
        let scene = Self::reserved();
        consume(&mut scene.world.clone(), scene.prepared.as_slice()).unwrap();
        scene.world.set_clock(at(1000));
        scene
    }

    fn recovering(&self) -> RecoverInput<'_> {
        RecoverInput {
            policy: &self.trial.policy,
            now: at(1000),
            limit: 10,
        }
    }
}

/// Whether a verb did what it is for.
type Did = Result<bool, RegistrarError>;

/// A verb: the scene it needs, and how it is called.
type Verb = (
    &'static str,
    fn() -> Scene,
    fn(&Scene, &mut Breaking) -> Did,
);

const VERBS: [Verb; 9] = [
    ("intake", Scene::new, |scene, store| {
        let found = intake(store, scene.trial.arrival.bytes())?;
        Ok(matches!(found, Intake::Fresh(_)))
    }),
    ("readback", Scene::new, |scene, store| {
        let Trial {
            owner,
            artifact,
            policy,
            attempt,
            ..
        } = &scene.trial;
        let bytes = readback(store, &rereading(owner, artifact, policy, *attempt))?.bytes;
        Ok(bytes == scene.trial.readback.bytes)
    }),
    ("reserve", Scene::new, |scene, store| {
        let reserved = reserve(store, &scene.trial.reserving())?;
        Ok(matches!(reserved, Reserved::Open(_)))
    }),
    ("foresee", Scene::new, |scene, store| {
        Ok(foresee(store, &scene.trial.reserving())?.is_none())
    }),
    ("consume", Scene::reserved, |scene, store| {
        let consumed = only(consume(store, scene.prepared.as_slice())?);
        Ok(matches!(consumed, Consumed::Registered { .. }))
    }),
    ("refuse", Scene::new, |scene, store| {
        refuse(store, &scene.trial.failing(&scene.rejection))?;
        Ok(true)
    }),
    ("fail", Scene::reserved, |scene, store| {
        let (sink, prepared) = (&mut store.clone(), scene.prepared.as_ref().unwrap());
        let failing = scene.trial.failing(&scene.rejection);
        Ok(matches!(
            fail(store, sink, &failing, prepared)?,
            Ended::Answered(_)
        ))
    }),
    ("recover what is open", Scene::abandoned, |scene, store| {
        let sink = &mut store.clone();
        Ok(recover(store, sink, &scene.recovering())?.settled.len() == 1)
    }),
    (
        "recover what is unverified",
        Scene::unverified,
        |scene, store| {
            let sink = &mut store.clone();
            Ok(recover(store, sink, &scene.recovering())?.unverified.len() == 1)
        },
    ),
];

/// How many calls a verb makes that does what it is for.
fn calls((name, scene, act): Verb) -> usize {
    let scene = scene();
    let mut store = Breaking::at(&scene.world, 0, Fault::Errs);
    assert!(act(&scene, &mut store).unwrap(), "{name}");
    store.called.borrow().len()
}

/// Does a verb with this fault; says whether it did what it is for.
fn with_fault((name, scene, act): Verb, place: usize, fault: Fault) -> Option<Did> {
    let scene = scene();
    let (written, audits) = (scene.world.written().len(), scene.world.audits().len());
    let store = Breaking::at(&scene.world, place, fault);
    let did = catch_unwind(AssertUnwindSafe(|| act(&scene, &mut store.clone())));
    assert!(!store.wrote_after(), "{name} {place}");
    assert_eq!(scene.world.written().len(), written, "{name} {place}");
    let recorded = audits + store.recorded_before();
    assert_eq!(scene.world.audits().len(), recorded, "{name} {place}");
    assert_recovered(&scene, written);
    did.ok()
}

/// A store that works again: what is open is abandoned, and no head comes of it.
fn assert_recovered(scene: &Scene, written: usize) {
    scene.world.set_clock(at(1000));
    let (mut store, mut sink) = (scene.world.clone(), scene.world.clone());
    let recovery = recover(&mut store, &mut sink, &scene.recovering()).unwrap();
    assert!(recovery.unsettled.is_empty(), "{:?}", recovery.unsettled);
    assert_eq!(recovery.unverified.len(), written);
    assert_eq!(scene.world.written().len(), written);
    for settled in recovery.settled {
        let Ended::Answered(answered) = settled.ended else {
            panic!("{:?} has ended by itself", settled.attempt_id);
        };
        assert_eq!(decided_codes(&answered.decision), ["OUTCOME_ABANDONED"]);
    }
}

#[test]
fn a_port_that_errs_at_any_call_of_any_verb_registers_nothing() {
    for verb in VERBS {
        for place in 1..=calls(verb) {
            let did = with_fault(verb, place, Fault::Errs);
            let did = did.unwrap_or_else(|| panic!("{} {place} panicked", verb.0));
            let refused = match did {
                Err(RegistrarError::Store(_)) => true,
                Err(RegistrarError::AuditSinkUnavailable { .. }) => verb.0 != "consume",
                // What was rolled back is lost; what one attempt has is no fault of the others.
                Ok(did) => !did && (verb.0 == "consume" || verb.0.starts_with("recover")),
                Err(_) => false,
            };
            assert!(refused, "{} {place}: {did:?}", verb.0);
        }
    }
}

#[test]
fn a_port_that_panics_at_any_call_of_any_verb_registers_nothing() {
    for verb in VERBS {
        for place in 1..=calls(verb) {
            let did = with_fault(verb, place, Fault::Panics);
            assert!(did.is_none(), "{} {place}: {did:?}", verb.0);
        }
    }
}
