//! The budget of one verdict, in steps.
//!
//! A step is one item that is looked at, or one pair of items that is compared. Every check takes
//! one; what goes through lists takes more, as the table below says. Steps follow from the lengths
//! of the lists alone, never from what stands in them, from time or from the machine: whoever counts
//! them counts the same.
//!
//! | check | steps besides the one |
//! |---|---|
//! | `freshness.rows` | R |
//! | `provenance.carriers`, `authority.carriers` | C × (G + K) |
//! | `provenance.source_refs` | C × G |
//! | `authority.readback` | C × R |
//! | `authority.heads` | C × (R + G) |
//! | `authority.binding` | C × (V + 3) + V² |
//! | `snapshot.unchanged`, `snapshot.effect` | the captures' surfaces, before × after |
//! | `manifest.surfaces` | for each capture: (surfaces of its manifest + surfaces + members)² |
//! | `manifest.same` | the manifests' surfaces, before × after |
//!
//! C: `source_refs` of both attestations and of all captures together. R: rows of the readback. K: its
//! carriers. G: carriers of the policy. V: votes counted. A list of what did not open has no items.

use crate::case::{Case, Sight};

/// The most steps that all checks of one verdict may take together.
///
/// Above what any registration needs: 64 surfaces, 64 rows behind the owner's attestation and 64
/// carriers fit. Below what envelopes of their greatest length can ask for.
pub(crate) const STEPS_MAX: u64 = 131_072;

/// How many steps a check takes besides the one that every check takes.
pub(crate) type Steps = fn(&Case<'_>) -> u64;

pub(crate) fn none(_: &Case<'_>) -> u64 {
    0
}

pub(crate) fn rows(case: &Case<'_>) -> u64 {
    case.readback().map_or(0, |readback| count(&readback.rows))
}

pub(crate) fn known_carriers(case: &Case<'_>) -> u64 {
    let assessed = case.readback();
    let assessed = assessed.map_or(0, |readback| count(&readback.carriers));
    cited(case).saturating_mul(governed(case).saturating_add(assessed))
}

pub(crate) fn governed_carriers(case: &Case<'_>) -> u64 {
    cited(case).saturating_mul(governed(case))
}

pub(crate) fn reread(case: &Case<'_>) -> u64 {
    cited(case).saturating_mul(rows(case))
}

pub(crate) fn heads(case: &Case<'_>) -> u64 {
    cited(case).saturating_mul(rows(case).saturating_add(governed(case)))
}

pub(crate) fn binding(case: &Case<'_>) -> u64 {
    let owner = case.owner();
    let votes = owner.map_or(0, |owner| {
        count(&owner.owner_or_approval_binding.quorum.counted)
    });
    let read = cited(case).saturating_mul(votes.saturating_add(3));
    read.saturating_add(votes.saturating_mul(votes))
}

pub(crate) fn pair(case: &Case<'_>) -> u64 {
    product(case, |sight| count(&sight.capture.surfaces))
}

pub(crate) fn manifests(case: &Case<'_>) -> u64 {
    product(case, |sight| count(&sight.manifest.surfaces))
}

pub(crate) fn surfaces(case: &Case<'_>) -> u64 {
    let each = case.sights().map(|sight| {
        let items = count(&sight.manifest.surfaces)
            .saturating_add(count(&sight.capture.surfaces))
            .saturating_add(count(&sight.capture.aggregate.members));
        items.saturating_mul(items)
    });
    each.fold(0, u64::saturating_add)
}

fn product(case: &Case<'_>, of: impl Fn(Sight<'_>) -> u64) -> u64 {
    match (case.before(), case.after()) {
        (Ok(before), Ok(after)) => of(before).saturating_mul(of(after)),
        _ => 0,
    }
}

fn cited(case: &Case<'_>) -> u64 {
    let attesting = case.headers.iter().filter(|headed| headed.kind.attests());
    attesting.fold(0, |all, headed| {
        all.saturating_add(count(&headed.header.source_refs))
    })
}

fn governed(case: &Case<'_>) -> u64 {
    case.policy().map_or(0, |policy| count(&policy.carriers))
}

fn count<T>(items: &[T]) -> u64 {
    u64::try_from(items.len()).unwrap_or(u64::MAX)
}
