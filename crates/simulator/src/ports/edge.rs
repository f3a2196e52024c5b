//! Clock, identities, pauses; and the reports that were stored.

use artifact_resolver_f::port::Progress;
use canonical::{Timestamp, Uuid};
use pipeline::{Edge, Event, ObserverFault, Reports, Trace};

use crate::call::Call;
use crate::kernel::Handle;

/// The code of a check that broke down, or that took more steps than there are.
const NOT_COMPLETED: &[u8] = b"CHECK_NOT_COMPLETED";

impl Trace for Handle {
    /// Block E makes a failed check of a panic of its own, so that no panic arrives here.
    fn event(&mut self, event: Event<'_>) {
        if let Event::Produced {
            slot: "verdict",
            envelope,
            ..
        } = event
            && envelope
                .windows(NOT_COMPLETED.len())
                .any(|at| at == NOT_COMPLETED)
        {
            let words = "a check of block E did not come to its end".to_owned();
            self.kernel.lock().checker.panicked(words);
        }
    }
}

impl Progress for Handle {
    fn advanced(&mut self, _bytes: u64, _total: u64) {}
}

impl Edge for Handle {
    fn now(&mut self) -> Timestamp {
        Handle::now(self)
    }

    fn fresh_id(&mut self) -> Uuid {
        Handle::fresh_id(self)
    }

    fn pause_ms(&mut self, milliseconds: u64) {
        let mut step = self.step(Call::Pause);
        let millis = i64::try_from(milliseconds).unwrap_or(i64::MAX);
        step.inner.pass_time(millis.saturating_mul(1000));
    }
}

impl Reports for Handle {
    fn report(&mut self, attempt_id: &Uuid) -> Result<Option<Vec<u8>>, ObserverFault> {
        let read = self.read(Call::Report, |inner| {
            let state = inner.store.current();
            state.report(attempt_id).map(<[u8]>::to_vec)
        });
        read.map_err(|trouble| ObserverFault::new("read a report back", trouble))
    }
}
