//! Rows that hash to what was seen of them, as far as envelopes say what they hold.

use canonical::{hash, tags};
use records::rows::decision_hash;
use registrar::port::{CATALOGUE, DRAFT};
use serde_json::{Map, Value, json};

use super::{Judged, Material, alike};
use crate::slot::Slot;

/// Members of the artifact attestation that the head takes over.
const METADATA: [&str; 8] = [
    "canonical_path",
    "origin",
    "artifact_hash",
    "hash_algorithm",
    "canonicalization_version",
    "artifact_type",
    "admission_ref",
    "size_bytes",
];

/// The head's row hash from the attestations: it holds what was attested, and nothing else.
pub(super) fn head(material: &Material<'_>) -> Judged {
    let stated = material.at(Slot::RegistrationDecision, "/head")?;
    let text = |name: &str| stated.get(name).and_then(Value::as_str);
    let judge = || {
        alike(
            "the head's carrier",
            text("carrier"),
            "the catalogue",
            Some(CATALOGUE),
        )?;
        alike(
            "the head's status",
            text("status"),
            "what is written",
            Some(DRAFT),
        )?;
        let columns = columns(material).ok_or("nothing was attested")?;
        let key = text("row_key").unwrap_or_default();
        let carrier = CATALOGUE.parse();
        let carrier = carrier.map_err(|_| "the catalogue has no name".to_owned())?;
        let due = canonical::row::row_hash(&carrier, key, &columns);
        let due = due.map_err(|error| error.to_string())?.to_string();
        alike(
            "the head's row hash",
            text("row_hash"),
            "recomputed it",
            Some(&due),
        )
    };
    Some(judge())
}

fn columns(material: &Material<'_>) -> Option<Map<String, Value>> {
    let owner = material.at(Slot::OwnerAttestation, "/trusted_attested")?;
    let artifact = material.at(Slot::ArtifactAttestation, "/trusted_attested")?;
    let decision = Slot::RegistrationDecision;
    let target = owner.get("canonical_target")?.as_str()?;
    let mut columns: Map<String, Value> = METADATA
        .iter()
        .map(|name| {
            (
                (*name).to_owned(),
                artifact.get(*name).cloned().unwrap_or_default(),
            )
        })
        .collect();
    let others = [
        ("canonical_target", json!(target)),
        ("dot_code", json!(target.strip_prefix("dot:")?)),
        ("object_type", owner.get("object_type")?.clone()),
        ("scope", owner.get("scope")?.clone()),
        (
            "owner_principal",
            owner
                .pointer("/owner_or_approval_binding/owner_principal")?
                .clone(),
        ),
        ("replay_key", material.at(decision, "/replay_key")?.clone()),
        (
            "attempt_id",
            material.at(decision, "/consume/attempt_id")?.clone(),
        ),
        ("status", json!(DRAFT)),
    ];
    columns.extend(others.map(|(name, value)| (name.to_owned(), value)));
    Some(columns)
}

/// Manifest hash and aggregate of each capture; of what block E refused it has said what it found.
pub(super) fn captures(material: &Material<'_>) -> Judged {
    material.accepted()?;
    let judge = || {
        for slot in [Slot::SnapshotBefore, Slot::SnapshotAfter] {
            let Some(snapshot) = material.value(slot) else {
                continue;
            };
            let at = |pointer: &str| snapshot.pointer(pointer).unwrap_or(&Value::Null);
            let mut manifest = at("/manifest").clone();
            let stated = manifest
                .as_object_mut()
                .and_then(|members| members.remove("manifest_hash"));
            hashes(slot, "manifest", tags::MANIFEST, &manifest, stated.as_ref())?;
            let surfaces = at("/capture/surfaces").as_array();
            let surfaces: Result<Vec<Value>, String> =
                surfaces.into_iter().flatten().map(entry).collect();
            let covered = json!({"surfaces": surfaces?});
            let stated = snapshot.pointer("/capture/aggregate/hash");
            hashes(slot, "aggregate", tags::SURFACE, &covered, stated)?;
        }
        Ok(())
    };
    Some(judge())
}

fn entry(surface: &Value) -> Result<Value, String> {
    let write_set = surface.get("write_set").filter(|set| !set.is_null());
    let write_set_hash = write_set.map(|set| hash(tags::SURFACE, set)).transpose();
    Ok(json!({
        "surface": surface.get("surface"),
        "content_hash": surface.get("content_hash"),
        "write_set_hash": write_set_hash.map_err(|error| error.to_string())?,
    }))
}

fn hashes(
    slot: Slot,
    what: &str,
    tag: &str,
    value: &Value,
    stated: Option<&Value>,
) -> Result<(), String> {
    let due = hash(tag, value).map_err(|error| error.to_string())?;
    let stated = stated.and_then(Value::as_str);
    let name = format!("the {what} hash of {}", slot.name());
    alike(&name, stated, "recomputed it", Some(&due.to_string()))
}

/// The decision row that was seen after the write is that of these bytes. That the head and the key
/// are the decision's, block E has compared.
pub(super) fn effect(material: &Material<'_>) -> Judged {
    let manifest = material.at(Slot::SnapshotAfter, "/manifest/surfaces")?;
    let captured = material.at(Slot::SnapshotAfter, "/capture/surfaces")?;
    let decision = Slot::RegistrationDecision;
    let judge = || {
        let parsed = |pointer: &str| material.text(decision, pointer).unwrap_or_default();
        let (Ok(key), Ok(evidence_hash)) = (
            parsed("/replay_key").parse(),
            parsed("/header/evidence_hash").parse(),
        ) else {
            return Err("the decision states no key".to_owned());
        };
        let attempt_id = &material.bundle.attempt.attempt_id;
        let transaction = parsed("/consume/transaction_id");
        let due = decision_hash(&key, attempt_id, &evidence_hash, transaction);
        let due = due.map_err(|error| error.to_string())?.to_string();
        let mut seen = of_carrier(manifest, "decision").peekable();
        if seen.peek().is_none() {
            return Err("no surface shows the decision row".to_owned());
        }
        for name in seen {
            let rows = captured.as_array().into_iter().flatten();
            let mut rows = rows.filter(|surface| surface.get("surface") == Some(name));
            let found = rows.next();
            let found = found.and_then(|surface| surface.pointer("/write_set/rows/0/row_hash"));
            let found = found.and_then(Value::as_str);
            alike(
                "the decision row that was seen",
                found,
                "recomputed it",
                Some(&due),
            )?;
        }
        Ok(())
    };
    Some(judge())
}

/// The names of a manifest's surfaces of one carrier.
fn of_carrier<'a>(surfaces: &'a Value, carrier: &'a str) -> impl Iterator<Item = &'a Value> {
    let surfaces = surfaces.as_array().into_iter().flatten();
    let own =
        surfaces.filter(move |one| one.get("carrier").and_then(Value::as_str) == Some(carrier));
    own.filter_map(|one| one.get("name"))
}
