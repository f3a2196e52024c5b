//! Authority rows read again at the consuming boundary, and the versions that tell when they moved.

use deadpool_postgres::Client;
use registrar::port::HeadVersion;

use crate::sql::Sql;

/// The scope of authority rows that concern every target.
pub(crate) const GLOBAL: &str = "*";

/// The versions of a target's authority head and of the one for all; 0 where no row was written.
pub(crate) async fn head_versions(
    client: &Client,
    target: &str,
) -> Result<Vec<HeadVersion>, tokio_postgres::Error> {
    const TEXT: &str = "SELECT s.scope_key, coalesce(h.version, 0) \
         FROM unnest($1::text[]) WITH ORDINALITY AS s (scope_key, place) \
         LEFT JOIN holdfast.authority_head AS h ON h.scope_key = s.scope_key ORDER BY s.place";
    let statement = client.prepare_cached(TEXT).await?;
    let scopes = vec![target, GLOBAL];
    let rows = client.query(&statement, &[&scopes]).await?;
    rows.iter()
        .map(|row| {
            Ok(HeadVersion {
                scope_key: row.try_get(0)?,
                version: row.try_get::<_, Sql<u64>>(1)?.0,
            })
        })
        .collect()
}
