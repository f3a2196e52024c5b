"""What was asked for is what block F attested: admission, path, content hash, type, drift (spec 4)."""

from .case import Stop, unless

# artifact type: the canonicalization version that its content hash is taken under
CANONICALIZATIONS = {"file": "raw-bytes/v1", "tree": "tree/v1"}


def _other(case, field, due):
    return case.assembled(field) not in (None, due)


def admission(case, codes):
    asked = case.request()["admission_ref"]
    if asked is None:
        codes.append("MISSING_ADMISSION_REF")
    try:
        artifact = case.artifact()
    except Stop as stop:
        return unless(codes, stop)
    due = artifact["admission_ref"]
    if asked not in (None, due) or _other(case, "admission_ref", due):
        codes.append("ARTIFACT_NOT_ADMITTED")
    # The request's own path is no evidence: only F reads the disk, so F's path is the one to compare.
    if _other(case, "canonical_path", artifact["canonical_path"]):
        codes.append("PATH_NOT_CANONICAL")


def hash(case, codes):
    asked, artifact = case.request()["artifact_hash"], case.artifact()
    due = artifact["artifact_hash"]
    if asked != due or _other(case, "artifact_hash", due):
        codes.append("HASH_MISMATCH")
    if artifact["hash_algorithm"] != "sha256":
        codes.append("HASH_ALGORITHM_UNSUPPORTED")
    if artifact["canonicalization_version"] != CANONICALIZATIONS.get(artifact["artifact_type"]):
        codes.append("CANONICALIZATION_UNSUPPORTED")


def state(case, codes):
    asked, artifact = case.request()["artifact_type"], case.artifact()
    due = artifact["artifact_type"]
    if artifact["drift_state"] != "none":
        codes.append("ARTIFACT_DRIFT")
    if asked != due or _other(case, "artifact_type", due):
        codes.append("ARTIFACT_TYPE_MISMATCH")
