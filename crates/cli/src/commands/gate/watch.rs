//! `holdfast gate --watch`: asks again and again, and says what has changed, until it is told to end.

use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use deployment::edge;
use serde_json::Value;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::{Asked, exit};
use crate::args::GateArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::print::{Out, note};
use crate::show;
use crate::show::gate::Said;

pub(super) fn run(
    gate: &Asked,
    args: &GateArgs,
    json: bool,
    out: &mut Out,
) -> Result<Exit, Failure> {
    let end = told_to_end()?;
    let mut last: Option<Said> = None;
    loop {
        let (said, exit) = once(gate, args, json, last.as_ref(), out);
        last = Some(said);
        match end.recv_timeout(Duration::from_secs(args.every.into())) {
            Err(RecvTimeoutError::Timeout) => {}
            Ok(()) | Err(RecvTimeoutError::Disconnected) => return Ok(exit),
        }
    }
}

/// Asks once, and prints what is another than it was.
fn once(
    gate: &Asked,
    args: &GateArgs,
    json: bool,
    last: Option<&Said>,
    out: &mut Out,
) -> (Said, Exit) {
    let answer = match gate.ask() {
        Ok(answer) => answer,
        // INVARIANT: a gate that cannot answer is closed, and is said to be.
        Err(failure) => {
            let said = Said::nothing(failure.to_string());
            if last != Some(&said) && json {
                note(&failure);
            } else if last != Some(&said) {
                show::gate::changed(out, &edge::now().to_string(), last, &said);
            }
            return (said, failure.exit());
        }
    };
    let report: Value = show::json(&answer.gate_report);
    let said = Said::of(&report);
    if last != Some(&said) {
        match (json, last) {
            (true, _) => out.envelope(&answer.gate_report),
            (false, None) => show::gate::print(out, &report, args.explain),
            (false, Some(_)) => {
                let at = show::text(&report, "/header/issued_at");
                show::gate::changed(out, at, last, &said);
            }
        }
    }
    (said, exit(&report))
}

/// Gets a word when somebody asks the process to end.
fn told_to_end() -> Result<Receiver<()>, Failure> {
    let mut signals = Signals::new([SIGINT, SIGTERM])
        .map_err(|error| Failure::internal("wait for signals").because(&error))?;
    let (tell, told) = channel();
    thread::spawn(move || {
        // One is enough; whoever asks again has the shell's other ways.
        if signals.forever().next().is_some() {
            let _ = tell.send(());
        }
    });
    Ok(told)
}
