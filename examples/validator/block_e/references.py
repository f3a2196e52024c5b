"""The hashes that other parts of the system refer to; the formulas stand in docs/blocks.md."""

from .canonical import H
from .case import phase_of

SLOTS = ("registration_request", "owner_attestation", "artifact_attestation", "authority_readback", "integration")


def inputs(case, stage):
    """The evidence hashes a verdict of this stage rests on, by slot."""
    found = {slot: case.opened[slot] and case.opened[slot].hash for slot in SLOTS}
    for slot in ("verdict", "registration_decision"):
        envelope = case.opened[slot] if stage == "after_write" else None
        found[slot] = envelope and envelope.hash
    shown = [one for one, _ in case.snapshots
             if stage == "after_write" or one is None or phase_of(one) != "after"]
    for place, one in enumerate(shown):
        found[f"snapshots.{place}"] = one and one.hash
    return found


def reference(case, stage, now_text):
    """The decision reference."""
    policy = case.opened["policy"]
    return H("holdfast/decision-ref/v1", {
        "inputs": inputs(case, stage), "policy": policy and policy.hash, "now": now_text, "stage": stage})


def keys(policy, proposed, owner, artifact):
    """The single-use key and the identity of the effect."""
    common = {
        "protocol_version": policy["protocol_version"],
        "canonical_operation": owner["canonical_operation"],
        "canonical_target": owner["canonical_target"]}
    replay_key = H("holdfast/replay-key/v1", common | {
        "nonce": proposed["nonce"],
        "run_id": proposed["run_id"],
        "deployed_artifact_hash": artifact["artifact_hash"],
        "owner_or_approval_binding": H("holdfast/owner-binding/v1", owner["owner_or_approval_binding"])})
    effect_identity = H("holdfast/effect-identity/v1", common | {
        "artifact_identity": {"canonical_path": artifact["canonical_path"], "origin": artifact["origin"]},
        "artifact_hash": artifact["artifact_hash"]})
    return replay_key, effect_identity
