//! The thirteen prerequisites of registration, and what is charged to each.

mod artifact;
mod authority;
mod catalogue;
mod observation;
mod registrar;
mod writer;

pub(crate) use catalogue::accepts;
pub(crate) use writer::assurance;

use crate::contract::RejectCode;
use crate::facts::Facts;
use crate::port::ObjectKind;
use crate::rights::{AUTHORITY_CARRIERS, OPERATIONAL_CARRIERS, second_writers, trespasses};

/// What is missing where nothing is there.
const NO_STORE: &str = "the store: the database has nothing of what `holdfast init` makes";

/// One prerequisite of registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Prerequisite {
    /// The registrar writes key, head and decision together, with its own rights only.
    RegistrarContract,
    /// The operation is a governed and implemented action type.
    ActionType,
    /// Somebody accountable is on record.
    RegistrationAuthority,
    /// Admissions cannot be rewritten.
    ArtifactAdmission,
    /// A table carries the admitted artifact's hash.
    HashCarrier,
    /// A DOT has at most one draft or active row.
    HeadUniqueness,
    /// The catalogue knows four statuses and no other.
    StatusDomain,
    /// A key is used once, (a) to (g).
    ReplaySurface,
    /// A failure is recorded whatever happens.
    AuditSink,
    /// An approval's quorum can be counted.
    ApprovalQuorum,
    /// A governed manifest, and an observer that is somebody else.
    SnapshotManifest,
    /// Every trigger is made by the migrations or accepted.
    TriggerInventory,
    /// Nobody else writes, as far as the accepted assurance reaches.
    SingleWriter,
}

/// What came of one prerequisite.
#[derive(Clone, Debug, Default)]
pub(crate) struct Finding {
    pub(crate) codes: Vec<RejectCode>,
    pub(crate) evidence: Vec<String>,
}

impl Finding {
    /// Something that was found as it should be.
    pub(crate) fn note(&mut self, line: impl Into<String>) {
        self.evidence.push(line.into());
    }

    /// Something that is missing or wrong.
    pub(crate) fn fault(&mut self, code: RejectCode, line: impl Into<String>) {
        self.codes.push(code);
        self.evidence.push(format!("missing: {}", line.into()));
    }

    /// A note where it holds, a fault where it does not.
    pub(crate) fn require(&mut self, holds: bool, code: RejectCode, line: impl Into<String>) {
        if holds {
            self.note(line);
        } else {
            self.fault(code, line);
        }
    }

    pub(crate) fn holds(&self) -> bool {
        self.codes.is_empty()
    }
}

impl Prerequisite {
    /// Every prerequisite, in the order of the report.
    pub const ALL: [Self; 13] = [
        Self::RegistrarContract,
        Self::ActionType,
        Self::RegistrationAuthority,
        Self::ArtifactAdmission,
        Self::HashCarrier,
        Self::HeadUniqueness,
        Self::StatusDomain,
        Self::ReplaySurface,
        Self::AuditSink,
        Self::ApprovalQuorum,
        Self::SnapshotManifest,
        Self::TriggerInventory,
        Self::SingleWriter,
    ];

