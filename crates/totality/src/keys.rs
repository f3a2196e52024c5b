//! The keys of an attempt: another value of any member is another key, the order of members is not
//! (spec section 3).

use canonical::Digest;
use registrar::contract::{ArtifactTrustedAttested, OwnerTrustedAttested};
use registrar::{KeyInput, Keys};
use serde::Deserialize;
use serde_json::Value;

use crate::edit;
use crate::order::reversed;

/// What keys are made of, by the names they have in the hashed tuple.
const MADE_OF: &str = include_str!("../baselines/made-of.json");

#[derive(Deserialize)]
struct MadeOf {
    owner: OwnerTrustedAttested,
    artifact: ArtifactTrustedAttested,
    nonce: String,
    run_id: String,
    protocol_version: String,
    policy_ref: Digest,
}

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
    let baseline: Value = serde_json::from_str(MADE_OF).unwrap();
    let (mut first, mut second) = (baseline.clone(), baseline);
    let (of_first, of_second) = apart(bytes);
    edit::apply(&mut first, &of_first);
    edit::apply(&mut second, &of_second);
    let (Some(one), Some(other)) = (keys(&first.to_string()), keys(&second.to_string())) else {
        return;
    };
    let is_same = REPLAY
        .iter()
        .all(|member| first.pointer(member) == second.pointer(member));
    assert_eq!(
        one.replay_key == other.replay_key,
        is_same,
        "{first} {second}"
    );
    let turned = keys(&reversed(&first));
    assert_eq!(turned, Some(one), "order changes a key");
}

/// Every other edit, four bytes each, is one document's; the rest are the other one's.
fn apart(bytes: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for pair in bytes.chunks(8) {
        let (one, other) = pair.split_at(pair.len().min(4));
        first.extend(one);
        second.extend(other);
    }
    (first, second)
}

/// No key where a member is missing or of another form, or holds a text that nothing hashes (NUL).
fn keys(made_of: &str) -> Option<Keys> {
    let made_of: MadeOf = serde_json::from_str(made_of).ok()?;
    let input = KeyInput {
        owner: &made_of.owner,
        artifact: &made_of.artifact,
        nonce: &made_of.nonce,
        run_id: &made_of.run_id,
        protocol_version: &made_of.protocol_version,
        policy_ref: made_of.policy_ref,
    };
    Keys::of(&input).ok()
}
