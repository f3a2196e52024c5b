//! Measures what the bars are set on, as ratios in one run, and prints one table.
//!
//! CPU is thread or process CPU time, medians of interleaved rounds; rates are wall clock, each next
//! to a floor that is measured in the same run, so that neither a busy machine nor a slow one shows.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use mimalloc::MiMalloc;

mod blocks;
mod bundle;
mod clock;
mod floor;
mod many;
mod program;
mod rounds;
mod server;
mod table;

use table::Table;

/// The program's own.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// How much is measured.
#[derive(Clone, Debug)]
pub(crate) struct Effort {
    /// The program, built as released.
    pub(crate) program: PathBuf,
    /// Interleaved rounds of the CPU figures; an odd number has a median.
    pub(crate) rounds: usize,
    /// Rounds of the figures that each take seconds.
    pub(crate) long_rounds: usize,
    /// Registrations of one round.
    pub(crate) registrations: usize,
}

/// A group of figures.
type Section = fn(&Effort, &mut Table);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let quick = arguments.iter().any(|one| one == "--quick");
    let only = value_of(&arguments, "--only");
    let Some(program) = value_of(&arguments, "--program") else {
        // `cargo test --all-targets` starts every bench; only `cargo xtask bench` has it measure.
        return ExitCode::SUCCESS;
    };
    let effort = Effort {
        program: PathBuf::from(program),
        rounds: if quick { 11 } else { 31 },
        long_rounds: if quick { 1 } else { 3 },
        registrations: if quick { 512 } else { 2048 },
    };
    let mut table = Table::default();
    let embedded: &[(&str, Section)] = &[
        ("blocks", blocks::measure),
        ("program", program::measure),
        ("many", many::measure),
    ];
    let on_a_server: [(&str, Section); 2] =
        [("server", server::measure), ("growth", server::growth)];
    let sections = match value_of(&arguments, "--store") {
        Some("postgres") if arguments.iter().any(|one| one == "--growth") => &on_a_server,
        Some("postgres") => on_a_server.get(..1).unwrap_or_default(),
        _ => embedded,
    };
    for (name, measure) in sections {
        if only.is_none_or(|only| only == *name) {
            eprintln!("bench: {name}");
            measure(&effort, &mut table);
        }
    }
    match std::io::stdout().write_all(table.to_string().as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn value_of<'a>(arguments: &'a [String], name: &str) -> Option<&'a str> {
    let place = arguments.iter().position(|one| one == name)?;
    arguments.get(place.checked_add(1)?).map(String::as_str)
}
