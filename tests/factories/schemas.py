"""Values that the API's description allows, and values that nobody should send."""

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

Schema = dict[str, Any]
Values = st.SearchStrategy[Any]
NASTY_TEXT = (
    "", " ", "\x00", "a\x00b", "%", "_", "\\", "'", ",", "9" * 400, "-0", "1e999", "NaN",
    "\u0663", "\u202e", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2026-02-30",
    "999999999999999.999999", "0.0000001", "\ud7ff", "\U0010ffff", "x" * 5000, "*", '"', 'W/"1"',
    "po_00000000000000000000000000", "po_zzzzzzzzzzzzzzzzzzzzzzzzzz", "../me",
)  # fmt: skip
NASTY: Values = st.sampled_from(
    (*NASTY_TEXT, "\ud800", None, True, 0, -1, 10**30, 1e308, 0.1, [], [[]], [None], {}, {"x": 1})
)
PLAIN = st.text(st.characters(codec="utf-8"), max_size=30)


class Described:
    """Strategies by the schemas of a document; fields named in ``known`` mostly have its values."""

    def __init__(self, document: Schema, known: Mapping[str, str]) -> None:
        self.document, self.known = document, known

    def values(self, schema: Schema) -> Values:
        if "$ref" in schema:
            return self.values(self._named(schema["$ref"]))
        for one_of in ("oneOf", "anyOf", "allOf"):
            if one_of in schema:
                return st.one_of([self.values(inner) for inner in schema[one_of]])
        if "enum" in schema:
            return st.sampled_from(schema["enum"])
        kinds = schema.get("type", "string")
        if isinstance(kinds, list):
            return st.one_of([self.values({**schema, "type": kind}) for kind in kinds])
        return self._of_kind(kinds, schema)

    def _named(self, reference: str) -> Schema:
        found: Schema = self.document["components"]["schemas"][reference.rpartition("/")[2]]
        return found

    def _of_kind(self, kind: str, schema: Schema) -> Values:
        if kind == "object":
            return self._objects(schema)
        if kind == "array":
            return st.lists(
                self.values(schema["items"]), min_size=schema.get("minItems", 0), max_size=3
            )
        if kind == "integer":
            low, high = schema.get("minimum"), schema.get("maximum")
            return st.integers(-(10**20) if low is None else low, 10**20 if high is None else high)
        if kind == "boolean":
            return st.booleans()
        return st.none() if kind == "null" else _texts(schema)

    def _objects(self, schema: Schema) -> Values:
        fields = {
            name: self._field(name, inner) for name, inner in schema.get("properties", {}).items()
        }
        required = {name: fields[name] for name in schema.get("required", ())}
        optional = {name: one for name, one in fields.items() if name not in required}
        return st.fixed_dictionaries(required, optional=optional)

    def _field(self, name: str, schema: Schema) -> Values:
        values = self.values(schema)
        return st.just(self.known[name]) | values if name in self.known else values


def _texts(schema: Schema) -> Values:
    if schema.get("format") == "date":
        return st.dates().map(str)
    if schema.get("format") == "date-time":
        return st.datetimes().map(lambda at: f"{at.isoformat(timespec='seconds')}Z")
    if "pattern" in schema:
        return st.from_regex(schema["pattern"].replace("$", r"\Z"), fullmatch=True)
    return PLAIN.map(lambda text: text[: schema.get("maxLength")])


@st.composite
def spoiled(draw: st.DrawFn, values: Values) -> Any:
    """One of the values, half of the time with something in it that is not what was described."""
    value = draw(values)
    for _ in range(draw(st.sampled_from((0, 0, 1, 2)))):
        value = _with(draw, value)
    return value


def _with(draw: st.DrawFn, value: Any) -> Any:
    """The value with something nasty in one place, at whatever depth."""
    if isinstance(value, dict) and value and draw(st.booleans()):
        name = draw(st.sampled_from([*sorted(value), "surplus"]))
        return {**value, name: _with(draw, value.get(name))}
    if isinstance(value, list) and value:
        return [_with(draw, value[0]), *value[1:]]
    return draw(NASTY)
