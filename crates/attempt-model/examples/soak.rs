//! The protocol under wider bounds than fit a test: some minutes and a gigabyte.
//!
//! `cargo run -p attempt-model --example soak`; ends with 1 when an invariant is broken.
#![expect(clippy::print_stdout, reason = "it is a program")]

use std::process::ExitCode;
use std::time::Instant;

use attempt_model::Protocol;
use attempt_model::property::SAFETY;
use attempt_model::request::Request;
use attempt_model::scenario::{CHANGE, FAULT, POWER, RACE};
use attempt_model::state::Budget;
use stateright::{Checker, Model};

fn main() -> ExitCode {
    let mut is_kept = true;
    for (name, protocol) in wider() {
        is_kept &= explore(name, protocol);
    }
    if is_kept {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// The scenarios of the tests, each with more of everything.
fn wider() -> [(&'static str, Protocol); 4] {
    let race = Protocol {
        budget: Budget {
            crashes: 2,
            lost_acknowledgements: 2,
            ..RACE.protocol.budget
        },
        ..RACE.protocol
    };
    let change = Protocol {
        requests: &[Request::Original, Request::OtherArtifact],
        ..CHANGE.protocol
    };
    let fault = Protocol {
        budget: Budget {
            asks: 4,
            authority_rows: 1,
            disturbances: 1,
            ..FAULT.protocol.budget
        },
        ..FAULT.protocol
    };
    let power = Protocol {
        processes: 3,
        budget: Budget {
            clock_moves: 1,
            ..POWER.protocol.budget
        },
        ..POWER.protocol
    };
    [
        ("power", power),
        ("race", race),
        ("change", change),
        ("fault", fault),
    ]
}

/// Checks all of it; says what is broken, and how.
fn explore(name: &str, protocol: Protocol) -> bool {
    let begin = Instant::now();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let checker = protocol.checker().threads(threads).spawn_bfs().join();
    println!(
        "{name}: {} states, {} steps, depth {}, {:.0} s",
        checker.unique_state_count(),
        checker.state_count(),
        checker.max_depth(),
        begin.elapsed().as_secs_f64(),
    );
    let found = checker.discoveries();
    let broken = SAFETY.into_iter();
    let broken = broken.filter_map(|(name, _)| Some((name, found.get(name)?.clone())));
    let mut is_kept = true;
    for (name, path) in broken {
        is_kept = false;
        println!("`{name}` is broken:");
        for action in path.into_actions() {
            println!("  {action:?}");
        }
    }
    is_kept
}
