"""Each capture: of this attempt, in time, bound, by an independent observer."""

from .case import Stop, SNAPSHOTS_OPENED_MAX, unless
from .clock import MILLISECOND, micros
from .provenance import refusals

WRITTEN = ("append_only", "catalogue")


def captured(case, codes):
    cause = _scope_refused(case)
    follows, stopped = (lambda code: cause is not None and code == "SNAPSHOT_SCOPE_UNBOUND"), False
    for one in case.captures:
        found = [refusal["code"] for refusal in one.value["refusals"]]
        codes.extend(code for code in found if not follows(code))
        stopped = stopped or any(map(follows, found))
        if not found and None in (one.value["manifest"], one.value["capture"]):
            codes.append("SNAPSHOT_MANIFEST_SOURCE_UNPROVEN")
    if stopped:
        return unless(codes, cause)
    due = [case.before, case.after] if case.after_write else [case.before]
    if codes or all(case.has(ask) is not None for ask in due):
        return
    if not case.snapshots_given or len(case.captures) < len(case.snapshots):
        raise Stop("open.snapshots")
    codes.append("SNAPSHOT_MANIFEST_SOURCE_UNPROVEN")


def _scope_refused(case):
    """Where block F or A refused, nothing is in scope of a capture: the check that says why."""
    for slot, check in (("artifact_attestation", "provenance.artifact"), ("owner_attestation", "provenance.owner")):
        if refusals(case, slot):
            return Stop(check)
    return None


def attempt(case, codes):
    request = case.has(case.request)
    for one in case.captures:
        other_run = request is not None and one.header["run_id"] != request["run_id"]
        if other_run or one.header["attempt_id"] != case.attempt_id:
            codes.append("SNAPSHOT_ATTEMPT_MISMATCH")
    captures = [one.value["capture"] for one in case.captures if one.value["capture"] is not None]
    phases, refs = [one["phase"] for one in captures], [one["snapshot_ref"] for one in captures]
    if len(set(phases)) < len(captures) or len(set(refs)) < len(captures) \
            or case.snapshots_given > SNAPSHOTS_OPENED_MAX:
        codes.append("SNAPSHOT_DUPLICATE_REF")
    # Before the write there is no time at which an after-capture could lie.
    if "after" in phases and not case.after_write:
        codes.append("SNAPSHOT_BOTH_BEFORE_OP")
    if request is None:
        unless(codes, Stop("open.registration_request"))


def time(case, codes):
    policy, before = case.need("policy"), case.before()
    _moment(before, case.judged_at(), policy, codes)
    if case.after_write:
        _moment(case.after(), case.now, policy, codes)


def _moment(snapshot, at, policy, codes):
    capture = snapshot.value["capture"]
    taken, store = micros(capture["captured_at"]), micros(capture["store_clock"])
    if taken > at + policy["skew_max_ms"] * MILLISECOND:
        codes.append("SNAPSHOT_FUTURE_TIMESTAMP")
    if at - taken > policy["snapshot_age_max_ms"] * MILLISECOND:
        codes.append("SNAPSHOT_STALE")
    if abs(taken - store) > policy["clock_offset_max_ms"] * MILLISECOND:
        codes.append("SNAPSHOT_CLOCK_SKEW")


def bound(case, codes):
    owner, _ = case.owner(), case.before()
    for one in case.sights():
        capture = one.value["capture"]
        if capture["operation"] != owner["canonical_operation"]:
            codes.append("SNAPSHOT_OPERATION_UNBOUND")
        # A wrong target is TARGET_MISMATCH (identity.target); here only whether there is one.
        if capture["scope"] != owner["scope"] or capture["target"] is None:
            codes.append("SNAPSHOT_SCOPE_UNBOUND")


def observer(case, codes):
    policy, readback, _ = case.need("policy"), case.need("authority_readback"), case.before()
    for one in case.sights():
        capture = one.value["capture"]
        if not _recorded(capture, readback["observer_process"]):
            codes.append("SNAPSHOT_OBSERVER_UNPROVEN")
        if not _independent(capture["observer"], readback, policy):
            codes.append("SNAPSHOT_OBSERVER_NOT_INDEPENDENT")


def _recorded(capture, recorded):
    process = capture["observer"]["process"]
    if recorded is None or capture["phase"] == "before":
        return recorded == process
    # The pid may differ after a crash: `recover` starts an observer anew, as the same user, from the same file.
    return all(recorded[name] == process[name] for name in ("uid", "executable_digest"))


def _independent(observer, readback, policy):
    process, registrar = observer["process"], readback["registrar_process"]
    if all(process[name] == registrar[name] for name in ("pid", "start_time")):
        return False
    if policy["assurance_accepted"] == "single-principal":
        return True
    if observer["principal"] in {row["credential"] for row in readback["rows"]}:
        return False
    session, caller = readback["observer_session"], readback["caller"]
    if session is not None:
        return session["principal"] == observer["principal"]
    same_user = caller == {"channel": "os_uid", "value": str(process["uid"])}
    return process["uid"] != registrar["uid"] and not same_user


def write_sets(case, codes):
    before = case.before()
    for one in case.sights():
        for surface in one.value["capture"]["surfaces"]:
            added = surface["write_set"]
            if surface["kind"] in WRITTEN and (added is None or added["provenance"] == "row_count"):
                codes.append("SNAPSHOT_WRITESET_PROVENANCE_ABSENT")
    for surface in before.value["capture"]["surfaces"]:
        if surface["write_set"] and surface["write_set"]["rows"]:
            codes.append("SNAPSHOT_WRITESET_MISMATCH")
