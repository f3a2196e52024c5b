//! The keys of an attempt: another value of any member is another key, the order of members is not
//! (spec section 3).

use canonical::Digest;
use registrar::contract::{ArtifactTrustedAttested, OwnerTrustedAttested};
use registrar::{KeyInput, Keys};
use serde_json::{Value, json};

use crate::edit;

/// What keys are made of, by the names they have in the hashed tuple.
const MADE_OF: &str = include_str!("../baselines/made-of.json");

/// What the replay key is made of; everything else must not change it.
const REPLAY: [&str; 7] = [
    "/protocol_version",
    "/nonce",
    "/run_id",
    "/owner/canonical_operation",
    "/owner/canonical_target",
    "/owner/owner_or_approval_binding",
    "/artifact/artifact_hash",
];

/// Two documents have one replay key exactly when its members are the same in both.
pub(crate) fn replay_key(bytes: &[u8]) {
    let before: Value = serde_json::from_str(MADE_OF).unwrap();
    let mut after = before.clone();
    edit::apply(&mut after, bytes);
    let one = keys(&before).unwrap();
    let Some(other) = keys(&after) else {
        return;
    };
    let is_same = REPLAY
        .iter()
        .all(|member| before.pointer(member) == after.pointer(member));
    assert_eq!(one.replay_key == other.replay_key, is_same, "{after}");
    assert_eq!(keys(&reversed(&after)), Some(other), "order changes a key");
}

/// No key where a member is missing or of another form, or holds a text that nothing hashes (NUL).
fn keys(made_of: &Value) -> Option<Keys> {
    let owner: OwnerTrustedAttested = read(made_of, "owner")?;
    let artifact: ArtifactTrustedAttested = read(made_of, "artifact")?;
    let input = KeyInput {
        owner: &owner,
        artifact: &artifact,
        nonce: made_of["nonce"].as_str()?,
        run_id: made_of["run_id"].as_str()?,
        protocol_version: made_of["protocol_version"].as_str()?,
        policy_ref: read::<Digest>(made_of, "policy_ref")?,
    };
    Keys::of(&input).ok()
}

fn read<T: serde::de::DeserializeOwned>(made_of: &Value, name: &str) -> Option<T> {
    // From text, so that the order of members is what was written.
    serde_json::from_str(&made_of[name].to_string()).ok()
}

/// The same document with the members of every object in reverse.
fn reversed(value: &Value) -> Value {
    match value {
        Value::Object(members) => members
            .iter()
            .rev()
            .map(|(name, value)| (name.clone(), reversed(value)))
            .collect(),
        other => json!(other),
    }
}
