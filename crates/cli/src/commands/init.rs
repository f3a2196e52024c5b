//! `holdfast init`: makes the governed surface, or shows the SQL that would.

use deployment::{DeploymentError, StoreAddress};

use crate::args::InitArgs;
use crate::config::Config;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::print::{DIM, GOOD, Out, paint};
use crate::wiring;

pub(crate) fn run(
    args: &InitArgs,
    config: &Config,
    json: bool,
    out: &mut Out,
) -> Result<Exit, Failure> {
    let address = config.store_address()?;
    if args.print_sql {
        for sql in deployment::schema_sql(&address) {
            out.line(sql.trim_end());
        }
        return Ok(Exit::Yes);
    }
    let made = make(&address, config, json, out);
    made.map_err(|error| wiring::unusable(&address, &error))?;
    if json {
        out.line(serde_json::json!({ "store": config.store.value }));
        return Ok(Exit::Yes);
    }
    out.line(format!("{} {address}", paint(GOOD, "store ready")));
    out.line(
        "The gate holds until the authority rows are there: `holdfast gate` names what is missing.",
    );
    Ok(Exit::Yes)
}

fn make(
    address: &StoreAddress,
    config: &Config,
    json: bool,
    out: &mut Out,
) -> Result<(), DeploymentError> {
    let database = match address {
        StoreAddress::Sqlite(path) => {
            store_sqlite::Store::create(path)?;
            return Ok(());
        }
        StoreAddress::Postgres(database) => database,
    };
    let installed = store_postgres::install(database, &config.credentials())?;
    if json {
        return Ok(());
    }
    for role in &installed.roles {
        out.line(format!("role       {role}"));
    }
    for name in &installed.migrations {
        out.line(format!("migration  {name}"));
    }
    for file in &installed.secrets {
        out.line(format!("password   {}", file.display()));
    }
    if !installed.secrets.is_empty() {
        out.line(paint(
            DIM,
            "Give each machine only the passwords of the roles that it plays. Nobody else may connect to this\n\
             database now: `GRANT CONNECT ON DATABASE …` by name to who needs it.",
        ));
    }
    for role in &installed.without_secret {
        out.line(format!(
            "role {role} was there already and keeps its password; put it into `{}` to use it here",
            config.credentials.value
        ));
    }
    Ok(())
}
