//! The simulator as a program: many seeds at once, or one of them step by step.

use std::error::Error;
use std::io::{self, Write};
use std::ops::Range;
use std::process::ExitCode;

use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use simulator::{Campaign, Outcome, Plan, Runner, Trace};

/// The simulator.
#[derive(Debug, Parser)]
#[command(about = "Runs the real registration code on a simulated store, clock and processes")]
struct Arguments {
    /// The seeds to run, the last one left out.
    #[arg(long, value_name = "FROM..TO", default_value = "0..10000", value_parser = range)]
    seeds: Range<u64>,
    /// One seed alone.
    #[arg(long, value_name = "N", conflicts_with = "seeds")]
    seed: Option<u64>,
    /// Prints every step; of one seed alone.
    #[arg(long, requires = "seed")]
    trace: bool,
    /// How many seeds run at once; by default as many as there are processors.
    #[arg(long, value_name = "COUNT")]
    runners: Option<usize>,
    /// Fails when a named crash point was reached less often than this, or a fault never.
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    reached_min: u64,
}

fn range(text: &str) -> Result<Range<u64>, String> {
    let (from, to) = text.split_once("..").ok_or("not of the form `FROM..TO`")?;
    let number = |text: &str| text.parse::<u64>().map_err(|error| error.to_string());
    Ok(number(from)?..number(to)?)
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("simulator: {error}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &Arguments) -> Result<bool, Box<dyn Error>> {
    match arguments.seed {
        Some(seed) => one(seed, arguments.trace),
        None => many(arguments),
    }
}

/// One seed; says whether all invariants held.
fn one(seed: u64, in_words: bool) -> Result<bool, Box<dyn Error>> {
    let trace = if in_words {
        Trace::in_words()
    } else {
        Trace::default()
    };
    let outcome = Runner::new(None)?.run(seed, trace)?;
    let mut output = io::stdout().lock();
    for line in outcome.trace.lines() {
        writeln!(output, "{line}")?;
    }
    if outcome.violations.is_empty() {
        writeln!(output, "seed {seed}: every invariant holds")?;
    }
    report(&mut output, &outcome)?;
    Ok(outcome.violations.is_empty())
}

/// A range of seeds; says whether all invariants held and everything was reached.
fn many(arguments: &Arguments) -> Result<bool, Box<dyn Error>> {
    let count = arguments.seeds.end.saturating_sub(arguments.seeds.start);
    let style = "{bar:40} {pos}/{len} seeds, {per_sec}, {eta} left";
    let bar = ProgressBar::new(count).with_style(ProgressStyle::with_template(style)?);
    let mut plan = Plan::default();
    plan.runners = arguments.runners.unwrap_or(plan.runners);
    let campaign = Campaign::run(arguments.seeds.clone(), plan, &|| bar.inc(1))?;
    bar.finish_and_clear();
    let mut output = io::stdout().lock();
    write!(output, "{}", campaign.coverage)?;
    for outcome in &campaign.failures {
        report(&mut output, outcome)?;
    }
    let missed = campaign.coverage.missed(arguments.reached_min);
    for line in &missed {
        writeln!(output, "{line}")?;
    }
    Ok(campaign.failures.is_empty() && missed.is_empty())
}

/// What a seed has broken, and the command that shows how.
fn report(output: &mut impl Write, outcome: &Outcome) -> io::Result<()> {
    let seed = outcome.seed;
    for violation in &outcome.violations {
        writeln!(output, "seed {seed} ({}): {violation}", outcome.workload)?;
    }
    if !outcome.violations.is_empty() {
        writeln!(output, "  cargo run -p simulator -- --seed {seed} --trace")?;
    }
    Ok(())
}
