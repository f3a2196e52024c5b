//! Block E on the evidence of real registrations, edited and sealed again: what it promises of any
//! verdict, and what must be so wherever it accepts (spec sections 3 to 5 and 7).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use serde_json::Value;
use situations::Baseline;
use validator_e::contract::{self as by, CheckOutcome, Verdict, VerdictOutcome, VerdictStage};

use crate::resealed::{Edited, Frame, binding};

static FRAMES: LazyLock<Vec<Frame>> = LazyLock::new(|| {
    let baselines = Baseline::all().unwrap();
    baselines.into_iter().map(Frame::of).collect()
});

/// The byte that is left over by edits of four says which registration is edited.
pub(crate) fn judgement(bytes: &[u8]) {
    let which = bytes.chunks_exact(4).remainder().first().unwrap_or(&0);
    let Some(edited) = FRAMES[usize::from(*which) % FRAMES.len()].edited(bytes) else {
        return;
    };
    let frame = edited.texts.frame(None);
    let verdict = validator_e::filter(frame.as_bytes()).unwrap();
    assert_eq!(validator_e::filter(frame.as_bytes()).unwrap(), verdict);
    let verdict = by::verdict().open(&verdict).unwrap();
    keeps_its_promises(&verdict);
    let is_accepted = verdict.outcome == VerdictOutcome::Accept;
    assert!(is_accepted || !edited.is_untouched(), "{verdict:?}");
    assert!(!(is_accepted && edited.has_a_broken_hash()), "{frame}");
    if is_accepted {
        let broken = Accepted::of(&edited).broken();
        assert!(
            broken.is_empty(),
            "accepted in spite of {broken:?}: {frame}"
        );
    }
}

/// Every check, in the order of the table; a pass only where all due ones held; every code of a
/// check, once, in precedence.
pub(crate) fn keeps_its_promises(verdict: &Verdict) {
    let table = validator_e::checks().map(|check| check.id.to_string());
    let shown = verdict.checks.iter().map(|check| check.id.to_string());
    assert!(table.eq(shown), "{verdict:?}");
    let mut codes = BTreeSet::new();
    for check in &*verdict.checks {
        let is_failed = check.outcome == CheckOutcome::Failed;
        let is_stopped = check.outcome == CheckOutcome::NotReached;
        assert_eq!(is_failed, !check.reject_codes.is_empty(), "{check:?}");
        assert_eq!(is_stopped, check.stopped_by.is_some(), "{check:?}");
        // Block E makes a failed check of a panic; here it is a defect all the same.
        let mut compared = check.compared.iter();
        assert!(!compared.any(|shown| shown.name == "panicked"), "{check:?}");
        codes.extend(check.reject_codes.iter().copied());
    }
    let said: Vec<_> = verdict.reject_codes.iter().copied().collect();
    assert_eq!(said, codes.into_iter().collect::<Vec<_>>());
    let is_accepted = verdict.outcome == VerdictOutcome::Accept;
    assert_eq!(is_accepted, said.is_empty());
    // Without a failure only the stage keeps a check from being reached.
    let checks = verdict.checks.iter();
    let mut stops = checks.filter_map(|check| check.stopped_by.as_deref());
    let is_first = verdict.stage == VerdictStage::BeforeWrite;
    let waits = |stop: &str| is_first && stop == "stage.after_write";
    assert!(!is_accepted || stops.all(waits), "{verdict:?}");
}

/// Evidence that was accepted, looked at a second time and more plainly.
struct Accepted {
    slots: BTreeMap<String, Value>,
}

