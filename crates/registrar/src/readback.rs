//! The readback: every row an attestation rests on, read again at the boundary that consumes it.

use std::collections::BTreeSet;

use canonical::{Digest, SafeUint, Timestamp};

use crate::attempt::Attempt;
use crate::contract::{
    self, AuthorityReadback, CallerChannel, CarrierAssessment, CarrierCriteria, CriterionOutcome,
    LifecycleStatus, ObserverSession, Policy, ProcessIdentity, ReadbackRow, SourceRefs,
};
use crate::error::RegistrarError;
use crate::evidence::opened;
use crate::header::{Domain, Stamp, soon};
use crate::patience::patiently;
use crate::port::{self, HeadVersion, RegistrarStore, RereadRow, RowRef, RowStatus};

/// How one carrier was judged, as the carrier report says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CarrierFacts {
    /// The carrier.
    pub carrier: String,
    /// Its class.
    pub class: String,
    /// Outcome of the criterion `writer_authority`.
    pub writer_authority: String,
    /// Outcome of the criterion `immutability`.
    pub immutability: String,
    /// Outcome of the criterion `consumer_readback`.
    pub consumer_readback: String,
    /// Outcome of the criterion `tamper_evidence`.
    pub tamper_evidence: String,
    /// Outcome of the criterion `retention`.
    pub retention: String,
    /// Outcome of the criterion `transition_writer`.
    pub transition_writer: String,
}

/// A process as the kernel reports it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProcessFacts {
    /// Its id.
    pub pid: u64,
    /// Its start, in the kernel's ticks.
    pub start_time: u64,
    /// The user it runs as.
    pub uid: u64,
    /// The digest of its executable.
    pub executable_digest: Digest,
}

/// Whom the channel authenticated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller<'a> {
    /// The channel, such as `os_uid`.
    pub channel: &'a str,
    /// Whom it authenticated.
    pub value: &'a str,
}

/// What a readback is made for.
#[derive(Clone, Copy, Debug)]
pub struct ReadbackInput<'a> {
    /// What block A answered.
    pub owner_attestation: &'a [u8],
    /// What block F answered.
    pub artifact_attestation: &'a [u8],
    /// What block B answered so far.
    pub snapshots: &'a [&'a [u8]],
    /// How the carriers were judged.
    pub carriers: &'a [CarrierFacts],
    /// The evidence hash of the carrier report they come from.
    pub carrier_report_hash: Option<Digest>,
    /// Whom the channel authenticated.
    pub caller: Caller<'a>,
    /// The credential the rows are read with.
    pub credential: &'a str,
    /// This process.
    pub registrar_process: ProcessFacts,
    /// The observer's process, as its parent's kernel reports it.
    pub observer_process: Option<ProcessFacts>,
    /// The attempt.
    pub attempt: Attempt,
    /// The policy in force.
    pub policy: &'a [u8],
    /// The clock of this process.
    pub now: Timestamp,
}

/// A readback, with the authority heads as they were before its first row was read.
///
/// Whoever attested the rows read them earlier; a caller that has the heads from before that gives
/// those to the reservation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Readback {
    /// The authority-readback envelope.
    pub bytes: Vec<u8>,
    /// The versions that the transaction compares.
    pub head_versions: Vec<HeadVersion>,
}

/// Rereads every `source_ref` of the attestations and seals what was found.
///
/// A row that is not there is reported as such; whether it may be missing is the validator's to say.
pub fn readback(
    store: &mut impl RegistrarStore,
    input: &ReadbackInput<'_>,
) -> Result<Readback, RegistrarError> {
    // Beside this process's own clock, before any work: what lies between the two is read as skew.
    let store_clock = patiently(|| store.clock())?;
    let policy = opened(contract::policy(), "policy", Some(input.policy))?;
    let sources = Sources::collect(input)?;
    // INVARIANT: versions are read before rows, so that an insert in between shows as a moved head.
    let head_versions = match &sources.target {
        Some(target) => patiently(|| store.head_versions(target))?,
        None => Vec::new(),
    };
    let found = patiently(|| store.reread(&sources.refs))?;
    if found.len() != sources.refs.len() {
        return Err(RegistrarError::inconsistent("a reread left a row out"));
    }
    let session = patiently(|| store.observer_session(&input.attempt.attempt_id))?;
    let rows = found
        .into_iter()
        .map(|row| readback_row(row, store_clock, input.credential))
        .collect::<Result<Vec<_>, _>>()?;
    let envelope = AuthorityReadback {
        envelope_type: "authority-readback".parse()?,
        envelope_version: "1".parse()?,
        header: sources.stamp(policy.value(), input.attempt).header(
            "registrar",
            input.now,
            soon(input.now, &policy)?,
        )?,
        rows: rows.try_into()?,
        carriers: assessments(input.carriers)?.try_into()?,
        carrier_report_hash: input.carrier_report_hash,
        store_clock,
        caller: CallerChannel {
            channel: input.caller.channel.parse()?,
            value: input.caller.value.parse()?,
        },
        registrar_process: process(input.registrar_process)?,
        observer_process: input.observer_process.map(process).transpose()?,
        observer_session: session.map(observer_session).transpose()?,
    };
    Ok(Readback {
        bytes: contract::authority_readback().seal(&envelope)?.into_bytes(),
        head_versions,
    })
}

