"""The decision carries out one verdict: the one on these envelopes, and it accepted."""

from .references import reference as of


def reference(case, codes):
    verdict, decision = case.need("verdict"), case.need("registration_decision")
    for carried, due in ((decision["decision_ref"], verdict["decision_ref"]),
                         (decision["verdict_ref"], case.opened["verdict"].hash)):
        if carried is None:
            codes.append("DECISION_REF_MISSING")
        elif carried != due:
            codes.append("DECISION_REF_MISMATCH")
    first = (verdict["stage"], verdict["outcome"]) == ("before_write", "accept")
    if not first or of(case, "before_write", verdict["evaluated_at"]) != verdict["decision_ref"]:
        codes.append("DECISION_REF_MISMATCH")
