//! How far the store has come, and whether it has come as far as was noted outside it.

use ::authority::carrier::CARRIERS;
use canonical::{Digest, Identifier};
use records::{LastRow, RecordedCheckpoint};

use crate::connection::Session;
use crate::error::StoreError;
use crate::sql::Sql;

const WHAT: &str = "read how far the store has come";

/// A table that only grows: what orders its rows, of which type, and what tells one from any other.
struct Growing {
    name: &'static str,
    position: &'static str,
    kind: &'static str,
    hash: &'static str,
}

fn growing() -> impl Iterator<Item = Growing> {
    let carriers = CARRIERS.iter().map(|carrier| Growing {
        name: carrier.name,
        position: "ordinal",
        kind: "bigint",
        hash: "row_hash",
    });
    carriers.chain([
        Growing {
            name: "failure_audit",
            position: "position",
            kind: "bigint",
            hash: "failure_digest",
        },
        // The transaction's number is the server's: a store that is restored elsewhere keeps the
        // numbers of its rows.
        Growing {
            name: "ledger",
            position: "writer_txid",
            kind: "xid8",
            hash: "substr(ledger_key, 7)",
        },
    ])
}

/// The last row of each table that has any.
pub(crate) fn reached(session: &Session) -> Result<RecordedCheckpoint, StoreError> {
    let mut reached = RecordedCheckpoint::default();
    for table in growing() {
        let Growing {
            name,
            position,
            hash,
            ..
        } = table;
        let text = format!(
            "SELECT {position}::text::bigint, {hash} FROM holdfast.{name} \
             ORDER BY {position} DESC, {hash} DESC LIMIT 1"
        );
        let last = session.run(WHAT, async |client| {
            let row = client.query_opt(&text, &[]).await?;
            row.map(|row| {
                Ok(LastRow {
                    position: row.try_get::<_, Sql<u64>>(0)?.0,
                    hash: row.try_get::<_, Sql<Digest>>(1)?.0,
                })
            })
            .transpose()
        })?;
        if let Some(last) = last {
            let name = Identifier::try_from(name).map_err(|error| StoreError::Unstorable {
                what: WHAT,
                reason: error.to_string(),
            })?;
            reached.0.insert(name, last);
        }
    }
    Ok(reached)
}

/// Whether a noted row is there; a table that is not of this store has none.
pub(crate) fn holds(session: &Session, table: &str, row: LastRow) -> Result<bool, StoreError> {
    let Some(table) = growing().find(|growing| growing.name == table) else {
        return Ok(false);
    };
    let Growing {
        name,
        position,
        kind,
        hash,
    } = table;
    let text = format!(
        "SELECT EXISTS (SELECT 1 FROM holdfast.{name} \
         WHERE {position} = $1::text::{kind} AND {hash} = $2)"
    );
    let (at, noted) = (row.position.to_string(), Sql(row.hash));
    session.run(
        "look for what was noted outside the store",
        async |client| client.query_one(&text, &[&at, &noted]).await?.try_get(0),
    )
}
