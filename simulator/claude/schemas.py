"""JSON schemas as structured output takes them: which ones are refused, and a value that fits, filled in from words.

The value is the first that comes to mind: named choices and numbers that occur in the text win, the rest is plain.
"""

import re
from collections.abc import Iterator
from typing import Any

from simulator.claude.refusals import invalid

_UNSUPPORTED = (
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "maxItems",
)  # fmt: skip
_NUMBER = re.compile(r"(?<!\d)-?\d{1,15}(?:\.\d{1,9})?(?!\d)")
_DEEPEST = 24
_MOST_ITEMS = 1000
_FORMATS = {
    "date-time": "2026-11-05T06:00:00Z",
    "date": "2026-11-05",
    "email": "someone@people.example",
    "uri": "https://larkspur.example/",
    "uuid": "00000000-0000-4000-8000-000000000000",
}


def check_format(wanted: Any) -> dict[str, Any] | None:
    if wanted is None:
        return None
    if (
        not isinstance(wanted, dict)
        or wanted.get("type") != "json_schema"
        or not isinstance(wanted.get("schema"), dict)
    ):
        raise invalid("output_config.format: Input should be a json_schema with its schema")
    _check(wanted["schema"], "output_config.format.schema")
    return wanted["schema"]


def check_schema(schema: Any, where: str) -> None:
    """That it is a JSON schema at all; tools may use all of the language."""
    for inner, place in _inside(schema, where):
        fits = (
            isinstance(inner.get("required", []), list)
            and isinstance(inner.get("enum", []), list)
            and isinstance(inner.get("minItems", 0), int)
            and 0 <= inner.get("minItems", 0) <= _MOST_ITEMS
            and all(isinstance(name, str) for name in inner.get("required", []))
            and isinstance(inner.get("format", ""), str)
            and _is_type(inner.get("type", "string"))
        )
        if not fits:
            raise invalid(f"{place}: JSON schema is invalid")


def _is_type(told: Any) -> bool:
    several = told if isinstance(told, list) else [told]
    return bool(several) and all(isinstance(each, str) for each in several)


def _check(schema: Any, where: str) -> None:
    check_schema(schema, where)
    for inner, place in _inside(schema, where):
        if inner.get("type") == "object" and inner.get("additionalProperties") is not False:
            raise invalid(f"{place}: For 'object' type, 'additionalProperties' must be explicitly set to false")
        for name in _UNSUPPORTED:
            if name in inner:
                raise invalid(f"{place}: For '{inner.get('type', 'any')}' type, property '{name}' is not supported")


def _inside(schema: Any, where: str) -> Iterator[tuple[dict[str, Any], str]]:
    """A schema and all that are in it. Raises `Refusal` for what can be none."""
    if not isinstance(schema, dict):
        raise invalid(f"{where}: JSON schema is invalid")
    yield schema, where
    for name in ("properties", "$defs", "definitions"):
        named = schema.get(name, {})
        if not isinstance(named, dict):
            raise invalid(f"{where}.{name}: JSON schema is invalid")
        for key, each in named.items():
            yield from _inside(each, f"{where}.{name}.{key}")
    for name in ("anyOf", "oneOf", "allOf"):
        several = schema.get(name, [])
        if not isinstance(several, list):
            raise invalid(f"{where}.{name}: JSON schema is invalid")
        for place, each in enumerate(several):
            yield from _inside(each, f"{where}.{name}.{place}")
    if "items" in schema:
        yield from _inside(schema["items"], f"{where}.items")


class Filler:
    """Makes a value of a schema, with a text to take choices and numbers from; each number is used once."""

    def __init__(self, root: dict[str, Any], text: str) -> None:
        self._root = root
        self._text = text.lower()
        self._numbers = [float(found) for found in _NUMBER.findall(text)]

    def fill(self, schema: Any = None, *, name: str = "", depth: int = 0) -> Any:
        if depth > _DEEPEST:
            raise invalid("recursive schemas are not supported")
        schema = self._resolved(self._root if schema is None else schema)
        if "const" in schema:
            return schema["const"]
        if schema.get("enum"):
            return self._chosen(schema["enum"])
        for several in ("anyOf", "oneOf", "allOf"):
            if schema.get(several):
                return self.fill(schema[several][0], name=name, depth=depth + 1)
        kind = schema.get("type", "object" if "properties" in schema else "string")
        match kind[0] if isinstance(kind, list) else kind:
            case "object":
                properties = schema.get("properties", {})
                wanted = schema.get("required", list(properties))
                return {key: self.fill(properties.get(key, {}), name=key, depth=depth + 1) for key in wanted}
            case "array":
                items = schema.get("items", {})
                return [self.fill(items, name=name, depth=depth + 1) for _ in range(schema.get("minItems", 1))]
            case "integer":
                return int(self._number(schema))
            case "number":
                return self._number(schema)
            case "boolean":
                return True
            case "null":
                return None
        return _FORMATS.get(schema.get("format", ""), schema.get("default", f"practice {name}".strip()))

    def _resolved(self, schema: Any) -> dict[str, Any]:
        for _ in range(_DEEPEST):
            if not isinstance(schema, dict):
                break
            if "$ref" not in schema:
                return schema
            found: Any = self._root
            for part in str(schema["$ref"]).removeprefix("#/").split("/"):
                found = found.get(part) if isinstance(found, dict) else None
            schema = found
        raise invalid("a schema is an object, and a $ref names one of its $defs")

    def _chosen(self, values: list[Any]) -> Any:
        """The value that the text names, otherwise the first."""
        words = self._text.replace("_", " ")
        return next((v for v in values if isinstance(v, str) and v.lower().replace("_", " ") in words), values[0])

    def _number(self, schema: dict[str, Any]) -> float:
        usual = schema.get("default")
        number = self._numbers.pop(0) if self._numbers else float(usual) if isinstance(usual, int | float) else 1.0
        least, most = (
            bound if isinstance(bound := schema.get(name), int | float) else number for name in ("minimum", "maximum")
        )
        return min(max(number, least), most)
