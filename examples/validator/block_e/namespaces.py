"""The integration keeps request_proposed and trusted_attested apart, field by field (spec 2)."""

from .case import Stop, unless

OWNER, ARTIFACT = "owner-attestation", "artifact-attestation"
# field: the member of the request that proposes it, if any
OWNED = {"canonical_operation": "operation", "scope": None, "owner_or_approval_binding": None,
         "actor_principal": "actor"}
HASHED = {"canonical_target": "dot_code", "artifact_hash": "artifact_hash", "canonical_path": "artifact_path",
          "artifact_type": "artifact_type", "admission_ref": "admission_ref"}


def namespaces(case, codes):
    fields, proposed = case.need("integration")["trusted_attested"], case.request()
    groups = (("owner_attestation", OWNED, (OWNER,), case.owner),
              ("artifact_attestation", HASHED, (ARTIFACT,), case.artifact))
    for slot, names, entitled, ask in groups:
        # No envelope, nothing to compare with; the loop below says which one is absent.
        if case.opened[slot] is None:
            continue
        attested = case.has(ask)
        for name, proposal in names.items():
            due = attested and stated(attested, name)
            producers = (ARTIFACT, OWNER) if name == "canonical_target" else entitled
            _field(case, fields[name], producers, due, proposal and proposed[proposal], codes)
    for slot in ("owner_attestation", "artifact_attestation"):
        if case.opened[slot] is None:
            return unless(codes, Stop(f"open.{slot}"))


def stated(attested, name):
    """An attested value as the integration writes it."""
    if name == "owner_or_approval_binding":
        return bound(attested)
    return attested[name]


def bound(owner):
    binding = owner["owner_or_approval_binding"]
    return f"{binding['ownership_ref']} {binding['approval_ref']}"


def _field(case, field, producers, due, proposal, codes):
    value, source = field["value"], field["source"]
    if value is None or source is None:
        # All three empty is an absent attestation, and provenance.owner or .artifact has failed for it.
        if not (value is None and source is None and due is None):
            codes.append("TRUSTED_PRODUCER_ABSENT")
        return
    named = source["envelope_type"]
    if named == "registration-request":
        codes.append("REQUEST_PROPOSED_AS_TRUSTED")
    else:
        found = _envelope(case, named) if named in producers else None
        if found is None:
            codes.append("SOURCE_REF_WRONG_ENVELOPE_TYPE")
        elif found.hash != source["evidence_hash"]:
            codes.append("EVIDENCE_HASH_MISMATCH")
    # Another value than the attested one is refused by the class of the field; here, where it is from.
    if value != due:
        if value == proposal:
            codes.append("REQUEST_PROPOSED_AS_TRUSTED")
        elif due is None:
            codes.append("TRUSTED_PRODUCER_ABSENT")


def _envelope(case, kind):
    return case.opened["owner_attestation" if kind == OWNER else "artifact_attestation"]
