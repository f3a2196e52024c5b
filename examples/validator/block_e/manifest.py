"""What spec 5 asks of a manifest and of the captures that claim to follow it."""

from .canonical import H
from .snapshot import WRITTEN

IDENTITY = ("manifest_id", "manifest_version", "issuer", "canonicalization_version")


def issuer(case, codes):
    case.before()
    for name, ask in (("before", case.before), ("after", case.after)):
        one = case.has(ask)
        # A snapshot that cites nothing gets SOURCE_REF_MISSING elsewhere.
        if one is not None and one.refs:
            if not any(ref["carrier"] == "manifest" for _, ref in case.cited((name,))):
                codes.append("MANIFEST_UNAUTHORIZED_ISSUER")


def surfaces(case, codes):
    case.before()
    for one in case.sights():
        _surfaces(one.value["manifest"], one.value["capture"], codes)


def _surfaces(manifest, capture, codes):
    specs, seen = manifest["surfaces"], capture["surfaces"]
    listed, names = [spec["name"] for spec in specs], [surface["surface"] for surface in seen]
    members = capture["aggregate"]["members"]
    if not (set(members) == set(names) and len(set(members)) == len(members)
            and set(listed) <= set(names) and all(map(_one_way, seen))
            and manifest["manifest_hash"] == _manifest_hash(manifest)
            and capture["aggregate"]["hash"] == _aggregate(seen)):
        codes.append("MANIFEST_AGGREGATE_MEMBERSHIP_MISMATCH")
    kinds = {(spec["name"], spec["kind"]) for spec in specs}
    if any((surface["surface"], surface["kind"]) not in kinds for surface in seen):
        codes.append("MANIFEST_UNKNOWN_SURFACE")
    if any(surface["canonicalization_version"] != manifest["canonicalization_version"] for surface in seen):
        codes.append("MANIFEST_MIXED_CANONICALIZATION")
    if len(set(listed)) < len(listed) or len(set(names)) < len(names):
        codes.append("MANIFEST_DUPLICATE_SURFACE")


def _one_way(surface):
    """append_only and catalogue surfaces have a write-set, state and file surfaces a content hash (spec 5)."""
    if surface["kind"] in WRITTEN:
        return surface["content_hash"] is None
    return surface["content_hash"] is not None and surface["write_set"] is None


def _manifest_hash(manifest):
    """Over the whole manifest, its own hash apart."""
    content = {name: value for name, value in manifest.items() if name != "manifest_hash"}
    return H("holdfast/manifest/v1", content)


def _aggregate(seen):
    """Over exactly the surfaces that were captured, in their order."""
    entries = [{"surface": surface["surface"], "content_hash": surface["content_hash"],
                "write_set_hash": _write_set_hash(surface["write_set"])} for surface in seen]
    return H("holdfast/surface/v1", {"surfaces": entries})


def _write_set_hash(write_set):
    return None if write_set is None else H("holdfast/surface/v1", write_set)


def same(case, codes):
    before, after = case.before().value["manifest"], case.after().value["manifest"]
    dropped = {one["name"] for one in before["surfaces"]} - {one["name"] for one in after["surfaces"]}
    if dropped:
        codes.append("MANIFEST_SHRINK")
    # With surfaces dropped, hash and list differ anyway and say nothing more; compare the rest.
    parts = IDENTITY if dropped else before.keys()
    if any(before[name] != after[name] for name in parts):
        codes.append("MANIFEST_SUBSTITUTION")
