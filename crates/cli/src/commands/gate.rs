//! `holdfast gate`: HOLD or OPEN, with every prerequisite.

use deployment::Keeping;

use crate::args::GateArgs;
use crate::config::Config;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::print::Out;
use crate::watch::Watch;
use crate::{show, wiring};

pub(crate) fn run(
    args: &GateArgs,
    config: &Config,
    json: bool,
    out: &mut Out,
) -> Result<Exit, Failure> {
    let place = wiring::place(config)?;
    let mut pipeline = place.pipeline(Keeping::Nothing, Box::new(Watch::quiet()))?;
    let view = pipeline
        .gate()
        .map_err(|error| Failure::unavailable("ask the gate").because(&error))?;
    let report = show::json(&view.gate_report);
    if json {
        out.envelope(&view.gate_report);
    } else {
        show::gate::print(out, &report, args.explain);
    }
    Ok(if show::text(&report, "/state") == "OPEN" {
        Exit::Yes
    } else {
        Exit::Hold
    })
}
