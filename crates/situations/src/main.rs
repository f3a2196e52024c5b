//! The comparison as a program: many seeds at once, or kept situations again.

use std::error::Error;
use std::io::{self, Write};
use std::ops::Range;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use situations::{Answer, Campaign, Difference, Foreign, Plan, Situation};

/// The comparison.
#[derive(Debug, Parser)]
#[command(about = "Judges seeded situations with block E and with another validator")]
struct Arguments {
    /// The seeds, the last one left out.
    #[arg(long, value_name = "FROM..TO", default_value = "0..200000", value_parser = range)]
    seeds: Range<u64>,
    /// The other validator, started once for each process with `--lines`.
    #[arg(
        long,
        value_name = "PROGRAM",
        default_value = "python3 examples/validator/validator.py"
    )]
    with: String,
    /// How many processes of it run at once.
    #[arg(long, value_name = "COUNT", default_value_t = 2)]
    processes: usize,
    /// Fails unless every code that E can raise was raised and every check failed once.
    #[arg(long)]
    complete: bool,
    /// Writes each difference into this folder, as a situation to keep.
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// Judges kept situations instead of seeds.
    #[arg(long, value_name = "FILE")]
    again: Vec<PathBuf>,
}

fn range(text: &str) -> Result<Range<u64>, String> {
    let (from, to) = text.split_once("..").ok_or("not of the form `FROM..TO`")?;
    let number = |text: &str| text.parse::<u64>().map_err(|error| error.to_string());
    Ok(number(from)?..number(to)?)
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = if arguments.again.is_empty() {
        many(&arguments)
    } else {
        again(&arguments)
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("situations: {error}");
            let mut source = error.source();
            while let Some(cause) = source {
                eprintln!("  {cause}");
                source = cause.source();
            }
            ExitCode::from(2)
        }
    }
}

/// A range of seeds; says whether the two agreed and everything was reached.
fn many(arguments: &Arguments) -> Result<bool, Box<dyn Error>> {
    let count = arguments.seeds.end.saturating_sub(arguments.seeds.start);
    let style = "{bar:40} {pos}/{len} situations, {per_sec}, {eta} left";
    let bar = ProgressBar::new(count).with_style(ProgressStyle::with_template(style)?);
    let plan = Plan {
        program: arguments.with.clone(),
        processes: arguments.processes,
    };
    let campaign = Campaign::run(arguments.seeds.clone(), &plan, &|judged| bar.inc(judged))?;
    bar.finish_and_clear();
    let mut output = io::stdout().lock();
    write!(output, "{}", campaign.coverage)?;
    for difference in &campaign.differences {
        show(&mut output, difference)?;
        if let Some(folder) = &arguments.keep {
            let file = folder.join(format!("{}.json", difference.seed));
            std::fs::write(file, difference.situation.to_json()?)?;
        }
    }
    let missed = campaign.coverage.missed();
    for line in missed.iter().filter(|_| arguments.complete) {
        writeln!(output, "{line}")?;
    }
    let differences = campaign.differences.len();
    writeln!(output, "{count} situations, {differences} differences")?;
    Ok(differences == 0 && (missed.is_empty() || !arguments.complete))
}

fn show(output: &mut impl Write, difference: &Difference) -> Result<(), Box<dyn Error>> {
    writeln!(output, "seed {} differs:", difference.seed)?;
    writeln!(output, "{}", difference.situation.to_json()?)?;
    let sides = [
        ("block E", &difference.block_e),
        ("other", &difference.other),
    ];
    for (name, answer) in sides {
        match answer {
            None => writeln!(output, "  {name}: the frame cannot be used")?,
            Some(answer) => writeln!(
                output,
                "  {name}: {} {:?}",
                answer.outcome, answer.reject_codes
            )?,
        }
    }
    if let (Some(own), Some(other)) = (&difference.block_e, &difference.other) {
        let table = validator_e::checks().zip(own.checks.iter().zip(&other.checks));
        for (check, (own, other)) in table.filter(|(_, (own, other))| own != other) {
            writeln!(output, "  {}: {own:?} / {other:?}", check.id)?;
        }
        let keys = own.replay_key == other.replay_key;
        if !keys || own.effect_identity != other.effect_identity {
            writeln!(output, "  the keys differ")?;
        }
        if own.decision_ref != other.decision_ref {
            writeln!(output, "  the decision references differ")?;
        }
    }
    Ok(())
}

/// Kept situations; says whether the two agree on each.
fn again(arguments: &Arguments) -> Result<bool, Box<dyn Error>> {
    let mut foreign = Foreign::start(&arguments.with)?;
    let mut agreed = true;
    let mut output = io::stdout().lock();
    for file in &arguments.again {
        let situation = Situation::from_json(&std::fs::read_to_string(file)?)?;
        let texts = situation.texts()?;
        let difference = Difference {
            seed: 0,
            situation,
            block_e: Answer::of_block_e(&texts)?,
            other: foreign.judge(&texts)?,
        };
        if difference.block_e != difference.other {
            agreed = false;
            show(&mut output, &difference)?;
        }
    }
    writeln!(output, "{} kept situations judged", arguments.again.len())?;
    Ok(agreed)
}
