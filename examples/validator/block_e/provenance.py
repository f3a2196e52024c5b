"""Who states what: producers, and what they attest."""

from .case import Stop, unless

PRODUCERS = {
    "policy": "authority",
    "registration-request": "caller",
    "owner-attestation": "owner-resolver",
    "artifact-attestation": "artifact-resolver-f",
    "snapshot": "snapshot-provider",
    "authority-readback": "registrar",
    "integration": "pipeline",
    "verdict": "validator-e",
    "registration-decision": "registrar",
}


def producers(case, codes):
    for envelope in case.headers():
        stated = envelope.header["producer"]
        if stated != PRODUCERS[envelope.type]:
            codes.append(_impostor(envelope.type, stated))
        # Citing governed rows is for producers; a caller that does it supplies an attestation.
        if envelope.type == "registration-request" and envelope.refs:
            codes.append("CALLER_SUPPLIED_ATTESTATION")


def _impostor(kind, stated):
    if kind == "registration-request" or stated == "caller":
        return "CALLER_SUPPLIED_ATTESTATION"
    return "SNAPSHOT_MANIFEST_SOURCE_UNPROVEN" if kind == "snapshot" else "TRUSTED_PRODUCER_ABSENT"


def refusals(case, slot):
    """The codes a block refused with; none where it attested or did not open."""
    envelope = case.opened[slot]
    return [one["code"] for one in envelope.value["refusals"]] if envelope else []


def owner(case, codes):
    if case.has(case.owner) is not None:
        return
    case.need("owner_attestation")
    own = refusals(case, "owner_attestation")
    if not refusals(case, "artifact_attestation"):
        codes.extend(own or ["TRUSTED_PRODUCER_ABSENT"])
        return
    # F refused, so A had no artifact to bind to: its TRUSTED_PRODUCER_ABSENT is a consequence.
    codes.extend(code for code in own if code != "TRUSTED_PRODUCER_ABSENT")
    if not own:
        codes.append("TRUSTED_PRODUCER_ABSENT")
    unless(codes, Stop("provenance.artifact"))


def artifact(case, codes):
    if case.has(case.artifact) is not None:
        return
    case.need("artifact_attestation")
    codes.extend(refusals(case, "artifact_attestation") or ["TRUSTED_PRODUCER_ABSENT"])


def assembly(case, codes):
    integration = case.need("integration")
    stated = dict(integration["envelope_hashes"])
    before = case.has(case.before)
    found = {"snapshot_before": before and before.hash}
    for slot in ("registration_request", "owner_attestation", "artifact_attestation", "authority_readback"):
        found[slot] = case.opened[slot] and case.opened[slot].hash
    for slot, hash in found.items():
        # What did not open has a refusal of its own.
        if hash is not None and stated[slot] != hash:
            codes.append("EVIDENCE_HASH_MISMATCH")
    request = case.has(case.request)
    if request is not None and request != integration["request_proposed"]:
        codes.append("EVIDENCE_HASH_MISMATCH")
