//! What a digest binds beside the columns that it names: columns that are generated from those.

use std::collections::BTreeSet;

use crate::case::Case;
use crate::criteria::Judging;
use crate::facts::Facts;
use crate::facts::rows::{Attribute, Dependency, Oid};
use crate::guard::Binding;

/// The columns that a false value in a digest would show.
pub(super) struct Bound(BTreeSet<String>);

impl Bound {
    /// Those that the digest names, and those that the server computes from them alone.
    pub(super) fn of(facts: &Facts, relation: Oid, binding: &Binding) -> Self {
        let mut bound = binding.columns.clone();
        // A generated column is made from stored columns only, never from another generated one.
        for column in facts.columns(relation) {
            let is_bound = sources(facts, column).is_some_and(|from| {
                let mut from = from.iter();
                from.all(|number| {
                    let source = facts.column_numbered(relation, *number);
                    source.is_some_and(|source| binding.columns.contains(&source.name))
                })
            });
            if is_bound {
                bound.insert(column.name.clone());
            }
        }
        Self(bound)
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    /// Which declared columns a digest over the value leaves open: worth knowing, and for the
    /// declaration to say whether it matters.
    pub(super) fn say(&self, case: &Case<'_>, judging: &mut Judging) {
        let own = case
            .slots
            .iter()
            .filter(|(_, filled)| filled.relation == case.relation.oid);
        let open: Vec<String> = own
            .filter(|(slot, filled)| {
                **slot != crate::usage::Slot::Checksum && !self.has(&filled.column.name)
            })
            .map(|(slot, filled)| format!("{} `{}`", slot.as_str(), filled.column.name))
            .collect();
        if !open.is_empty() {
            judging.note(format!("the digest does not bind {}", open.join(", ")));
        }
    }
}

/// The columns that a stored generated column is computed from; none where it is no such column, or
/// where what computes it is a function that somebody made and may make again.
pub(super) fn sources(facts: &Facts, column: &Attribute) -> Option<Vec<i32>> {
    if column.generated != "s" {
        return None;
    }
    let of_relation = |row: &&Dependency| {
        row.dependent_catalog == "pg_attrdef"
            && row.referenced_catalog == "pg_class"
            && row.referenced == column.relation
    };
    // The expression belongs to its own column (`i`, `a`) and reads the others (`n`).
    let expression = facts.dependencies.iter().find(|row| {
        of_relation(row) && row.kind != "n" && row.referenced_column == column.number
    })?;
    let of_expression = facts.dependencies.iter().filter(|row| {
        row.dependent_catalog == "pg_attrdef" && row.dependent == expression.dependent
    });
    let mut from = Vec::new();
    for row in of_expression.filter(|row| row.kind == "n") {
        // A made function or type, or the row as a whole.
        if !of_relation(&row) || row.referenced_column <= 0 {
            return None;
        }
        from.push(row.referenced_column);
    }
    (!from.is_empty()).then_some(from)
}
