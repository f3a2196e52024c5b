//! How far the store has come, and whether it has come as far as was noted outside it.

use authority::carrier::CARRIERS;
use canonical::{Digest, Identifier};
use records::{LastRow, RecordedCheckpoint};
use rusqlite::{Connection, OptionalExtension};

use crate::error::{During, StoreError};
use crate::sql::Sql;

const WHAT: &str = "read how far the store has come";

/// A table that only grows: its rows, what orders them, and what tells one from any other.
struct Growing {
    name: &'static str,
    rows: &'static str,
    position: &'static str,
    hash: &'static str,
}

fn growing() -> impl Iterator<Item = Growing> {
    let carriers = CARRIERS.iter().map(|carrier| Growing {
        name: carrier.name,
        rows: carrier.name,
        position: "ordinal",
        hash: "row_hash",
    });
    carriers.chain([
        Growing {
            name: "failure_audit",
            rows: "failure_audit",
            position: "position",
            hash: "failure_digest",
        },
        // By way of the attempt a key is found without going through the ledger.
        Growing {
            name: "ledger",
            rows: "ledger JOIN attempt USING (attempt_id)",
            position: "writer_ordinal",
            hash: "replay_key",
        },
    ])
}

/// The last row of each table that has any.
pub(crate) fn reached(connection: &Connection) -> Result<RecordedCheckpoint, StoreError> {
    let mut reached = RecordedCheckpoint::default();
    for table in growing() {
        let Growing {
            name,
            rows,
            position,
            hash,
        } = table;
        let text = format!("SELECT {position}, {hash} FROM {rows} ORDER BY 1 DESC, 2 DESC LIMIT 1");
        let last = connection
            .query_row(&text, [], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()
            .during(WHAT)?;
        if let Some((Sql(position), Sql(hash))) = last {
            let name = Identifier::try_from(name).map_err(|error| StoreError::Unstorable {
                what: WHAT,
                reason: error.to_string(),
            })?;
            reached.0.insert(name, LastRow { position, hash });
        }
    }
    Ok(reached)
}

/// Whether a noted row is there; a table that is not of this store has none.
pub(crate) fn holds(
    connection: &Connection,
    table: &str,
    row: LastRow,
) -> Result<bool, StoreError> {
    let Some(table) = growing().find(|growing| growing.name == table) else {
        return Ok(false);
    };
    let Growing {
        rows,
        position,
        hash,
        ..
    } = table;
    let text =
        format!("SELECT EXISTS (SELECT 1 FROM {rows} WHERE {position} = ?1 AND {hash} = ?2)");
    let noted: (Sql<u64>, Sql<Digest>) = (Sql(row.position), Sql(row.hash));
    connection
        .query_row(&text, noted, |row| row.get(0))
        .during("look for what was noted outside the store")
}
