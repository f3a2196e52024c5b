//! What the command shows while the pipeline works: a bar over long hashing, and for the quickstart
//! the envelopes of each phase.

use std::sync::{Arc, Mutex, PoisonError};

use artifact_resolver_f::port::Progress;
use pipeline::{Event, Phase, Trace};

use crate::progress::HashBar;

/// An envelope that a phase produced.
#[derive(Debug, Clone)]
pub(crate) struct Produced {
    pub(crate) phase: Phase,
    pub(crate) slot: &'static str,
    pub(crate) envelope: Vec<u8>,
}

/// What was seen, shared with whoever prints it afterwards.
pub(crate) type Seen = Arc<Mutex<Vec<Produced>>>;

/// Watches one pipeline.
#[derive(Debug)]
pub(crate) struct Watch {
    bar: HashBar,
    seen: Option<Seen>,
}

impl Watch {
    /// Shows the bar and keeps nothing.
    pub(crate) fn quiet() -> Self {
        Self {
            bar: HashBar::new(),
            seen: None,
        }
    }

    /// Keeps what each phase produced.
    pub(crate) fn keeping(seen: Seen) -> Self {
        Self {
            bar: HashBar::new(),
            seen: Some(seen),
        }
    }
}

impl Trace for Watch {
    fn event(&mut self, event: Event<'_>) {
        let (
            Some(seen),
            Event::Produced {
                phase,
                slot,
                envelope,
            },
        ) = (&self.seen, event)
        else {
            return;
        };
        let produced = Produced {
            phase,
            slot,
            envelope: envelope.to_vec(),
        };
        seen.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(produced);
    }
}

impl Progress for Watch {
    fn advanced(&mut self, bytes: u64, total: u64) {
        self.bar.advanced(bytes, total);
    }
}
