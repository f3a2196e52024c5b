//! What a caller must not state: the members that would put its word in a producer's place.

use serde_json::Value;

/// Where a request holds what its caller proposes.
const PROPOSED: &str = "request_proposed";

/// The endings of the names under which producers state what they attest.
const ENDINGS: [&str; 2] = ["attestation", "attested"];

/// The other names of what only a block may produce.
const NAMES: [&str; 9] = [
    "authority_readback",
    "capture",
    "decision",
    "integration",
    "manifest",
    "refusals",
    "snapshot",
    "snapshots",
    "verdict",
];

/// Whether a request, itself or in what it proposes, has a member that only a producer may state.
///
/// For a document that is outside the schema of requests: whoever tries this is told so by a code of
/// its own, at every boundary by the same rule. Names decide, values are not looked at.
pub fn brings_attestation(request: &Value) -> bool {
    attests(request) || request.get(PROPOSED).is_some_and(attests)
}

fn attests(object: &Value) -> bool {
    let members = object.as_object().into_iter().flatten();
    members.into_iter().any(|(name, _)| {
        NAMES.contains(&name.as_str()) || ENDINGS.iter().any(|ending| name.ends_with(ending))
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_member_of_a_producer_attests_in_the_request_and_in_what_it_proposes() {
        for name in [
            "trusted_attested",
            "owner_attestation",
            "verdict",
            "my_attestation",
        ] {
            assert!(brings_attestation(&json!({ name: null })), "{name}");
            assert!(
                brings_attestation(&json!({ PROPOSED: { name: {} } })),
                "{name}"
            );
        }
    }

    #[test]
    fn other_members_and_deeper_ones_do_not_attest() {
        for request in [
            json!({"comment": "trusted_attested", "attested_by": 1}),
            json!({PROPOSED: {"nonce": "verdict"}, "header": {"verdict": 1}}),
            json!({PROPOSED: ["verdict"]}),
            json!(["trusted_attested"]),
        ] {
            assert!(!brings_attestation(&request), "{request}");
        }
    }
}