/// The rows to reread, and whose attempt they belong to.
struct Sources {
    refs: Vec<RowRef>,
    target: Option<String>,
    run_id: canonical::ProposedText,
}

impl Sources {
    fn collect(input: &ReadbackInput<'_>) -> Result<Self, RegistrarError> {
        let owner = opened(
            contract::owner_attestation(),
            "owner_attestation",
            Some(input.owner_attestation),
        )?;
        let artifact = opened(
            contract::artifact_attestation(),
            "artifact_attestation",
            Some(input.artifact_attestation),
        )?;
        let mut refs = BTreeSet::new();
        collect_refs(&owner.header.source_refs, &mut refs);
        collect_refs(&artifact.header.source_refs, &mut refs);
        for bytes in input.snapshots {
            let snapshot = opened(contract::snapshot(), "snapshot", Some(bytes))?;
            collect_refs(&snapshot.header.source_refs, &mut refs);
        }
        let attested = owner
            .trusted_attested
            .as_ref()
            .map(|it| &it.canonical_target);
        let admitted = artifact
            .trusted_attested
            .as_ref()
            .map(|it| &it.canonical_target);
        Ok(Self {
            refs: refs.into_iter().collect(),
            target: attested.or(admitted).map(ToString::to_string),
            run_id: owner.header.run_id.clone(),
        })
    }

    fn stamp(&self, policy: &Policy, attempt: Attempt) -> Stamp {
        Stamp {
            domain: Domain::of(&policy.header),
            run_id: self.run_id.clone(),
            attempt_id: attempt.attempt_id,
            correlation_id: Some(attempt.correlation_id),
        }
    }
}

fn collect_refs(sources: &SourceRefs, refs: &mut BTreeSet<RowRef>) {
    for source in sources {
        refs.insert(RowRef {
            carrier: source.carrier.to_string(),
            row_key: source.row_key.to_string(),
        });
    }
}

fn readback_row(
    row: RereadRow,
    reread_at: Timestamp,
    credential: &str,
) -> Result<ReadbackRow, RegistrarError> {
    Ok(ReadbackRow {
        carrier: row.carrier.try_into()?,
        row_key: row.row_key.try_into()?,
        row_hash: row.row_hash,
        reread_at,
        credential: credential.parse()?,
        issued_at: row.issued_at,
        lifecycle_status: row.status.map(lifecycle),
        lifecycle_changed_at: row.status_changed_at,
        active_heads: SafeUint::try_from(row.active_heads)?,
    })
}

fn lifecycle(status: RowStatus) -> LifecycleStatus {
    match status {
        RowStatus::Active => LifecycleStatus::Active,
        RowStatus::Superseded => LifecycleStatus::Superseded,
        RowStatus::Revoked => LifecycleStatus::Revoked,
        RowStatus::Expired => LifecycleStatus::Expired,
    }
}

fn assessments(carriers: &[CarrierFacts]) -> Result<Vec<CarrierAssessment>, RegistrarError> {
    carriers.iter().map(assessment).collect()
}

fn assessment(facts: &CarrierFacts) -> Result<CarrierAssessment, RegistrarError> {
    let outcome = |text: &str| text.parse::<CriterionOutcome>();
    Ok(CarrierAssessment {
        carrier: facts.carrier.parse()?,
        carrier_class: facts.class.parse()?,
        criteria: CarrierCriteria {
            writer_authority: outcome(&facts.writer_authority)?,
            immutability: outcome(&facts.immutability)?,
            consumer_readback: outcome(&facts.consumer_readback)?,
            tamper_evidence: outcome(&facts.tamper_evidence)?,
            retention: outcome(&facts.retention)?,
            transition_writer: outcome(&facts.transition_writer)?,
        },
    })
}

fn observer_session(found: port::ObserverSession) -> Result<ObserverSession, RegistrarError> {
    Ok(ObserverSession {
        principal: found.principal.parse()?,
        backend_pid: SafeUint::try_from(found.backend_pid)?,
        backend_started: found.backend_started,
    })
}

fn process(facts: ProcessFacts) -> Result<ProcessIdentity, RegistrarError> {
    Ok(ProcessIdentity {
        pid: SafeUint::try_from(facts.pid)?,
        start_time: SafeUint::try_from(facts.start_time)?,
        uid: SafeUint::try_from(facts.uid)?,
        executable_digest: facts.executable_digest,
    })
}
