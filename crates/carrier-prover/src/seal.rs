//! The report as an envelope.

use canonical::{Digest, Identifier, ProposedText, SIZE_MAX_BYTES, Text, Timestamp};

use crate::contract::{
    CarrierCriteria, CarrierProof as Stated, CarrierReport, Certainty as StatedCertainty,
    CriterionProof as StatedCriterion, EvidenceLines, FitnessFinding as StatedFitness,
    Fix as StatedFix, Header, SourceRefs, TriggerEntry as StatedTrigger, WriteOperation,
    WriterPath as StatedPath, carrier_report,
};
use crate::error::ProverError;
use crate::path::{Certainty, Operation};
use crate::report::{CarrierProof, Report};
use crate::writers::WriterPath;

/// The name of this block in what it produces.
const PRODUCER: &str = "carrier-prover";

/// The most lines of evidence for one thing, and the longest of them in characters.
const LINES_MAX: usize = 64;
const LINE_CHARACTERS_MAX: usize = 600;

/// What stands at the end of a line that is longer.
const CUT: &str = " [cut]";

/// The most triggers and fixes of a carrier.
const TRIGGERS_MAX: usize = 128;
const FIXES_MAX: usize = 128;

/// How many carriers an envelope holds, and how much of each list: where a report does not fit, the
/// next smaller measure is used. Whatever is left out is counted where it would have stood.
const MEASURES: [(usize, usize); 9] = [
    (256, 512),
    (256, 64),
    (256, 16),
    (256, 4),
    (256, 1),
    (64, 4),
    (16, 4),
    (4, 4),
    (1, 1),
];

/// What stands in the header of a report.
#[derive(Clone, Debug)]
pub struct Heading {
    /// The domain.
    pub trust_domain: String,
    /// For whom.
    pub audience: String,
    /// The run.
    pub run_id: String,
    /// When the catalogs were read.
    pub issued_at: Timestamp,
    /// Until when the report may be used.
    pub expires_at: Timestamp,
}

/// Writes a report as a sealed `carrier-report`.
pub fn seal(report: &Report, heading: &Heading) -> Result<Vec<u8>, ProverError> {
    let mut refusal = None;
    for measure in MEASURES {
        // Most of the work of a measure that cannot fit is not done.
        if weight(report, measure) > SIZE_MAX_BYTES {
            continue;
        }
        match carrier_report().seal(&stated_report(report, heading, measure)?) {
            Ok(sealed) => return Ok(sealed.into_bytes()),
            Err(error) => refusal = refusal.or(Some(error)),
        }
    }
    Err(refusal.map_or_else(
        || ProverError::Unreadable("no measure".to_owned()),
        ProverError::Seal,
    ))
}

/// At least as many bytes as an envelope has at a measure: of its longest lists, the characters.
fn weight(report: &Report, (carriers_max, measure): (usize, usize)) -> usize {
    let most = measure.clamp(1, LINES_MAX).saturating_sub(1);
    let line = |text: &String| text.len().min(LINE_CHARACTERS_MAX);
    let of_carrier = |proof: &CarrierProof| {
        let evidence = proof.criteria.iter().map(|judged| {
            let kept = judged.evidence.iter().take(most);
            kept.map(line).sum::<usize>()
        });
        let paths = proof.writers.iter().take(measure).map(|path| {
            let steps = path.steps.iter().take(LINES_MAX.saturating_sub(1));
            steps.map(|step| line(&step.text)).sum::<usize>()
        });
        evidence.sum::<usize>().saturating_add(paths.sum())
    };
    let carriers = report.carriers.iter().take(carriers_max);
    carriers.map(of_carrier).sum()
}

fn stated_report(
    report: &Report,
    heading: &Heading,
    (carriers_max, measure): (usize, usize),
) -> Result<CarrierReport, ProverError> {
    let carriers: Vec<Stated> = report
        .carriers
        .iter()
        .take(carriers_max)
        .map(|proof| carrier(proof, measure))
        .collect::<Result<_, _>>()?;
    let mut trusted: Vec<Text> = Vec::new();
    let trusting = report.trust_base.len();
    let most = if trusting > LINES_MAX {
        LINES_MAX.saturating_sub(1)
    } else {
        LINES_MAX
    };
    for line in report.trust_base.iter().take(most) {
        trusted.push(text(line)?);
    }
    if trusting > most {
        let left_out = trusting.saturating_sub(most);
        trusted.push(text(&format!("and {left_out} more"))?);
    }
    Ok(CarrierReport {
        envelope_type: stated("envelope_type", carrier_report().envelope_type())?,
        envelope_version: stated("envelope_version", carrier_report().version())?,
        header: header(heading)?,
        store: text(&report.store)?,
        carriers: stated("carriers", carriers)?,
        trust_base: stated("trust_base", trusted)?,
        fingerprint: report.fingerprint,
        unknown: lines(&unknown(report, carriers_max), LINES_MAX)?,
    })
}

