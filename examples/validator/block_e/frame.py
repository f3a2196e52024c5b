"""Frames: one JSON object of slots; an envelope's slot keeps the very text it was written in."""

import json
import re

from .clock import micros

SINGLE = (
    "registration_request",
    "owner_attestation",
    "artifact_attestation",
    "authority_readback",
    "integration",
    "verdict",
    "registration_decision",
    "policy",
)
SLOTS = frozenset(SINGLE) | {"stage", "snapshots", "attempt", "now"}
SIZE_MAX = 4_194_304
STAGES = ("before_write", "after_write")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\Z")

_scan = json.JSONDecoder().scan_once
_SPACE = " \t\r\n"


class Unusable(Exception):
    """The frame cannot be answered (exit code 2)."""


def _is_uuid(value):
    return type(value) is str and _UUID.match(value) is not None


def _skip(text, at):
    while at < len(text) and text[at] in _SPACE:
        at += 1
    return at


def _take(text, at, character):
    at = _skip(text, at)
    if text[at : at + 1] != character:
        raise Unusable(f"expected `{character}` at character {at}")
    return at + 1


def _raw(text, at):
    """The text of the value that begins here, and where it ends."""
    begin = _skip(text, at)
    try:
        _, end = _scan(text, begin)
    except (StopIteration, ValueError, RecursionError) as error:
        raise Unusable(f"no value at character {begin}: {error}") from None
    return text[begin:end], end


def split(text):
    """The members of an object, each still as text."""
    members, at = {}, _take(text, 0, "{")
    if text[_skip(text, at) : _skip(text, at) + 1] == "}":
        at = _skip(text, at) + 1
    else:
        while True:
            name, at = _raw(text, at)
            if not name.startswith('"'):
                raise Unusable("a slot without a name")
            name, at = json.loads(name), _take(text, at, ":")
            if name in members:
                raise Unusable(f"slot `{name}` stands twice")
            members[name], at = _raw(text, at)
            at = _skip(text, at)
            if text[at : at + 1] != ",":
                break
            at += 1
        at = _take(text, at, "}")
    if _skip(text, at) != len(text):
        raise Unusable("more text follows the frame")
    return members


def split_list(text):
    """The items of a list, each still as text."""
    if not text.startswith("["):
        raise Unusable("slot `snapshots` is not a list")
    items, at = [], 1
    if text[_skip(text, at)] == "]":
        return items
    while True:
        item, at = _raw(text, at)
        items.append(item)
        at = _skip(text, at)
        if text[at] == "]":
            return items
        at = _take(text, at, ",")


class Frame:
    """The arguments of one judgement."""

    def __init__(self, slots):
        unknown = sorted(set(slots) - SLOTS)
        if unknown:
            raise Unusable(f"slot `{unknown[0]}` is unknown")
        self.single = {name: self._envelope(slots, name) for name in SINGLE}
        self.snapshots = split_list(slots.get("snapshots", "[]"))
        self.stage = self._value(slots, "stage")
        if type(self.stage) is not str or self.stage not in STAGES:
            raise Unusable("slot `stage` is not readable")
        self.now_text = self._value(slots, "now")
        attempt = self._value(slots, "attempt")
        if type(attempt) is not dict or attempt.keys() != {"attempt_id", "correlation_id"}:
            raise Unusable("slot `attempt` is not readable")
        self.attempt_id, self.correlation_id = attempt["attempt_id"], attempt["correlation_id"]
        if not (_is_uuid(self.attempt_id) and _is_uuid(self.correlation_id)):
            raise Unusable("slot `attempt` is not readable")
        try:
            self.now = micros(self.now_text)
        except (TypeError, ValueError):
            raise Unusable("slot `now` is not readable") from None

    @staticmethod
    def _envelope(slots, name):
        text = slots.get(name)
        return None if text == "null" else text

    @staticmethod
    def _value(slots, name):
        if name not in slots:
            raise Unusable(f"slot `{name}` is missing")
        return json.loads(slots[name])
