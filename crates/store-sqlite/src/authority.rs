//! The authority writer's credential: inserts authority rows, retires heads.

use authority::carrier::{self, Carrier};
use authority::port::{AuthorityWriter, NewRow, PortError, StoredRow};
use canonical::{GovernedRow, Identifier, Timestamp};
use registrar::port::RowStatus;
use rusqlite::{Connection, Transaction, TransactionBehavior, params};
use serde_json::Value;

use crate::carriers;
use crate::clock;
use crate::error::{During, StoreError};
use crate::registrar::reread::reread;

/// A connection that writes authority rows and nothing of ledger, attempts or audits.
#[derive(Debug)]
pub struct AuthorityConnection {
    connection: Connection,
    written_by: Identifier,
}

impl AuthorityConnection {
    pub(crate) const fn new(connection: Connection, written_by: Identifier) -> Self {
        Self {
            connection,
            written_by,
        }
    }

    fn begin(&mut self) -> Result<Transaction<'_>, StoreError> {
        self.connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .during("begin a transaction")
    }

    fn insert_all(&mut self, rows: Vec<NewRow>) -> Result<Vec<GovernedRow>, StoreError> {
        let written_by = self.written_by.clone();
        let transaction = self.begin()?;
        let inserted = rows
            .into_iter()
            .map(|row| insert(&transaction, row, &written_by))
            .collect::<Result<_, _>>()?;
        transaction.commit().during("commit authority rows")?;
        Ok(inserted)
    }

    fn retire(&mut self, dot_code: &str, retirement: NewRow) -> Result<(), StoreError> {
        let written_by = self.written_by.clone();
        let transaction = self.begin()?;
        if retirement.carrier != "retirement" {
            return Err(unfit("retire a head", "the row is not a retirement"));
        }
        let row = insert(&transaction, retirement, &written_by)?;
        approval_stands(&transaction, row.text("approval_ref").unwrap_or_default())?;
        let retired = transaction
            .execute(
                "UPDATE dot_catalogue SET status = 'retired', retirement_ref = ?2 \
                 WHERE dot_code = ?1 AND status IN ('draft', 'active')",
                params![dot_code, row.key()],
            )
            .during("retire a head")?;
        if retired != 1 {
            return Err(unfit(
                "retire a head",
                "the code has no draft or active head",
            ));
        }
        transaction.commit().during("commit a retirement")
    }

    fn stored(&self, carrier: &str) -> Result<Vec<StoredRow>, StoreError> {
        let found = carriers::select(&self.connection, known(carrier)?, "TRUE", [])?;
        found
            .into_iter()
            .map(|row| {
                let status = row.status;
                Ok(StoredRow {
                    row: carriers::governed(row)?,
                    status,
                })
            })
            .collect()
    }
}

impl AuthorityWriter for AuthorityConnection {
    fn clock(&mut self) -> Result<Timestamp, PortError> {
        clock::now().map_err(|error| PortError::new("read the store's clock", error))
    }

    fn insert(&mut self, rows: Vec<NewRow>) -> Result<Vec<GovernedRow>, PortError> {
        self.insert_all(rows)
            .map_err(|error| PortError::new("write authority rows", error))
    }

    fn rows(&mut self, carrier: &str) -> Result<Vec<StoredRow>, PortError> {
        self.stored(carrier)
            .map_err(|error| PortError::new("read authority rows", error))
    }

    fn retire_head(&mut self, dot_code: &str, retirement: NewRow) -> Result<(), PortError> {
        self.retire(dot_code, retirement)
            .map_err(|error| PortError::new("retire the head", error))
    }
}

/// Whether an approval still is in force: it was judged before this transaction had the lock.
fn approval_stands(connection: &Connection, approval_ref: &str) -> Result<(), StoreError> {
    let approval = reread(connection, "approval", approval_ref, None)?;
    let ends_at = carriers::by_key(connection, known("approval")?, approval_ref)?
        .and_then(|row| row.instant("expires_at"));
    let now = clock::now()?;
    let in_force = approval.row_hash.is_some()
        && approval.status == Some(RowStatus::Active)
        && ends_at.is_some_and(|end| now < end);
    if in_force {
        return Ok(());
    }
    Err(unfit("retire a head", "its approval is not in force"))
}

/// Inserts one row as written by the connection's principal, whatever the row says of its writer.
fn insert(
    connection: &Connection,
    row: NewRow,
    written_by: &Identifier,
) -> Result<GovernedRow, StoreError> {
    let mut columns = row.columns;
    columns.insert(
        "written_by".to_owned(),
        Value::String(written_by.to_string()),
    );
    carriers::insert(connection, known(&row.carrier)?, &row.row_key, &columns)
}

fn known(carrier: &str) -> Result<&'static Carrier, StoreError> {
    carrier::find(carrier).ok_or_else(|| StoreError::Unstorable {
        what: "find an authority carrier",
        reason: format!("there is no carrier `{carrier}`"),
    })
}

fn unfit(what: &'static str, reason: &str) -> StoreError {
    StoreError::Unstorable {
        what,
        reason: reason.to_owned(),
    }
}
