//! `holdfast register`: one request in, one decision out.

use canonical::SIZE_MAX_BYTES;
use deployment::{AnyPipeline, Keeping};
use pipeline::{Answer, Outcome, Plan};
use serde_json::Value;

use crate::args::RegisterArgs;
use crate::config::Config;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::print::{BAD, BOLD, GOOD, Out, paint};
use crate::show::decision::Standing;
use crate::watch::Watch;
use crate::{input, show, wiring};

pub(crate) fn run(
    args: &RegisterArgs,
    config: &Config,
    json: bool,
    out: &mut Out,
) -> Result<Exit, Failure> {
    let request = input::read(&args.request, SIZE_MAX_BYTES)?;
    let place = wiring::place(config)?;
    if args.plan {
        let mut pipeline = place.pipeline(Keeping::Nothing, Box::new(Watch::quiet()))?;
        return plan(&mut pipeline, &request, json, out);
    }
    let mut pipeline = place.pipeline(Keeping::Stored, Box::new(Watch::quiet()))?;
    let answer = register(&mut pipeline, &request)?;
    print(&answer, json, out)
}

/// Registers, with errors as people meet them.
pub(crate) fn register(pipeline: &mut AnyPipeline, request: &[u8]) -> Result<Answer, Failure> {
    pipeline.register(request).map_err(|error| {
        Failure::unavailable("decide this request")
            .because(&error)
            .then("nothing was answered: run `holdfast recover`, then send the same request again")
    })
}

/// Prints an answer and gives its exit code.
pub(crate) fn print(answer: &Answer, json: bool, out: &mut Out) -> Result<Exit, Failure> {
    if let (Outcome::Unopenable(refusal), false) = (&answer.outcome, json) {
        return Err(unopenable(refusal));
    }
    let Some(decision) = &answer.decision else {
        return Err(Failure::internal("print an answer without a decision"));
    };
    if json {
        return print_envelope(answer, decision, out);
    }
    let standing = match answer.outcome {
        Outcome::Replayed => Standing::Replayed,
        Outcome::VerificationFailed => Standing::Refuted,
        Outcome::Pending => Standing::Pending,
        _ => Standing::Confirmed,
    };
    show::decision::print(out, &show::json(decision), standing);
    rest(answer, out);
    Ok(exit(answer))
}

/// Exactly one envelope: the decision, or the report that refutes it; a decision that is not
/// confirmed yet is not given out as an answer.
fn print_envelope(answer: &Answer, decision: &[u8], out: &mut Out) -> Result<Exit, Failure> {
    match (&answer.outcome, &answer.report) {
        (Outcome::Pending, _) => {
            let why = answer.pending.clone().unwrap_or_default();
            return Err(Failure::unavailable("verify what was written")
                .cause(why)
                .then(
                    "the row is inert; run `holdfast recover`, then send the same request again",
                ));
        }
        (Outcome::VerificationFailed, Some(report)) => out.envelope(report),
        _ => out.envelope(decision),
    }
    Ok(exit(answer))
}

fn rest(answer: &Answer, out: &mut Out) {
    if let Some(report) = &answer.report {
        let report = show::json(report);
        let passed = show::text(&report, "/outcome") == "passed";
        let word = if passed {
            paint(GOOD, "passed")
        } else {
            paint(BAD, "FAILED")
        };
        out.line(format!("  verification {word}"));
        if !passed {
            let codes = show::texts(&report, "/reject_codes");
            show::refusals(out, &codes, show::list(&report, "/conditions"));
        }
    }
    if let Some(why) = &answer.pending {
        out.line(format!("  {} {why}", paint(BAD, "verification pending:")));
        out.line("  The row is written and inert; `holdfast recover` finishes its verification.");
    }
}

/// The exit code that an answer stands for.
pub(crate) fn exit(answer: &Answer) -> Exit {
    match answer.outcome {
        Outcome::Registered | Outcome::WouldRegister => Exit::Yes,
        Outcome::Replayed => replayed(answer.decision.as_deref()),
        Outcome::Rejected | Outcome::Unopenable(_) => Exit::Rejected,
        Outcome::Hold => Exit::Hold,
        Outcome::VerificationFailed => Exit::VerificationFailed,
        Outcome::Pending => Exit::Unavailable,
    }
}

/// An exact retry ends as the attempt it repeats ended.
fn replayed(decision: Option<&[u8]>) -> Exit {
    let decision = decision.map(show::json).unwrap_or_default();
    match show::text(&decision, "/outcome") {
        "registered" => Exit::Yes,
        "hold" => Exit::Hold,
        _ => Exit::Rejected,
    }
}

fn unopenable(refusal: &envelope::Refusal) -> Failure {
    Failure::new(Exit::Rejected, "open the request")
        .code(refusal.code)
        .cause(refusal.detail.clone())
        .next(format!(
            "`holdfast explain {}` says more; `holdfast request new` makes a request that opens",
            refusal.code
        ))
}

fn plan(
    pipeline: &mut AnyPipeline,
    request: &[u8],
    json: bool,
    out: &mut Out,
) -> Result<Exit, Failure> {
    let plan = pipeline
        .plan(request)
        .map_err(|error| Failure::unavailable("plan this request").because(&error))?;
    if let (Outcome::Unopenable(refusal), false) = (&plan.outcome, json) {
        return Err(unopenable(refusal));
    }
    if json {
        out.line(serde_json::json!({
            "would": word(&plan),
            "reject_codes": plan.reject_codes,
            "verdict": plan.verdict.as_deref().map(show::json),
        }));
        return Ok(planned(&plan));
    }
    let style = if plan.outcome == Outcome::WouldRegister {
        GOOD
    } else {
        BAD
    };
    out.line(paint(
        BOLD,
        paint(style, format!("WOULD BE {}", word(&plan).to_uppercase())),
    ));
    out.line("  nothing was reserved and nothing was written");
    if let Some(reason) = &plan.reason {
        out.line(format!("  {reason}"));
    }
    let verdict = plan.verdict.as_deref().map(show::json);
    let verdict = verdict.unwrap_or_default();
    let codes: Vec<&str> = plan.reject_codes.iter().map(String::as_str).collect();
    let checks = show::list(&verdict, "/checks");
    show::refusals(out, &codes, checks);
    if !checks.is_empty() {
        let count = |outcome| {
            let of = |check: &&Value| show::text(check, "/outcome") == outcome;
            checks.iter().filter(of).count()
        };
        out.line(format!(
            "  {} checks held, {} failed, {} were not reached",
            count("held"),
            count("failed"),
            count("not_reached")
        ));
    }
    Ok(planned(&plan))
}

fn word(plan: &Plan) -> &'static str {
    match plan.outcome {
        Outcome::WouldRegister | Outcome::Registered => "registered",
        Outcome::Replayed => "replayed",
        Outcome::Rejected | Outcome::Unopenable(_) => "rejected",
        Outcome::Hold => "hold",
        Outcome::VerificationFailed => "verification failed",
        Outcome::Pending => "pending",
    }
}

fn planned(plan: &Plan) -> Exit {
    match plan.outcome {
        Outcome::WouldRegister | Outcome::Registered => Exit::Yes,
        Outcome::Replayed => replayed(plan.prior.as_deref()),
        Outcome::Rejected | Outcome::Unopenable(_) => Exit::Rejected,
        Outcome::Hold => Exit::Hold,
        Outcome::VerificationFailed => Exit::VerificationFailed,
        Outcome::Pending => Exit::Unavailable,
    }
}
