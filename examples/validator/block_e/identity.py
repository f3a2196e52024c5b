"""One run, one attempt, one target, one operation, one scope, one actor."""

from .case import Stop, unless

OPERATIONS = ("register_dot", "reregister_dot")
SEVERAL = set("*?[]{},;|\n\r")


def attempt(case, codes):
    for envelope in case.headers():
        if envelope.type == "policy":
            continue
        # An attempt begins at intake, so a request names none; captures have SNAPSHOT_ATTEMPT_MISMATCH.
        asked = envelope.type == "registration-request"
        if envelope.type != "snapshot" and envelope.header["attempt_id"] != (None if asked else case.attempt_id):
            codes.append("ATTEMPT_MISMATCH")
        if envelope.header["correlation_id"] != (None if asked else case.correlation_id):
            codes.append("CORRELATION_MISMATCH")
    try:
        run = case.request()["run_id"]
    except Stop as stop:
        return unless(codes, stop)
    if not run:
        codes.append("RUN_ID_MISMATCH")
    for envelope in case.headers():
        if envelope.type not in ("policy", "snapshot") and envelope.header["run_id"] != run:
            codes.append("RUN_ID_MISMATCH")


def _stops(*asked):
    """The stop of the first of these that has no answer."""
    for ask in asked:
        try:
            ask()
        except Stop as stop:
            return stop
    return None


def target(case, codes):
    due = "dot:" + case.request()["dot_code"]
    found = [attested["canonical_target"] for attested in (case.has(case.owner), case.has(case.artifact)) if attested]
    found += [one.value["capture"]["target"] for one in case.sights()]
    found.append(case.assembled("canonical_target"))
    if any(one not in (None, due) for one in found):
        codes.append("TARGET_MISMATCH")
    stop = _stops(case.owner, case.artifact)
    if stop is not None:
        unless(codes, stop)


def operation(case, codes):
    asked = case.request()["operation"]
    if asked not in OPERATIONS:
        codes.append("OPERATION_NOT_REGISTER")
    try:
        attested = case.owner()["canonical_operation"]
    except Stop as stop:
        return unless(codes, stop)
    if asked != attested or case.assembled("canonical_operation") not in (None, attested):
        codes.append("OPERATION_MISMATCH")


def _assembled(name, code):
    def check(case, codes):
        attested = case.owner()[name]
        case.need("integration")
        if case.assembled(name) not in (None, attested):
            codes.append(code)

    return check


scope = _assembled("scope", "SCOPE_MISMATCH")
actor = _assembled("actor_principal", "ACTOR_MISMATCH")


def single_target(case, codes):
    proposed = case.request()
    for name in ("dot_code", "artifact_path", "admission_ref"):
        letters = set(proposed[name] or "")
        # A path may hold a space; a code with one is several words.
        if letters & SEVERAL or (name != "artifact_path" and " " in letters):
            codes.append("MASS_REGISTRATION_ATTEMPTED")
