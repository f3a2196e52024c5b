"""The second run's comparison of both captures: interval, observer, state, and the one effect (spec 5)."""

from .case import LEDGER, Stop, unless
from .clock import MILLISECOND, micros
from .snapshot import WRITTEN

DECISION = "decision"


def order(case, codes):
    before, after = (one.value["capture"] for one in (case.before(), case.after()))
    taken = [micros(one["captured_at"]) for one in (before, after)]
    if taken[1] < taken[0] or after["sequence"] <= before["sequence"]:
        codes.append("SNAPSHOT_REVERSED_INTERVAL")
    try:
        policy, start = case.need("policy"), case.operation_start()
    except Stop as stop:
        return unless(codes, stop)
    # captured_at is the observer's clock and operation_start the store's: clock_offset_max may lie between.
    early = start - taken[1] > policy["clock_offset_max_ms"] * MILLISECOND
    if micros(after["store_clock"]) < start or early:
        codes.append("SNAPSHOT_BOTH_BEFORE_OP")
    if micros(before["store_clock"]) > start:
        codes.append("SNAPSHOT_REVERSED_INTERVAL")


def continuity(case, codes):
    before, after = (one.value["capture"] for one in (case.before(), case.after()))
    first, second = before["observer"], after["observer"]
    if (after["same_observer_continuity"] and first != second) or first["principal"] != second["principal"]:
        codes.append("SNAPSHOT_CONTINUITY_FALSE")


def unchanged(case, codes):
    before, after = (one.value["capture"]["surfaces"] for one in (case.before(), case.after()))
    again = {}
    for surface in after:
        again.setdefault(surface["surface"], surface["content_hash"])
    for surface in before:
        # One that the second capture lacks is MANIFEST_SHRINK or a membership mismatch, not a change.
        name = surface["surface"]
        if surface["kind"] in WRITTEN or name not in again:
            continue
        if again[name] is None or again[name] != surface["content_hash"]:
            codes.append("SNAPSHOT_UNEXPECTED_CHANGE")


def effect(case, codes):
    decision, after = case.need("registration_decision"), case.after()
    proof, head = decision["consume"], decision["head"]
    if proof is None or head is None:
        raise Stop("replay.consume")
    captured = {}
    for surface in after.value["capture"]["surfaces"]:
        captured.setdefault(surface["surface"], surface["write_set"])
    specs = [spec for spec in after.value["manifest"]["surfaces"] if spec["kind"] in WRITTEN]
    for spec in specs:
        added = captured.get(spec["name"])
        if added is None or not _fits(case, spec["carrier"], added["rows"], proof, head):
            codes.append("SNAPSHOT_WRITESET_MISMATCH")
    # The key and the head have to be seen being added, so both carriers must be listed.
    if not {LEDGER, head["carrier"]} <= {spec["carrier"] for spec in specs}:
        codes.append("SNAPSHOT_WRITESET_MISMATCH")


def _fits(case, carrier, rows, proof, head):
    if carrier not in (LEDGER, DECISION, head["carrier"]):
        return not rows
    if len(rows) != 1:
        return False
    row = rows[0]
    if (row["attempt_id"], row["transaction_id"]) != (case.attempt_id, proof["transaction_id"]):
        return False
    if carrier == LEDGER:
        # Spec 3: the stored form of a key may start with the mint time of the nonce.
        return row["row_key"].endswith(proof["replay_key"].removeprefix("sha256:"))
    return carrier == DECISION or (row["row_key"], row["row_hash"]) == (head["row_key"], head["row_hash"])
