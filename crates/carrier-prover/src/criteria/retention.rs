//! Criterion 5: what was written is kept, through rollback, crash and retry.

use super::immutability::closed;
use super::{CLOSURE, CriterionProof, Judging};
use crate::case::Case;
use crate::facts::rows::Oid;
use crate::path::Operation;

pub(super) fn judge(case: &Case<'_>) -> CriterionProof {
    let mut judging = Judging::new();
    judging.rests_on(case, &CLOSURE);
    let mut members: Vec<Oid> = vec![case.relation.oid];
    members.extend(case.facts.descendants(case.relation.oid));
    for relation in members.iter().filter_map(|oid| case.facts.relation(*oid)) {
        let name = case.facts.relation_name(relation.oid);
        match relation.persistence.as_str() {
            "p" => judging.note(format!("`{name}` is logged (pg_class.relpersistence)")),
            "u" => judging.refute(
                format!("`{name}` is unlogged (pg_class.relpersistence)"),
                Some(format!("a crash empties `{name}`")),
            ),
            other => judging.doubt(format!("`{name}` has persistence `{other}` (pg_class)")),
        }
    }
    for operation in [Operation::Delete, Operation::Truncate] {
        closed(case, operation, &mut judging);
    }
    // Who may start a cascade is among those who may delete; that there is one is worth saying.
    for key in &case.facts.constraints {
        let reaches = key.kind == "f" && matches!(key.on_delete.as_str(), "c" | "n" | "d");
        if reaches && members.contains(&key.relation) {
            judging.note(format!(
                "foreign key `{}` carries deletions from `{}` here (pg_constraint.confdeltype)",
                key.name,
                case.facts.relation_name(key.referenced)
            ));
        }
    }
    judging.done("retention")
}
