//! The roles of a store, their passwords, and the schema that they meet in.

use postgres_protocol::password::scram_sha_256;
use uuid::Uuid;

use super::{Administrator, Installed};
use crate::address::Credentials;
use crate::error::StoreError;
use crate::role::{OWNER, Role};

/// What no role of a store is, and no role inherits: each is only what it is granted itself.
const ATTRIBUTES: &str = "NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS NOINHERIT";

/// A role's name as SQL: it is made of lower-case letters, digits and `_` only.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}

/// The owner's name in the cluster.
pub(super) fn owner(database: &str) -> String {
    format!("{database}_{OWNER}")
}

/// The statements of this module, for reading.
pub(super) fn statements(database: &str) -> Vec<String> {
    let mut statements = vec![create(&owner(database), "NOLOGIN")];
    statements.extend(Role::ALL.map(|role| create(&role.login(database), "LOGIN")));
    statements.extend(doors(database));
    statements.push(schema(database));
    statements.push(format!("SET ROLE {}", quoted(&owner(database))));
    statements
}

/// Makes the roles that are missing, and takes from the others what no role of a store may be.
pub(super) async fn make(
    administrator: &Administrator<'_>,
    credentials: &Credentials,
    installed: &mut Installed,
) -> Result<(), StoreError> {
    let database = administrator.address.database();
    if !exists(administrator, &owner(database), false).await? {
        let statement = create(&owner(database), "NOLOGIN");
        administrator
            .run("make the owner's role", &statement)
            .await?;
    }
    for role in Role::ALL {
        make_login(administrator, credentials, role, installed).await?;
    }
    for statement in doors(database) {
        administrator
            .run("open the database to the store's roles only", &statement)
            .await?;
    }
    Ok(())
}

async fn make_login(
    administrator: &Administrator<'_>,
    credentials: &Credentials,
    role: Role,
    installed: &mut Installed,
) -> Result<(), StoreError> {
    let login = role.login(administrator.address.database());
    let known = credentials.password(role)?;
    if exists(administrator, &login, true).await? {
        if known.is_none() {
            installed.without_secret.push(login);
        }
        return Ok(());
    }
    let password = if let Some(password) = known {
        password
    } else {
        let fresh = fresh_password();
        // Kept before it is set: a password that nobody has would lock the role out.
        credentials.keep(role.name(), &fresh)?;
        installed.secrets.push(credentials.path(role.name()));
        fresh
    };
    // The server gets what it verifies passwords with, and neither it nor its log sees the password.
    let verifier = scram_sha_256(&password);
    let statement = format!("{} PASSWORD '{verifier}'", create(&login, "LOGIN"));
    administrator.run("make a login role", &statement).await?;
    installed.roles.push(login);
    Ok(())
}

/// 244 random bits from the operating system.
fn fresh_password() -> Vec<u8> {
    let (one, other) = (Uuid::new_v4(), Uuid::new_v4());
    format!("{}{}", one.simple(), other.simple()).into_bytes()
}

/// Whether a role exists; one that does is made to be no more than it should.
async fn exists(
    administrator: &Administrator<'_>,
    name: &str,
    logs_in: bool,
) -> Result<bool, StoreError> {
    const WHAT: &str = "look for the store's roles";
    let found = administrator
        .client
        .query_opt(
            "SELECT rolcanlogin = $2 AND NOT (rolsuper OR rolcreatedb OR rolcreaterole \
             OR rolreplication OR rolbypassrls OR rolinherit) \
             FROM pg_roles WHERE rolname = $1",
            &[&name, &logs_in],
        )
        .await
        .map_err(|error| administrator.failed(WHAT, error))?;
    let Some(found) = found else {
        return Ok(false);
    };
    let is_right: bool = found
        .try_get(0)
        .map_err(|error| administrator.failed(WHAT, error))?;
    if !is_right {
        let login = if logs_in { "LOGIN" } else { "NOLOGIN" };
        let statement = format!("ALTER ROLE {} {login} {ATTRIBUTES}", quoted(name));
        administrator.run("narrow a role", &statement).await?;
    }
    Ok(true)
}

fn create(name: &str, login: &str) -> String {
    format!("CREATE ROLE {} {login} {ATTRIBUTES}", quoted(name))
}

/// Only the store's roles connect to its database, and nobody makes temporary tables there.
fn doors(database: &str) -> [String; 2] {
    let name = quoted(database);
    let logins = Role::ALL.map(|role| quoted(&role.login(database)));
    [
        format!("REVOKE CONNECT, TEMPORARY ON DATABASE {name} FROM PUBLIC"),
        format!("GRANT CONNECT ON DATABASE {name} TO {}", logins.join(", ")),
    ]
}

fn schema(database: &str) -> String {
    format!(
        "CREATE SCHEMA IF NOT EXISTS holdfast AUTHORIZATION {}",
        quoted(&owner(database))
    )
}

/// Makes the schema, or refuses one that belongs to somebody else.
pub(super) async fn make_schema(administrator: &Administrator<'_>) -> Result<(), StoreError> {
    const WHAT: &str = "make the schema";
    let database = administrator.address.database();
    administrator.run(WHAT, &schema(database)).await?;
    let found: String = administrator
        .client
        .query_one(
            "SELECT pg_get_userbyid(nspowner)::text FROM pg_namespace WHERE nspname = 'holdfast'",
            &[],
        )
        .await
        .and_then(|row| row.try_get(0))
        .map_err(|error| administrator.failed(WHAT, error))?;
    if found != owner(database) {
        return Err(StoreError::NotAStore {
            address: administrator.address.to_string(),
            reason: format!("its schema `holdfast` belongs to `{found}`"),
        });
    }
    Ok(())
}

/// Lets an administrator who is no superuser act as the owner; says whether that was needed.
pub(super) async fn join_owner(administrator: &Administrator<'_>) -> Result<bool, StoreError> {
    const WHAT: &str = "act as the owner";
    let is_superuser: bool = administrator
        .client
        .query_one(
            "SELECT rolsuper FROM pg_roles WHERE rolname = current_user",
            &[],
        )
        .await
        .and_then(|row| row.try_get(0))
        .map_err(|error| administrator.failed(WHAT, error))?;
    if is_superuser {
        return Ok(false);
    }
    let owner = quoted(&owner(administrator.address.database()));
    administrator
        .run(WHAT, &format!("GRANT {owner} TO CURRENT_USER"))
        .await?;
    Ok(true)
}

/// Takes it back: whoever is a member of the owner could write every table.
pub(super) async fn leave_owner(administrator: &Administrator<'_>) -> Result<(), StoreError> {
    let owner = quoted(&owner(administrator.address.database()));
    administrator
        .run(
            "stop acting as the owner",
            &format!("RESET ROLE; REVOKE {owner} FROM CURRENT_USER"),
        )
        .await
}
