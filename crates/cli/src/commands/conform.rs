//! `holdfast conform BLOCK`: the case suite, put to the built-in block or to any program.

use std::path::Path;
use std::time::Duration;

use conformance::report::Verdict;
use conformance::{Block, Door, Excuses, FAIL_OPEN, Library, Program, Report, Suite, run};

use crate::args::{BlockName, ConformArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input;
use crate::print::{BAD, DIM, GOOD, Out, paint};
use crate::progress::CountBar;

/// The longest list of expected failures, in bytes.
const EXCUSES_MAX_BYTES: usize = 1024 * 1024;

pub(crate) fn run_suite(args: &ConformArgs, json: bool, out: &mut Out) -> Result<Exit, Failure> {
    let suite = Suite::load();
    let suite = suite.map_err(|error| Failure::internal("read the suite").because(&error))?;
    let excuses = excuses(args.expect_failures.as_deref(), &suite)?;
    let block = block(args.block);
    let mut door = door(args, block);
    let bar = CountBar::new("cases");
    let count = |cases| u64::try_from(cases).unwrap_or(u64::MAX);
    let report = run(&suite, block, &mut *door, &excuses, |over, of| {
        bar.at(count(over), count(of));
    });
    drop(bar);
    let report = report.map_err(|error| Failure::internal("run the suite").because(&error))?;
    if let Some(file) = &args.junit {
        let written = std::fs::write(file, report.junit());
        written.map_err(|error| {
            Failure::usage(format!("write `{}`", file.display())).because(&error)
        })?;
    }
    if json {
        out.line(report.json());
    } else {
        show(&report, args.exec.as_deref(), out);
    }
    Ok(if report.conforms() {
        Exit::Yes
    } else {
        Exit::Rejected
    })
}

fn excuses(file: Option<&Path>, suite: &Suite) -> Result<Excuses, Failure> {
    let Some(file) = file else {
        return Ok(Excuses::default());
    };
    let tried = || format!("read the expected failures in `{}`", file.display());
    let text = input::read(file, EXCUSES_MAX_BYTES)?;
    let text = String::from_utf8(text).map_err(|error| Failure::usage(tried()).because(&error))?;
    Excuses::read(suite, &text).map_err(|error| {
        let form = "one case id a line, then `#` and why it may fail";
        Failure::usage(tried()).because(&error).next(form)
    })
}

fn block(name: BlockName) -> Block {
    match name {
        BlockName::OwnerResolver => Block::OwnerResolver,
        BlockName::ArtifactResolverF => Block::ArtifactResolverF,
        BlockName::SnapshotProvider => Block::SnapshotProvider,
        BlockName::ValidatorE => Block::ValidatorE,
        BlockName::Registrar => Block::Registrar,
        BlockName::Verifier => Block::Verifier,
    }
}

fn door(args: &ConformArgs, block: Block) -> Box<dyn Door> {
    let Some(program) = &args.exec else {
        return Box::new(Library(block));
    };
    let patience = Duration::from_secs(args.patience);
    let program = Program::new(program.clone(), args.arguments.clone(), patience);
    Box::new(if args.lines {
        program.line_by_line()
    } else {
        program
    })
}

fn show(report: &Report, program: Option<&Path>, out: &mut Out) {
    for one in &report.results {
        let (style, found) = match &one.verdict {
            Verdict::Passed => continue,
            Verdict::Failed(found) | Verdict::FailOpen(found) => (BAD, found),
            Verdict::Excused { found, .. } => (DIM, found),
        };
        let word = paint(style, one.verdict.word().to_uppercase());
        let of = (one.id != one.input).then(|| format!(" ({})", one.input));
        out.line(format!("{word}  {}{}", one.id, of.unwrap_or_default()));
        out.line(format!("  why:   {}", one.why));
        out.line(format!("  found: {found}"));
        if let Verdict::Excused { reason, .. } = &one.verdict {
            out.line(format!("  excused: {reason}"));
        }
    }
    let (word, style) = if report.conforms() {
        ("CONFORMS", GOOD)
    } else {
        ("DOES NOT CONFORM", BAD)
    };
    let whose = program.map(|program| format!(" ({})", program.display()));
    out.line(format!(
        "{}  {}{}",
        paint(style, word),
        report.block.name(),
        whose.unwrap_or_default()
    ));
    out.line(format!(
        "  {} cases, each beside its accept twin: {} passed, {} failed, {} {FAIL_OPEN}, {} excused",
        report.results.len(),
        report.count("passed"),
        report.count("failed"),
        report.count(FAIL_OPEN),
        report.count("excused"),
    ));
    out.line(format!("  took {:.3} s", report.took.as_secs_f64()));
}
