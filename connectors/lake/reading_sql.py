"""The SQL that reads landed lines with a schema: typed columns where they can be had, every reason where they cannot.

Nothing is guessed: an instant without a zone, a fraction in a whole number, a day outside the pull's window are
reasons, not values; what was refused where it came in keeps the reason it got there. What is done with rows and
reasons is said by `connectors.lake.versions`.
"""

from collections.abc import Sequence

from connectors.ad_platform import DayWindow
from connectors.entity_schema import Column, EntitySchema, Kind, Type
from connectors.lake.columns import day_type
from connectors.lake.sql import fill, literal, quoted
from connectors.landing.layout import PROBLEM

# A date may carry an empty time (TikTok's "2026-11-01 00:00:00"); with any other time it is an instant, not a day.
_DATE = r"^\d{4}-\d{2}-\d{2}([ T]00:00(:00(\.0+)?)?)?$"
_INSTANT = r"^\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2}(\.\d+)?)? ?(Z|z|UTC|[+-]\d{2}(:?\d{2})?)$"
_EPOCH_SECONDS = r"^\d{9,10}$"
_EPOCH_MILLISECONDS = r"^\d{13}$"


_PARSED = """
    with split as (
        select line_no, text,
            case when starts_with(ltrim(text, e' \t\r\n'), '{{') and json_valid(text) then text end as object
        from {lines}
    ),
    found as (select *, json_extract_string(object, [{paths}]) as v from split),
    texts as (select line_no, text, object, v, {texts} from found),
    typed as (select *, {values} from texts)
    select line_no as _line, text as _text, {named}, {day} as _day,
        case
            when object is not null and coalesce(v[-1], '') = '' and {sound} then ''
            when not json_valid(text) then 'the line is not JSON'
            when object is null then 'the line is JSON, but not an object'
            when v[-1] <> '' then v[-1]
            else concat_ws('; ', {reasons})
        end as _reasons
    from typed
"""


def parsed_sql(schema: EntitySchema, *, lines: str, window: DayWindow | None) -> str:
    """Selects `_line, _text`, the schema's columns, `_day` and `_reasons` from a relation (line_no, text).

    `_reasons` is empty for a good row.
    """
    columns = list(enumerate(schema.columns, start=1))
    reasons = reasons_sql(schema, window=window)
    return fill(
        _PARSED,
        lines=lines,
        paths=", ".join([*(literal(_path(column)) for _, column in columns), literal(f'$."{PROBLEM}"')]),
        texts=", ".join(f"{_text(column, place)} as t{place}" for place, column in columns),
        values=", ".join(f"{value_sql(column, f't{place}')} as c{place}" for place, column in columns),
        named=", ".join(f"c{place} as {quoted(column.name)}" for place, column in columns),
        day=day_sql(schema),
        sound=sound_sql(reasons),
        reasons=", ".join(["null", *reasons]),
    )


def reasons_sql(schema: EntitySchema, *, window: DayWindow | None) -> list[str]:
    """Everything that can speak against a row: each is null where it does not. `t1`, `t2`, … are the columns' texts,
    `c1`, `c2`, … their values."""
    columns = list(enumerate(schema.columns, start=1))
    reasons = [_uncast(column, place) for place, column in columns]
    reasons += [_not_chosen(column, f"t{place}") for place, column in columns]
    reasons += [_missing(schema, column, f"t{place}") for place, column in columns]
    reasons += [_none_of(schema, group) for group in schema.one_of]
    if window is not None and schema.kind is Kind.WINDOWED:
        reasons.append(_outside(day_sql(schema), window))
    return [reason for reason in reasons if reason]


def sound_sql(reasons: Sequence[str]) -> str:
    """Whether nothing speaks against a row: far cheaper than joining the reasons of every good row to an empty text."""
    return " and ".join(f"({reason}) is null" for reason in reasons) or "true"


def _path(column: Column) -> str:
    return column.path if column.path.startswith("$") else f'$."{column.path}"'


