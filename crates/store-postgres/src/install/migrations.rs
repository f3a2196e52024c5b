//! The schema's versions: which there are, which a database has.

use refinery_core::error::Kind;
use refinery_core::{Migration, Runner};
use tokio_postgres::Client;

use super::Administrator;
use super::roles::{owner, quoted};
use crate::address::Address;
use crate::error::StoreError;
use crate::rights;
use crate::role::Role;

/// The history of a database, which the owner alone writes.
const HISTORY: &str = "holdfast.schema_history";

/// The file that grants every right; it may run again.
const RIGHTS: &str = "V4__rights";

const FILES: [(&str, &str); 4] = [
    (
        "V1__authority",
        include_str!("../../migrations/V1__authority.sql"),
    ),
    (
        "V2__registrations",
        include_str!("../../migrations/V2__registrations.sql"),
    ),
    (
        "V3__observations",
        include_str!("../../migrations/V3__observations.sql"),
    ),
    (RIGHTS, rights::TEXT),
];

/// A version that a database has: its number, and name and checksum as its history says them.
pub(super) type Applied = (i32, String, String);

/// The migrations with the roles of a database in their places.
pub(super) fn texts(database: &str) -> impl Iterator<Item = (&'static str, String)> {
    FILES.into_iter().map(move |(name, text)| {
        let text = Role::ALL.into_iter().fold(text.to_owned(), |text, role| {
            let place = format!("{{{}}}", role.name());
            text.replace(&place, &quoted(&role.login(database)))
        });
        (name, text)
    })
}

fn migrations(address: &Address) -> Result<Vec<Migration>, StoreError> {
    texts(address.database())
        .map(|(name, text)| Migration::unapplied(name, &text))
        .collect::<Result<_, _>>()
        .map_err(|error| failed(address, error))
}

/// Applies what is missing, all of it in one transaction, and names it.
pub(super) async fn apply(
    administrator: &mut Administrator<'_>,
) -> Result<Vec<String>, StoreError> {
    let address = administrator.address;
    let owner = quoted(&owner(address.database()));
    administrator
        .run("act as the owner", &format!("SET ROLE {owner}"))
        .await?;
    let mut runner = Runner::new(&migrations(address)?).set_grouped(true);
    runner.set_migration_table_name(HISTORY);
    let report = runner
        .run_async(&mut administrator.client)
        .await
        .map_err(|error| failed(address, error))?;
    // A right that was taken away since comes back; errors name this program as who grants it.
    if report.applied_migrations().is_empty() {
        let rights = texts(address.database()).find(|(name, _)| *name == RIGHTS);
        let (_, rights) = rights.unwrap_or_default();
        administrator.run("grant the rights", &rights).await?;
    }
    administrator
        .run("stop acting as the owner", "RESET ROLE")
        .await?;
    let applied = report.applied_migrations().iter();
    Ok(applied.map(ToString::to_string).collect())
}

/// What a database's history says.
pub(super) async fn applied(client: &Client) -> Result<Vec<Applied>, tokio_postgres::Error> {
    let statement = format!(
        "SELECT version, coalesce(name, ''), coalesce(checksum, '') FROM {HISTORY} ORDER BY version"
    );
    let rows = client.query(&statement, &[]).await?;
    rows.iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?)))
        .collect()
}

/// Refuses a database whose history is not this program's.
pub(super) fn compare(address: &Address, applied: &[Applied]) -> Result<(), StoreError> {
    let expected: Vec<Applied> = migrations(address)?
        .iter()
        .map(|migration| {
            let checksum = migration.checksum().to_string();
            (migration.version(), migration.name().to_owned(), checksum)
        })
        .collect();
    let missing = expected.iter().find(|version| !applied.contains(version));
    let unknown = applied.iter().find(|version| !expected.contains(version));
    let reason = match (missing, unknown) {
        (None, None) => return Ok(()),
        (_, Some((number, name, _))) => {
            format!("its schema has version {number} (`{name}`), which this program does not know")
        }
        (Some((number, name, _)), None) => {
            format!("its schema lacks version {number} (`{name}`), which `holdfast init` applies")
        }
    };
    Err(not_a_store(address, reason))
}

fn not_a_store(address: &Address, reason: String) -> StoreError {
    StoreError::NotAStore {
        address: address.to_string(),
        reason,
    }
}

fn failed(address: &Address, error: refinery_core::Error) -> StoreError {
    match error.kind() {
        Kind::DivergentVersion(..) | Kind::MissingVersion(..) => {
            not_a_store(address, format!("its schema is another program's: {error}"))
        }
        _ => StoreError::Migration {
            address: address.to_string(),
            source: Box::new(error),
        },
    }
}
