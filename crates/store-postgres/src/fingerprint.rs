//! One digest over everything in the catalogs that the rules rest on, computed by the server.

use canonical::Digest;
use deadpool_postgres::Client;

use crate::sql::Sql;

/// Tables, columns, constraints, indexes, triggers, functions, their owners and rights, and who is a
/// member of whom; in one order, as text. It names no `xmin`, so that the write path may use it.
const STATEMENT: &str = include_str!("fingerprint.sql");

/// The fingerprint of the schema as this transaction sees it.
pub(crate) async fn fingerprint(client: &Client) -> Result<Digest, tokio_postgres::Error> {
    let statement = client.prepare_cached(STATEMENT).await?;
    let row = client.query_one(&statement, &[]).await?;
    row.try_get::<_, Sql<Digest>>(0).map(|Sql(digest)| digest)
}
