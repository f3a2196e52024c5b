//! `holdfast observe`: this program as the observer process; started by holdfast itself.

use std::io::{BufReader, stdin, stdout};

use embedded::Keeping;
use store_sqlite::Store;

use crate::args::ObserveArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::wiring;

pub(crate) fn run(args: &ObserveArgs) -> Result<Exit, Failure> {
    let store = Store::open(&args.file).map_err(|error| wiring::unusable(&args.file, &error))?;
    let keeping = if args.keep_nothing {
        Keeping::Nothing
    } else {
        Keeping::Stored
    };
    embedded::serve(&store, keeping, BufReader::new(stdin()), stdout())
        .map_err(|error| Failure::unavailable("observe").because(&error))?;
    Ok(Exit::Yes)
}
