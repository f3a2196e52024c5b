//! A port that errs, panics or answers with too much at any question ends the resolution there:
//! nothing is attested, and nothing is asked after it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::json;

use super::fixture::Case;
use crate::contract::owner_attestation;
use crate::error::ResolveError;
use crate::port::{AuthorityQuery, AuthorityReader, FoundRow, PortError};
use crate::world::World;

#[derive(Clone, Copy)]
enum Fault {
    Errs,
    Panics,
}

/// Answers every question but one, counted from 1; with 0 every one.
struct Faulty {
    world: World,
    fails_at: usize,
    fault: Fault,
    asked: usize,
}

impl Faulty {
    fn at(case: &Case, fails_at: usize, fault: Fault) -> Self {
        Self {
            world: case.reader(),
            fails_at,
            fault,
            asked: 0,
        }
    }
}

impl AuthorityReader for Faulty {
    fn rows(&mut self, query: AuthorityQuery<'_>) -> Result<Vec<FoundRow>, PortError> {
        self.asked += 1;
        if self.asked != self.fails_at {
            return self.world.rows(query);
        }
        match self.fault {
            Fault::Errs => Err(PortError::new("read rows", "gone")),
            Fault::Panics => panic!("the port broke down"),
        }
    }
}

/// How many questions a resolution that attests asks.
fn questions(case: &Case) -> usize {
    let mut reader = Faulty::at(case, 0, Fault::Errs);
    let bytes = case.resolve_by(&mut reader).unwrap();
    let attestation = owner_attestation().open(&bytes).unwrap();
    assert!(attestation.trusted_attested.is_some() && attestation.refusals.is_empty());
    assert!(reader.asked > 6, "{}", reader.asked);
    reader.asked
}

#[test]
fn a_port_that_errs_at_any_question_attests_nothing() {
    let case = Case::good();
    for place in 1..=questions(&case) {
        let mut reader = Faulty::at(&case, place, Fault::Errs);
        let error = case.resolve_by(&mut reader).unwrap_err();
        assert!(matches!(error, ResolveError::Port(_)), "{place}: {error:?}");
        assert_eq!(reader.asked, place);
    }
}

#[test]
fn a_port_that_panics_at_any_question_attests_nothing() {
    let case = Case::good();
    for place in 1..=questions(&case) {
        let mut reader = Faulty::at(&case, place, Fault::Panics);
        let answered = catch_unwind(AssertUnwindSafe(|| case.resolve_by(&mut reader)));
        assert!(answered.is_err(), "{place}");
        assert_eq!(reader.asked, place);
    }
}

/// Votes that are not cast yet count for nothing; what is judged is only how many there are.
#[test]
fn more_rows_for_one_question_than_anybody_judges_attest_nothing() {
    let voted = |votes: usize| {
        let mut case = Case::good();
        for number in 1..votes {
            let key = format!("later-{number}");
            case.vote(&key, "principal/bob", 1002);
            case.set(&key, json!({"decided_at": "2026-06-22T09:00:00.000000Z"}));
        }
        case.resolve_by(&mut case.reader())
    };
    let attested = owner_attestation().open(&voted(1000).unwrap()).unwrap();
    assert!(attested.trusted_attested.is_some() && attested.refusals.is_empty());
    let error = voted(1001).unwrap_err();
    assert!(
        matches!(error, ResolveError::TooManyRows { limit: 1000 }),
        "{error:?}"
    );
}
