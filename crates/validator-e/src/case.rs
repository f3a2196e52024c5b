//! One case as the checks see it: what opened, and what stands in the way of what did not.

use std::cell::OnceCell;

use canonical::{Digest, Nonce, NonceError, Timestamp};

use crate::contract::{
    ArtifactTrustedAttested, AuthorityReadback, Capture, Header, Integration, ManifestIdentity,
    OwnerTrustedAttested, Policy, RegistrationDecision, RegistrationRequest, Snapshot,
    SnapshotPhase, SourceRef, Verdict, VerdictStage,
};
use crate::finding::{Reached, StoppedBy};
use crate::input::Attempt;
use crate::open::{Envelopes, Slot};

/// The carrier of consumed keys: a row of it proves a consume and nothing else.
pub(crate) const LEDGER: &str = "ledger";

/// Which envelope a header belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Policy,
    Request,
    Owner,
    Artifact,
    Before,
    After,
    Readback,
    Integration,
    Verdict,
    Decision,
}

impl Kind {
    /// The slot's name, as people read it in a verdict.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::Request => "registration_request",
            Self::Owner => "owner_attestation",
            Self::Artifact => "artifact_attestation",
            Self::Before => "snapshot before",
            Self::After => "snapshot after",
            Self::Readback => "authority_readback",
            Self::Integration => "integration",
            Self::Verdict => "verdict",
            Self::Decision => "registration_decision",
        }
    }

    /// Whether this is a capture: attempt, run and age of captures have codes of their own.
    pub(crate) fn is_snapshot(self) -> bool {
        matches!(self, Self::Before | Self::After)
    }

    /// Whether this kind states trusted values that rest on governed rows.
    pub(crate) fn attests(self) -> bool {
        matches!(
            self,
            Self::Owner | Self::Artifact | Self::Before | Self::After
        )
    }
}

/// The header of one envelope that opened.
#[derive(Clone, Copy)]
pub(crate) struct Headed<'a> {
    pub(crate) kind: Kind,
    pub(crate) envelope_type: &'a str,
    pub(crate) header: &'a Header,
}

/// A row that an attestation rests on, with the attestation's header.
#[derive(Clone, Copy)]
pub(crate) struct Cited<'a> {
    pub(crate) source: &'a SourceRef,
    pub(crate) by: Headed<'a>,
}

/// A capture with the manifest it was made under.
#[derive(Clone, Copy)]
pub(crate) struct Sight<'a> {
    pub(crate) header: &'a Header,
    pub(crate) manifest: &'a ManifestIdentity,
    pub(crate) capture: &'a Capture,
    pub(crate) evidence_hash: Digest,
}

/// All that the checks may look at.
pub(crate) struct Case<'a> {
    pub(crate) envelopes: &'a Envelopes,
    pub(crate) stage: VerdictStage,
    pub(crate) attempt: Attempt,
    pub(crate) now: Timestamp,
    pub(crate) headers: Vec<Headed<'a>>,
    before: Option<Sight<'a>>,
    after: Option<Sight<'a>>,
    nonce: OnceCell<Result<Nonce, NonceError>>,
}

impl<'a> Case<'a> {
    pub(crate) fn new(
        envelopes: &'a Envelopes,
        stage: VerdictStage,
        attempt: Attempt,
        now: Timestamp,
    ) -> Self {
        Self {
            envelopes,
            stage,
            attempt,
            now,
            headers: headers(envelopes),
            before: sight(envelopes, SnapshotPhase::Before),
            after: sight(envelopes, SnapshotPhase::After),
            nonce: OnceCell::new(),
        }
    }

    pub(crate) fn policy(&self) -> Reached<&'a Policy> {
        reach(&self.envelopes.policy, "open.policy")
    }

    pub(crate) fn request(&self) -> Reached<&'a RegistrationRequest> {
        reach(&self.envelopes.request, "open.registration_request")
    }

    pub(crate) fn readback(&self) -> Reached<&'a AuthorityReadback> {
        reach(&self.envelopes.readback, "open.authority_readback")
    }

    pub(crate) fn integration(&self) -> Reached<&'a Integration> {
        reach(&self.envelopes.integration, "open.integration")
    }

    pub(crate) fn verdict(&self) -> Reached<&'a Verdict> {
        reach(&self.envelopes.verdict, "open.verdict")
    }

    pub(crate) fn decision(&self) -> Reached<&'a RegistrationDecision> {
        reach(&self.envelopes.decision, "open.registration_decision")
    }

    /// What block A attests; a statement beside a refusal is none.
    pub(crate) fn owner(&self) -> Reached<&'a OwnerTrustedAttested> {
        let owner = reach(&self.envelopes.owner, "open.owner_attestation")?;
        let attested = owner.trusted_attested.as_ref();
        attested
            .filter(|_| owner.refusals.is_empty())
            .ok_or(StoppedBy("provenance.owner"))
    }

    /// What block F attests; a statement beside a refusal is none.
    pub(crate) fn artifact(&self) -> Reached<&'a ArtifactTrustedAttested> {
        let artifact = reach(&self.envelopes.artifact, "open.artifact_attestation")?;
        let attested = artifact.trusted_attested.as_ref();
        attested
            .filter(|_| artifact.refusals.is_empty())
            .ok_or(StoppedBy("provenance.artifact"))
    }

    /// The capture before the write.
    pub(crate) fn before(&self) -> Reached<Sight<'a>> {
        self.before.ok_or(StoppedBy("snapshot.captured"))
    }

    /// The capture after the write; asked for in the second run only.
    pub(crate) fn after(&self) -> Reached<Sight<'a>> {
        self.after.ok_or(StoppedBy("snapshot.captured"))
    }

    /// The captures that there are.
    pub(crate) fn sights(&self) -> impl Iterator<Item = Sight<'a>> {
        self.before.into_iter().chain(self.after)
    }

    /// The instant at which what was consumed is judged: now, or when it was consumed.
    pub(crate) fn judged_at(&self) -> Reached<Timestamp> {
        match self.stage {
            VerdictStage::BeforeWrite => Ok(self.now),
            VerdictStage::AfterWrite => self.operation_start(),
        }
    }

    /// When Phase 3 began, by the store's clock.
    pub(crate) fn operation_start(&self) -> Reached<Timestamp> {
        self.decision()?
            .operation_start
            .ok_or(StoppedBy("replay.consume"))
    }

    /// The nonce of the request, read once.
    pub(crate) fn nonce(&self) -> Reached<&Result<Nonce, NonceError>> {
        let request = self.request()?;
        Ok(self
            .nonce
            .get_or_init(|| Nonce::parse(&request.request_proposed.nonce)))
    }

    /// The governed rows that the attestations rest on, ledger rows apart.
    pub(crate) fn cited(&self) -> impl Iterator<Item = Cited<'a>> {
        let attesting = self.headers.iter().filter(|headed| headed.kind.attests());
        attesting.flat_map(|headed| {
            let by = *headed;
            headed
                .header
                .source_refs
                .iter()
                .filter(|source| source.carrier != LEDGER)
                .map(move |source| Cited { source, by })
        })
    }

    /// The cited rows that the readback must have reread.
    ///
    /// The capture after is made when the readback is long done; that its manifest is the one that
    /// was reread is what the manifest checks compare.
    pub(crate) fn reread(&self) -> impl Iterator<Item = Cited<'a>> {
        self.cited().filter(|cited| cited.by.kind != Kind::After)
    }

    /// The rows of one attestation that come from certain carriers.
    pub(crate) fn rows_of(
        &self,
        kind: Kind,
        carriers: &[&str],
    ) -> impl Iterator<Item = &'a SourceRef> {
        self.cited()
            .filter(move |cited| cited.by.kind == kind)
            .map(|cited| cited.source)
            .filter(move |source| carriers.contains(&source.carrier.as_str()))
    }
}

fn reach<'a, T>(slot: &'a Slot<T>, check: &'static str) -> Reached<&'a T> {
    slot.opened()
        .map(envelope::Opened::value)
        .ok_or(StoppedBy(check))
}

fn phase(snapshot: &Snapshot) -> Option<SnapshotPhase> {
    snapshot.capture.as_ref().map(|capture| capture.phase)
}

fn sight(envelopes: &Envelopes, wanted: SnapshotPhase) -> Option<Sight<'_>> {
    let mut opened = envelopes.snapshots.iter().filter_map(Slot::opened);
    let snapshot = opened.find(|snapshot| phase(snapshot) == Some(wanted))?;
    let value = snapshot.value();
    Some(Sight {
        header: &value.header,
        manifest: value.manifest.as_ref()?,
        capture: value.capture.as_ref()?,
        evidence_hash: snapshot.evidence_hash(),
    })
}

macro_rules! headed {
    ($headers:ident, $kind:expr, $slot:expr) => {
        if let Some(opened) = $slot.opened() {
            let envelope = opened.value();
            $headers.push(Headed {
                kind: $kind,
                envelope_type: &envelope.envelope_type,
                header: &envelope.header,
            });
        }
    };
}

fn headers(envelopes: &Envelopes) -> Vec<Headed<'_>> {
    let mut headers = Vec::with_capacity(12);
    headed!(headers, Kind::Policy, envelopes.policy);
    headed!(headers, Kind::Request, envelopes.request);
    headed!(headers, Kind::Owner, envelopes.owner);
    headed!(headers, Kind::Artifact, envelopes.artifact);
    for slot in &envelopes.snapshots {
        let kind = match slot.opened().and_then(|snapshot| phase(snapshot)) {
            Some(SnapshotPhase::After) => Kind::After,
            Some(SnapshotPhase::Before) | None => Kind::Before,
        };
        headed!(headers, kind, slot);
    }
    headed!(headers, Kind::Readback, envelopes.readback);
    headed!(headers, Kind::Integration, envelopes.integration);
    headed!(headers, Kind::Verdict, envelopes.verdict);
    headed!(headers, Kind::Decision, envelopes.decision);
    headers
}
