"""What a judgement is made on: the envelopes that opened, and the time each is judged at."""

from .clock import micros

TYPES = {
    "policy": "policy",
    "registration_request": "registration-request",
    "owner_attestation": "owner-attestation",
    "artifact_attestation": "artifact-attestation",
    "authority_readback": "authority-readback",
    "integration": "integration",
    "verdict": "verdict",
    "registration_decision": "registration-decision",
}
AFTER_ONLY = ("verdict", "registration_decision")
SNAPSHOTS_OPENED_MAX = 4
LEDGER = "ledger"


class Stop(Exception):
    """A check cannot be judged: another check, or the stage, stands in its way."""


class Case:
    """One judgement's material. A getter raises Stop where what it is asked for is absent or refused."""

    def __init__(self, frame, opener):
        self.stage = frame.stage
        self.after_write = frame.stage == "after_write"
        self.now, self.now_text = frame.now, frame.now_text
        self.attempt_id, self.correlation_id = frame.attempt_id, frame.correlation_id
        self.text, self.opened, self.refused = {}, {}, {}
        for slot, kind in TYPES.items():
            text = None if slot in AFTER_ONLY and not self.after_write else frame.single[slot]
            self.text[slot] = text
            self.opened[slot], self.refused[slot] = (None, None) if text is None else opener.open(kind, text)
        self.snapshots_given = len(frame.snapshots)
        self.snapshots = [opener.open("snapshot", text) for text in frame.snapshots[:SNAPSHOTS_OPENED_MAX]]
        self.captures = [one for one, _ in self.snapshots if one is not None]
        self._before, self._after = self._sight("before"), self._sight("after")

    def _sight(self, phase):
        """The first capture of a phase; it counts only under a manifest."""
        for one in self.captures:
            if phase_of(one) == phase:
                return one if one.value["manifest"] is not None else None
        return None

    def headers(self):
        """Every envelope that opened."""
        singles = [one for one in self.opened.values() if one is not None]
        return singles + self.captures

    def sights(self):
        return [one for one in (self._before, self._after) if one is not None]

    def need(self, slot):
        """An envelope's value; the check stops where it did not open."""
        if self.opened[slot] is None:
            raise Stop(f"open.{slot}")
        return self.opened[slot].value

    def request(self):
        return self.need("registration_request")["request_proposed"]

    def owner(self):
        return self._attested("owner_attestation", "provenance.owner")

    def artifact(self):
        return self._attested("artifact_attestation", "provenance.artifact")

    def _attested(self, slot, check):
        # Whoever refuses attests nothing, even where the member is filled in.
        envelope = self.need(slot)
        if envelope["trusted_attested"] is None or envelope["refusals"]:
            raise Stop(check)
        return envelope["trusted_attested"]

    def before(self):
        if self._before is None:
            raise Stop("snapshot.captured")
        return self._before

    def after(self):
        if self._after is None:
            raise Stop("snapshot.captured")
        return self._after

    def has(self, what):
        """What one of the questions above answers, or None where it would stop a check."""
        try:
            return what()
        except Stop:
            return None

    def operation_start(self):
        start = self.need("registration_decision")["operation_start"]
        if start is None:
            raise Stop("replay.consume")
        return micros(start)

    def judged_at(self):
        """What the write rested on is judged when it began; before the write that is now."""
        return self.operation_start() if self.after_write else self.now

    def cited(self, slots=("owner", "artifact", "before", "after")):
        """The rows that attestations rest on, each with its attestation; ledger rows apart."""
        for name, envelope in self._attesting():
            if name in slots:
                for ref in envelope.refs:
                    if ref["carrier"] != LEDGER:
                        yield envelope, ref

    def reread(self):
        """The rows that the readback must hold: it was made before the capture after was."""
        return self.cited(("owner", "artifact", "before"))

    def _attesting(self):
        for name, slot in (("owner", "owner_attestation"), ("artifact", "artifact_attestation")):
            if self.opened[slot] is not None:
                yield name, self.opened[slot]
        for one in self.captures:
            yield ("after" if phase_of(one) == "after" else "before"), one

    def assembled(self, field):
        """A trusted value as the integration assembled it; None where it did not."""
        integration = self.opened["integration"]
        return integration and integration.value["trusted_attested"][field]["value"]


def phase_of(snapshot):
    capture = snapshot.value["capture"]
    return capture and capture["phase"]


def unless(codes, reason):
    """A failure that shows without what is missing stands; otherwise the check is not reached."""
    if not codes:
        raise reason
