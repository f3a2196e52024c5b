//! `holdfast init`: makes the governed surface, or shows the SQL that would.

use store_sqlite::Store;

use crate::args::InitArgs;
use crate::config::Config;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::print::{GOOD, Out, paint};
use crate::wiring;

pub(crate) fn run(
    args: &InitArgs,
    config: &Config,
    json: bool,
    out: &mut Out,
) -> Result<Exit, Failure> {
    if args.print_sql {
        for sql in Store::schema_sql() {
            out.line(sql.trim_end());
        }
        return Ok(Exit::Yes);
    }
    let path = config.store_path()?;
    Store::create(&path).map_err(|error| wiring::unusable(&path, &error))?;
    if json {
        out.line(serde_json::json!({ "store": config.store.value }));
        return Ok(Exit::Yes);
    }
    out.line(format!("{} {}", paint(GOOD, "store ready"), path.display()));
    out.line(
        "The gate holds until the authority rows are there: `holdfast gate` names what is missing.",
    );
    Ok(Exit::Yes)
}
