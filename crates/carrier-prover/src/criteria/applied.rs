//! Subscriptions: what somebody else publishes is written here, by whoever writes it there.
//!
//! A subscription mostly belongs to a superuser, who is taken on trust; what it applies comes from
//! the roles of another database, which no catalog of this one knows. It applies in replica mode, so
//! that only a guard that is enabled always stops it.

use super::Judging;
use crate::case::Case;
use crate::facts::rows::{Oid, Subscription};
use crate::family::guarded;
use crate::guard::{Outcome, judge_family};
use crate::path::Operation;

/// The subscriptions that write the carrier, what shares its rows, or a companion.
fn writing<'facts>(case: &Case<'facts>) -> Vec<&'facts Subscription> {
    let mut written: Vec<Oid> = case.paths.keys().copied().collect();
    for oid in case.paths.keys() {
        written.extend(case.facts.descendants(*oid));
    }
    let all = case.facts.subscriptions.iter();
    all.filter(|row| row.relations.iter().any(|oid| written.contains(oid)))
        .collect()
}

/// Nobody here can say who inserts at the other end.
pub(super) fn writers(case: &Case<'_>, judging: &mut Judging) {
    for row in writing(case) {
        judging.refute(
            format!(
                "subscription `{}` writes what its publisher sends, whoever wrote it there \
                 (pg_subscription_rel)",
                row.name
            ),
            Some(format!(
                "at the publisher of `{}`: INSERT INTO {}",
                row.name,
                case.facts.relation_name(case.relation.oid)
            )),
        );
    }
}

/// Whether guards stop what arrives; which operations are sent is decided at the publisher.
pub(super) fn rewrites(case: &Case<'_>, operation: Operation, judging: &mut Judging) {
    for row in writing(case) {
        let verdict = guarded(operation).map(|operation| judge_family(&case.family, operation));
        if verdict.is_some_and(|verdict| verdict.outcome == Outcome::Proven) {
            judging.note(format!(
                "a guard refuses {} that subscription `{}` applies (pg_trigger.tgenabled)",
                operation.as_str(),
                row.name
            ));
        } else {
            judging.doubt(format!(
                "subscription `{}` applies {} if its publisher sends it, and no guard is shown to \
                 stop it in replica mode (pg_subscription_rel)",
                row.name,
                operation.as_str()
            ));
        }
    }
}
