//! Whether a server can serve a store at all.

use tokio_postgres::Client;

use crate::address::Address;
use crate::error::StoreError;

/// PostgreSQL 15, as servers number themselves.
const VERSION_MIN: i32 = 150_000;

/// Refuses a server that is too old, a standby, and a database of another encoding.
pub(super) async fn check(
    what: &'static str,
    address: &Address,
    who: &str,
    client: &Client,
) -> Result<(), StoreError> {
    let failed = |error| StoreError::of(what, who, error);
    let facts = client
        .query_one(
            "SELECT current_setting('server_version_num')::integer, \
             current_setting('server_version'), pg_is_in_recovery(), \
             pg_encoding_to_char(encoding) \
             FROM pg_database WHERE datname = current_database()",
            &[],
        )
        .await
        .map_err(failed)?;
    if facts.try_get::<_, i32>(0).map_err(failed)? < VERSION_MIN {
        return Err(StoreError::TooOld {
            address: address.to_string(),
            found: facts.try_get(1).map_err(failed)?,
        });
    }
    if facts.try_get(2).map_err(failed)? {
        return Err(StoreError::ReadOnly {
            what,
            role: who.to_owned(),
        });
    }
    let encoding: String = facts.try_get(3).map_err(failed)?;
    if encoding != "UTF8" {
        return Err(StoreError::Encoding {
            address: address.to_string(),
            found: encoding,
        });
    }
    Ok(())
}
