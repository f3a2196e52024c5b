//! What each role may really do, as the server itself answers for it: inherited rights, rights of
//! everybody and rights on single columns are in it.

use gate::port::CredentialFacts;
use tokio_postgres::Row;

use crate::connection::Session;
use crate::error::StoreError;
use crate::role::{OWNER, Role};

/// The tables that the observer's write side is for; its read side is every other.
const OBSERVATIONS: [&str; 2] = ["snapshot", "verification_report"];

/// What the one function of the audit writer does for whoever may call it.
const AUDIT_INSERTS: [&str; 2] = ["failure_audit", "hold_event"];
const AUDIT_UPDATES: [&str; 3] = [
    "attempt.closed_at",
    "attempt.failure_digest",
    "attempt.state",
];

/// For each role: the tables that it may insert into and delete from (or empty), the columns that it
/// may update, and whether it may call the audit writer's function.
const RIGHTS: &str = "WITH base AS (\
       SELECT c.oid, c.relname::text AS name FROM pg_class AS c \
        WHERE c.relnamespace = to_regnamespace('holdfast') AND c.relkind IN ('r', 'p', 'v', 'f')) \
     SELECT \
       ARRAY(SELECT b.name FROM base AS b WHERE has_any_column_privilege(g.login, b.oid, 'INSERT') \
              ORDER BY b.name COLLATE \"C\"), \
       ARRAY(SELECT b.name || '.' || a.attname FROM base AS b \
               JOIN pg_attribute AS a ON a.attrelid = b.oid AND a.attnum > 0 \
                AND NOT a.attisdropped \
              WHERE has_column_privilege(g.login, b.oid, a.attnum, 'UPDATE') \
              ORDER BY b.name COLLATE \"C\", a.attname COLLATE \"C\"), \
       ARRAY(SELECT b.name FROM base AS b \
              WHERE has_table_privilege(g.login, b.oid, 'DELETE') \
                 OR has_table_privilege(g.login, b.oid, 'TRUNCATE') \
              ORDER BY b.name COLLATE \"C\"), \
       EXISTS (SELECT 1 FROM pg_proc AS f \
                WHERE f.pronamespace = to_regnamespace('holdfast') \
                  AND f.proname = 'record_failure' \
                  AND has_function_privilege(g.login, f.oid, 'EXECUTE')) \
     FROM unnest($1::text[]) WITH ORDINALITY AS g (login, place) ORDER BY g.place";

/// How many of the roles are what they have to be: there, able to log in and no more, and members
/// of nothing, as nothing is a member of them but their maker, who may hand them out anyway.
const DISTINCT: &str = "SELECT count(*) FROM pg_roles AS r \
     WHERE r.rolname = ANY ($1::text[]) AND r.rolcanlogin \
       AND NOT (r.rolsuper OR r.rolcreaterole OR r.rolbypassrls OR r.rolreplication) \
       AND NOT EXISTS (SELECT 1 FROM pg_auth_members AS m WHERE m.member = r.oid) \
       AND NOT EXISTS (\
         SELECT 1 FROM pg_auth_members AS m JOIN pg_roles AS o ON o.oid = m.member \
          WHERE m.roleid = r.oid AND o.rolname = ANY ($1::text[])) \
       AND NOT EXISTS (SELECT 1 FROM pg_roles AS o WHERE o.rolname = $2 AND o.rolcanlogin)";

/// One entry for each credential of this program.
pub(super) fn credentials(
    session: &Session,
    database: &str,
) -> Result<Vec<CredentialFacts>, StoreError> {
    let logins = Role::ALL.map(|role| role.login(database)).to_vec();
    let rights = session.run("read the rights of the roles", async |client| {
        let statement = client.prepare_cached(RIGHTS).await?;
        let rows = client.query(&statement, &[&logins]).await?;
        rows.iter().map(rights).collect::<Result<Vec<_>, _>>()
    })?;
    let facts = Role::ALL.into_iter().zip(rights);
    Ok(facts
        .flat_map(|(role, rights)| facts_of(role, rights))
        .collect())
}

/// The rights of one role.
struct Rights {
    insert: Vec<String>,
    update: Vec<String>,
    delete: Vec<String>,
    records_failures: bool,
}

fn rights(row: &Row) -> Result<Rights, tokio_postgres::Error> {
    Ok(Rights {
        insert: row.try_get(0)?,
        update: row.try_get(1)?,
        delete: row.try_get(2)?,
        records_failures: row.try_get(3)?,
    })
}

fn facts_of(role: Role, mut rights: Rights) -> Vec<CredentialFacts> {
    if rights.records_failures {
        rights.insert.extend(AUDIT_INSERTS.map(str::to_owned));
        rights.update.extend(AUDIT_UPDATES.map(str::to_owned));
        rights.insert.sort_unstable();
        rights.update.sort_unstable();
    }
    let facts = CredentialFacts {
        role: role.name().replace('_', "-"),
        may_insert: rights.insert,
        may_update: rights.update,
        may_delete: rights.delete,
        read_only: role.is_read_only(),
    };
    if role != Role::Observer {
        return vec![facts];
    }
    // One role of the server is two credentials: a reader, whose transactions are read-only, and a
    // writer of what was observed. Whatever else it may write is charged to the reader.
    let (observations, surfaces) = facts
        .may_insert
        .into_iter()
        .partition(|table| OBSERVATIONS.contains(&table.as_str()));
    vec![
        CredentialFacts {
            may_insert: surfaces,
            ..facts
        },
        CredentialFacts {
            role: "snapshot-writer".to_owned(),
            may_insert: observations,
            ..CredentialFacts::default()
        },
    ]
}

/// Whether the roles are principals of their own: none is a superuser, may become another, or has a
/// right from another.
pub(super) fn are_distinct(session: &Session, database: &str) -> Result<bool, StoreError> {
    let logins = Role::ALL.map(|role| role.login(database)).to_vec();
    let owner = format!("{database}_{OWNER}");
    let count: i64 = session.run("read who the roles are", async |client| {
        let statement = client.prepare_cached(DISTINCT).await?;
        client
            .query_one(&statement, &[&logins, &owner])
            .await?
            .try_get(0)
    })?;
    Ok(usize::try_from(count).is_ok_and(|count| count == Role::ALL.len()))
}