/// What is not known, what two ways of knowing contradict each other about, and what is not said.
fn unknown(report: &Report, carriers_max: usize) -> Vec<String> {
    let alarms = report.alarms.iter().map(|alarm| format!("ALARM: {alarm}"));
    let mut all: Vec<String> = alarms.chain(report.unknown.iter().cloned()).collect();
    let left_out = report.carriers.len().saturating_sub(carriers_max);
    if left_out > 0 {
        all.insert(
            0,
            format!(
                "{left_out} of {} carriers are left out: they do not fit into one envelope, and \
                 nothing is said of them here",
                report.carriers.len()
            ),
        );
    }
    all
}

fn header(heading: &Heading) -> Result<Header, ProverError> {
    Ok(Header {
        trust_domain: stated("trust_domain", heading.trust_domain.as_str())?,
        audience: stated("audience", heading.audience.as_str())?,
        run_id: stated::<ProposedText, _>("run_id", heading.run_id.as_str())?,
        attempt_id: None,
        correlation_id: None,
        producer: stated("producer", PRODUCER)?,
        issued_at: heading.issued_at,
        expires_at: heading.expires_at,
        evidence_hash: Digest::UNSEALED,
        source_refs: stated::<SourceRefs, _>("source_refs", Vec::new())?,
        key_id: None,
        key_status_ref: None,
    })
}

fn carrier(proof: &CarrierProof, measure: usize) -> Result<Stated, ProverError> {
    let writers: Vec<String> = proof.writers.iter().map(WriterPath::line).collect();
    let mut proofs = Vec::new();
    for judged in &proof.criteria {
        proofs.push(StatedCriterion {
            criterion: stated("criterion", judged.criterion)?,
            outcome: judged.outcome,
            evidence: lines(&judged.evidence, measure)?,
            witness: judged.witness.as_deref().map(text).transpose()?,
        });
    }
    let mut fitness = Vec::new();
    for finding in &proof.fitness {
        fitness.push(StatedFitness {
            id: stated("id", finding.id)?,
            title: text(finding.title)?,
            outcome: finding.outcome,
            evidence: lines(&finding.evidence, measure)?,
        });
    }
    let mut triggers = Vec::new();
    for trigger in proof.triggers.iter().take(measure.min(TRIGGERS_MAX)) {
        let events: Vec<WriteOperation> = trigger.events.iter().copied().map(operation).collect();
        triggers.push(StatedTrigger {
            name: text(&trigger.name)?,
            relation: text(&trigger.relation)?,
            timing: text(trigger.timing)?,
            events: stated("events", events)?,
            level: text(trigger.level)?,
            condition: trigger.condition.as_deref().map(text).transpose()?,
            enabled: text(trigger.enabled)?,
            function: text(&trigger.function)?,
            function_body_hash: trigger.body_hash,
            effects: lines(&trigger.effects, measure)?,
        });
    }
    let mut fixes = Vec::new();
    for fix in proof.fixes.iter().take(measure.min(FIXES_MAX)) {
        fixes.push(StatedFix {
            gap: stated("gap", fix.gap)?,
            statement: text(&fix.statement)?,
        });
    }
    let mut paths = Vec::new();
    for path in proof.writers.iter().take(measure) {
        paths.push(writer_path(path)?);
    }
    Ok(Stated {
        carrier: identifier(&proof.carrier)?,
        declared_use: stated("declared_use", proof.used_as.as_str())?,
        carrier_class: proof.class,
        criteria: criteria(proof),
        proofs: stated("proofs", proofs)?,
        writers: lines(&writers, measure)?,
        reject_codes: stated("reject_codes", proof.codes.clone())?,
        relation: proof.relation.as_deref().map(text).transpose()?,
        class_reason: text(&said_of(proof, measure))?,
        authenticity: proof.authenticity,
        writer_paths: stated("writer_paths", paths)?,
        dual_writers: lines(&proof.dual_writers, measure)?,
        fitness: stated("fitness", fitness)?,
        triggers: stated("triggers", triggers)?,
        fixes: stated("fixes", fixes)?,
    })
}

