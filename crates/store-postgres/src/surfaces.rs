//! The protected surfaces as the observer reads them.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;

use ::authority::carrier::{self, Carrier, Target};
use ::authority::row_status;
use ::observer::BatchReader;
use canonical::{ContentHasher, Digest, Timestamp};
use deadpool_postgres::Client;
use futures_util::future::{try_join, try_join_all};
use serde_json::{Value, json};
use snapshot_provider::port::{
    FoundRow, PortError, RowStatus, SurfaceContent, SurfaceKind, SurfaceQuery, SurfaceReader,
};

use crate::connection::Session;
use crate::error::StoreError;
use crate::{carriers, clock};

mod added;
#[cfg(test)]
mod tests;

use added::Table;

/// The observer's read side: it writes nothing, and reads a batch in one transaction.
#[derive(Debug)]
pub struct ObserverReader {
    session: Session,
    reading: Reading,
}

/// What the transaction of a batch read already: it sees one state of the store, in which the same
/// question has the same answer.
#[derive(Debug, Default)]
struct Seen {
    manifests: Option<Vec<FoundRow>>,
    issuers: BTreeMap<String, bool>,
    strays: added::Strays,
}

/// Where the next read happens.
#[derive(Debug)]
enum Reading {
    /// On its own: it sees everything committed before it.
    Alone,
    /// In the transaction of a batch, with what it read already.
    Batch(Box<Client>, Seen),
    /// Nowhere: the batch's transaction was lost, and what is read after it would be of another time.
    Broken,
}

impl ObserverReader {
    pub(crate) const fn new(session: Session) -> Self {
        Self {
            session,
            reading: Reading::Alone,
        }
    }

    fn read<T>(
        &mut self,
        what: &'static str,
        work: impl AsyncFnOnce(&Session, &Client, &mut Seen) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let session = self.session.clone();
        match std::mem::replace(&mut self.reading, Reading::Broken) {
            Reading::Alone => {
                self.reading = Reading::Alone;
                session.try_run(what, async |client| {
                    work(&session, client, &mut Seen::default()).await
                })
            }
            Reading::Batch(client, mut seen) => {
                let done = session.wait(what, work(&session, &client, &mut seen));
                if done.is_ok() {
                    self.reading = Reading::Batch(client, seen);
                } else {
                    Session::discard(*client);
                }
                done
            }
            Reading::Broken => Err(StoreError::Unstorable {
                what,
                reason: "the transaction of this batch was lost".to_owned(),
            }),
        }
    }

    fn begin_batch(&mut self) -> Result<(), StoreError> {
        const WHAT: &str = "begin reading";
        if let Reading::Batch(client, _) = std::mem::replace(&mut self.reading, Reading::Alone) {
            Session::discard(*client);
        }
        let client = self.session.take(WHAT)?;
        // The first read fixes what the transaction sees; read at once, so that it sees what was
        // committed before this call and not before the first capture.
        let begun = self.run(
            WHAT,
            &client,
            "START TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY; \
             SELECT pg_current_snapshot()",
        );
        match begun {
            Ok(()) => {
                self.reading = Reading::Batch(Box::new(client), Seen::default());
                Ok(())
            }
            Err(error) => {
                Session::discard(client);
                Err(error)
            }
        }
    }

    /// Runs statements on a connection that was taken.
    fn run(&self, what: &'static str, client: &Client, statements: &str) -> Result<(), StoreError> {
        self.session.wait(what, async {
            let done = client.batch_execute(statements).await;
            done.map_err(|error| self.session.failed(what, error))
        })
    }

    fn end_batch(&mut self) -> Result<(), StoreError> {
        const WHAT: &str = "end reading";
        match std::mem::replace(&mut self.reading, Reading::Alone) {
            Reading::Alone => Ok(()),
            Reading::Batch(client, _) => {
                let ended = self.run(WHAT, &client, "COMMIT");
                if ended.is_err() {
                    Session::discard(*client);
                }
                ended
            }
            Reading::Broken => Err(StoreError::Unstorable {
                what: WHAT,
                reason: "the transaction of this batch was lost".to_owned(),
            }),
        }
    }
}

