"""The verdict: every check, always, and every code in its precedence."""

import datetime

from .canonical import text_of
from .case import Case, Stop
from .checks import TABLE
from .clock import micros
from .envelope import evidence_hash
from .references import inputs, keys, reference
from .steps import STEPS, STEPS_MAX, none

HELD, FAILED, NOT_REACHED = "held", "failed", "not_reached"
_EPOCH = datetime.datetime(1970, 1, 1)


class Judgement:
    """One frame, judged. Accepted only when every check of the stage was reached and held."""

    def __init__(self, frame, opener, rank):
        self.case = case = Case(frame, opener)
        self.checks, codes, accepted, steps = [], set(), True, 0
        for identifier, title, after, check in TABLE:
            if after and not case.after_write:
                self.checks.append((identifier, title, NOT_REACHED, "stage.after_write", []))
                continue
            found, stop = [], None
            steps += 1 + STEPS.get(identifier, none)(case)
            if steps > STEPS_MAX:
                found.append("CHECK_NOT_COMPLETED")
            else:
                try:
                    check(case, found)
                except Stop as stopped:
                    found, stop = [], str(stopped)
            if found:
                found = sorted(set(found), key=rank)
                codes.update(found)
            outcome = NOT_REACHED if stop else FAILED if found else HELD
            accepted = accepted and outcome == HELD
            self.checks.append((identifier, title, outcome, stop, found))
        self.outcome = "accept" if accepted else "reject"
        self.codes = sorted(codes, key=rank)
        self.decision_ref = reference(case, case.stage, case.now_text)

    def short(self):
        """What two validators have to agree on, in one object."""
        case = self.case
        parts = (case.has(lambda: case.need("policy")), case.has(case.request),
                 case.has(case.owner), case.has(case.artifact))
        replay_key, effect_identity = keys(*parts) if None not in parts else (None, None)
        return {
            "outcome": self.outcome, "reject_codes": self.codes, "decision_ref": self.decision_ref,
            "checks": [[check[2], check[3], check[4]] for check in self.checks],
            "replay_key": replay_key, "effect_identity": effect_identity}

    def envelope(self):
        """The verdict as block E's contract has it; its text is canonical."""
        case = self.case
        policy = case.opened["policy"]
        value = {
            "envelope_type": "verdict", "envelope_version": "1", "header": self._header(),
            "stage": case.stage, "outcome": self.outcome, "reject_codes": self.codes,
            "checks": [{"id": identifier, "title": title, "outcome": outcome, "stopped_by": stop,
                        "reject_codes": codes, "compared": [], "source_refs": []}
                       for identifier, title, outcome, stop, codes in self.checks],
            "decision_ref": self.decision_ref, "policy_ref": policy and policy.hash,
            "inputs": [{"slot": slot, "evidence_hash": found} for slot, found in inputs(case, case.stage).items()],
            "evaluated_at": case.now_text}
        value["header"]["evidence_hash"] = evidence_hash("verdict", value)
        return text_of(value)

    def _header(self):
        case = self.case
        policy, request = case.opened["policy"], case.opened["registration_request"]
        headers = case.headers()
        stated = headers[0].header if headers else {"trust_domain": "unstated", "audience": "unstated"}
        validity = policy.value["attestation_validity_ms"] if policy else 0
        return {
            "trust_domain": stated["trust_domain"], "audience": stated["audience"],
            "run_id": request.header["run_id"] if request else "",
            "attempt_id": case.attempt_id, "correlation_id": case.correlation_id, "producer": "validator-e",
            "issued_at": case.now_text, "expires_at": _later(case.now_text, validity),
            "evidence_hash": None, "source_refs": [], "key_id": None, "key_status_ref": None}


def _later(text, milliseconds):
    try:
        moment = _EPOCH + datetime.timedelta(microseconds=micros(text) + milliseconds * 1000)
    except OverflowError:
        return text
    return moment.isoformat(timespec="microseconds") + "Z"
