//! What a prover found in a database's catalogs, and which prerequisite each gap is charged to.

mod charge;
mod places;

use std::collections::BTreeSet;

use canonical::Digest;
use envelope::Opened;

use self::charge::gaps_of;
use self::places::{REQUIRED, home};
use crate::contract::{CarrierProof, CarrierReport, Header, RejectCode, carrier_report};
use crate::error::GateError;
use crate::port::{GateStore, ProvenCarriers, ReportHeading, UnaccountedTrigger, UndeclaredWriter};
use crate::prerequisite::{Finding, Prerequisite};

/// Who makes carrier reports from catalogs.
const PROVER: &str = "carrier-prover";

/// The proofs of one reading of the catalogs.
pub(crate) struct CatalogProofs {
    found: Result<Found, String>,
}

struct Found {
    bytes: Vec<u8>,
    report: Opened<CarrierReport>,
    gaps: Vec<Gap>,
}

/// Something that the catalogs do not prove.
pub(crate) struct Gap {
    prerequisite: Prerequisite,
    code: RejectCode,
    line: String,
}

impl Gap {
    /// A gap under the code that its prerequisite gives to whatever it lacks.
    fn of(prerequisite: Prerequisite, line: impl Into<String>) -> Self {
        Self::coded(prerequisite, prerequisite.code(), line)
    }

    fn coded(prerequisite: Prerequisite, code: RejectCode, line: impl Into<String>) -> Self {
        Self {
            prerequisite,
            code,
            line: line.into(),
        }
    }
}

impl CatalogProofs {
    /// Has the carriers proven now, under the header that both reports get.
    pub(crate) fn read(store: &mut impl GateStore, header: &Header) -> Result<Self, GateError> {
        let heading = ReportHeading {
            trust_domain: header.trust_domain.to_string(),
            audience: header.audience.to_string(),
            run_id: header.run_id.to_string(),
            issued_at: header.issued_at,
            expires_at: header.expires_at,
        };
        let found = match store.prove_carriers(&heading)? {
            Some(proven) => opened(proven, header),
            None => Err("the carriers were not proven from the catalogs".to_owned()),
        };
        Ok(Self { found })
    }

    /// The prover's envelope, byte for byte, and its hash.
    pub(crate) fn report(&self) -> Option<(&[u8], Digest)> {
        let found = self.found.as_ref().ok()?;
        Some((&found.bytes, found.report.evidence_hash()))
    }

    /// Why there is none that could be used.
    pub(crate) fn unusable(&self) -> Option<&str> {
        self.found.as_ref().err().map(String::as_str)
    }

    /// Whoever the proofs take on trust, one line each.
    pub(crate) fn trust_base(&self) -> BTreeSet<&str> {
        let report = self.found.as_ref().ok().map(|found| &found.report);
        let lines = report
            .into_iter()
            .flat_map(|report| report.trust_base.iter());
        lines.map(canonical::Text::as_str).collect()
    }

    /// Charges a prerequisite with what the catalogs do not prove of it, and notes what they do.
    pub(crate) fn charge(&self, prerequisite: Prerequisite, finding: &mut Finding) {
        let found = match &self.found {
            Ok(found) => found,
            // INVARIANT: without a report nothing that rests on a carrier holds, so nothing does.
            Err(why) => return finding.fault(prerequisite.code(), why.as_str()),
        };
        for gap in &found.gaps {
            if gap.prerequisite == prerequisite {
                finding.fault(gap.code, gap.line.as_str());
            }
        }
        for proof in &found.report.carriers {
            if home(proof) == prerequisite && charge::is_proven(proof) {
                finding.note(proven_line(proof));
            }
        }
        if prerequisite == Prerequisite::SingleWriter {
            finding.note(format!(
                "carrier report {} of {}, valid until {}",
                found.report.evidence_hash(),
                found.report.header.issued_at,
                found.report.header.expires_at
            ));
        }
    }
}

fn opened(proven: ProvenCarriers, header: &Header) -> Result<Found, String> {
    let ProvenCarriers {
        report: bytes,
        unaccounted,
        undeclared,
    } = proven;
    let report = carrier_report()
        .open(&bytes)
        .map_err(|refusal| format!("the carrier report cannot be used: {refusal}"))?;
    let made = &report.header;
    if made.producer != *PROVER {
        return Err(format!("the carrier report was made by {}", made.producer));
    }
    if (made.issued_at, made.expires_at) != (header.issued_at, header.expires_at) {
        return Err("the carrier report is not the one that was asked for".to_owned());
    }
    let gaps = gaps(&report, &unaccounted, &undeclared);
    Ok(Found {
        bytes,
        report,
        gaps,
    })
}

/// Everything that the report leaves open, and every carrier that it should judge and does not.
fn gaps(
    report: &CarrierReport,
    unaccounted: &[UnaccountedTrigger],
    undeclared: &[UndeclaredWriter],
) -> Vec<Gap> {
    let mut gaps: Vec<Gap> = Vec::new();
    for line in &report.unknown {
        let line = format!("what every catalog says: {line}");
        gaps.push(Gap::of(Prerequisite::SingleWriter, line));
    }
    for required in &REQUIRED {
        if !report.carriers.iter().any(|proof| required.is(proof)) {
            gaps.push(Gap::of(required.prerequisite, required.line()));
        }
    }
    for trigger in unaccounted {
        let line = format!(
            "trigger `{}` on `{}` is declared or accepted",
            trigger.name, trigger.relation
        );
        let code = RejectCode::TriggerUnaccounted;
        gaps.push(Gap::coded(Prerequisite::TriggerInventory, code, line));
    }
    for writer in undeclared.iter().filter(|writer| writer.is_catalogue) {
        let line = format!(
            "`{}` without a second writer: {}",
            writer.relation, writer.line
        );
        let code = RejectCode::DualWriterHazard;
        gaps.push(Gap::coded(Prerequisite::SingleWriter, code, line));
    }
    for proof in &report.carriers {
        let mut own = gaps_of(proof);
        // Said by name above.
        let is_named = |trigger: &UnaccountedTrigger| trigger.relation == charge::name(proof);
        if unaccounted.iter().any(is_named) {
            own.retain(|gap| gap.code != RejectCode::TriggerUnaccounted);
        }
        gaps.extend(own);
    }
    gaps
}

/// One line about a carrier of which nothing is open.
fn proven_line(proof: &CarrierProof) -> String {
    let writers: BTreeSet<&str> = proof
        .writer_paths
        .iter()
        .filter(|path| !path.superuser && path.operation.to_string() == "INSERT")
        .map(|path| path.role.as_str())
        .collect();
    let writers: Vec<&str> = writers.into_iter().collect();
    format!(
        "`{}` is proven as {}; besides superusers only {} insert",
        charge::name(proof),
        proof.declared_use,
        if writers.is_empty() {
            "custodians".to_owned()
        } else {
            writers.join(", ")
        }
    )
}
