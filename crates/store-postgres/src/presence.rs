//! Who the observer of a plan is: a plan stores no capture, by which the server would record it.
//!
//! The observer keeps one session open that names its process, and the registrar looks that session
//! up among the server's. The role stands there as the server authenticated it; that the session is
//! this process's is its own word, which is enough to foresee an answer and is never asked where a
//! registration is written.

use canonical::Timestamp;
use deadpool_postgres::Client;
use registrar::port::ObserverSession;

use crate::connection::{Session, Store};
use crate::error::StoreError;
use crate::role::Role;
use crate::sql::Sql;

/// A session that shows whose it is, for as long as this is kept.
#[derive(Debug)]
pub struct Presence {
    // Held, never asked again.
    _client: Client,
}

impl Store {
    /// Shows this process as the observer.
    pub fn observer_presence(&self) -> Result<Presence, StoreError> {
        const WHAT: &str = "show the observer of a plan";
        const TEXT: &str = "SELECT set_config('application_name', \
             $1 || (extract(epoch FROM holdfast.backend_started_at()) * 1000000)::int8, false)";
        let session = self.session(Role::Observer)?;
        let client = session.take(WHAT)?;
        session.wait(WHAT, async {
            let shown = client.query_one(TEXT, &[&name(std::process::id())]).await;
            shown.map_err(|error| session.failed(WHAT, error))
        })?;
        Ok(Presence { _client: client })
    }
}

/// The session that names this process, where there is exactly one; none otherwise, and then no
/// observer is proven.
pub(crate) fn session_of(
    session: &Session,
    process: u32,
) -> Result<Option<ObserverSession>, StoreError> {
    const TEXT: &str = "SELECT 'db_role:' || a.usename, a.pid::int8, to_timestamp(0) \
         + substr(a.application_name, length($1) + 1)::int8 * interval '1 microsecond' \
         FROM pg_catalog.pg_stat_activity AS a \
         WHERE a.datname = current_database() AND starts_with(a.application_name, $1)";
    session.run("look for the observer of a plan", async |client| {
        let found = client.query(TEXT, &[&name(process)]).await?;
        let [row] = found.as_slice() else {
            return Ok(None);
        };
        Ok(Some(ObserverSession {
            principal: row.try_get(0)?,
            backend_pid: row.try_get::<_, Sql<u64>>(1)?.0,
            backend_started: row.try_get::<_, Sql<Timestamp>>(2)?.0,
        }))
    })
}

/// What the session's name begins with; when its server process started follows.
fn name(process: u32) -> String {
    format!("holdfast observer {process} ")
}
