//! Why a case has no steps of its own in the pipeline: no reason is taken on trust.

use std::any::Any;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use conformance::{Case, Change, NoSteps, Suite};
use holdfast_tests::fixture::{Fixture, must};

use crate::acts::{self, Act};
use crate::scenario::Scenario;

/// The slot that a caller fills.
const REQUEST: &str = "/registration_request";
/// What is read of a store.
const WORLD: &str = "/world/";
/// What of it the pipeline reads as it is now, and not as rows that somebody wrote.
const SURFACES: &str = "/world/surfaces";
/// Where rows are read again.
const REREAD: &str = "/authority_readback/rows";
/// What the gate judges.
const GATED: [&str; 3] = [WORLD, "/policy/", "/authority_readback/carrier"];
/// How the place of an instant, or of how long something lasts, ends.
const TIMES: [&str; 5] = ["_at", "_ms", "clock", "/now", "/operation_start"];
/// What tells whose process or credential it is.
const PRINCIPALS: [&str; 5] = ["observer", "process", "principal", "caller", "written_by"];

fn suite() -> Suite {
    must(Suite::load())
}

fn changes(case: &Case) -> &[Change] {
    case.block.as_ref().map_or(&[], |at| &at.mutation)
}

fn changes_one_of(case: &Case, fits: impl Fn(&str) -> bool) -> bool {
    changes(case).iter().filter_map(Change::place).any(fits)
}

/// Whether a caller can do all of it: it changes the request and files, and nothing else but the
/// integration, which is made of them.
fn is_from_outside(case: &Case) -> bool {
    let by_a_caller = |change: &Change| change.place().is_none_or(|path| path.starts_with(REQUEST));
    let (theirs, others): (Vec<_>, Vec<_>) = changes(case).iter().partition(|one| by_a_caller(one));
    !theirs.is_empty()
        && others
            .into_iter()
            .all(|one| one.place() == Some("/integration"))
}

/// The members of the request that changes set, without its nonce, which is minted for them.
fn members<'a>(changes: impl IntoIterator<Item = &'a Change>, request: &str) -> BTreeSet<String> {
    let paths = changes.into_iter().filter_map(Change::place);
    let members = paths.filter_map(|path| path.strip_prefix(request));
    let members = members.map(|member| member.trim_end_matches("/-").to_owned());
    members
        .filter(|member| member != "/request_proposed/nonce")
        .collect()
}

/// The members of the request that a case's steps set; the whole of it where they give bytes.
fn asked(scenario: &Scenario) -> BTreeSet<String> {
    let registers = scenario
        .steps
        .iter()
        .filter_map(|step| step.register.as_ref());
    let raw = registers.clone().filter(|one| one.raw.is_some());
    let whole = raw.map(|_| String::new());
    let changes = registers.flat_map(|one| &one.request);
    members(changes, "").into_iter().chain(whole).collect()
}

fn steps(case: &Case) -> Option<Scenario> {
    let steps = case.pipeline.clone()?;
    Some(must(serde_json::from_value(steps)))
}

fn reasons(suite: &Suite) -> impl Iterator<Item = (&Case, &NoSteps)> {
    let cases = suite.cases();
    cases.filter_map(|case| Some((case, case.absent.pipeline.as_ref()?)))
}

#[test]
fn what_a_caller_can_do_has_steps_or_names_the_case_that_has_them() {
    let suite = suite();
    for case in suite.cases().filter(|case| is_from_outside(case)) {
        let reason = case.absent.pipeline.as_ref();
        let named = reason.is_none_or(|reason| matches!(reason, NoSteps::As(_)));
        assert!(named, "{}: {reason:?}", case.id);
    }
}

#[test]
fn the_case_that_another_names_does_the_same_on_a_store() {
    let suite = suite();
    for (case, reason) in reasons(&suite) {
        let NoSteps::As(other) = reason else {
            continue;
        };
        let other = must(suite.case(other).ok_or(other));
        let scenario = must(steps(other).ok_or(&other.id));
        if is_from_outside(case) {
            let due = members(changes(case), REQUEST);
            let asked = asked(&scenario);
            assert!(due.is_subset(&asked), "{}: {due:?} {asked:?}", case.id);
        } else {
            let answered = scenario.codes(other);
            let codes = case.expect.codes.iter();
            let mut unanswered = codes.filter(|code| !answered.contains(code));
            assert_eq!(unanswered.next(), None, "{} as {}", case.id, other.id);
        }
    }
}

#[test]
fn the_pipeline_adds_codes_to_those_of_a_block_and_keeps_them() {
    let suite = suite();
    for case in suite.cases() {
        let Some(scenario) = steps(case) else {
            continue;
        };
        let answered = scenario.codes(case);
        for code in &case.expect.codes {
            assert!(answered.contains(code), "{}: {answered:?}", case.id);
        }
    }
}

#[test]
fn a_reason_fits_what_the_case_changes() {
    let suite = suite();
    for (case, reason) in reasons(&suite) {
        let fits = match reason {
            NoSteps::As(_) => true,
            NoSteps::MadeByThePipeline => changes_one_of(case, |path| {
                let is_row = path.starts_with(WORLD) && !path.starts_with(SURFACES);
                !is_row && !path.starts_with(REQUEST)
            }),
            NoSteps::RefusedByTheStore(_) => changes_one_of(case, |path| {
                path.starts_with(WORLD) || path.starts_with(REREAD)
            }),
            NoSteps::NeedsAnotherClock => {
                changes_one_of(case, |path| TIMES.iter().any(|time| path.ends_with(time)))
            }
            NoSteps::NeedsAnotherPrincipal => {
                changes_one_of(case, |path| PRINCIPALS.iter().any(|who| path.contains(who)))
            }
            NoSteps::HeldByTheGate => {
                changes_one_of(case, |path| GATED.iter().any(|it| path.starts_with(it)))
            }
            NoSteps::NotABlock => case.judged.is_some(),
        };
        assert!(fits, "{}: {reason:?}", case.id);
    }
}

/// On a store with a registered target, every kind of row is there to be changed.
#[test]
fn what_the_store_is_said_to_refuse_it_refuses() {
    let suite = suite();
    let fixture = Fixture::new(1);
    must(fixture.pipeline().register(&fixture.request(0)));
    for (case, reason) in reasons(&suite) {
        let NoSteps::RefusedByTheStore(act) = reason else {
            continue;
        };
        let act: Act = must(serde_json::from_value(act.clone()));
        let done = catch_unwind(AssertUnwindSafe(|| acts::act(&fixture, &act)));
        let said = done.err().map(|panic| said(&*panic));
        let refused = said.as_deref().is_some_and(refuses);
        assert!(refused, "{}: {said:?}", case.id);
    }
}

fn said(panic: &(dyn Any + Send)) -> String {
    panic.downcast_ref::<String>().cloned().unwrap_or_default()
}

/// Whether a store's words are about a rule that it keeps, and not about words that it cannot read.
fn refuses(said: &str) -> bool {
    let words = [
        "ConstraintViolation",
        "SqlState(E23",
        "Unstorable",
        "holdfast:",
    ];
    words.iter().any(|word| said.contains(word))
}
