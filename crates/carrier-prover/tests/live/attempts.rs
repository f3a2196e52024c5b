//! Trying: a role logs in, becomes what it can, does what it can, and takes it back.

use std::collections::BTreeMap;

use carrier_prover::Prover;
use postgres_lab::Server;
use postgres_lab::postgres::{Client, SimpleQueryMessage};

use crate::lab;

/// Something that a role did to a relation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Did {
    pub(crate) role: String,
    pub(crate) relation: String,
    pub(crate) operation: String,
}

/// Why the server refused.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) text: String,
    /// Whether a constraint refused these values, after everything else let the statement pass.
    pub(crate) is_of_values: bool,
}

/// Counts of one relation inside a transaction, and the file it is in.
const COUNTS: &str = "SELECT c.relnamespace::regnamespace::text || '.' || c.relname, \
     pg_stat_get_xact_tuples_inserted(c.oid), pg_stat_get_xact_tuples_updated(c.oid), \
     pg_stat_get_xact_tuples_deleted(c.oid), pg_relation_filenode(c.oid) \
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
     WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^(pg_|information_schema)'";

/// Everything that is tried on every relation, and every function that can be called.
pub(crate) fn statements(prover: &Prover) -> Vec<String> {
    let facts = prover.facts();
    let mut found = Vec::new();
    for relation in &facts.relations {
        let name = facts.relation_name(relation.oid);
        found.extend([
            format!("INSERT INTO {name} (id, note) VALUES (7, 'x')"),
            format!("INSERT INTO {name} (note) VALUES ('x')"),
            format!("UPDATE {name} SET note = 'y'"),
            format!("UPDATE {name} SET id = 50"),
            format!("DELETE FROM {name}"),
            format!("TRUNCATE {name}"),
            format!("TRUNCATE {name} CASCADE"),
            format!("MERGE INTO {name} USING (SELECT 1) s ON false WHEN NOT MATCHED THEN INSERT (note) VALUES ('m')"),
        ]);
    }
    for function in facts
        .functions
        .iter()
        .filter(|row| row.returns != "trigger")
    {
        let name = format!("{}.{}", function.schema, function.name);
        if function.argument_types.is_empty() {
            found.push(format!("SELECT {name}()"));
        } else {
            for what in ["DELETE FROM kept.dynamic", "TRUNCATE kept.dynamic"] {
                found.push(format!("SELECT {name}('{what}')"));
            }
        }
    }
    found
}

/// A role's own connection.
pub(crate) struct Session {
    role: String,
    client: Client,
}

type Counts = BTreeMap<String, Vec<String>>;

impl Session {
    pub(crate) fn of(server: &Server, database: &str, role: &str) -> Self {
        Self {
            role: role.to_owned(),
            client: lab::session(server, database, role),
        }
    }

    /// The statements by which the session can act as each role that it can reach, itself first.
    pub(crate) fn reachable(&mut self, roles: &[String]) -> Vec<Vec<String>> {
        let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
        found.insert(self.role.clone(), Vec::new());
        let mut queue = vec![Vec::new()];
        let mut all = Vec::new();
        while let Some(path) = queue.pop() {
            all.push(path.clone());
            for role in roles {
                if found.contains_key(role) {
                    continue;
                }
                let set = format!("SET ROLE {role}");
                let grant = format!("GRANT {role} TO {}", self.role);
                for further in [vec![set.clone()], vec![grant, set]] {
                    let mut longer = path.clone();
                    longer.extend(further);
                    if !found.contains_key(role) && self.rolled_back(&longer).is_ok() {
                        found.insert(role.clone(), longer.clone());
                        queue.push(longer);
                    }
                }
            }
        }
        all
    }

    /// Runs statements in a transaction and takes them back; the server's refusal if there is one.
    pub(crate) fn rolled_back(&mut self, statements: &[String]) -> Result<(), Refusal> {
        self.client.batch_execute("BEGIN").unwrap();
        let outcome = statements.iter().try_for_each(|statement| {
            self.client.batch_execute(statement).map_err(|error| {
                let said = error.as_db_error().unwrap();
                Refusal {
                    text: format!("{statement}: {}", said.message()),
                    is_of_values: said.code().code().starts_with("23"),
                }
            })
        });
        self.client.batch_execute("ROLLBACK").unwrap();
        outcome
    }

    /// What one statement did, as whom the path leads to; nothing where it was refused.
    pub(crate) fn attempt(&mut self, acting: &[String], statement: &str) -> Vec<Did> {
        let steps: Vec<&str> = acting.iter().map(String::as_str).collect();
        let whole = format!("BEGIN; {}; {statement}", steps.join("; "));
        let passes = self.client.batch_execute(&whole).is_ok();
        self.client.batch_execute("ROLLBACK").unwrap();
        // Nearly everything is refused, so that counting waits for what is not.
        if passes {
            self.counted(acting, statement)
        } else {
            Vec::new()
        }
    }

    fn counted(&mut self, acting: &[String], statement: &str) -> Vec<Did> {
        self.client.batch_execute("BEGIN").unwrap();
        let before = self.counts();
        for step in acting {
            self.client.batch_execute(step).unwrap();
        }
        self.client.batch_execute(statement).unwrap();
        let after = self.counts();
        self.client.batch_execute("ROLLBACK").unwrap();
        self.changes(&before, &after)
    }

    fn counts(&mut self) -> Counts {
        let messages = self.client.simple_query(COUNTS).unwrap();
        let rows = messages.into_iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
        rows.map(|row| {
            let numbers = (1..row.len()).map(|at| row.get(at).unwrap_or_default().to_owned());
            (row.get(0).unwrap().to_owned(), numbers.collect())
        })
        .collect()
    }

    fn changes(&self, before: &Counts, after: &Counts) -> Vec<Did> {
        let mut did = Vec::new();
        for (relation, now) in after {
            let Some(then) = before.get(relation) else {
                continue;
            };
            for ((operation, was), is) in ["INSERT", "UPDATE", "DELETE", "TRUNCATE"]
                .iter()
                .zip(then)
                .zip(now)
            {
                if was != is {
                    did.push(Did {
                        role: self.role.clone(),
                        relation: relation.clone(),
                        operation: (*operation).to_owned(),
                    });
                }
            }
        }
        did
    }
}
