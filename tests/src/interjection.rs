//! Does something in the middle of a registration: between two phases, or after one envelope.
//!
//! The pipeline tells whoever watches of each phase and each envelope, and waits for it to return.
//! So what is done here happens exactly there, without a sleep and without a wrapper around a port.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use artifact_resolver_f::port::Progress;
use embedded::Watcher;
use pipeline::{Event, Phase, Trace};

/// A place in a registration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Just before a phase: before `Phase::Write` the attempt is reserved and not yet consumed.
    Before(Phase),
    /// Just after the envelope of this slot was made: after `authority_readback` everything that
    /// the decision rests on has been read, and nothing is reserved.
    After(&'static str),
}

/// The envelopes of one attempt, by slot, in the order they were made.
#[derive(Debug, Clone, Default)]
pub struct Envelopes {
    made: Arc<Mutex<BySlot>>,
}

type BySlot = BTreeMap<&'static str, Vec<Vec<u8>>>;

impl Envelopes {
    /// Every envelope of a slot.
    pub fn all(&self, slot: &str) -> Vec<Vec<u8>> {
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.get(slot).cloned().unwrap_or_default()
    }

    /// The latest envelope of a slot.
    pub fn latest(&self, slot: &str) -> Option<Vec<u8>> {
        self.all(slot).pop()
    }

    fn add(&self, slot: &'static str, envelope: &[u8]) {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.entry(slot).or_default().push(envelope.to_vec());
    }
}

/// A watcher that acts once, at its moment, and keeps every envelope it is shown.
pub struct Interjection {
    moment: Option<Moment>,
    act: Box<dyn FnMut() + Send>,
    envelopes: Envelopes,
}

impl Interjection {
    /// Acts when the moment comes for the first time.
    pub fn new(moment: Moment, act: impl FnMut() + Send + 'static) -> Self {
        Self {
            moment: Some(moment),
            act: Box::new(act),
            envelopes: Envelopes::default(),
        }
    }

    /// Keeps its envelopes where the caller can read them, from inside the act too.
    #[must_use]
    pub fn keeping(mut self, envelopes: &Envelopes) -> Self {
        self.envelopes = envelopes.clone();
        self
    }

    /// As a pipeline takes it.
    pub fn boxed(self) -> Box<dyn Watcher> {
        Box::new(self)
    }

    fn reached(&mut self, moment: Moment) {
        if self.moment == Some(moment) {
            self.moment = None;
            (self.act)();
        }
    }
}

impl Trace for Interjection {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Begins(phase) => self.reached(Moment::Before(phase)),
            Event::Produced { slot, envelope, .. } => {
                self.envelopes.add(slot, envelope);
                self.reached(Moment::After(slot));
            }
        }
    }
}

impl Progress for Interjection {
    fn advanced(&mut self, _bytes: u64, _total: u64) {}
}
