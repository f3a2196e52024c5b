//! Authority rows read again at the consuming boundary, and the versions that tell when they moved;
//! for many callers at once.

use std::collections::{BTreeMap, BTreeSet};

use ::authority::carrier::{self, Carrier, Head, Kind};
use ::authority::lifecycle::{self, FoundRow};
use ::authority::row_status;
use canonical::Timestamp;
use deadpool_postgres::Client;
use futures_util::future::{try_join, try_join_all};
use registrar::port::{RereadRow, RowRef, RowStatus};

use crate::carriers;
use crate::clock;
use crate::connection::Session;
use crate::error::StoreError;
use crate::reads::{Authority, found};
use crate::sql::Sql;

/// The scope of authority rows that concern every target.
pub(crate) const GLOBAL: &str = "*";

/// The versions of some targets' authority heads and of the one for all; none where no row was
/// written.
pub(crate) async fn versions(
    session: &Session,
    client: &Client,
    targets: &BTreeSet<&str>,
) -> Result<BTreeMap<String, u64>, StoreError> {
    const TEXT: &str = "SELECT h.scope_key, h.version FROM holdfast.authority_head AS h \
         WHERE h.scope_key = ANY ($1)";
    if targets.is_empty() {
        return Ok(BTreeMap::new());
    }
    let failed = |error| session.failed("read the authority heads", error);
    let scopes: Vec<&str> = targets.iter().copied().chain([GLOBAL]).collect();
    let statement = client.prepare_cached(TEXT).await.map_err(failed)?;
    let rows = client.query(&statement, &[&scopes]).await.map_err(failed)?;
    let pair = |row: &tokio_postgres::Row| Ok((row.try_get(0)?, row.try_get::<_, Sql<u64>>(1)?.0));
    rows.iter().map(|row| pair(row).map_err(failed)).collect()
}

/// Rows again, each with how many active ones answer the same question; two round trips for all.
pub(crate) async fn reread(
    session: &Session,
    client: &Client,
    refs: &BTreeSet<&RowRef>,
) -> Result<BTreeMap<RowRef, RereadRow>, StoreError> {
    if refs.is_empty() {
        return Ok(BTreeMap::new());
    }
    let (now, rows) = try_join(clock::on(session, client), rows(session, client, refs)).await?;
    let asked: BTreeSet<Authority> = rows.values().flat_map(around).collect();
    let around = found(session, client, &asked).await?;
    let answer = |&reference: &&RowRef| {
        let again = match rows.get(reference) {
            Some(row) => again(row, &around, now)?,
            None => carriers::absent(reference),
        };
        Ok((reference.clone(), again))
    };
    refs.iter().map(answer).collect()
}

/// The rows themselves, by the consumer's own reading.
async fn rows(
    session: &Session,
    client: &Client,
    refs: &BTreeSet<&RowRef>,
) -> Result<BTreeMap<RowRef, FoundRow>, StoreError> {
    let mut keys: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for reference in refs {
        let of_carrier = keys.entry(&reference.carrier).or_default();
        of_carrier.push(&reference.row_key);
    }
    let known = keys.iter().filter_map(|(name, keys)| {
        let carrier = carrier::find(name)?;
        Some(carriers::by_keys(session, client, carrier, keys))
    });
    let found = try_join_all(known).await?.into_iter().flatten();
    let row = |(row_key, row): (String, FoundRow)| {
        let carrier = row.carrier.name.to_owned();
        (RowRef { carrier, row_key }, row)
    };
    Ok(found.map(row).collect())
}

/// What says how a row is to be read: its rivals, and the votes of an approval.
fn around(row: &FoundRow) -> Vec<Authority> {
    rivals(row).into_iter().chain(votes(row)).collect()
}

/// The rows that could answer the same question as this one, and perhaps more; none where every row
/// stands for itself.
fn rivals(row: &FoundRow) -> Option<Authority> {
    let columns = head_columns(row.carrier)?;
    let values = columns.iter().map(|column| row.text(column).to_owned());
    Some(Authority {
        carrier: row.carrier.name,
        columns,
        values: values.collect(),
    })
}

/// The first column of text that rivals have in common, as the index of the carrier has it.
fn head_columns(carrier: &Carrier) -> Option<&'static [&'static str]> {
    match carrier.head {
        Head::Row => None,
        Head::Accountable => Some(&["object_type", "object_ref"]),
        Head::Same(["operation", "object_type", "object_ref", ..]) => {
            Some(&["object_type", "object_ref"])
        }
        Head::Same(columns) => {
            let is_text = |name: &&str| {
                let mut all = carrier.all_columns();
                all.any(|column| column.name == *name && column.kind == Kind::Text)
            };
            Some(if columns.iter().all(is_text) {
                columns
            } else {
                &[]
            })
        }
    }
}

fn votes(row: &FoundRow) -> Option<Authority> {
    (row.carrier.name == "approval").then(|| {
        Authority::new(
            "approval_vote",
            &["approval_ref", "decision"],
            &[&row.row_key, "reject"],
        )
    })
}

/// Fails where what says how a row is to be read was not answered: without it, a row that was voted
/// down would look active.
fn again(
    row: &FoundRow,
    around: &BTreeMap<Authority, Vec<FoundRow>>,
    now: Timestamp,
) -> Result<RereadRow, StoreError> {
    let read = |question: Option<Authority>| {
        let found = question.map(|asked| around.get(&asked).ok_or_else(unanswered));
        found.transpose()
    };
    // An approval that someone rejects is as good as revoked from then on.
    let (status, status_changed_at) = match read(votes(row))? {
        Some(votes) => lifecycle::of_approval(row, votes),
        None => (row.status, row.changed_at),
    };
    let alone = std::slice::from_ref(row);
    let rivals = read(rivals(row))?.map_or(alone, Vec::as_slice);
    Ok(RereadRow {
        carrier: row.carrier.name.to_owned(),
        row_key: row.row_key.clone(),
        row_hash: row.recomputed_hash(),
        issued_at: Some(row.issued_at),
        status: Some(row_status!(status => RowStatus)),
        status_changed_at,
        active_heads: lifecycle::active_heads(row, rivals, None, now),
    })
}

fn unanswered() -> StoreError {
    StoreError::Unstorable {
        what: "read authority rows again",
        reason: "what says how a row is to be read was not answered".to_owned(),
    }
}
