//! `holdfast observe`: this program as the observer process; started by holdfast itself.

use std::io::{BufReader, stdin, stdout};

use deployment::Keeping;

use crate::args::ObserveArgs;
use crate::config::Config;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::wiring;

pub(crate) fn run(args: &ObserveArgs, config: &Config) -> Result<Exit, Failure> {
    let place = wiring::place(config)?;
    let keeping = if args.keep_nothing {
        Keeping::Nothing
    } else {
        Keeping::Stored
    };
    deployment::serve(&place.store, keeping, BufReader::new(stdin()), stdout())
        .map_err(|error| Failure::unavailable("observe").because(&error))?;
    Ok(Exit::Yes)
}
