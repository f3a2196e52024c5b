//! One digest over everything in the catalogs that the rules rest on, computed by the server.

use canonical::Digest;
use deadpool_postgres::Client;

/// Tables, columns, constraints, indexes, triggers, functions, their owners and rights, and who is a
/// member of whom; in one order, as text. It names no `xmin`, so that the write path may use it.
const STATEMENT: &str = include_str!("fingerprint.sql");

/// The fingerprint of the schema as this transaction sees it.
pub(crate) async fn fingerprint(client: &Client) -> Result<Digest, tokio_postgres::Error> {
    let statement = client.prepare_cached(STATEMENT).await?;
    let row = client.query_one(&statement, &[]).await?;
    let bytes: [u8; 32] = row.try_get::<_, &[u8]>(0)?.try_into().unwrap_or_default();
    Ok(Digest::from_bytes(bytes))
}
