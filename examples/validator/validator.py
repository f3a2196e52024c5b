#!/usr/bin/env python3
"""Block E in Python: a frame on standard input, a verdict on standard output (docs/blocks.md).

With --lines every line is a frame of its own, answered by one line: outcome, codes, checks and
keys. A line {"keep": FRAME, "as": NAME} is remembered, and a frame with a slot {"from": NAME} has
the slots of that one where it has none of its own: many frames that differ little are not written
out again and again.
"""

import pathlib
import sys

sys.dont_write_bytecode = True

from block_e import frame as frames
from block_e.canonical import text_of
from block_e.envelope import Opener
from block_e.verdict import Judgement

SCHEMAS = pathlib.Path(__file__).resolve().parents[2] / "schemas"


class Validator:
    """Judges frames one after another; remembers texts, never judgements."""

    def __init__(self):
        self.opener = Opener(SCHEMAS)
        self.rank = self.opener.schemas.precedence().__getitem__
        self.kept = {}

    def judge(self, slots):
        return Judgement(frames.Frame(slots), self.opener, self.rank)

    def line(self, text):
        slots = frames.split(text)
        if "keep" in slots:
            self.kept[slots["as"]] = frames.split(slots["keep"])
            return {"kept": len(self.kept)}
        if "from" in slots:
            slots = self.kept[slots.pop("from")] | slots
        return self.judge(slots).short()


def lines(validator):
    for line in sys.stdin:
        try:
            answer = validator.line(line.rstrip("\n"))
        except frames.Unusable as error:
            answer = {"unusable": str(error)}
        sys.stdout.write(text_of(answer) + "\n")
        sys.stdout.flush()


def main():
    # Bytes outside UTF-8 are no frame; a line feed is the only end of a line.
    sys.stdin.reconfigure(encoding="utf-8", errors="strict", newline="\n")
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    validator = Validator()
    if sys.argv[1:] == ["--lines"]:
        return lines(validator)
    try:
        print(validator.judge(frames.split(sys.stdin.read())).envelope())
    except (frames.Unusable, UnicodeDecodeError) as error:
        print(f"error: could not answer this frame\n  cause: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
