//! Which tables are judged, and for which declared uses.

use std::collections::BTreeSet;

use carrier_prover::rows::Relation;
use carrier_prover::{Declaration, Declarations, Prover};

use crate::args::ProveArgs;
use crate::failure::Failure;

/// What shows that a database holds a store of this program.
const OWN: &str = "holdfast.dot_catalogue";

/// The declarations to judge: those of the named tables, of all tables, or all declarations.
pub(super) fn choose(
    args: &ProveArgs,
    declared: Option<Declarations>,
    prover: &Prover,
) -> Result<Declarations, Failure> {
    let facts = prover.facts();
    let declared = match declared {
        Some(declared) => declared,
        None if facts.relation_named(OWN).is_some() => {
            store_postgres::own_carriers(&facts.server.database).map_err(|error| {
                Failure::internal("understand the carriers that this program makes").because(&error)
            })?
        }
        None => Declarations::default(),
    };
    if args.all {
        return Ok(all(declared, &facts.relations));
    }
    if !args.tables.is_empty() {
        return named(args, &declared, prover);
    }
    if declared.0.is_empty() {
        return Err(Failure::usage(format!(
            "choose what to prove in the database `{}`",
            facts.server.database
        ))
        .cause("it holds no store of holdfast, so that no use of its tables is declared")
        .next("name tables, or all of them with --all, or declare uses with --carriers FILE"));
    }
    Ok(declared)
}

/// Every declaration, and every table that has none.
fn all(declared: Declarations, relations: &[Relation]) -> Declarations {
    let known: BTreeSet<String> = declared.0.iter().map(relation_of).collect();
    let tables = relations.iter().filter(|relation| keeps_rows(relation));
    let others = tables.map(plain).filter(|name| !known.contains(name));
    let mut chosen = declared.0;
    chosen.extend(Declarations::undeclared(others).0);
    Declarations(chosen)
}

fn named(
    args: &ProveArgs,
    declared: &Declarations,
    prover: &Prover,
) -> Result<Declarations, Failure> {
    let mut chosen: Vec<Declaration> = Vec::new();
    for table in &args.tables {
        let carriers = declared.0.iter().filter(|one| one.carrier == *table);
        let mut found: Vec<Declaration> = carriers.cloned().collect();
        if found.is_empty() {
            let relation = relation(table, prover)?;
            let uses = declared.0.iter();
            found.extend(uses.filter(|one| relation_of(one) == relation).cloned());
            if found.is_empty() {
                found = Declarations::undeclared([relation]).0;
            }
        }
        found.retain(|one| !chosen.contains(one));
        chosen.append(&mut found);
    }
    Ok(Declarations(chosen))
}

/// The relation that somebody means, as `schema.name`.
fn relation(table: &str, prover: &Prover) -> Result<String, Failure> {
    let facts = prover.facts();
    let means = |relation: &&Relation| {
        plain(relation) == table
            || facts.relation_name(relation.oid) == table
            || relation.name == table
    };
    let found: Vec<&Relation> = facts.relations.iter().filter(means).collect();
    let exact = found.iter().find(|relation| plain(relation) == table);
    match (exact, found.as_slice()) {
        (Some(one), _) | (None, [one]) => Ok(plain(one)),
        (None, []) => Err(Failure::usage(format!("find the table `{table}`"))
            .cause(format!(
                "the database `{}` has no relation and no declared carrier of that name",
                facts.server.database
            ))
            .next("write `schema.table`; --all shows every table")),
        (None, several) => {
            let names: Vec<String> = several.iter().map(|one| plain(one)).collect();
            Err(Failure::usage(format!("find the table `{table}`"))
                .cause(format!("several have that name: {}", names.join(", ")))
                .next("write `schema.table`"))
        }
    }
}

/// A table, also a partitioned one; a foreign or materialized one may be named.
fn keeps_rows(relation: &Relation) -> bool {
    matches!(relation.kind.as_str(), "r" | "p")
}

fn plain(relation: &Relation) -> String {
    format!("{}.{}", relation.schema, relation.name)
}

/// A declaration's relation with its schema, which is `public` where none is written.
fn relation_of(declaration: &Declaration) -> String {
    let written = &declaration.relation;
    if written.contains('.') {
        written.clone()
    } else {
        format!("public.{written}")
    }
}
