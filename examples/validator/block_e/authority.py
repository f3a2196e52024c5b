"""Carriers, readback, lifecycle and quorum of the rows that were relied on (spec 4)."""

from .case import Stop, unless
from .clock import micros
from .namespaces import bound
from .sources import first

VOTE = "approval_vote"
# risk tier: owner-side humans and council members due; a policy may raise them and not lower them
LEAST = {"low": (0, 0), "medium": (1, 0), "high": (1, 2)}


def _lifecycle(case):
    return {one["carrier"] for one in case.need("policy")["carriers"] if one["lifecycle"]}


def carriers(case, codes):
    lifecycle, readback = _lifecycle(case), case.need("authority_readback")
    # A class or criterion is the prover's to state; without its report there is no proof to go by.
    if readback["carrier_report_hash"] is None:
        codes.append("AUTHORITY_WRITER_UNPROVEN")
    assessed = first(readback["carriers"], "carrier")
    for _, ref in case.reread():
        name = ref["carrier"]
        if name not in assessed:
            codes.append("AUTHORITY_WRITER_UNPROVEN")
            continue
        criteria = assessed[name]["criteria"]
        if criteria["writer_authority"] != "proven":
            codes.append("AUTHORITY_WRITER_UNPROVEN")
        if criteria["immutability"] != "proven":
            codes.append("AUTHORITY_ROW_MUTABLE")
        if name in lifecycle and criteria["transition_writer"] != "proven":
            codes.append("LIFECYCLE_TRANSITION_AUTHORITY_UNPROVEN")


def readback(case, codes):
    rows = first(case.need("authority_readback")["rows"], "carrier", "row_key")
    for _, ref in case.reread():
        row = rows.get((ref["carrier"], ref["row_key"]))
        if row is None:
            codes.append("AUTHORITY_READBACK_MISSING")
        elif row["row_hash"] != ref["row_hash"]:
            codes.append("AUTHORITY_READBACK_MISMATCH")


def heads(case, codes):
    lifecycle = _lifecycle(case)
    rows = first(case.need("authority_readback")["rows"], "carrier", "row_key")
    for envelope, ref in case.reread():
        row = rows.get((ref["carrier"], ref["row_key"]))
        if row is not None and row["row_hash"] is not None:
            code = _head(row, envelope.issued, ref["carrier"] in lifecycle)
            if code:
                codes.append(code)


def _head(row, attested_at, lifecycle):
    changed, status = row["lifecycle_changed_at"], row["lifecycle_status"]
    if row["active_heads"] > 1:
        return "AMBIGUOUS_AUTHORITY"
    if changed is not None and micros(changed) > attested_at:
        return "LIFECYCLE_CHANGED_POST_ISSUANCE"
    active = not lifecycle if status is None else status == "active" and row["active_heads"] == 1
    return None if active else "LIFECYCLE_NOT_ACTIVE"


def binding(case, codes):
    owner = case.owner()
    read = [ref for _, ref in case.cited(("owner",))]
    if not read:
        raise Stop("provenance.source_refs")
    if not _backed(owner["owner_or_approval_binding"], read):
        codes.append("OWNER_BINDING_ABSENT")
    if case.assembled("owner_or_approval_binding") not in (None, bound(owner)):
        codes.append("OWNER_BINDING_ABSENT")
    try:
        artifact, policy = case.artifact(), case.need("policy")
    except Stop as stop:
        return unless(codes, stop)
    if owner["artifact_hash"] != artifact["artifact_hash"]:
        codes.append("APPROVAL_NOT_BOUND_TO_EFFECT_IDENTITY")
    _quorum(owner, policy, codes)


def _backed(binding, read):
    """Ownership, approval, votes, sign-off: each has to be a source that block A cites."""
    rows = {(ref["carrier"], ref["row_key"], ref["row_hash"]) for ref in read}
    named = {("ownership", binding["ownership_ref"], binding["ownership_row_hash"]),
             ("approval", binding["approval_ref"], binding["approval_row_hash"])}
    named |= {(VOTE, vote["vote_ref"], vote["row_hash"]) for vote in binding["quorum"]["counted"]}
    signoff = binding["signoff_ref"]
    return named <= rows and (signoff is None or (VOTE, signoff) in {row[:2] for row in rows})


def _quorum(owner, policy, codes):
    quorum = owner["owner_or_approval_binding"]["quorum"]
    votes, tier = quorum["counted"], quorum["risk_tier"]
    principals = [vote["principal"] for vote in votes]
    if len(set(principals)) < len(votes) or len({vote["vote_ref"] for vote in votes}) < len(votes):
        codes.append("APPROVER_ALIAS_DOUBLE_COUNT")
    if owner["actor_principal"] in principals:
        codes.append("PROPOSER_COUNTED")
    rule = next((one for one in policy["quorum"] if one["risk_tier"] == tier), None)
    humans = sum(vote["side"] == "owner" and vote["human"] for vote in votes)
    council = sum(vote["side"] == "council" for vote in votes)
    if rule is None or len(votes) < max(1, rule["approvals_min"]) \
            or humans < max(LEAST[tier][0], rule["owner_humans_min"]) \
            or council < max(LEAST[tier][1], rule["council_min"]):
        codes.append("QUORUM_NOT_REACHED")
