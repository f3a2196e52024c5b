//! A port that errs or panics at any call ends the verification there: there is no report, the
//! outcome stays pending, and nothing is asked after it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use canonical::{Digest, Timestamp};

use super::bench::{Bench, open};
use crate::contract::VerificationOutcome;
use crate::port::{
    ActivationTrigger, CatalogueRow, CommittedReader, LedgerRow, PortError, VerifierRow,
};
use crate::{VerifyError, World};

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
    fn at(bench: &Bench, fails_at: usize, fault: Fault) -> Self {
        Self {
            world: bench.world.clone(),
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

impl CommittedReader for Faulty {
    fn clock(&mut self) -> Result<Timestamp, PortError> {
        self.call(CommittedReader::clock)
    }
    fn current_heads(&mut self, dot_code: &str) -> Result<Vec<CatalogueRow>, PortError> {
        self.call(|world| world.current_heads(dot_code))
    }
    fn row_by_key(&mut self, row_key: &str) -> Result<Option<CatalogueRow>, PortError> {
        self.call(|world| world.row_by_key(row_key))
    }
    fn ledger_row(&mut self, key: &Digest) -> Result<Option<LedgerRow>, PortError> {
        self.call(|world| world.ledger_row(key))
    }
    fn decision(&mut self, key: &Digest) -> Result<Option<Vec<u8>>, PortError> {
        self.call(|world| world.decision(key))
    }
    fn open_config(&mut self, dot_code: &str) -> Result<Vec<String>, PortError> {
        self.call(|world| world.open_config(dot_code))
    }
    fn verifier(&mut self, verifier_ref: &str) -> Result<Vec<VerifierRow>, PortError> {
        self.call(|world| world.verifier(verifier_ref))
    }
    fn activation_triggers(&mut self) -> Result<Vec<ActivationTrigger>, PortError> {
        self.call(CommittedReader::activation_triggers)
    }
}

/// How many calls a verification that passes makes.
fn calls(bench: &Bench) -> usize {
    let mut reader = Faulty::at(bench, 0, Fault::Errs);
    let report = bench.verify_with(&mut reader, &bench.seal()).unwrap();
    assert_eq!(open(&report).outcome, VerificationOutcome::Passed);
    assert!(reader.called >= 7, "{}", reader.called);
    reader.called
}

#[test]
fn a_port_that_errs_at_any_call_reports_nothing() {
    let bench = Bench::new();
    for place in 1..=calls(&bench) {
        let mut reader = Faulty::at(&bench, place, Fault::Errs);
        let error = bench.verify_with(&mut reader, &bench.seal()).unwrap_err();
        assert!(matches!(error, VerifyError::Store(_)), "{place}: {error:?}");
        assert_eq!(reader.called, place);
    }
}

#[test]
fn a_port_that_panics_at_any_call_reports_nothing() {
    let bench = Bench::new();
    for place in 1..=calls(&bench) {
        let mut reader = Faulty::at(&bench, place, Fault::Panics);
        let sealed = bench.seal();
        let answered = catch_unwind(AssertUnwindSafe(|| bench.verify_with(&mut reader, &sealed)));
        assert!(answered.is_err(), "{place}");
        assert_eq!(reader.called, place);
    }
}
