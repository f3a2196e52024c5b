"""Issue, expiry, age, clocks, rows: each time against the policy's number for it; at the number itself it fits."""

from .case import Stop, phase_of, unless
from .clock import MILLISECOND, micros

AGES = {
    "owner-attestation": "attestation_age_max_ms",
    "artifact-attestation": "attestation_age_max_ms",
    "authority-readback": "attestation_age_max_ms",
    "integration": "attestation_age_max_ms",
    "verdict": "attestation_age_max_ms",
    "registration-request": "request_validity_max_ms",
}


def envelopes(case, codes):
    for envelope in case.headers():
        if envelope.expires < envelope.issued:
            codes.append("ENVELOPE_VALIDITY_REVERSED")
    try:
        policy, consumed_at = case.need("policy"), case.judged_at()
    except Stop as stop:
        return unless(codes, stop)
    skew = policy["skew_max_ms"] * MILLISECOND
    for envelope in case.headers():
        final = envelope.type == "registration-decision"
        late = final or (envelope.type == "snapshot" and phase_of(envelope) == "after")
        at = case.now if late else consumed_at
        if envelope.issued > at + skew:
            codes.append("ENVELOPE_FUTURE_ISSUED")
        # A decision is final, whenever recovery comes back to it.
        if at > envelope.expires and not final:
            codes.append("ENVELOPE_STALE")
        bound = AGES.get(envelope.type)
        if bound and at - envelope.issued > policy[bound] * MILLISECOND:
            codes.append("ENVELOPE_STALE")
    if consumed_at > case.now + skew:
        codes.append("ENVELOPE_FUTURE_ISSUED")


def clocks(case, codes):
    policy, readback = case.need("policy"), case.need("authority_readback")
    store, offset = micros(readback["store_clock"]), policy["clock_offset_max_ms"] * MILLISECOND
    if abs(case.opened["authority_readback"].issued - store) > offset:
        codes.append("CLOCK_SKEW_EXCEEDED")
    # Attestations and the capture before were issued ahead of the readback, so only a lead over the store shows.
    for envelope in case.headers():
        early = envelope.type in ("owner-attestation", "artifact-attestation")
        if early or (envelope.type == "snapshot" and phase_of(envelope) != "after"):
            if envelope.issued > store + offset:
                codes.append("CLOCK_SKEW_EXCEEDED")


def rows(case, codes):
    policy, at = case.need("policy"), case.judged_at()
    skew = policy["skew_max_ms"] * MILLISECOND

    def fits(instant, bound):
        return -skew <= at - micros(instant) <= policy[bound] * MILLISECOND

    for row in case.need("authority_readback")["rows"]:
        if not fits(row["reread_at"], "readback_age_max_ms"):
            codes.append("STALE_TRUSTED_ROW")
        elif row["issued_at"] is None:
            # IN-04 needs an issue time of every row that was reread; an absent row has no hash either.
            if row["row_hash"] is not None:
                codes.append("STALE_TRUSTED_ROW")
        elif not fits(row["issued_at"], "row_age_max_ms"):
            codes.append("STALE_TRUSTED_ROW")
