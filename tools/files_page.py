"""Writes the page about files that people bring from the schemas that judge them, so that the two cannot differ.

`python -m tools.files_page > docs/files.md` after a schema changes; a test compares the two.
"""

import sys
from collections.abc import Iterator, Sequence

from connectors.entity_schema import Column, EntitySchema, Type
from connectors.landing.brought_words import header_of
from connectors.registry import AD_PLATFORMS, NEVER_ASKED, OTHER_PARTIES

SCHEMAS: tuple[EntitySchema, ...] = (
    *(schema for spec in (*AD_PLATFORMS, *OTHER_PARTIES) for schema in spec.schemas),
    *NEVER_ASKED,
)
EXPORT = "telegram/ads_export"
_TYPES = {
    Type.TEXT: "text",
    Type.INTEGER: "whole number",
    Type.DECIMAL: "decimal",
    Type.BOOLEAN: "true or false",
    Type.DATE: "day",
    Type.INSTANT: "instant",
    Type.JSON: "JSON",
}
_HEAD = """\
# Files one can bring

JSON lines, a JSON list, CSV (comma, semicolon, tab or pipe; decimal point or comma) or Parquet.

```
weir import events.jsonl --as product/events     # or --as events, where only one party's files are called so
cp events.jsonl "$WEIR_HOME/landing/product/events/"
```

The same content counts once, whatever its name. A file that cannot be understood is refused with one message, and
nothing of it is taken. A row that cannot be read is set aside with file, line and every reason, and the good ones go
on; the load counts them all: landed = new + known already + set aside.

## How values are written

| what | how |
|---|---|
| instant | ISO 8601 with its zone, `2026-11-01T09:30:00Z` or `…+02:00`; without one it is refused, not guessed |
| day | `2026-11-01`, in the account's own calendar |
| decimal | a number or a text, `12.90`, in major units of the currency beside it; missing is empty, never 0 |
| text | stays what it is, also where a spreadsheet would take it for a formula (`=…`, `@…`) |
| JSON | an object or a list; in a CSV cell as its text |

Columns that are not listed are kept beside the others. `*` is required; blanks are no value. **Personal** columns say
who somebody is: they go when the person is erased.

## What a repeat of a key means

Events, touches, receipts and exposures are facts: of several with one key the first received stays, and the others
count as known already. Of everything else every version is kept: the one with the newest `updated_at` is current
(without one, a row changed when its file was brought), so an older file that is brought late changes nothing.
"""
_TAIL = """\
## An example

Two days of a platform that Weir has no connector for:

```
platform,account_id,campaign_id,date,currency,spend,impressions,clicks
reddit,acme,launch,2026-11-01,EUR,12.40,5300,41
reddit,acme,launch,2026-11-02,EUR,11.95,5011,38
```

A later file that says something else about a day already known replaces it; what was known before stays answerable in
`fct_ad_daily_restatements`.

Telegram Ads exports come in two files for each ad, which go together:
`weir import views.csv spend.csv --as telegram/ads_export --ad "Spring"`.
"""


def page() -> str:
    brought = sorted((each for each in SCHEMAS if each.brought and each.name != EXPORT), key=lambda each: each.name)
    entities = "\n".join(line for schema in brought for line in (*_entity(schema), ""))
    return "\n".join([_HEAD, "## The entities", "", entities, _TAIL, *_personal(SCHEMAS)]) + "\n"


def _entity(schema: EntitySchema) -> Iterator[str]:
    yield f"### `{schema.name}`"
    yield ""
    yield f"{schema.description} Key: {_listed(schema.key)}."
    for group in schema.one_of:
        yield f"At least one of {_listed(group)} is required."
    yield ""
    yield "| column | | meaning |"
    yield "|---|---|---|"
    for column in schema.columns:
        star = "*" if column.required else ""
        yield f"| `{header_of(column)}`{star} | {_TYPES[column.type]} | {_meaning(column)} |"


def _meaning(column: Column) -> str:
    return f"{column.description} **Personal.**" if column.personal else column.description


def _personal(schemas: Sequence[EntitySchema]) -> Iterator[str]:
    """Of every entity, also those that are pulled or told: what `weir erase` looks for."""
    yield "## Where personal data stands"
    yield ""
    yield "| entity | columns |"
    yield "|---|---|"
    for schema in sorted(schemas, key=lambda each: each.name):
        names = [column.name for column in schema.columns if column.personal]
        if names:
            yield f"| `{schema.name}` | {_listed(names)} |"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    sys.stdout.write(page())