def _text(column: Column, place: int) -> str:
    if column.type is Type.JSON:
        found = f"nullif(json_extract(object, {literal(_path(column))})::varchar, 'null')"
    else:
        found = f"v[{place}]"
    if column.null_texts:
        absent = ", ".join(literal(text) for text in column.null_texts)
        found = f"case when {found} not in ({absent}) then {found} end"
    return found


def value_sql(column: Column, text: str) -> str:
    match column.type:
        case Type.TEXT:
            return f"replace({text}, chr(0), '\ufffd')"  # Postgres has no NUL character
        case Type.JSON:
            return text
        case Type.INTEGER:
            exact = f"try_cast({text} as decimal(38, 9))"
            return f"case when {exact} = round({exact}, 0) then try_cast({exact} as bigint) end"
        case Type.DATE:
            return f"case when regexp_matches({text}, {literal(_DATE)}) then try_cast(left({text}, 10) as date) end"
        case Type.INSTANT:
            return (
                f"case when regexp_matches({text}, {literal(_INSTANT)}) then try_cast({text} as timestamptz)"
                f" when regexp_matches({text}, {literal(_EPOCH_SECONDS)}) then to_timestamp(try_cast({text} as bigint))"
                f" when regexp_matches({text}, {literal(_EPOCH_MILLISECONDS)})"
                f" then to_timestamp(try_cast({text} as bigint) / 1000.0) end"
            )
        case _:
            return f"try_cast({text} as {column.type.value})"


def _uncast(column: Column, place: int) -> str:
    if column.type in (Type.TEXT, Type.JSON):
        return ""
    wanted = {Type.INSTANT: "an instant with a time zone", Type.INTEGER: "a whole number"}.get(
        column.type, f"a {column.type.value}"
    )
    said = literal(f'{column.name} is "')
    return (
        f"case when t{place} is not null and c{place} is null "
        f"""then {said} || left(t{place}, 60) || '", not {wanted}' end"""
    )


def _not_chosen(column: Column, text: str) -> str:
    if not column.choices:
        return ""
    allowed = ", ".join(literal(choice) for choice in column.choices)
    said, wanted = literal(f'{column.name} is "'), literal(f'", not one of {", ".join(column.choices)}')
    return f"case when {text} not in ({allowed}) then {said} || left({text}, 60) || {wanted} end"


def _missing(schema: EntitySchema, column: Column, text: str) -> str:
    if column.name in schema.key:
        said = f"{column.name}, part of the key, is missing"
    elif column.name == schema.day:
        said = f"{column.name}, the day, is missing"
    elif column.required:
        said = f"{column.name} is required and missing"
    else:
        return ""
    remedy = f": {column.remedy}" if column.remedy else ""
    return f"case when {_absent(column, text)} then {literal(said + remedy)} end"


def _none_of(schema: EntitySchema, group: tuple[str, ...]) -> str:
    columns = [(place, column) for place, column in enumerate(schema.columns, start=1) if column.name in group]
    absent = " and ".join(_absent(column, f"t{place}", blank=True) for place, column in columns)
    said = literal(f"one of {', '.join(group)} is needed and none is there")
    return f"case when {absent} then {said} end"


def _absent(column: Column, text: str, *, blank: bool = False) -> str:
    """A text of nothing but blanks is no value where one is required."""
    if column.type is Type.TEXT and (column.required or blank):
        return f"({text} is null or ({text} < '!' and trim({text}) = ''))"  # few begin with a blank: few are trimmed
    return f"{text} is null"


def day_sql(schema: EntitySchema) -> str:
    if schema.day is None:
        return "null::date"
    place = next(f"c{place}" for place, column in enumerate(schema.columns, start=1) if column.name == schema.day)
    # By way of the number, which is many times quicker than asking the calendar of a time zone.
    return f"make_timestamp(epoch_us({place}))::date" if day_type(schema) is Type.INSTANT else place


def _outside(day: str, window: DayWindow) -> str:
    asked = f"{window.since} to {window.until} (exclusive)"
    return (
        f"case when {day} < date '{window.since}' or {day} >= date '{window.until}' "
        f"then 'the day ' || ({day})::varchar || ' lies outside the pull''s window {asked}' end"
    )