/// Places that have to say the same; the first one says what.
const SAME: [&[&str]; 7] = [
    &[
        "registration_request/request_proposed/artifact_hash",
        "owner_attestation/trusted_attested/artifact_hash",
        "artifact_attestation/trusted_attested/artifact_hash",
    ],
    &[
        "registration_request/request_proposed/operation",
        "owner_attestation/trusted_attested/canonical_operation",
        "snapshots~0/capture/operation",
    ],
    &[
        "owner_attestation/trusted_attested/canonical_target",
        "artifact_attestation/trusted_attested/canonical_target",
        "snapshots~0/capture/target",
    ],
    &[
        "owner_attestation/trusted_attested/scope",
        "snapshots~0/capture/scope",
    ],
    &[
        "registration_request/request_proposed/admission_ref",
        "artifact_attestation/trusted_attested/admission_ref",
    ],
    &[
        "registration_request/request_proposed/run_id",
        "owner_attestation/header/run_id",
        "artifact_attestation/header/run_id",
        "authority_readback/header/run_id",
        "integration/header/run_id",
        "snapshots~0/header/run_id",
    ],
    &[
        "attempt/attempt_id",
        "owner_attestation/header/attempt_id",
        "artifact_attestation/header/attempt_id",
        "authority_readback/header/attempt_id",
        "integration/header/attempt_id",
        "snapshots~0/header/attempt_id",
    ],
];

impl Accepted {
    fn of(edited: &Edited) -> Self {
        Self {
            slots: edited.slots(),
        }
    }

    /// A place, given as `slot/pointer`; a capture's slot holds a `/` of its own, here `~`.
    fn at(&self, place: &str) -> &Value {
        let (slot, pointer) = place.split_once('/').unwrap();
        let envelope = &self.slots[&slot.replace('~', "/")];
        envelope.pointer(&format!("/{pointer}")).unwrap()
    }

    /// What is not as it has to be.
    fn broken(&self) -> Vec<&'static str> {
        let same = SAME.iter().filter(|places| {
            let due = self.at(places[0]);
            due.is_null() || places.iter().any(|place| self.at(place) != due)
        });
        let same = same.map(|places| places[0]);
        let others = [
            (self.nonce_is_bound(), "the nonce's binding"),
            (self.nobody_refuses(), "a refusal"),
            (self.headers_fit(), "a header"),
            (self.votes_count(), "the quorum"),
            (self.rows_were_reread(), "a row that was not reread"),
            (self.artifact_stands(), "the artifact's state"),
        ];
        let others = others.into_iter().filter(|(holds, _)| !holds);
        same.chain(others.map(|(_, what)| what)).collect()
    }

    fn nonce_is_bound(&self) -> bool {
        let proposed = self.at("registration_request/request_proposed");
        let bound = proposed["nonce"].as_str().unwrap().rsplit('.').next();
        bound == Some(binding(proposed).to_hex().as_str())
    }

    fn nobody_refuses(&self) -> bool {
        let mut refusals = self.slots.values().filter_map(|it| it.get("refusals"));
        refusals.all(|refusals| refusals.as_array().unwrap().is_empty())
    }

    fn headers_fit(&self) -> bool {
        let own = self.at("policy/header");
        let mut headers = self.slots.values().filter_map(|it| it.get("header"));
        // Times have one spelling and one length, so their texts are in their order.
        headers.all(|header| {
            header["trust_domain"] == own["trust_domain"]
                && header["audience"] == own["audience"]
                && header["key_id"].is_null()
                && header["expires_at"].as_str() >= header["issued_at"].as_str()
        })
    }

    fn votes_count(&self) -> bool {
        let owner = self.at("owner_attestation/trusted_attested");
        let counted = owner["owner_or_approval_binding"]["quorum"]["counted"].as_array();
        let principals: Vec<_> = counted.unwrap().iter().map(|it| &it["principal"]).collect();
        let distinct: BTreeSet<_> = principals.iter().map(|it| it.as_str()).collect();
        !principals.is_empty()
            && distinct.len() == principals.len()
            && !principals.contains(&&owner["actor_principal"])
    }

    fn rows_were_reread(&self) -> bool {
        let reread = self.at("authority_readback/rows").as_array().unwrap();
        let attestations = ["owner_attestation", "artifact_attestation"];
        let mut cited = attestations.iter().flat_map(|slot| {
            let refs = &self.slots[*slot]["header"]["source_refs"];
            refs.as_array().unwrap()
        });
        let members = ["carrier", "row_key", "row_hash"];
        cited.all(|cited| {
            let same = |row: &Value| members.iter().all(|name| row[name] == cited[name]);
            reread.iter().any(same)
        })
    }

    fn artifact_stands(&self) -> bool {
        let artifact = self.at("artifact_attestation/trusted_attested");
        artifact["drift_state"] == "none" && artifact["hash_algorithm"] == "sha256"
    }
}
