//! Recomputes a bundle, check by check.

use std::collections::BTreeMap;

use canonical::Digest;
use serde_json::Value;

use crate::error::ReadError;
use crate::slot::{Slot, json};
use crate::statement::{Bundle, Subject};

mod failures;
mod keys;
mod references;
mod report;
mod rows;
mod verdicts;

/// What became of one check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckOutcome {
    /// It was recomputed and is the same.
    Held,
    /// It is not; what was found.
    Failed(String),
    /// There is nothing of the kind in this bundle.
    NotThere,
    /// An earlier check failed, so there was nothing to recompute.
    NotReached,
}

/// One check of a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Its name.
    pub id: &'static str,
    /// What holds when it holds, for people.
    pub title: &'static str,
    /// What became of it.
    pub outcome: CheckOutcome,
}

/// What a verification found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// Every check, in order.
    pub checks: Vec<Check>,
    /// The decision's outcome, where it opened.
    pub outcome: Option<String>,
}

/// Inside: held, or why not; `None` where there is nothing of the kind.
type Judged = Option<Result<(), String>>;

/// What the checks look at: every envelope, opened.
struct Material<'a> {
    bundle: &'a Bundle,
    opened: BTreeMap<Slot, Value>,
    audits: Vec<Value>,
}

type Judge = fn(&Material<'_>) -> Judged;

const TABLE: [(&str, &str, Judge); 13] = [
    (
        "complete",
        "everything that belongs to such a decision is there",
        complete,
    ),
    (
        "subject",
        "the subject is the artifact that was attested",
        subject,
    ),
    (
        "attempt",
        "every envelope is of this attempt",
        references::attempt,
    ),
    (
        "request",
        "the decision is about this very request",
        keys::request,
    ),
    (
        "keys",
        "replay key, effect identity and authorization binding recompute",
        keys::keys,
    ),
    (
        "verdict_before",
        "block E says the same again before the write",
        verdicts::before,
    ),
    (
        "references",
        "decision, verdict, gate report and policy name each other by their hashes",
        references::references,
    ),
    (
        "verdict_after",
        "block E says the same again after the write",
        verdicts::after,
    ),
    (
        "head",
        "the row that was written is the attested artifact, as a draft",
        rows::head,
    ),
    (
        "captures",
        "manifests and captures hash to what they state",
        rows::captures,
    ),
    (
        "effect",
        "the rows seen after the write are this head, key and decision",
        rows::effect,
    ),
    (
        "report",
        "the verification report is about this decision and verdict",
        report::report,
    ),
    (
        "failures",
        "every failure audit recomputes and says what was answered",
        failures::failures,
    ),
];

impl Verification {
    /// Whether every check held or had nothing to hold for.
    pub fn is_consistent(&self) -> bool {
        self.first_inconsistency().is_none()
    }

    /// The first check that failed.
    pub fn first_inconsistency(&self) -> Option<(&Check, &str)> {
        self.checks.iter().find_map(|check| match &check.outcome {
            CheckOutcome::Failed(found) => Some((check, found.as_str())),
            _ => None,
        })
    }
}

/// Recomputes everything in a bundle; needs no store, no network, no clock.
pub fn verify(bytes: &[u8]) -> Verification {
    let mut checks = Vec::new();
    let read = Bundle::read(bytes);
    let form = read.as_ref().map(drop).map_err(chain);
    note(
        &mut checks,
        "form",
        "it is one bundle, in its one spelling",
        Some(form),
    );
    let material = read
        .ok()
        .and_then(|(bundle, stated)| open(bundle, stated, &mut checks));
    let Some((bundle, opened, audits)) = material else {
        return ended(checks);
    };
    let material = Material {
        bundle: &bundle,
        opened,
        audits,
    };
    for (id, title, judge) in TABLE {
        let judged = judge(&material);
        note(&mut checks, id, title, judged);
    }
    Verification {
        checks,
        outcome: material
            .text(Slot::RegistrationDecision, "/outcome")
            .map(str::to_owned),
    }
}

type Opened = (Bundle, BTreeMap<Slot, Value>, Vec<Value>);

/// The hash over the whole, then every envelope by its contract.
fn open(bundle: Bundle, stated: Digest, checks: &mut Vec<Check>) -> Option<Opened> {
    let hash = match bundle.hash() {
        Ok(found) if found == stated => Ok(()),
        Ok(found) => Err(format!("stated `{stated}`, found `{found}`")),
        Err(error) => Err(chain(&error)),
    };
    let is_whole = hash.is_ok();
    note(
        checks,
        "hash",
        "the hash over the whole bundle recomputes",
        Some(hash),
    );
    let title = "every envelope fits its schema and hashes to its evidence hash";
    if !is_whole {
        // Whatever is inside is not what was exported.
        checks.push(Check {
            id: "envelopes",
            title,
            outcome: CheckOutcome::NotReached,
        });
        return None;
    }
    let envelopes = bundle.envelopes.iter();
    let opened: Result<_, String> = envelopes
        .map(|(slot, bytes)| Ok((*slot, slot.open(bytes)?)))
        .collect();
    let audits: Result<Vec<Value>, String> =
        bundle.failure_audits.iter().map(|one| audit(one)).collect();
    let envelopes = opened.as_ref().map(drop).and(audits.as_ref().map(drop));
    note(
        checks,
        "envelopes",
        title,
        Some(envelopes.map_err(Clone::clone)),
    );
    Some((bundle, opened.ok()?, audits.ok()?))
}

fn audit(bytes: &[u8]) -> Result<Value, String> {
    let opened = json(registrar::contract::failure_audit().open(bytes));
    opened.map_err(|refusal| format!("a failure audit does not open: {refusal}"))
}

fn note(checks: &mut Vec<Check>, id: &'static str, title: &'static str, judged: Judged) {
    let outcome = match judged {
        None => CheckOutcome::NotThere,
        Some(Ok(())) => CheckOutcome::Held,
        Some(Err(found)) => CheckOutcome::Failed(found),
    };
    checks.push(Check { id, title, outcome });
}

/// A verification that ended before anything could be compared.
fn ended(mut checks: Vec<Check>) -> Verification {
    let rest = TABLE.iter().map(|(id, title, _)| Check {
        id,
        title,
        outcome: CheckOutcome::NotReached,
    });
    checks.extend(rest);
    Verification {
        checks,
        outcome: None,
    }
}

fn chain(error: &ReadError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

impl Material<'_> {
    fn value(&self, slot: Slot) -> Option<&Value> {
        self.opened.get(&slot)
    }

    fn at(&self, slot: Slot, pointer: &str) -> Option<&Value> {
        let found = self.value(slot)?.pointer(pointer);
        found.filter(|value| !value.is_null())
    }

    fn text(&self, slot: Slot, pointer: &str) -> Option<&str> {
        self.at(slot, pointer)?.as_str()
    }

    /// Two texts have to be there and the same.
    fn same(&self, one: (Slot, &str), other: (Slot, &str)) -> Result<(), String> {
        let name = |(slot, pointer): (Slot, &str)| format!("{}{pointer}", slot.name());
        alike(
            &name(one),
            self.text(one.0, one.1),
            &name(other),
            self.text(other.0, other.1),
        )
    }

    /// The first verdict, where it accepts.
    fn accepted(&self) -> Option<&Value> {
        let verdict = self.value(Slot::Verdict)?;
        (self.text(Slot::Verdict, "/outcome") == Some("accept")).then_some(verdict)
    }

    fn is_registered(&self) -> bool {
        self.text(Slot::RegistrationDecision, "/outcome") == Some("registered")
    }
}

/// Two texts that have to be there and the same; in words otherwise.
fn alike(one: &str, left: Option<&str>, other: &str, right: Option<&str>) -> Result<(), String> {
    if left.is_some() && left == right {
        return Ok(());
    }
    let shown = |text: Option<&str>| text.map_or("nothing".to_owned(), |text| format!("`{text}`"));
    Err(format!(
        "{one} is {}, {other} is {}",
        shown(left),
        shown(right)
    ))
}

/// A registration has its evidence and all or nothing of phase 4; a refusal has its audit, and of
/// the evidence what that names: all of it where there was a reservation.
#[expect(
    clippy::unnecessary_wraps,
    reason = "all checks have the one signature of the table"
)]
fn complete(material: &Material<'_>) -> Judged {
    let there = |slot: &Slot| material.value(*slot).is_some();
    let missing = |slots: &[Slot]| {
        let slot = slots.iter().find(|slot| !there(slot));
        slot.map_or(Ok(()), |slot| Err(format!("`{}` is missing", slot.name())))
    };
    let attempt = &material.bundle.attempt;
    let state = attempt.state.as_deref();
    let closed = attempt.opened_at.is_some() && attempt.closed_at.is_some();
    let fits = match (state, material.is_registered()) {
        (Some("consumed"), true) => closed && attempt.transaction_id.is_some(),
        (Some("aborted"), false) => closed && attempt.transaction_id.is_none(),
        (None, false) => *attempt == blank(attempt.attempt_id),
        _ => false,
    };
    let nothing = |slots: &[Slot]| {
        let slot = slots.iter().find(|slot| there(slot));
        slot.map_or(Ok(()), |slot| {
            Err(format!("`{}` does not belong here", slot.name()))
        })
    };
    let judge = || {
        missing(&[Slot::RegistrationDecision])?;
        if !fits {
            return Err(format!(
                "an attempt in state `{}` does not have this decision or these times",
                state.unwrap_or("none")
            ));
        }
        if state.is_some() {
            missing(&Slot::EVIDENCE)?;
        }
        if material.is_registered() {
            let any = Slot::AFTER.iter().any(there);
            return missing(if any { &Slot::AFTER } else { &[] });
        }
        nothing(&Slot::AFTER)?;
        let audit = material.audits.first();
        let audit = audit.ok_or("a refusal without a failure audit")?;
        let named = |slot: &Slot| failures::named(audit, *slot).is_some();
        let (due, other): (Vec<_>, Vec<_>) = Slot::EVIDENCE.into_iter().partition(named);
        missing(&due)?;
        nothing(&other)
    };
    Some(judge())
}

fn blank(attempt_id: canonical::Uuid) -> crate::statement::AttemptRecord {
    crate::statement::AttemptRecord {
        attempt_id,
        closed_at: None,
        opened_at: None,
        state: None,
        transaction_id: None,
    }
}

fn subject(material: &Material<'_>) -> Judged {
    let decision = material.value(Slot::RegistrationDecision)?;
    let due = Subject::of(material.value(Slot::ArtifactAttestation), decision);
    let found = &material.bundle.subject;
    Some(match due {
        Some(due) if due == *found => Ok(()),
        Some(due) => Err(format!(
            "stated `{}` {} `{}`, attested `{}` {} `{}`",
            found.name, found.algorithm, found.digest, due.name, due.algorithm, due.digest
        )),
        None => Err("nothing in it says what it is about".to_owned()),
    })
}
