//! `holdfast gate`: HOLD or OPEN, with every prerequisite.

mod watch;

use carrier_prover::Declarations;
use deployment::{Deployment, DeploymentError, Elsewhere, Keeping};
use gate::GateEvaluation;
use serde_json::Value;

use crate::args::GateArgs;
use crate::commands::prove;
use crate::config::Config;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::print::Out;
use crate::{show, wiring};

pub(crate) fn run(
    args: &GateArgs,
    config: &Config,
    json: bool,
    out: &mut Out,
) -> Result<Exit, Failure> {
    let declared = args.carriers.as_deref().map(prove::declarations);
    let gate = Asked {
        at: place(config)?,
        declared: declared.transpose()?.unwrap_or_default(),
    };
    if args.watch {
        return watch::run(&gate, args, json, out);
    }
    let answer = gate.ask()?;
    let report = show::json(&answer.gate_report);
    if json {
        out.envelope(&answer.gate_report);
    } else {
        show::gate::print(out, &report, args.explain);
    }
    Ok(exit(&report))
}

/// What the gate is asked about.
struct Asked {
    at: Place,
    declared: Declarations,
}

enum Place {
    Store(Box<Deployment>),
    Elsewhere(Box<Elsewhere>),
}

/// The store, or the database that holds none.
fn place(config: &Config) -> Result<Place, Failure> {
    let opened = wiring::place(config);
    let not_opened = match opened {
        Ok(place) => return Ok(Place::Store(Box::new(place.deployment(Keeping::Nothing)?))),
        // What was noted of a store is there in none.
        Err(failure) if config.checkpoint.is_some() => return Err(failure),
        Err(failure) => failure,
    };
    let found = Elsewhere::find(&config.store.value, &config.credentials());
    let found = found.map(|found| Place::Elsewhere(Box::new(found)));
    found.ok_or(not_opened)
}

impl Asked {
    /// What the gate says now.
    fn ask(&self) -> Result<GateEvaluation, Failure> {
        let answer = match &self.at {
            Place::Store(deployment) => deployment.ask_gate(&self.declared),
            Place::Elsewhere(elsewhere) => elsewhere.ask_gate(&self.declared),
        };
        answer.map_err(|error| match error {
            error @ DeploymentError::NoCatalogs => Failure::usage("ask the gate").because(&error),
            error => Failure::unavailable("ask the gate").because(&error),
        })
    }
}

/// The exit code that a report stands for.
fn exit(report: &Value) -> Exit {
    if show::text(report, "/state") == "OPEN" {
        Exit::Yes
    } else {
        Exit::Hold
    }
}
