"""The nonce binds operation, target and artifact; a consume proves itself."""

import re

from .canonical import H
from .case import LEDGER, Stop
from .clock import LATEST, MILLISECOND

_NONCE = re.compile(
    r"n1\.([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\.([0-9a-f]{64})\Z")
_HASH = re.compile(r"sha256:[0-9a-f]{64}\Z")
PROVE_NOTHING = ("policy", "registration-request", "verdict", "registration-decision")


def read(nonce):
    """When it was minted and what it is bound to; None where it is no nonce."""
    match = _NONCE.match(nonce)
    minted = match and int(match[1] + match[2], 16) * MILLISECOND
    return (minted, "sha256:" + match[3]) if match and minted <= LATEST else None


def nonce(case, codes):
    found = read(case.request()["nonce"])
    if found is None:
        codes.append("NONCE_MALFORMED")
        return
    apart = abs(found[0] - case.opened["registration_request"].issued)
    if apart > case.need("policy")["skew_max_ms"] * MILLISECOND:
        codes.append("NONCE_MALFORMED")


def binding(case, codes):
    proposed = case.request()
    found = read(proposed["nonce"])
    if found is None:
        raise Stop("replay.nonce")
    due = H("holdfast/nonce-binding/v1", {
        "canonical_operation": proposed["operation"],
        "canonical_target": "dot:" + proposed["dot_code"],
        "artifact_hash": proposed["artifact_hash"]})
    if found[1] != due or not _HASH.match(proposed["artifact_hash"]):
        codes.append("NONCE_UNBOUND")


def source_rows(case, codes):
    for envelope in case.headers():
        if envelope.type not in PROVE_NOTHING:
            if any(ref["carrier"] == LEDGER for ref in envelope.refs):
                codes.append("REPLAY_STALE_ROW")


def consume(case, codes):
    decision = case.need("registration_decision")
    proof = decision["consume"]
    registered = decision["outcome"] == "registered" and None not in (
        decision["operation_start"], decision["head"], proof)
    if not registered or (proof["attempt_id"], proof["replay_key"]) != (case.attempt_id, decision["replay_key"]) \
            or proof["epoch"] < 1:
        codes.append("REPLAY_STALE_ROW")
