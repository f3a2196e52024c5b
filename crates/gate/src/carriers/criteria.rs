//! The six criteria, each proven, refuted with a witness, or unproven.

use crate::contract::CriterionOutcome;
use crate::facts::Facts;
use crate::port::ObjectKind;
use crate::rights::{AUTHORITY_CARRIERS, inserters, second_writers, trespasses};

/// The outcome of one criterion, with what it rests on.
pub(super) struct Judged {
    pub(super) criterion: &'static str,
    pub(super) outcome: CriterionOutcome,
    pub(super) evidence: Vec<String>,
    pub(super) witness: Option<String>,
}

impl Judged {
    fn proven(criterion: &'static str, evidence: impl Into<String>) -> Self {
        Self {
            criterion,
            outcome: CriterionOutcome::Proven,
            evidence: vec![evidence.into()],
            witness: None,
        }
    }

    fn unproven(criterion: &'static str, evidence: impl Into<String>) -> Self {
        Self {
            outcome: CriterionOutcome::Unproven,
            ..Self::proven(criterion, evidence)
        }
    }

    fn not_applicable(criterion: &'static str, evidence: impl Into<String>) -> Self {
        Self {
            outcome: CriterionOutcome::NotApplicable,
            ..Self::proven(criterion, evidence)
        }
    }

    /// Refuted by the first of what was found, all of it as evidence.
    fn refuted(criterion: &'static str, found: Vec<String>) -> Self {
        Self {
            criterion,
            outcome: CriterionOutcome::Refuted,
            witness: found.first().cloned(),
            evidence: found,
        }
    }

    pub(super) fn holds(&self) -> bool {
        matches!(
            self.outcome,
            CriterionOutcome::Proven | CriterionOutcome::NotApplicable
        )
    }
}

/// The six, in the order of the specification.
pub(super) struct SixCriteria {
    pub(super) writer_authority: Judged,
    pub(super) immutability: Judged,
    pub(super) consumer_readback: Judged,
    pub(super) tamper_evidence: Judged,
    pub(super) retention: Judged,
    pub(super) transition_writer: Judged,
}

impl SixCriteria {
    pub(super) fn all(&self) -> [&Judged; 6] {
        [
            &self.writer_authority,
            &self.immutability,
            &self.consumer_readback,
            &self.tamper_evidence,
            &self.retention,
            &self.transition_writer,
        ]
    }
}

pub(super) fn judge(facts: &Facts, carrier: &str) -> SixCriteria {
    let writer_authority = writer_authority(facts, carrier);
    let immutability = immutability(facts, carrier, "immutability", &["update", "delete"]);
    let transition_writer = transition_writer(carrier, &writer_authority, &immutability);
    SixCriteria {
        writer_authority,
        immutability,
        consumer_readback: consumer_readback(facts, carrier),
        tamper_evidence: tamper_evidence(facts, carrier),
        retention: immutability_of_history(facts, carrier),
        transition_writer,
    }
}

fn writer_authority(facts: &Facts, carrier: &str) -> Judged {
    const CRITERION: &str = "writer_authority";
    let mut others = trespasses(facts, carrier);
    others.extend(second_writers(facts, carrier));
    if !others.is_empty() {
        return Judged::refuted(CRITERION, others);
    }
    let declared = inserters(carrier);
    let granted = facts.credentials.iter().any(|credential| {
        declared.contains(&credential.role.as_str())
            && credential.may_insert.iter().any(|name| name == carrier)
    });
    if !granted {
        return Judged::unproven(CRITERION, "no declared writer has a credential for it");
    }
    Judged::proven(
        CRITERION,
        format!(
            "of {} credentials only {} can insert, and no foreign trigger names it",
            facts.credentials.len(),
            declared.join(", ")
        ),
    )
}

fn immutability(facts: &Facts, carrier: &str, criterion: &'static str, against: &[&str]) -> Judged {
    let faults: Vec<String> = facts
        .schema
        .faults()
        .iter()
        .filter(|fault| fault.table == carrier)
        .map(|fault| fault.line.clone())
        .collect();
    if !faults.is_empty() {
        return Judged::refuted(criterion, faults);
    }
    let unguarded = against
        .iter()
        .find(|statement| !facts.schema.is_guarded(carrier, statement));
    if let Some(statement) = unguarded {
        return Judged::unproven(
            criterion,
            format!("no trigger that refuses {statement} was recognised"),
        );
    }
    Judged::proven(
        criterion,
        format!(
            "table, indexes and triggers are byte for byte those of the migrations; triggers refuse {}",
            against.join(" and ")
        ),
    )
}

/// Retention: what was written stays through rollback and retry.
fn immutability_of_history(facts: &Facts, carrier: &str) -> Judged {
    let mut judged = immutability(facts, carrier, "retention", &["delete"]);
    if judged.outcome == CriterionOutcome::Proven {
        judged.evidence.extend(facts.place.iter().cloned());
    }
    judged
}

fn consumer_readback(facts: &Facts, carrier: &str) -> Judged {
    const CRITERION: &str = "consumer_readback";
    if facts.schema.object(ObjectKind::Table, carrier).is_none() {
        return Judged::unproven(CRITERION, "there is no such base table to read again");
    }
    let how = match carrier {
        carrier if AUTHORITY_CARRIERS.contains(&carrier) => {
            "the consuming boundary reads the row by key and recomputes its hash"
        }
        "attempt" | "evidence" | "ledger" => "read again by the registrar, under the write lock",
        _ => "read again by the verifier, on a connection that cannot write",
    };
    Judged::proven(CRITERION, how)
}

fn tamper_evidence(facts: &Facts, carrier: &str) -> Judged {
    const CRITERION: &str = "tamper_evidence";
    let (mark, how) = match carrier {
        carrier if AUTHORITY_CARRIERS.contains(&carrier) || carrier == "dot_catalogue" => (
            Some("row_hash"),
            "`row_hash` is never null and binds every column",
        ),
        "ledger" => (
            Some("ledger_key"),
            "the key is the hash over what it consumes, and the decision names it",
        ),
        "attempt" => (
            Some("request_digest"),
            "`request_digest` is never null and binds the request",
        ),
        "failure_audit" => (
            Some("failure_digest"),
            "`failure_digest` is never null, positions are dense, and records are envelopes",
        ),
        _ => (
            None,
            "the content is envelopes, each with its evidence hash",
        ),
    };
    let is_there = mark.map_or_else(
        || facts.schema.has_content(carrier),
        |column| facts.schema.is_never_null(carrier, column),
    );
    if !is_there {
        return Judged::unproven(CRITERION, "no checksum that is never null was recognised");
    }
    Judged::proven(CRITERION, how)
}

/// Who moves a lifecycle: whoever inserts, since a transition is a new row or one guarded update.
fn transition_writer(carrier: &str, writer: &Judged, immutability: &Judged) -> Judged {
    const CRITERION: &str = "transition_writer";
    let has_lifecycle =
        AUTHORITY_CARRIERS.contains(&carrier) || matches!(carrier, "dot_catalogue" | "attempt");
    if !has_lifecycle {
        return Judged::not_applicable(CRITERION, "its rows have no lifecycle");
    }
    for needed in [writer, immutability] {
        if needed.outcome == CriterionOutcome::Refuted {
            return Judged::refuted(CRITERION, needed.evidence.clone());
        }
        if needed.outcome != CriterionOutcome::Proven {
            return Judged::unproven(CRITERION, format!("rests on {}", needed.criterion));
        }
    }
    Judged::proven(
        CRITERION,
        "a transition is a new row of its writer, or the one update that a trigger lets through",
    )
}
