//! The frames that ask for captures.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops where what it rests on does not hold"
)]

use std::path::Path;

use serde_json::{Value, json};
use snapshot_provider::contract::{
    artifact_attestation, owner_attestation, policy, registration_request,
};

pub(crate) fn attempt(number: u16) -> canonical::Uuid {
    format!("0197a3b2-7c1d-7e4f-8a90-1b2c3d4e{number:04x}")
        .parse()
        .unwrap()
}

/// The frame that asks for the capture before.
pub(crate) fn before(number: u16) -> Vec<u8> {
    frame(number, "before", b"")
}

/// The frame that asks for the capture after, beside the one before.
pub(crate) fn after(number: u16, before: &[u8]) -> Vec<u8> {
    frame(number, "after", before)
}

fn frame(number: u16, phase: &str, before: &[u8]) -> Vec<u8> {
    let attempt_id = attempt(number).to_string();
    let example = |envelope_type: &str| {
        let mut envelope = example(envelope_type);
        if envelope_type.ends_with("attestation") {
            envelope["header"]["attempt_id"] = json!(attempt_id);
        }
        envelope
    };
    macro_rules! sealed {
        ($contract:expr, $envelope_type:literal) => {{
            let value = serde_json::from_value(example($envelope_type)).unwrap();
            String::from_utf8($contract.seal(&value).unwrap().into_bytes()).unwrap()
        }};
    }
    format!(
        "{{\"registration_request\":{},\"owner_attestation\":{},\"artifact_attestation\":{},\
         \"policy\":{},\"attempt\":{},\"phase\":\"{phase}\",\"sequence\":1,\"snapshots\":[{}]}}",
        sealed!(registration_request(), "registration-request"),
        sealed!(owner_attestation(), "owner-attestation"),
        sealed!(artifact_attestation(), "artifact-attestation"),
        sealed!(policy(), "policy"),
        json!({"attempt_id": attempt_id, "correlation_id": attempt_id}),
        std::str::from_utf8(before).unwrap(),
    )
    .into_bytes()
}

fn example(envelope_type: &str) -> Value {
    let file = format!("../../schemas/{envelope_type}.v1.schema.json");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let schema: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    schema["examples"][0].clone()
}
