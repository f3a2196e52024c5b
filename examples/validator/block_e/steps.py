"""The budget of one verdict: what each check takes besides the one step that every check takes."""

STEPS_MAX = 131_072


def none(case):
    return 0


def _rows(case):
    return _length(case, "authority_readback", "rows")


def _governed(case):
    return _length(case, "policy", "carriers")


def _length(case, slot, member):
    envelope = case.opened[slot]
    return len(envelope.value[member]) if envelope else 0


def _cited(case):
    attesting = [case.opened["owner_attestation"], case.opened["artifact_attestation"], *case.captures]
    return sum(len(one.refs) for one in attesting if one is not None)


def _carriers(case):
    return _cited(case) * (_governed(case) + _length(case, "authority_readback", "carriers"))


def _binding(case):
    owner = case.has(case.owner)
    votes = len(owner["owner_or_approval_binding"]["quorum"]["counted"]) if owner else 0
    return _cited(case) * (votes + 3) + votes * votes


def _captured(one):
    return len(one.value["capture"]["surfaces"])


def _listed(one):
    return len(one.value["manifest"]["surfaces"])


def _pair(case, length):
    before, after = case.has(case.before), case.has(case.after)
    return length(before) * length(after) if before and after else 0


def _surfaces(case):
    return sum((_listed(one) + _captured(one) + len(one.value["capture"]["aggregate"]["members"])) ** 2
               for one in case.sights())


STEPS = {
    "freshness.rows": _rows,
    "provenance.carriers": _carriers,
    "provenance.source_refs": lambda case: _cited(case) * _governed(case),
    "authority.carriers": _carriers,
    "authority.readback": lambda case: _cited(case) * _rows(case),
    "authority.heads": lambda case: _cited(case) * (_rows(case) + _governed(case)),
    "authority.binding": _binding,
    "snapshot.unchanged": lambda case: _pair(case, _captured),
    "snapshot.effect": lambda case: _pair(case, _captured),
    "manifest.surfaces": _surfaces,
    "manifest.same": lambda case: _pair(case, _listed),
}
