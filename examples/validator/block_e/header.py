"""Whose envelopes these are, and that none claims a key."""


def domain(case, codes):
    own = case.need("policy")["header"]
    for envelope in case.headers():
        if envelope.header["trust_domain"] != own["trust_domain"]:
            codes.append("TRUST_DOMAIN_MISMATCH")
        if envelope.header["audience"] != own["audience"]:
            codes.append("AUDIENCE_MISMATCH")


def key(case, codes):
    for envelope in case.headers():
        if envelope.header["key_id"] is not None or envelope.header["key_status_ref"] is not None:
            codes.append("KEY_ID_UNSUPPORTED")
