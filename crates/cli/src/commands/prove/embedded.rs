//! The embedded store: its gate's own carrier report, and what no file can prove.

use deployment::Keeping;

use crate::args::ProveArgs;
use crate::config::Config;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::print::Out;
use crate::watch::Watch;
use crate::{show, wiring};

pub(super) fn run(
    args: &ProveArgs,
    config: &Config,
    json: bool,
    out: &mut Out,
) -> Result<Exit, Failure> {
    let parts = !args.tables.is_empty() || args.carriers.is_some() || args.all;
    if parts || args.fix || args.probe.is_some() {
        return Err(Failure::usage(format!(
            "prove single tables of `{}`",
            config.store.value
        ))
        .cause("an embedded store is one file of one user and is judged as a whole")
        .next(
            "leave out the tables, --carriers, --all, --fix and --probe, or name a database on a \
             server",
        ));
    }
    let place = wiring::place(config)?;
    let mut pipeline = place.pipeline(Keeping::Nothing, Box::new(Watch::quiet()))?;
    let view = pipeline
        .gate()
        .map_err(|error| Failure::unavailable("judge the store's carriers").because(&error))?;
    let report = show::json(&view.carrier_report);
    if json {
        out.envelope(&view.carrier_report);
    } else {
        show::carriers::embedded(out, &report);
    }
    Ok(if show::carriers::is_proven(&report) {
        Exit::Yes
    } else {
        Exit::Rejected
    })
}
