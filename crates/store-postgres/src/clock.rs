//! The store's clock: the server's, never this machine's.

use canonical::Timestamp;
use deadpool_postgres::GenericClient;

use crate::connection::Session;
use crate::error::StoreError;
use crate::sql::Sql;

/// The server's clock now, on any connection of a role.
pub(crate) fn now(session: &Session) -> Result<Timestamp, StoreError> {
    session.run("read the server's clock", async |client| read(client).await)
}

/// The server's clock now.
pub(crate) async fn read(client: &impl GenericClient) -> Result<Timestamp, tokio_postgres::Error> {
    let statement = client.prepare_cached("SELECT clock_timestamp()").await?;
    let row = client.query_one(&statement, &[]).await?;
    row.try_get::<_, Sql<Timestamp>>(0).map(|at| at.0)
}

/// The server's clock now, for a reader that says which role could not be told it.
pub(crate) async fn on(
    session: &Session,
    client: &impl GenericClient,
) -> Result<Timestamp, StoreError> {
    let now = read(client).await;
    now.map_err(|error| session.failed("read the server's clock", error))
}

/// The same, where anybody asked.
pub(crate) async fn asked(
    session: &Session,
    client: &impl GenericClient,
    is_asked: bool,
) -> Result<Option<Timestamp>, StoreError> {
    if !is_asked {
        return Ok(None);
    }
    on(session, client).await.map(Some)
}