impl Drop for ObserverReader {
    fn drop(&mut self) {
        // A connection with an open transaction is nobody else's.
        if let Reading::Batch(client, _) = std::mem::replace(&mut self.reading, Reading::Alone) {
            Session::discard(*client);
        }
    }
}

async fn active_manifests(session: &Session, client: &Client) -> Result<Vec<FoundRow>, StoreError> {
    let carrier = carriers::known("manifest")?;
    carriers::select(session, client, carrier, "TRUE", &[])
        .await?
        .into_iter()
        .filter(::authority::lifecycle::FoundRow::is_active)
        .map(|row| {
            Ok(FoundRow {
                status: row_status!(row.status => RowStatus),
                row: carriers::governed(row)?,
            })
        })
        .collect()
}

/// What each surface holds. The questions that no other answer is needed for are sent together; the
/// server answers them one after the other.
async fn contents(
    session: &Session,
    client: &Client,
    seen: &mut Seen,
    queries: &[SurfaceQuery<'_>],
) -> Result<Vec<SurfaceContent>, StoreError> {
    let asks_for_added = |query: &&SurfaceQuery<'_>| Table::of(query).is_some();
    let attempt_id = queries.iter().find(asks_for_added);
    let attempt_id = attempt_id.map(|query| query.attempt_id);
    let own = try_join_all(queries.iter().map(|query| held(session, client, query)));
    let (mut contents, transactions) =
        try_join(own, added::transactions(session, client, attempt_id)).await?;
    let strays = &mut seen.strays;
    strays.read(session, client, &transactions).await?;
    for (query, content) in queries.iter().zip(&mut contents) {
        if let (Some(table), SurfaceContent::WriteSet { rows, .. }) = (Table::of(query), content) {
            rows.extend(strays.of(table, &transactions, query.attempt_id));
        }
    }
    Ok(contents)
}

/// What a surface holds by itself; of what attempts add, the rows that name this attempt.
async fn held(
    session: &Session,
    client: &Client,
    query: &SurfaceQuery<'_>,
) -> Result<SurfaceContent, StoreError> {
    if let Some(table) = Table::of(query) {
        let rows = added::of_attempt(session, client, table, query.attempt_id).await?;
        return Ok(added::write_set(rows));
    }
    match (query.kind, query.carrier) {
        (SurfaceKind::State, name) => match carrier::find(name) {
            Some(carrier) => {
                let rows = state(session, client, carrier, query.target).await?;
                Ok(SurfaceContent::Rows(rows))
            }
            None => Ok(SurfaceContent::Unknown),
        },
        (SurfaceKind::AppendOnly, "failure_audit") => {
            added::audits(session, client, query.attempt_id).await
        }
        // The table is there, and no column of it tells which attempt added a row.
        (SurfaceKind::AppendOnly, name) if carrier::find(name).is_some() => {
            Ok(SurfaceContent::Rows(Vec::new()))
        }
        (SurfaceKind::AppendOnly | SurfaceKind::Catalogue, _) => Ok(SurfaceContent::Unknown),
        (SurfaceKind::File, path) => content_hash(path).map(SurfaceContent::File),
    }
}

/// The rows of a carrier that concern a target, or all of a carrier that concerns every target.
async fn state(
    session: &Session,
    client: &Client,
    carrier: &'static Carrier,
    target: &str,
) -> Result<Vec<Value>, StoreError> {
    let (object_type, object_ref) = target.split_once(':').unwrap_or_default();
    let (condition, parameters): (_, carriers::Parameters<'_>) = match carrier.target {
        Target::All => ("TRUE", &[]),
        Target::DotCode => ("r.dot_code = $1 OR r.dot_code = '*'", &[&object_ref]),
        Target::Object => (
            "r.object_type = $1 AND r.object_ref = $2",
            &[&object_type, &object_ref],
        ),
        Target::Approval => (
            "r.approval_ref IN (SELECT a.row_key FROM holdfast.approval AS a \
             WHERE a.object_type = $1 AND a.object_ref = $2)",
            &[&object_type, &object_ref],
        ),
    };
    let mut rows = carriers::select(session, client, carrier, condition, parameters).await?;
    rows.sort_by(|one, other| one.row_key.cmp(&other.row_key));
    rows.into_iter()
        .map(|row| {
            let row = carriers::governed(row)?;
            Ok(json!({
                "row_key": row.key(),
                "row_hash": row.row_hash(),
                "columns": row.columns(),
            }))
        })
        .collect()
}

async fn issues(session: &Session, client: &Client, principal: &str) -> Result<bool, StoreError> {
    let carrier = carriers::known("principal")?;
    let condition = "r.principal = $1";
    let found = carriers::select(session, client, carrier, condition, &[&principal]).await?;
    for row in found {
        let issues = row.is_active() && matches!(row.text("kind"), "human" | "service" | "team");
        carriers::governed(row)?;
        if issues {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The content hash of a regular file; anything else is not opened, it might never end.
fn content_hash(path: &str) -> Result<Digest, StoreError> {
    let refused = |reason: String| StoreError::Unstorable {
        what: "read a protected file",
        reason: format!("`{path}`: {reason}"),
    };
    let read = |error: std::io::Error| refused(error.to_string());
    if !std::fs::metadata(path).map_err(read)?.is_file() {
        return Err(refused("not a regular file".to_owned()));
    }
    let mut file = File::open(path).map_err(read)?;
    let mut hasher = ContentHasher::new();
    let mut buffer = vec![0; 65_536];
    loop {
        let length = file.read(&mut buffer).map_err(read)?;
        match buffer.get(..length) {
            Some([]) | None => return Ok(hasher.finish()),
            Some(bytes) => hasher.update(bytes),
        }
    }
}

impl SurfaceReader for ObserverReader {
    fn store_clock(&mut self) -> Result<Timestamp, PortError> {
        const WHAT: &str = "read the server's clock";
        let now = self.read(WHAT, async |session, client, _| {
            clock::read(client)
                .await
                .map_err(|error| session.failed(WHAT, error))
        });
        now.map_err(|error| PortError::new("the store's clock", error))
    }

    fn manifests(&mut self) -> Result<Vec<FoundRow>, PortError> {
        let found = self.read("read the manifests", async |session, client, seen| {
            if let Some(manifests) = &seen.manifests {
                return Ok(manifests.clone());
            }
            let manifests = active_manifests(session, client).await?;
            Ok(seen.manifests.insert(manifests).clone())
        });
        found.map_err(|error| PortError::new("the manifests", error))
    }

    fn surface(&mut self, query: &SurfaceQuery<'_>) -> Result<SurfaceContent, PortError> {
        let mut contents = self.surfaces(std::slice::from_ref(query))?;
        Ok(contents.pop().unwrap_or(SurfaceContent::Unknown))
    }

    fn surfaces(&mut self, queries: &[SurfaceQuery<'_>]) -> Result<Vec<SurfaceContent>, PortError> {
        let found = self.read(
            "read the protected surfaces",
            async |session, client, seen| contents(session, client, seen, queries).await,
        );
        found.map_err(|error| PortError::new("the protected surfaces", error))
    }

    fn issuer_is_governed(&mut self, principal: &str) -> Result<bool, PortError> {
        let found = self.read(
            "read the manifest's issuer",
            async |session, client, seen| {
                if let Some(issues) = seen.issuers.get(principal) {
                    return Ok(*issues);
                }
                let issues = issues(session, client, principal).await?;
                seen.issuers.insert(principal.to_owned(), issues);
                Ok(issues)
            },
        );
        found.map_err(|error| PortError::new("the manifest's issuer", error))
    }
}

impl BatchReader for ObserverReader {
    fn begin(&mut self) -> Result<(), PortError> {
        self.begin_batch()
            .map_err(|error| PortError::new("the store", error))
    }

    fn end(&mut self) -> Result<(), PortError> {
        self.end_batch()
            .map_err(|error| PortError::new("the store", error))
    }
}
