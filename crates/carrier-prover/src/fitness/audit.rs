//! Fitness as an audit sink: schema, writer, retention, one record for one event (spec 4).

use super::{FitnessFinding, behaviour, carried, finding, joined};
use crate::case::Case;
use crate::criteria::{CriterionProof, Judging};
use crate::heads;
use crate::usage::Slot;

/// Whether failures are recorded, once, and kept.
pub(super) fn audit(case: &Case<'_>, criteria: &[CriterionProof]) -> Vec<FitnessFinding> {
    let mut fit = Judging::new();
    for slot in [Slot::Value, Slot::Actor, Slot::Time] {
        match case.own(slot) {
            None => fit.refute(format!("no column for {}", slot.as_str()), None),
            Some(column) if column.not_null => {
                fit.note(format!(
                    "{} in `{}` (pg_attribute)",
                    slot.as_str(),
                    column.name
                ));
            }
            Some(column) => fit.refute(
                format!(
                    "{} in `{}`, which may be null (pg_attribute)",
                    slot.as_str(),
                    column.name
                ),
                None,
            ),
        }
    }
    vec![
        finding(
            "audit.schema",
            "value, actor and time are there and never null",
            fit,
        ),
        finding(
            "audit.writer",
            "governed writer",
            carried(criteria, &["writer_authority"]),
        ),
        finding(
            "audit.retention",
            "records are kept",
            carried(criteria, &["retention"]),
        ),
        finding("audit.once", "a record is made once", once(case)),
        behaviour(
            "audit.after_rollback",
            "an authorised writer after the rollback",
            Vec::new(),
            None,
            "the rollback audit",
        ),
    ]
}

/// One event is one record: its key, alone or with what it happened to, is in one row.
fn once(case: &Case<'_>) -> Judging {
    let mut judging = Judging::new();
    judging.rests_on(case, &[crate::catalog::Catalog::Indexes]);
    let Some(key) = case.own(Slot::Key) else {
        judging.refute(
            "no key is declared by which one event is recorded once",
            None,
        );
        return judging;
    };
    let subject = case.own(Slot::Subject);
    let covered = case.facts.indexes_on(case.relation.oid).find(|index| {
        let columns = heads::keys(index);
        heads::is_unconditional(index)
            && columns.contains(&key.number)
            && columns.iter().all(|number| {
                *number == key.number || subject.is_some_and(|column| column.number == *number)
            })
    });
    let Some(index) = covered else {
        let beside = subject.map_or_else(String::new, |column| {
            format!(", alone or with `{}`", column.name)
        });
        judging.refute(
            format!("no unique index covers `{}`{beside} (pg_index)", key.name),
            None,
        );
        return judging;
    };
    judging.note(format!(
        "unique index `{}` covers {} (pg_index)",
        index.name,
        joined(case, heads::keys(index))
    ));
    let keys = heads::keys(index).iter();
    for column in keys.filter_map(|number| case.facts.column_numbered(case.relation.oid, *number)) {
        if !column.not_null && !index.nulls_not_distinct {
            judging.doubt(format!(
                "`{}` may be null, and nulls are not equal (pg_attribute)",
                column.name
            ));
        }
    }
    judging
}
