"""The rows that attestations rest on: from known carriers, and named by whoever must name them."""

from .case import phase_of

PROVEN = "PROVEN_AUTHORITY_CONTROLLED_CARRIER"


def carriers(case, codes):
    governed = case.need("policy")["carriers"]
    known = {one["carrier"] for one in governed}
    lifecycle = {one["carrier"] for one in governed if one["lifecycle"]}
    readback = case.opened["authority_readback"]
    assessed = first(readback.value["carriers"], "carrier") if readback else {}
    for _, ref in case.cited():
        name = ref["carrier"]
        if name not in known or (name in assessed and _unfit(assessed[name], name in lifecycle)):
            codes.append("UNKNOWN_CARRIER")


def first(items, *names):
    """Items by their key; where a key stands twice, the first one counts."""
    found = {}
    for one in items:
        found.setdefault(tuple(one[name] for name in names) if len(names) > 1 else one[names[0]], one)
    return found


def _unfit(assessment, lifecycle):
    """UNKNOWN_CARRIER only where no code of section 7 names the criterion that fails."""
    proven = {name for name, outcome in assessment["criteria"].items() if outcome == "proven"}
    finer = {"writer_authority", "immutability"} | ({"transition_writer"} if lifecycle else set())
    rest = {"consumer_readback", "tamper_evidence", "retention"}
    return finer <= proven and not (rest <= proven and assessment["carrier_class"] == PROVEN)


def source_refs(case, codes):
    governed = case.need("policy")["carriers"]
    known = {one["carrier"] for one in governed}
    backs = {(one["carrier"], one["envelope_type"]) for one in governed}
    if not all(_named(case)):
        codes.append("SOURCE_REF_MISSING")
    for envelope, ref in case.cited():
        backed = ref["carrier"] not in known or (ref["carrier"], envelope.type) in backs
        if ref["envelope_type"] != envelope.type or not backed:
            codes.append("SOURCE_REF_WRONG_ENVELOPE_TYPE")


def _named(case):
    """One truth value for each row that somebody had to name."""
    if case.has(case.owner) is not None:
        yield case.opened["owner_attestation"].refs
        read = {ref["carrier"] for _, ref in case.cited(("owner",))}
        yield {"action_type", "principal_binding"} <= read
    artifact = case.has(case.artifact)
    if artifact is not None:
        yield case.opened["artifact_attestation"].refs
        yield artifact["admission_ref"] in {ref["row_key"] for _, ref in case.cited(("artifact",))}
    for one in case.captures:
        ask = case.after if phase_of(one) == "after" else case.before
        yield one.refs or case.has(ask) is None
