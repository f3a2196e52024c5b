//! What would close a gap: statements to read, never run by this program.

use crate::case::{Case, is_certain};
use crate::criteria::CriterionProof;
use crate::facts::find::quoted;
use crate::guard::facts::Enabled;
use crate::path::Operation;
use crate::usage::Slot;

/// One suggestion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// The criterion it concerns.
    pub gap: &'static str,
    /// SQL, or a comment where no statement would do.
    pub statement: String,
}

/// Suggestions for every criterion that does not hold.
pub(crate) fn fixes(case: &Case<'_>, criteria: &[CriterionProof]) -> Vec<Fix> {
    let mut found = Vec::new();
    for proof in criteria.iter().filter(|proof| !proof.holds()) {
        let statements = match proof.criterion {
            "writer_authority" => writers(case),
            "immutability" => guards(case),
            "consumer_readback" => vec![
                "-- declare a consumer: a SQL function with a BEGIN ATOMIC body that reads the table"
                    .to_owned(),
            ],
            "tamper_evidence" => digest(case),
            "retention" => logged(case),
            "transition_writer" => successor(case),
            _ => Vec::new(),
        };
        found.extend(statements.into_iter().map(|statement| Fix {
            gap: proof.criterion,
            statement,
        }));
    }
    found
}

fn name(case: &Case<'_>) -> String {
    case.facts.relation_name(case.relation.oid)
}

fn writers(case: &Case<'_>) -> Vec<String> {
    let name = name(case);
    let mut found = Vec::new();
    let owner = case.facts.role_name(case.relation.owner);
    if !case.is_custodian(&owner) {
        found.push(format!(
            "-- `{owner}` owns it: ALTER TABLE {name} OWNER TO a role that cannot log in"
        ));
    }
    let paths = [Operation::Insert, Operation::Trigger]
        .into_iter()
        .flat_map(|operation| case.outsiders(case.relation.oid, operation))
        .filter(|path| is_certain(path) && path.role != owner && !case.is_governed(&path.role));
    for path in paths {
        let direct = path.steps.len() == 1;
        let statement = if direct && path.relation == name {
            format!(
                "REVOKE {} ON {name} FROM {}",
                path.operation.as_str(),
                grantee(
                    path.steps.first().map_or("", |step| step.text.as_str()),
                    &path.role
                )
            )
        } else {
            let steps: Vec<&str> = path.steps.iter().map(|step| step.text.as_str()).collect();
            format!("-- close one step of: {}", steps.join("; "))
        };
        if !found.contains(&statement) {
            found.push(statement);
        }
    }
    found
}

fn grantee(step: &str, role: &str) -> String {
    if step.starts_with("`PUBLIC`") {
        "PUBLIC".to_owned()
    } else {
        quoted(role)
    }
}

fn guards(case: &Case<'_>) -> Vec<String> {
    let mut found = Vec::new();
    let schema = quoted(&case.relation.schema);
    for member in &case.family.members {
        let guards = || {
            let raising = member.triggers.iter();
            raising.filter(|trigger| !trigger.events.is_empty())
        };
        for trigger in guards().filter(|trigger| trigger.enabled != Enabled::Always) {
            found.push(format!(
                "ALTER TABLE {} ENABLE ALWAYS TRIGGER {}",
                member.name,
                quoted(&trigger.name)
            ));
        }
        if guards().next().is_none() {
            found.extend([
                format!(
                    "CREATE FUNCTION {schema}.refuse() RETURNS trigger LANGUAGE plpgsql \
                     SET search_path = pg_catalog, pg_temp AS \
                     $$ BEGIN RAISE EXCEPTION 'append only'; END $$"
                ),
                format!(
                    "CREATE TRIGGER refuse_rows BEFORE UPDATE OR DELETE ON {} FOR EACH ROW \
                     EXECUTE FUNCTION {schema}.refuse()",
                    member.name
                ),
                format!(
                    "CREATE TRIGGER refuse_truncate BEFORE TRUNCATE ON {} FOR EACH STATEMENT \
                     EXECUTE FUNCTION {schema}.refuse()",
                    member.name
                ),
                format!(
                    "ALTER TABLE {} ENABLE ALWAYS TRIGGER refuse_rows",
                    member.name
                ),
                format!(
                    "ALTER TABLE {} ENABLE ALWAYS TRIGGER refuse_truncate",
                    member.name
                ),
            ]);
        }
    }
    found
}

fn digest(case: &Case<'_>) -> Vec<String> {
    let Some(value) = case.own(Slot::Value) else {
        return vec!["-- declare the value column".to_owned()];
    };
    let (name, column) = (name(case), quoted(&value.name));
    let mut found = Vec::new();
    if !value.not_null {
        found.push(format!("ALTER TABLE {name} ALTER {column} SET NOT NULL"));
    }
    if matches!(value.type_name.as_str(), "text" | "character varying") {
        found.push(format!("ALTER TABLE {name} ADD row_digest text NOT NULL"));
        found.push(format!(
            "ALTER TABLE {name} ADD CHECK \
             (row_digest = encode(sha256(convert_to({column}, 'UTF8')), 'hex'))"
        ));
    } else {
        found.push(format!(
            "-- keep `{}` as text beside a digest of it, so that a check can bind the two",
            value.name
        ));
    }
    found
}

fn logged(case: &Case<'_>) -> Vec<String> {
    // What closes DELETE and TRUNCATE closes them for immutability, and is said there.
    let mut found = Vec::new();
    if case.relation.persistence == "u" {
        found.push(format!("ALTER TABLE {} SET LOGGED", name(case)));
    }
    found
}

fn successor(case: &Case<'_>) -> Vec<String> {
    match case.own(Slot::Supersession) {
        Some(column) => vec![format!(
            "ALTER TABLE {} ADD UNIQUE ({})",
            name(case),
            quoted(&column.name)
        )],
        None => {
            vec!["-- let a transition be a new row that names the one it supersedes".to_owned()]
        }
    }
}
