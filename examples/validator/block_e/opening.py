"""Is each envelope there, and does it open? What is wrong with bytes is told by the opener."""

from . import canonical

# What only a producer may state; a request with such a member attests.
STATEMENTS = {"authority_readback", "capture", "decision", "integration", "manifest", "refusals",
              "snapshot", "snapshots", "verdict"}
ENDINGS = ("attestation", "attested")


def slot(name, absent):
    """The check of one slot: `absent` is the code where nothing was given."""

    def check(case, codes):
        if case.text[name] is None:
            codes.append(absent)
        elif case.refused[name] is not None:
            codes.append(case.refused[name])

    return check


policy = slot("policy", "ENVELOPE_MALFORMED")
owner = slot("owner_attestation", "TRUSTED_PRODUCER_ABSENT")
artifact = slot("artifact_attestation", "TRUSTED_PRODUCER_ABSENT")
readback = slot("authority_readback", "AUTHORITY_READBACK_MISSING")
integration = slot("integration", "TRUSTED_PRODUCER_ABSENT")
verdict = slot("verdict", "DECISION_REF_MISSING")
decision = slot("registration_decision", "DECISION_REF_MISSING")
_request = slot("registration_request", "ENVELOPE_MALFORMED")


def request(case, codes):
    if case.refused["registration_request"] == "SCHEMA_VIOLATION" and _attests(case):
        codes.append("CALLER_SUPPLIED_ATTESTATION")
    else:
        _request(case, codes)


def _attests(case):
    value = canonical.read(case.text["registration_request"])
    members = value if type(value) is dict else {}
    # Without them it is no envelope of which a schema could be violated.
    if any(type(members.get(name)) is not str for name in ("envelope_type", "envelope_version")):
        return False
    inner = members.get("request_proposed")
    names = [name for found in (members, inner) if type(found) is dict for name in found]
    return any(name in STATEMENTS or name.endswith(ENDINGS) for name in names)


def snapshots(case, codes):
    if not case.snapshots_given:
        codes.append("SNAPSHOT_MANIFEST_SOURCE_UNPROVEN")
    codes.extend(code for _, code in case.snapshots if code is not None)
