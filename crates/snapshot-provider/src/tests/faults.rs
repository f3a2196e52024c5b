//! A port that errs or panics at any call ends the capture there: there is no snapshot, and nothing
//! is asked after it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use canonical::Timestamp;

use super::fixture::Scene;
use crate::contract::snapshot;
use crate::error::CaptureError;
use crate::port::{FoundRow, PortError, SurfaceContent, SurfaceQuery, SurfaceReader};
use crate::world::World;

#[derive(Clone, Copy)]
enum Fault {
    Errs,
    Panics,
}

/// Answers every call but one, counted from 1; with 0 every one.
struct Faulty {
    world: World,
    fails_at: usize,
    fault: Fault,
    called: usize,
}

impl Faulty {
    fn at(scene: &Scene, fails_at: usize, fault: Fault) -> Self {
        Self {
            world: scene.reader(),
            fails_at,
            fault,
            called: 0,
        }
    }

    fn call<T>(
        &mut self,
        answer: impl FnOnce(&mut World) -> Result<T, PortError>,
    ) -> Result<T, PortError> {
        self.called += 1;
        if self.called != self.fails_at {
            return answer(&mut self.world);
        }
        match self.fault {
            Fault::Errs => Err(PortError::new("read the store", "gone")),
            Fault::Panics => panic!("the port broke down"),
        }
    }
}

impl SurfaceReader for Faulty {
    fn store_clock(&mut self) -> Result<Timestamp, PortError> {
        self.call(SurfaceReader::store_clock)
    }

    fn manifests(&mut self) -> Result<Vec<FoundRow>, PortError> {
        self.call(SurfaceReader::manifests)
    }

    fn surface(&mut self, query: &SurfaceQuery<'_>) -> Result<SurfaceContent, PortError> {
        self.call(|world| world.surface(query))
    }

    fn issuer_is_governed(&mut self, principal: &str) -> Result<bool, PortError> {
        self.call(|world| world.issuer_is_governed(principal))
    }
}

/// How many calls a capture that stands makes: clock, manifests, issuer, and the five surfaces.
fn calls(scene: &Scene) -> usize {
    let mut reader = Faulty::at(scene, 0, Fault::Errs);
    let bytes = scene.capture_by(&mut reader).unwrap();
    let captured = snapshot().open(&bytes).unwrap();
    assert!(captured.capture.is_some() && captured.refusals.is_empty());
    assert_eq!(reader.called, 8);
    reader.called
}

#[test]
fn a_port_that_errs_at_any_call_captures_nothing() {
    let scene = Scene::standing();
    for place in 1..=calls(&scene) {
        let mut reader = Faulty::at(&scene, place, Fault::Errs);
        let error = scene.capture_by(&mut reader).unwrap_err();
        assert!(matches!(error, CaptureError::Port(_)), "{place}: {error:?}");
        assert_eq!(reader.called, place);
    }
}

#[test]
fn a_port_that_panics_at_any_call_captures_nothing() {
    let scene = Scene::standing();
    for place in 1..=calls(&scene) {
        let mut reader = Faulty::at(&scene, place, Fault::Panics);
        let answered = catch_unwind(AssertUnwindSafe(|| scene.capture_by(&mut reader)));
        assert!(answered.is_err(), "{place}");
        assert_eq!(reader.called, place);
    }
}
