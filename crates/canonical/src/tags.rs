//! Hash tags: each names purpose and version, so a digest made for one purpose is never valid for another.

/// The single-use key of a registration.
pub const REPLAY_KEY: &str = "holdfast/replay-key/v1";
/// The effect itself, whoever authorised it and whenever.
pub const EFFECT_IDENTITY: &str = "holdfast/effect-identity/v1";
/// The authority under which an effect was allowed.
pub const AUTHORIZATION_BINDING: &str = "holdfast/authorization-binding/v1";
/// A governed row as it was read.
pub const ROW: &str = "holdfast/row/v1";
/// A caller's request, for recognising an exact retry.
pub const REQUEST: &str = "holdfast/request/v1";
/// What a nonce is bound to.
pub const NONCE_BINDING: &str = "holdfast/nonce-binding/v1";
/// One captured surface of a snapshot.
pub const SURFACE: &str = "holdfast/surface/v1";
/// The manifest of a snapshot.
pub const MANIFEST: &str = "holdfast/manifest/v1";
/// The inputs that a verdict rests on.
pub const DECISION_REF: &str = "holdfast/decision-ref/v1";
/// A failure record.
pub const FAILURE: &str = "holdfast/failure/v1";
/// A directory tree as one artifact.
pub const TREE: &str = "holdfast/tree/v1";

/// The tag of the evidence hash of one envelope type.
///
/// The type is part of the tag, so that an envelope's hash is never the hash of another type's.
pub fn evidence(envelope_type: &str) -> String {
    format!("holdfast/evidence/{envelope_type}/v1")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tag_of_evidence_names_the_envelope_type() {
        assert_eq!(evidence("snapshot"), "holdfast/evidence/snapshot/v1");
    }
}
