"""JSON Schema 2020-12, as much of it as holdfast's schema profile admits, read from files."""

import json
import re

from .clock import micros

# The one definition that is more than its pattern.
TIMESTAMP = "/$defs/Timestamp"


def _compile_pattern(pattern):
    # `$` means the very end in JSON Schema, and the end of a line in Python.
    return re.compile(re.sub(r"\$$", r"\\Z", pattern))


def _time(value):
    """A text may have the form of a time and be none: the thirtieth of February."""
    try:
        return type(value) is str and micros(value) is not None
    except ValueError:
        return False


class Schemas:
    """Turns each schema once into a function that says whether a value fits."""

    def __init__(self, folder):
        self.folder = folder
        self.documents = {}
        self.checks = {}

    def precedence(self):
        """Every code with its place in the precedence."""
        codes = self._document("common/codes.schema.json")["$defs"]["RejectCode"]["enum"]
        return {code: place for place, code in enumerate(codes)}

    def fits(self, name):
        """The check for one envelope, by the name of its schema file."""
        return self._check(name, self._document(name))

    def _document(self, name):
        if name not in self.documents:
            self.documents[name] = json.loads((self.folder / name).read_text("utf-8"))
        return self.documents[name]

    def _reference(self, base, reference):
        file, _, pointer = reference.partition("#")
        if file:
            base = str((self.folder / base).parent.joinpath(file).relative_to(self.folder))
        key = (base, pointer)
        if key not in self.checks:
            schema = self._document(base)
            for step in pointer.strip("/").split("/"):
                schema = schema[step]
            self.checks[key] = _time if pointer == TIMESTAMP else self._check(base, schema)
        return self.checks[key]

    def _check(self, base, schema):
        if "$ref" in schema:
            return self._reference(base, schema["$ref"])
        if "oneOf" in schema:
            return self._one_of(base, schema["oneOf"])
        kind = schema["type"]
        return getattr(self, "_" + kind)(base, schema)

    def _one_of(self, base, branches):
        optional = [branch for branch in branches if branch != {"type": "null"}]
        if len(branches) == 2 and len(optional) == 1:
            fits = self._check(base, optional[0])
            return lambda value: value is None or fits(value)
        branches = [self._check(base, branch) for branch in branches]
        return lambda value: sum(branch(value) for branch in branches) == 1

    def _object(self, base, schema):
        members = {name: self._check(base, one) for name, one in schema["properties"].items()}
        required = frozenset(schema["required"])
        checks = list(members.items())
        if schema.get("additionalProperties") is not False or required != members.keys():
            raise ValueError(f"{base}: an object that is not closed")

        def check(value):
            if type(value) is not dict or value.keys() != required:
                return False
            for name, fits in checks:
                if not fits(value[name]):
                    return False
            return True

        return check

    def _array(self, base, schema):
        item = self._check(base, schema["items"])
        longest = schema.get("maxItems", 1 << 30)
        shortest = schema.get("minItems", 0)
        unique = schema.get("uniqueItems", False)

        def check(value):
            if type(value) is not list or not shortest <= len(value) <= longest:
                return False
            for one in value:
                if not item(one):
                    return False
            if unique:
                texts = {json.dumps(one, sort_keys=True) for one in value}
                return len(texts) == len(value)
            return True

        return check

    def _string(self, _base, schema):
        if "enum" in schema:
            allowed = frozenset(schema["enum"])
            return lambda value: type(value) is str and value in allowed
        match = _compile_pattern(schema["pattern"]).search if "pattern" in schema else None
        shortest, longest = schema.get("minLength", 0), schema.get("maxLength", 1 << 30)
        if match and "maxLength" not in schema and "minLength" not in schema:
            return lambda value: type(value) is str and match(value) is not None
        return lambda value: (
            type(value) is str
            and shortest <= len(value) <= longest
            and (match is None or match(value) is not None)
        )

    def _integer(self, _base, schema):
        low, high = schema["minimum"], schema["maximum"]
        return lambda value: type(value) is int and low <= value <= high

    def _boolean(self, _base, _schema):
        return lambda value: type(value) is bool

    def _null(self, _base, _schema):
        return lambda value: value is None
