//! `holdfast quickstart`: the whole job on a new embedded store, with every phase and what it
//! proved, then an exact retry and three attacks.

mod scene;
mod story;

use std::path::Path;

use crate::args::QuickstartArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::print::{BOLD, DIM, Out, paint, wrap};
use scene::Scene;

/// Says what happens next.
fn heading(out: &mut Out, number: u8, title: &str, words: &str) {
    out.line("");
    out.line(paint(BOLD, format!("{number}. {title}")));
    out.line(paint(DIM, wrap(words, 3)));
}

pub(crate) fn run(args: &QuickstartArgs, json: bool, out: &mut Out) -> Result<Exit, Failure> {
    if json {
        return Err(Failure::usage("tell the quickstart as JSON")
            .cause("it is a story for people, not an envelope")
            .next("leave out --json; the commands it ends with take it"));
    }
    out.line(wrap(
        "holdfast stands in front of a catalogue. A caller that nobody trusts asks to register one \
         artifact; holdfast writes exactly one inert draft row, and only if everything that matters \
         was reread from governed rows. Otherwise it says exactly why not.",
        0,
    ));
    heading(
        out,
        1,
        "Make a store",
        "A new store knows nobody, so its gate holds and names everything that is missing.",
    );
    let scene = Scene::make(&args.dir, out)?;
    story::closed_gate(&scene, out)?;
    heading(
        out,
        2,
        "Write the authority rows",
        "Owner, approval, admission, manifest, policy: written by the authority's own credential \
         from authority.toml. They can be added to and superseded, never changed.",
    );
    scene.write_authority(out)?;
    let mut live = story::Live::open(&scene, out)?;
    heading(
        out,
        3,
        "Register one artifact",
        "Alice proposes; nothing she says is believed. Each phase below shows what it proved and \
         from which row.",
    );
    let request = scene.request("DOT_DAILY_REPORT", "dots/daily-report.sh", "request.json")?;
    live.registration(&request, out)?;
    heading(
        out,
        4,
        "Send the very same bytes again",
        "A network hiccup, a nervous job: the answer is the prior decision, and nothing is written.",
    );
    live.retry(&request, out)?;
    heading(
        out,
        5,
        "Three attacks",
        "Each is refused with a code, and every refusal that opened as an envelope is on record.",
    );
    live.attempt_counter(&request, out)?;
    live.swapped_artifact(out)?;
    live.forged_attestation(&request, out)?;
    live.end(out)?;
    next(&args.dir, out);
    Ok(Exit::Yes)
}

fn next(dir: &Path, out: &mut Out) {
    let store = format!("--store sqlite:{}", dir.join("holdfast.db").display());
    out.line("");
    out.line(paint(BOLD, "What to type next"));
    for (command, why) in [
        (
            format!("holdfast status DOT_DAILY_REPORT {store}"),
            "the decision, as it stands",
        ),
        (
            format!("holdfast history DOT_DAILY_REPORT {store}"),
            "rows, attempts and failures",
        ),
        (
            format!("holdfast audit list {store}"),
            "what was refused, in order",
        ),
        (
            format!("holdfast gate --explain {store}"),
            "why the gate is open, line by line",
        ),
        (
            format!("holdfast authority show {store}"),
            "the rows that everything rested on",
        ),
        (
            "holdfast explain ARTIFACT_DRIFT".to_owned(),
            "what a code means, and what to do",
        ),
    ] {
        out.line(format!("  {command}"));
        out.line(paint(DIM, format!("      {why}")));
    }
    out.line(paint(
        DIM,
        "  (from a checkout, write `cargo run --release --` in place of `holdfast`)",
    ));
}