/// Why it has its class, and what this envelope does not list of it.
fn said_of(proof: &CarrierProof, measure: usize) -> String {
    let lists = [
        ("triggers", proof.triggers.len(), measure.min(TRIGGERS_MAX)),
        ("writer paths", proof.writers.len(), measure),
        ("fixes", proof.fixes.len(), measure.min(FIXES_MAX)),
    ];
    let cut: Vec<String> = lists
        .iter()
        .filter(|(_, all, kept)| all > kept)
        .map(|(what, all, kept)| format!("{} of {all} {what}", all.saturating_sub(*kept)))
        .collect();
    if cut.is_empty() {
        proof.reason.clone()
    } else {
        // What is left out comes first: a long reason is cut, too.
        format!(
            "left out of this envelope: {}; {}",
            cut.join(", "),
            proof.reason
        )
    }
}

fn criteria(proof: &CarrierProof) -> CarrierCriteria {
    CarrierCriteria {
        writer_authority: proof.outcome("writer_authority"),
        immutability: proof.outcome("immutability"),
        consumer_readback: proof.outcome("consumer_readback"),
        tamper_evidence: proof.outcome("tamper_evidence"),
        retention: proof.outcome("retention"),
        transition_writer: proof.outcome("transition_writer"),
    }
}

fn writer_path(path: &WriterPath) -> Result<StatedPath, ProverError> {
    let steps: Vec<String> = path.steps.iter().map(|step| step.text.clone()).collect();
    Ok(StatedPath {
        role: text(&path.role)?,
        operation: operation(path.operation),
        relation: text(&path.relation)?,
        certainty: match path.certainty {
            Certainty::Certain => StatedCertainty::Certain,
            Certainty::Possible => StatedCertainty::Possible,
        },
        superuser: path.superuser,
        steps: lines(&steps, LINES_MAX)?,
        witness: path.witness_line().as_deref().map(text).transpose()?,
    })
}

fn operation(operation: Operation) -> WriteOperation {
    match operation {
        Operation::Insert => WriteOperation::Insert,
        Operation::Update => WriteOperation::Update,
        Operation::Delete => WriteOperation::Delete,
        Operation::Truncate => WriteOperation::Truncate,
        Operation::Trigger => WriteOperation::Trigger,
        Operation::Refresh => WriteOperation::Refresh,
        Operation::Control => WriteOperation::Control,
    }
}

/// What people call a carrier, as far as an identifier can say it.
fn identifier(name: &str) -> Result<Identifier, ProverError> {
    let plain: String = name
        .chars()
        .map(|letter| match letter {
            'A'..='Z' | 'a'..='z' | '0'..='9' | '.' | '_' | ':' | '/' | '@' | '+' | '-' => letter,
            _ => '-',
        })
        .skip_while(|letter| !letter.is_ascii_alphanumeric())
        .take(200)
        .collect();
    stated("carrier", plain.as_str())
}

/// Lines, at most as many as a report holds; what is left out is counted.
fn lines(found: &[String], measure: usize) -> Result<EvidenceLines, ProverError> {
    let most = measure.clamp(1, LINES_MAX);
    let kept = if found.len() > most {
        most.saturating_sub(1)
    } else {
        most
    };
    let mut texts = Vec::new();
    for line in found.iter().take(kept) {
        texts.push(text(line)?);
    }
    if found.len() > most {
        let left_out = found.len().saturating_sub(kept);
        texts.push(text(&format!("and {left_out} more"))?);
    }
    stated("evidence", texts)
}

/// Text for people: names in a catalog may hold anything, so they are escaped; what is cut says so.
fn text(line: &str) -> Result<Text, ProverError> {
    let escaped = line.chars().flat_map(|letter| {
        let plain = matches!(letter, ' '..='~').then_some(letter);
        let other = letter.escape_default().filter(move |_| plain.is_none());
        plain.into_iter().chain(other)
    });
    let mut printable: String = escaped
        .take(LINE_CHARACTERS_MAX.saturating_add(1))
        .collect();
    // Every character is one byte here.
    if printable.len() > LINE_CHARACTERS_MAX {
        printable.truncate(LINE_CHARACTERS_MAX.saturating_sub(CUT.len()));
        printable.push_str(CUT);
    }
    stated("evidence", printable)
}

fn stated<T, S>(member: &'static str, value: S) -> Result<T, ProverError>
where
    T: TryFrom<S, Error: Into<Box<dyn std::error::Error + Send + Sync>>>,
{
    T::try_from(value).map_err(|error| ProverError::Unstatable {
        member,
        source: error.into(),
    })
}

#[cfg(test)]
mod tests;
