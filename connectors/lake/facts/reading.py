"""The SQL that reads a block of lines as facts: quickly where nothing is wrong, with care otherwise.

Both ways share every rule about values and reasons (`connectors.lake.reading_sql`); they differ in how a line's fields
are found, and the quick one asks only whether anything is wrong. What the schema has no column for goes to `extra`.
"""

import json
import re
from collections.abc import Sequence

from connectors.entity_schema import Column, EntitySchema, Type
from connectors.lake.columns import EXTRA
from connectors.lake.reading_sql import day_sql, parsed_sql, reasons_sql, sound_sql, value_sql
from connectors.lake.sql import fill, literal, quoted
from connectors.landing.layout import PROBLEM

_PLAIN_PATH = re.compile(r"\$\.(\w+)", re.ASCII)
_NUMBER_OF_MANY_SPELLINGS = r"-?[0-9]+(\.[0-9]+|(\.[0-9]+)?[eE][-+]?[0-9]+)"

_QUICK = """
    with found as (select *, from_json(text, {structure}) as v from {lines}),
    texts as (select * exclude (v), v.{problem} as problem, {texts} from found),
    typed as (select *, {values} from texts)
    select _n, _pull, _number, {named}, {day} as _day,
        case when len(json_keys(text)) > {known} then {extra} end as {extra_name},
        coalesce(problem is null and {sound} and {as_told}, false) as _sound
    from typed
"""
_CAREFUL = """
    with cut as (
        select _n as line_no, case when list_contains({not_utf8}, _n) then '' else rtrim(text, e'\\n') end as text
        from {lines}
    ),
    judged as ({judged})
    select _n, _pull, _number, judged.* exclude (_line, _text, _reasons),
        case when _reasons = '' then {extra} end as {extra_name},
        case when list_contains({not_utf8}, _n) then 'the line is not UTF-8' else _reasons end as _reasons,
        rtrim(text, e'\\n') as _text
    from judged inner join {lines} on _n = _line
"""


def quick_sql(schema: EntitySchema, *, lines: str) -> str | None:
    """Selects `_n, _pull, _number`, the schema's columns, `_day`, `extra` and `_sound` from a block's lines.

    Raises in the engine where a line is not JSON. None for schemas that need more than fields by their names.
    """
    names = _fields(schema)
    if len(names) < len(schema.columns) or any(column.null_texts for column in schema.columns):
        return None
    columns = list(enumerate(schema.columns, start=1))
    structure = {names[column.name]: "JSON" if column.type is Type.JSON else "VARCHAR" for column in schema.columns}
    return fill(
        _QUICK,
        lines=lines,
        structure=literal(json.dumps({**structure, PROBLEM: "VARCHAR"})),
        problem=quoted(PROBLEM),
        texts=", ".join(f"v.{quoted(names[column.name])} as t{place}" for place, column in columns),
        values=", ".join(f"{_quick_value(column, f't{place}')} as c{place}" for place, column in columns),
        named=", ".join(f"c{place} as {quoted(column.name)}" for place, column in columns),
        day=day_sql(schema),
        known=" + ".join(f"(t{place} is not null)::int" for place, _ in columns),
        extra=_extra(schema, "text"),
        extra_name=EXTRA,
        sound=sound_sql(reasons_sql(schema, window=None)),
        as_told=" and ".join(
            _as_told(f"t{place}", names[column.name]) for place, column in columns if column.type is Type.TEXT
        )
        or "true",
    )


def careful_sql(schema: EntitySchema, *, lines: str, not_utf8: Sequence[int]) -> str:
    """Selects the same, but `_reasons` (empty for a good row) and `_text` instead of `_sound`."""
    return fill(
        _CAREFUL,
        lines=lines,
        judged=parsed_sql(schema, lines="cut", window=None),
        extra=_extra(schema, "_text"),
        extra_name=EXTRA,
        not_utf8=f"{list(not_utf8)}::bigint[]",
    )


def _quick_value(column: Column, text: str) -> str:
    """A block with a NUL anywhere is read with care, so texts need no repair here."""
    return text if column.type is Type.TEXT else value_sql(column, text)


def _as_told(text: str, field: str) -> str:
    """Each reader writes a number with a point or an exponent in its own way: a text that is one, and came without
    quotes, is left to the careful one. Most texts begin with a letter, and few others are such numbers."""
    is_number = f"{text} < ':' and regexp_full_match({text}, {literal(_NUMBER_OF_MANY_SPELLINGS)})"
    is_quoted = f"json_type(text, {literal(f'$.{field}')}) = 'VARCHAR'"
    return f"case when {is_number} then {is_quoted} else true end"


def _fields(schema: EntitySchema) -> dict[str, str]:
    """The columns that hold a field of the object as a whole, and the field's name."""
    found = ((column.name, _PLAIN_PATH.fullmatch(column.path)) for column in schema.columns)
    return {name: path[1] for name, path in found if path}


def _extra(schema: EntitySchema, text: str) -> str:
    """The object without the fields that a column holds; null where nothing is left."""
    patch = json.dumps({**dict.fromkeys(_fields(schema).values()), PROBLEM: None})
    return f"nullif(json_merge_patch({text}, {literal(patch)})::varchar, '{{}}')"
