"""Canonical JSON (RFC 8785, narrowed), strict reading, and hashes that name their purpose."""

import hashlib
import json

SAFE = 2**53 - 1
DEPTH_MAX = 16
SIZE_MAX = 262_144

_ENCODER = json.JSONEncoder(separators=(",", ":"), sort_keys=True, ensure_ascii=False)


class Refused(Exception):
    """Bytes that are no envelope, with the code that says why."""

    def __init__(self, code, detail):
        super().__init__(detail)
        self.code = code


def text_of(value):
    """The canonical text. Member names are ASCII, so Python's order is RFC 8785's."""
    return _ENCODER.encode(value)


def H(tag, value):
    """SHA-256( tag, one line feed, canonical bytes )."""
    return digest(tag, text_of(value).encode("utf-8"))


def digest(tag, data):
    return "sha256:" + hashlib.sha256(tag.encode() + b"\n" + data).hexdigest()


def _integer(text):
    value = int(text) if len(text) < 20 else SAFE + 1
    if abs(value) > SAFE or text == "-0":
        raise Refused("CANONICALIZATION_UNSUPPORTED", f"the number {text}")
    return value


def _no_fraction(text):
    raise Refused("CANONICALIZATION_UNSUPPORTED", f"the number {text}")


def _no_constant(text):
    raise Refused("ENVELOPE_MALFORMED", f"the word {text}")


def _members(pairs):
    members = dict(pairs)
    if len(members) != len(pairs):
        raise Refused("DUPLICATE_MEMBER", "an object names a member twice")
    for name in members:
        if not name.isascii():
            raise Refused("ENVELOPE_MALFORMED", "a member's name is not ASCII")
    return members


_DECODER = json.JSONDecoder(
    parse_int=_integer,
    parse_float=_no_fraction,
    parse_constant=_no_constant,
    object_pairs_hook=_members,
)


def read(text):
    """Text to value; refuses what readers of JSON disagree about."""
    if len(text) * 4 > SIZE_MAX and len(text.encode("utf-8", "surrogatepass")) > SIZE_MAX:
        raise Refused("ENVELOPE_MALFORMED", "too large")
    try:
        value, end = _DECODER.raw_decode(text)
    except Refused:
        raise
    except (ValueError, RecursionError) as error:
        raise Refused("ENVELOPE_MALFORMED", str(error)) from None
    if end != len(text):
        raise Refused("ENVELOPE_MALFORMED", "more text follows")
    _shallow(value)
    if "\\u" in text:
        _characters(value)
    return value


def _shallow(value):
    """Level by level, as deep as is allowed and no deeper."""
    level = [value]
    for _ in range(DEPTH_MAX + 1):
        level = [one for one in level if type(one) in (dict, list)]
        if not level:
            return
        level = [below for one in level for below in (one.values() if type(one) is dict else one)]
    raise Refused("ENVELOPE_MALFORMED", "too deep")


def _characters(value):
    """Characters that come from escapes alone: NUL, and halves of surrogate pairs."""
    if type(value) is str:
        if "\0" in value:
            raise Refused("ENVELOPE_MALFORMED", "a NUL character")
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            raise Refused("CANONICALIZATION_UNSUPPORTED", "a lone surrogate") from None
    elif type(value) in (dict, list):
        for one in value.values() if type(value) is dict else value:
            _characters(one)