    /// Its name in the report.
    pub const fn id(self) -> &'static str {
        match self {
            Self::RegistrarContract => "registrar-contract",
            Self::ActionType => "action-type",
            Self::RegistrationAuthority => "registration-authority",
            Self::ArtifactAdmission => "artifact-admission",
            Self::HashCarrier => "hash-carrier",
            Self::HeadUniqueness => "head-uniqueness",
            Self::StatusDomain => "status-domain",
            Self::ReplaySurface => "replay-surface",
            Self::AuditSink => "audit-sink",
            Self::ApprovalQuorum => "approval-quorum",
            Self::SnapshotManifest => "snapshot-manifest",
            Self::TriggerInventory => "trigger-inventory",
            Self::SingleWriter => "single-writer",
        }
    }

    /// What it asks for, for people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::RegistrarContract => {
                "the registrar writes key, head and decision in one transaction, with its own rights only"
            }
            Self::ActionType => "the operation is a governed and implemented action type",
            Self::RegistrationAuthority => "at least one active accountable owner is on record",
            Self::ArtifactAdmission => "admissions are written by the authority and never changed",
            Self::HashCarrier => "a governed table carries the hash of the admitted artifact",
            Self::HeadUniqueness => "a DOT has at most one draft or active row",
            Self::StatusDomain => {
                "the catalogue knows draft, active, deprecated, retired and no other status"
            }
            Self::ReplaySurface => "a key is single use, conditions (a) to (g)",
            Self::AuditSink => {
                "failures can be recorded append-only, outside the rolled-back transaction"
            }
            Self::ApprovalQuorum => {
                "approvals and votes cannot be rewritten, and the policy says what a quorum is"
            }
            Self::SnapshotManifest => {
                "a governed manifest lists the surfaces, and an independent observer captures them"
            }
            Self::TriggerInventory => {
                "every trigger is made by the migrations or accepted by its exact body"
            }
            Self::SingleWriter => {
                "nobody but the declared roles writes, at an assurance that the policy accepts"
            }
        }
    }

    /// The code that a schema fault charged to it gets.
    pub(crate) const fn code(self) -> RejectCode {
        match self {
            Self::RegistrarContract => RejectCode::RegistrarContractUnproven,
            Self::ActionType => RejectCode::ActionTypeUngoverned,
            Self::RegistrationAuthority => RejectCode::OwnerOfRecordAbsent,
            Self::ArtifactAdmission => RejectCode::AdmissionCarrierUnproven,
            Self::HashCarrier => RejectCode::HashCarrierUnproven,
            Self::HeadUniqueness => RejectCode::HeadUniquenessAbsent,
            Self::StatusDomain => RejectCode::StatusDomainUnenforced,
            Self::ReplaySurface => RejectCode::ReplaySurfaceNotFit,
            Self::AuditSink => RejectCode::AuditSinkUnavailable,
            Self::ApprovalQuorum => RejectCode::ApprovalQuorumUnproven,
            Self::SnapshotManifest => RejectCode::SnapshotManifestSourceUnproven,
            Self::TriggerInventory => RejectCode::TriggerUnaccounted,
            Self::SingleWriter => RejectCode::WriterAuthorityUnproven,
        }
    }

    pub(crate) fn judge(self, facts: &Facts, operation: &str) -> Finding {
        let mut finding = Finding::default();
        if let Some(catalogs) = &facts.catalogs {
            catalogs.charge(self, &mut finding);
        }
        // Where there is no store at all, everything of it is missing: to list that helps nobody.
        if facts.schema.is_absent() {
            finding.fault(self.code(), NO_STORE);
            return finding;
        }
        for fault in facts.schema.faults() {
            if charged_to(fault.kind, &fault.table) == self {
                finding.fault(self.code(), fault.line.as_str());
            }
        }
        for table in AUTHORITY_CARRIERS.iter().chain(&OPERATIONAL_CARRIERS) {
            if writes_charged_to(table) == self {
                let code = match *table {
                    "dot_catalogue" => RejectCode::DualWriterHazard,
                    _ => self.code(),
                };
                for line in trespasses(facts, table)
                    .into_iter()
                    .chain(second_writers(facts, table))
                {
                    finding.fault(code, line);
                }
            }
        }
        match self {
            Self::RegistrarContract => registrar::contract(facts, &mut finding),
            Self::ActionType => authority::action_type(facts, operation, &mut finding),
            Self::RegistrationAuthority => authority::owner(facts, &mut finding),
            Self::ArtifactAdmission => artifact::admission(facts, &mut finding),
            Self::HashCarrier => artifact::hash_carrier(facts, &mut finding),
            Self::HeadUniqueness => catalogue::head_uniqueness(facts, &mut finding),
            Self::StatusDomain => catalogue::status_domain(facts, &mut finding),
            Self::ReplaySurface => registrar::replay_surface(facts, &mut finding),
            Self::AuditSink => registrar::audit_sink(facts, &mut finding),
            Self::ApprovalQuorum => authority::quorum(facts, operation, &mut finding),
            Self::SnapshotManifest => observation::manifest(facts, &mut finding),
            Self::TriggerInventory => catalogue::triggers(facts, &mut finding),
            Self::SingleWriter => writer::single_writer(facts, &mut finding),
        }
        finding
    }
}

/// The one prerequisite that a fault of the schema is charged to.
// INVARIANT: total, so no difference between a schema and its migrations goes unnoticed; what no
// other prerequisite asks for is part of the registrar's contract.
fn charged_to(kind: ObjectKind, table: &str) -> Prerequisite {
    match (table, kind) {
        ("action_type", _) => Prerequisite::ActionType,
        ("ownership", _) => Prerequisite::RegistrationAuthority,
        ("admission", ObjectKind::Table | ObjectKind::View) => Prerequisite::HashCarrier,
        ("admission", _) => Prerequisite::ArtifactAdmission,
        ("dot_catalogue", ObjectKind::Table | ObjectKind::View) => Prerequisite::StatusDomain,
        ("dot_catalogue", ObjectKind::Index) => Prerequisite::HeadUniqueness,
        ("attempt" | "evidence" | "ledger" | "writer_transaction", _) => {
            Prerequisite::ReplaySurface
        }
        ("failure_audit", _) => Prerequisite::AuditSink,
        ("approval" | "approval_vote" | "principal" | "principal_binding", _) => {
            Prerequisite::ApprovalQuorum
        }
        ("manifest" | "snapshot" | "verification_report" | "verifier", _) => {
            Prerequisite::SnapshotManifest
        }
        ("trigger_inventory", _) => Prerequisite::TriggerInventory,
        ("policy", _) => Prerequisite::SingleWriter,
        _ => Prerequisite::RegistrarContract,
    }
}

/// The one prerequisite that a writer too many is charged to.
fn writes_charged_to(table: &str) -> Prerequisite {
    match table {
        "attempt" | "evidence" | "ledger" => Prerequisite::ReplaySurface,
        "decision" => Prerequisite::RegistrarContract,
        "failure_audit" => Prerequisite::AuditSink,
        "snapshot" | "verification_report" => Prerequisite::SnapshotManifest,
        _ => Prerequisite::SingleWriter,
    }
}
