"""Times as whole microseconds since 1970; the only arithmetic that the rules need."""

import datetime
import functools
import re

_EPOCH = datetime.datetime(1970, 1, 1)
_FORM = re.compile(r"(19[789][0-9]|[2-9][0-9]{3})-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z\Z")
MILLISECOND = 1000
LATEST = 253_402_300_799_999_999


@functools.lru_cache(maxsize=65_536)
def micros(text):
    """`2026-01-31T09:30:00.000000Z` to microseconds; ValueError where there is no such time."""
    if not _FORM.match(text):
        raise ValueError(f"{text!r} is no time from 1970 to 9999")
    span = datetime.datetime.fromisoformat(text[:-1]) - _EPOCH
    return (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds
