"""From the bytes of a request to the lines that land: what is taken, and what is refused with every reason.

What arrives as compact JSON, as browsers and most clients write it, is read once; anything else is read again with
care for what a quick reader passes over in silence: a key that is there twice, a number that would lose digits, half a
surrogate pair.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from apps.collector.careful_json import NotJson, Unsound, read_carefully
from apps.collector.instants import written
from apps.collector.kinds import Bounds
from apps.collector.limits import Limits
from apps.collector.problems import Problem
from apps.collector.rules import RECEIVED, Rules
from connectors.landing.layout import PROBLEM
from connectors.landing.verbatim import canonical_json, encoded

_SHOWN_BYTES = 8192  # of an event that is refused; more of it is not kept
_QUOTED = 200  # characters of an identifier in an answer


@dataclass(frozen=True, kw_only=True)
class Refusal:
    index: int
    row_id: str | None
    reasons: tuple[str, ...]
    line: bytes  # as it lands

    def told(self, id_column: str) -> dict[str, Any]:
        return {"index": self.index, id_column: self.row_id, "reasons": list(self.reasons)}


@dataclass(frozen=True, kw_only=True)
class Batch:
    taken: int
    content: bytes  # the lines of what is taken
    refusals: tuple[Refusal, ...] = ()

    @property
    def refused_content(self) -> bytes:
        return b"".join(refusal.line for refusal in self.refusals)


def read_batch(body: bytes, *, rules: Rules, now: datetime, limits: Limits) -> Batch:
    """Raises `Problem` where the request is refused as a whole."""
    bounds = Bounds(oldest=limits.oldest(now), newest=limits.newest(now))
    tail = b',"%s":"%s"}\n' % (RECEIVED.encode(), written(now).encode())
    read = _read(body, rules=rules, limits=limits)
    if not any(read.flaws) and rules.are_sound(read.rows, read.lines, bounds=bounds, row_bytes=limits.event_bytes):
        return Batch(taken=len(read.rows), content=tail.join([line[:-1] for line in read.lines]) + tail)
    good: list[bytes] = []
    refusals: list[Refusal] = []
    flaws = read.flaws or [[]] * len(read.rows)
    for index, (row, line, flaw) in enumerate(zip(read.rows, read.lines, flaws, strict=True)):
        reasons = flaw or rules.why_not(row, line, bounds=bounds, row_bytes=limits.event_bytes)
        if reasons:
            refusals.append(_refusal(index, row, line, reasons, rules=rules, now=now))
        else:
            good.append(line[:-1] + tail)
    return Batch(taken=len(good), content=b"".join(good), refusals=tuple(refusals))


@dataclass(frozen=True)
class _Read:
    rows: list[Any]
    lines: list[bytes]  # each row as JSON
    flaws: list[list[str]]  # by row, what careful reading found; empty if quick reading was enough


def _read(body: bytes, *, rules: Rules, limits: Limits) -> _Read:
    try:
        rows = _rows(orjson.loads(body), rules=rules, limits=limits)
        lines = list(map(orjson.dumps, rows))
        if body == rules.head + b",".join(lines) + b"]}":
            return _Read(rows, lines, [])
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        pass  # the careful reading says what is wrong, and where
    try:
        careful = read_carefully(body)
    except NotJson as error:
        said = f"the body is not JSON that can be read: {error}"
        raise Problem(400, "json", said, remedy=f"Send {_form(rules)}.") from None
    rows = _rows(careful.value, rules=rules, limits=limits)
    flaws = [careful.flaws_of(row) for row in rows]
    lines = [_line(row, flaw) for row, flaw in zip(rows, flaws, strict=True)]
    return _Read(rows, lines, flaws)


def _rows(value: Any, *, rules: Rules, limits: Limits) -> list[Any]:
    remedy = f"Send {_form(rules)}."
    if isinstance(value, Unsound):
        raise Problem(400, "json", f"the body {value.why}", remedy=remedy)
    if not isinstance(value, dict) or value.keys() != {rules.entity}:
        raise Problem(400, "shape", f"the body is not an object with {rules.entity} alone", remedy=remedy)
    rows = value[rules.entity]
    if not isinstance(rows, list) or not rows:
        raise Problem(400, "shape", f"{rules.entity} is not a list with something in it", remedy=remedy)
    if len(rows) > limits.batch_events:
        said = f"{len(rows)} {rules.entity} came at once, more than {limits.batch_events}"
        raise Problem(400, "batch_events", said, remedy="Send several smaller batches.")
    return rows


def _form(rules: Rules) -> str:
    return f'{{"{rules.entity}": [{{…}}, …]}} as UTF-8'


def _line(row: Any, flaws: list[str]) -> bytes:
    """Exactly what was said: numbers that a quick writer cannot write are written slowly."""
    try:
        return orjson.dumps(row)
    except orjson.JSONEncodeError:
        pass
    try:
        return encoded(canonical_json(row))
    except RecursionError:
        flaws.append("it is nested too deeply")
        return b"{}"


def _refusal(index: int, row: Any, line: bytes, reasons: Sequence[str], *, rules: Rules, now: datetime) -> Refusal:
    """What is refused lands too, as a line that says why: loading puts it in quarantine under these reasons."""
    found = row.get(rules.id_column) if isinstance(row, dict) else None
    told = tuple(_as_text(reason) for reason in reasons)
    kept: Any = orjson.Fragment(line)
    if len(line) > _SHOWN_BYTES or not _is_json(line):
        kept = line[:_SHOWN_BYTES].decode(errors="replace")
    landed = {PROBLEM: "; ".join(told), RECEIVED: written(now), "row": kept}
    return Refusal(
        index=index,
        row_id=_as_text(found[:_QUOTED]) if isinstance(found, str) else None,
        reasons=told,
        line=orjson.dumps(landed, option=orjson.OPT_APPEND_NEWLINE),
    )


def _as_text(text: str) -> str:
    """Half a surrogate pair cannot be written down; a question mark stands for it."""
    return text.encode(errors="replace").decode()


def _is_json(line: bytes) -> bool:
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return True
