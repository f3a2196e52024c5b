//! The authority writer's credential: inserts authority rows, retires heads.

use ::authority::carrier::Carrier;
use ::authority::port::{AuthorityWriter, NewRow, PortError, RowStatus, StoredRow};
use canonical::{GovernedRow, Identifier, Timestamp};
use deadpool_postgres::Transaction;
use serde_json::Value;

use crate::connection::Session;
use crate::error::StoreError;
use crate::retry::retried;
use crate::sql::Sql;
use crate::{carriers, clock, governed};

/// A credential that writes authority rows and nothing of ledger, attempts or audits.
///
/// Every row says which role of the server wrote it, and the server checks that it says so.
#[derive(Clone, Debug)]
pub struct AuthorityConnection {
    session: Session,
}

impl AuthorityConnection {
    pub(crate) const fn new(session: Session) -> Self {
        Self { session }
    }

    /// Whom every row names as its writer.
    pub fn written_by(&self) -> String {
        format!("db_role:{}", self.session.login())
    }

    fn insert_all(&self, rows: &[NewRow]) -> Result<Vec<GovernedRow>, StoreError> {
        const WHAT: &str = "write authority rows";
        // Two writers that move the same heads in another order end in a deadlock, which one of
        // them loses.
        retried(|| {
            self.session.try_run(WHAT, async |client| {
                let failed = |error| self.session.failed(WHAT, error);
                let transaction = client.transaction().await.map_err(failed)?;
                let mut inserted = Vec::with_capacity(rows.len());
                for row in rows {
                    inserted.push(self.insert_one(&transaction, row).await?);
                }
                transaction.commit().await.map_err(failed)?;
                Ok(inserted)
            })
        })
    }

    async fn insert_one(
        &self,
        transaction: &Transaction<'_>,
        row: &NewRow,
    ) -> Result<GovernedRow, StoreError> {
        const WHAT: &str = "insert an authority row";
        let carrier = carriers::known(&row.carrier)?;
        let key = Identifier::try_from(row.row_key.as_str())
            .map_err(|error| unfit(WHAT, error.to_string()))?;
        let mut columns = row.columns.clone();
        columns.insert("written_by".to_owned(), Value::String(self.written_by()));
        let columns = carrier
            .hashed(&columns)
            .map_err(|misfit| unfit(WHAT, misfit.to_string()))?;
        let (text, hash) = governed::text_and_hash(carrier.name, &key, &columns)?;
        let failed = |error| self.session.failed(WHAT, error);
        let statement = transaction.prepare_cached(&insertion(carrier)).await;
        let statement = statement.map_err(failed)?;
        let inserted = transaction.execute(&statement, &[&text, &Sql(hash)]).await;
        inserted.map_err(failed)?;
        let name = carrier
            .identifier()
            .map_err(|misfit| unfit(WHAT, misfit.to_string()))?;
        GovernedRow::reread(name, key.into_string(), columns, hash)
            .map_err(|error| unfit(WHAT, error.to_string()))
    }

    fn retire(&self, dot_code: &str, retirement: &NewRow) -> Result<(), StoreError> {
        const WHAT: &str = "retire a head";
        let of_code = retirement.columns.get("dot_code").and_then(Value::as_str);
        if retirement.carrier != "retirement" || of_code != Some(dot_code) {
            let reason = "the row is not a retirement of this code";
            return Err(unfit(WHAT, reason.to_owned()));
        }
        retried(|| {
            self.session.try_run(WHAT, async |client| {
                let failed = |error| self.session.failed(WHAT, error);
                let transaction = client.transaction().await.map_err(failed)?;
                // Moves the code's authority head, which no other authority row passes until the
                // end, and opens the next epoch, which only a code with a head can have.
                let row = self.insert_one(&transaction, retirement).await?;
                let approval_ref = row.text("approval_ref").unwrap_or_default();
                self.approval_stands(&transaction, approval_ref).await?;
                transaction.commit().await.map_err(failed)
            })
        })
    }

    /// Whether an approval still is in force: it was judged before this transaction had the lock.
    async fn approval_stands(
        &self,
        transaction: &Transaction<'_>,
        approval_ref: &str,
    ) -> Result<(), StoreError> {
        let found = carriers::approval(&self.session, transaction, approval_ref).await?;
        let now = clock::read(transaction)
            .await
            .map_err(|error| self.session.failed("read the server's clock", error))?;
        let in_force = found.is_some_and(|(approval, status)| {
            let ends_at = approval.instant("expires_at");
            approval.recomputed_hash().is_some()
                && status == RowStatus::Active
                && ends_at.is_some_and(|end| now < end)
        });
        if in_force {
            return Ok(());
        }
        let reason = "its approval is not in force";
        Err(unfit("retire a head", reason.to_owned()))
    }

    fn stored(&self, carrier: &str) -> Result<Vec<StoredRow>, StoreError> {
        let found = carriers::find(&self.session, carriers::known(carrier)?, "TRUE", &[])?;
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
        clock::now(&self.session).map_err(|error| PortError::new("read the store's clock", error))
    }

    fn insert(&mut self, rows: Vec<NewRow>) -> Result<Vec<GovernedRow>, PortError> {
        self.insert_all(&rows)
            .map_err(|error| PortError::new("write authority rows", error))
    }

    fn rows(&mut self, carrier: &str) -> Result<Vec<StoredRow>, PortError> {
        self.stored(carrier)
            .map_err(|error| PortError::new("read authority rows", error))
    }

    fn retire_head(&mut self, dot_code: &str, retirement: NewRow) -> Result<(), PortError> {
        self.retire(dot_code, &retirement)
            .map_err(|error| PortError::new("retire the head", error))
    }
}

/// The columns that a writer gives; the table generates every other from the text.
fn insertion(carrier: &Carrier) -> String {
    format!(
        "INSERT INTO holdfast.{} (canonical, row_hash) VALUES ($1, $2)",
        carrier.name
    )
}

fn unfit(what: &'static str, reason: String) -> StoreError {
    StoreError::Unstorable { what, reason }
}
