"""JSON schemas as structured output takes them: which ones are refused, and a value that fits, filled in from words.

The value is the first that comes to mind: named choices and numbers that occur in the text win, the rest is plain.
"""

import re
from typing import Any

from simulator.claude.refusals import invalid

_UNSUPPORTED = (
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "maxItems",
)  # fmt: skip
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
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


def _check(schema: Any, where: str) -> None:
    if isinstance(schema, list):
        for place, each in enumerate(schema):
            _check(each, f"{where}.{place}")
        return
    if not isinstance(schema, dict):
        return
    if schema.get("type") == "object" and schema.get("additionalProperties") is not False:
        raise invalid(f"{where}: For 'object' type, 'additionalProperties' must be explicitly set to false")
    for name in _UNSUPPORTED:
        if name in schema and not isinstance(schema[name], dict):
            raise invalid(f"{where}: For '{schema.get('type', 'any')}' type, property '{name}' is not supported")
    for name in ("properties", "$defs", "definitions"):
        for key, each in (schema.get(name) or {}).items():
            _check(each, f"{where}.{name}.{key}")
    for name in ("items", "anyOf", "allOf"):
        _check(schema.get(name), f"{where}.{name}")


class Filler:
    """Makes a value of a schema, with a text to take choices and numbers from; each number is used once."""

    def __init__(self, root: dict[str, Any], text: str) -> None:
        self._root = root
        self._text = text.lower()
        self._numbers = [float(found) for found in _NUMBER.findall(text)]

    def fill(self, schema: dict[str, Any] | None = None, *, name: str = "") -> Any:
        schema = self._resolved(self._root if schema is None else schema)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self._chosen(schema["enum"])
        for several in ("anyOf", "oneOf", "allOf"):
            if schema.get(several):
                return self.fill(schema[several][0], name=name)
        kind = schema.get("type", "object" if "properties" in schema else "string")
        match kind[0] if isinstance(kind, list) else kind:
            case "object":
                wanted = schema.get("required", list(schema.get("properties", {})))
                return {key: self.fill(schema["properties"][key], name=key) for key in wanted}
            case "array":
                return [self.fill(schema["items"], name=name) for _ in range(schema.get("minItems", 1))]
            case "integer":
                return int(self._number(schema))
            case "number":
                return self._number(schema)
            case "boolean":
                return True
            case "null":
                return None
        return _FORMATS.get(schema.get("format", ""), schema.get("default", f"practice {name}".strip()))

    def _resolved(self, schema: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in schema:
            found: Any = self._root
            for part in schema["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            schema = found
        return schema

    def _chosen(self, values: list[Any]) -> Any:
        """The value that the text names, otherwise the first."""
        words = self._text.replace("_", " ")
        return next((v for v in values if isinstance(v, str) and v.lower().replace("_", " ") in words), values[0])

    def _number(self, schema: dict[str, Any]) -> float:
        number = self._numbers.pop(0) if self._numbers else float(schema.get("default") or 1)
        return min(max(number, schema.get("minimum", number)), schema.get("maximum", number))
