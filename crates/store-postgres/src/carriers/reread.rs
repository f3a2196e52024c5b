//! Authority rows read again: their hashes recomputed, their status in the light of every later row.

use std::collections::BTreeMap;

use ::authority::carrier::{self, Head};
use ::authority::lifecycle::{self, Effective, FoundRow};
use ::authority::row_status;
use canonical::Timestamp;
use deadpool_postgres::GenericClient;
use registrar::port::{RereadRow, RowRef, RowStatus};
use tokio_postgres::types::ToSql;

use super::{by_keys, known, select};
use crate::clock;
use crate::connection::Session;
use crate::error::StoreError;

/// Rows again, one answer for each reference, in order.
///
/// `scope` is the scope that ownership has to cover, where it is known; otherwise the row's own.
pub(crate) async fn reread(
    session: &Session,
    client: &impl GenericClient,
    refs: &[RowRef],
    scope: Option<&str>,
) -> Result<Vec<RereadRow>, StoreError> {
    let now = clock::on(session, client).await?;
    let mut found = BTreeMap::new();
    for (name, keys) in by_carrier(refs) {
        if let Some(carrier) = carrier::find(name) {
            found.insert(name, by_keys(session, client, carrier, &keys).await?);
        }
    }
    let mut answers = Vec::with_capacity(refs.len());
    for reference in refs {
        let row = found
            .get(reference.carrier.as_str())
            .and_then(|rows| rows.get(&reference.row_key));
        answers.push(match row {
            Some(row) => again(session, client, row, scope, now).await?,
            None => absent(reference),
        });
    }
    Ok(answers)
}

fn by_carrier(refs: &[RowRef]) -> BTreeMap<&str, Vec<&str>> {
    let mut keys: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for reference in refs {
        let of_carrier = keys.entry(reference.carrier.as_str()).or_default();
        of_carrier.push(reference.row_key.as_str());
    }
    keys
}

/// A row that is not there.
pub(crate) fn absent(reference: &RowRef) -> RereadRow {
    RereadRow {
        carrier: reference.carrier.clone(),
        row_key: reference.row_key.clone(),
        row_hash: None,
        issued_at: None,
        status: None,
        status_changed_at: None,
        active_heads: 0,
    }
}

async fn again(
    session: &Session,
    client: &impl GenericClient,
    row: &FoundRow,
    scope: Option<&str>,
    now: Timestamp,
) -> Result<RereadRow, StoreError> {
    let (status, status_changed_at) = effective(session, client, row).await?;
    let candidates = candidates(session, client, row).await?;
    Ok(RereadRow {
        carrier: row.carrier.name.to_owned(),
        row_key: row.row_key.clone(),
        row_hash: row.recomputed_hash(),
        issued_at: Some(row.issued_at),
        status: Some(row_status!(status => RowStatus)),
        status_changed_at,
        active_heads: lifecycle::active_heads(row, &candidates, scope, now),
    })
}

/// The row's status; an approval that someone rejects is as good as revoked from then on.
async fn effective(
    session: &Session,
    client: &impl GenericClient,
    row: &FoundRow,
) -> Result<Effective, StoreError> {
    if row.carrier.name != "approval" {
        return Ok((row.status, row.changed_at));
    }
    let votes = known("approval_vote")?;
    let condition = "r.approval_ref = $1 AND r.decision = 'reject'";
    let votes = select(session, client, votes, condition, &[&row.row_key]).await?;
    Ok(lifecycle::of_approval(row, &votes))
}

/// The rows that could answer the same question as this one, whatever their status.
async fn candidates(
    session: &Session,
    client: &impl GenericClient,
    row: &FoundRow,
) -> Result<Vec<FoundRow>, StoreError> {
    let columns = match row.carrier.head {
        Head::Row => return Ok(vec![row.clone()]),
        Head::Same(columns) => columns,
        Head::Accountable => &["object_type", "object_ref"],
    };
    let name = row.carrier.name;
    let alike = columns.iter().map(|column| {
        format!(
            " AND r.{column} = (SELECT o.{column} FROM holdfast.{name} AS o WHERE o.row_key = $1)"
        )
    });
    let condition = format!("$1::text IS NOT NULL{}", alike.collect::<String>());
    let key: &(dyn ToSql + Sync) = &row.row_key;
    select(session, client, row.carrier, &condition, &[key]).await
}

/// An approval with its effective status; none where there is no such row.
pub(crate) async fn approval(
    session: &Session,
    client: &impl GenericClient,
    row_key: &str,
) -> Result<Option<(FoundRow, ::authority::port::RowStatus)>, StoreError> {
    let mut found = by_keys(session, client, known("approval")?, &[row_key]).await?;
    let Some(row) = found.remove(row_key) else {
        return Ok(None);
    };
    let (status, _) = effective(session, client, &row).await?;
    Ok(Some((row, status)))
}
