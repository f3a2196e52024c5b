"""Opening: the one path by which bytes become an envelope (spec 2)."""

from . import canonical
from .canonical import Refused, digest, text_of
from .clock import micros
from .schema import Schemas

VERSION = "1"
CACHE_MAX = 4096


class Envelope:
    """Bytes that passed, and what the checks read of them again and again."""

    __slots__ = ("type", "value", "header", "hash", "issued", "expires", "refs", "facts")

    def __init__(self, kind, value):
        self.type = kind
        self.value = value
        self.header = value["header"]
        self.hash = self.header["evidence_hash"]
        self.issued = micros(self.header["issued_at"])
        self.expires = micros(self.header["expires_at"])
        self.refs = self.header["source_refs"]
        self.facts = {}


class Opener:
    """Opens envelopes, and remembers the texts that it opened before: bytes alone decide."""

    def __init__(self, folder):
        self.schemas = Schemas(folder)
        self.fits = {}
        self.seen = {}

    def open(self, kind, text):
        """The envelope of this type, or the code for which these bytes are none."""
        key = (kind, text)
        answer = self.seen.get(key)
        if answer is None:
            try:
                answer = (self._open(kind, text), None)
            except Refused as refused:
                answer = (None, refused.code)
            if len(self.seen) >= CACHE_MAX:
                self.seen.clear()
            self.seen[key] = answer
        return answer

    def _open(self, kind, text):
        value = canonical.read(text)
        if text_of(value) != text:
            raise Refused("CANONICALIZATION_UNSUPPORTED", "not the canonical bytes")
        members = value if type(value) is dict else {}
        stated, version = members.get("envelope_type"), members.get("envelope_version")
        if type(stated) is not str or type(version) is not str:
            raise Refused("SCHEMA_VIOLATION", "without type or version")
        if stated != kind:
            raise Refused("ENVELOPE_TYPE_MISMATCH", stated)
        if version != VERSION:
            raise Refused("ENVELOPE_VERSION_UNSUPPORTED", version)
        if kind not in self.fits:
            self.fits[kind] = self.schemas.fits(f"{kind}.v{VERSION}.schema.json")
        if not self.fits[kind](value):
            raise Refused("SCHEMA_VIOLATION", kind)
        if evidence_hash_of(kind, text, value) != value["header"]["evidence_hash"]:
            raise Refused("EVIDENCE_HASH_MISMATCH", kind)
        return Envelope(kind, value)


def evidence_hash_of(kind, text, value):
    """Over the very text that came, with this one member read as null."""
    stated, blank = text_of(value["header"]), text_of(value["header"] | {"evidence_hash": None})
    # Objects are closed, so nothing else in an envelope is called `header`.
    return digest(tag(kind), text.replace(f'"header":{stated}', f'"header":{blank}', 1).encode("utf-8"))


def evidence_hash(kind, value):
    """Over the envelope with this very member read as null."""
    blank = value | {"header": value["header"] | {"evidence_hash": None}}
    return canonical.H(tag(kind), blank)


def tag(kind):
    return f"holdfast/evidence/{kind}/v{VERSION}"
