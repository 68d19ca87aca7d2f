"""The product as a client of a collector: its events and touches posted in batches, in order or in a switchable mess.

A batch that is not taken is sent again; what a collector refuses by index is counted and quoted, not repeated.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from time import sleep as really_sleep
from typing import Any

import httpx

from simulator.product.disorder import Disorder, disordered
from simulator.product.stream import ProductStream

ID_COLUMNS = {"events": "event_id", "touches": "touch_id"}
_GIVEN_BY_COLLECTOR = "received_at"  # whoever takes a row says when
_ATTEMPTS = 5
_QUOTED = 20


class NotTaken(Exception):
    """A collector would not take a batch, however often it was sent."""


@dataclass
class Posted:
    rows: int = 0  # sent, duplicates included
    batches: int = 0
    repeats: int = 0  # batches that had to be sent again
    accepted: int = 0
    refused: list[Any] = field(default_factory=list)  # the first of them, as the collector words them
    refused_rows: int = 0


class Posting:
    def __init__(self, stream: ProductStream, *, seed: int, sleep: Callable[[float], None] = really_sleep) -> None:
        self._stream = stream
        self._seed = seed
        self._sleep = sleep

    def post(
        self,
        entity: str,
        *,
        url: str,
        key: str,
        since: datetime,
        until: datetime,
        batch: int = 100,
        disorder: Disorder | None = None,
    ) -> Posted:
        """Sends a stretch of `events` or `touches` to `url`, the endpoint of that entity."""
        if entity not in ID_COLUMNS:
            raise ValueError(f"a collector takes {' and '.join(ID_COLUMNS)}, not {entity}")
        if batch < 1:
            raise ValueError("a batch holds at least one row")
        rows = disordered(
            self._stream.rows(entity, since, until), disorder or Disorder(), id_column=ID_COLUMNS[entity],
            seed=self._seed,
        )  # fmt: skip
        posted = Posted()
        with httpx.Client(timeout=30.0, headers={"Authorization": f"Bearer {key}"}) as client:
            for some in _batches(rows, batch):
                self._send(client, url, {entity: some}, posted)
                posted.rows += len(some)
                posted.batches += 1
        return posted

    def _send(self, client: httpx.Client, url: str, body: dict[str, Any], posted: Posted) -> None:
        said = "no answer"
        for attempt in range(_ATTEMPTS):
            if attempt:
                posted.repeats += 1
                self._sleep(min(2.0**attempt / 10, 2.0))
            try:
                answer = client.post(url, json=body)
            except httpx.HTTPError as error:
                said = type(error).__name__
                continue
            if answer.is_success:
                _count(answer, body, posted)
                return
            said = f"HTTP {answer.status_code}: {answer.text[:200]}"
            if answer.status_code < 500 and answer.status_code != 429:
                break
        raise NotTaken(f"a batch was not taken: {said}")


def _batches(rows: Iterator[dict[str, Any]], size: int) -> Iterator[list[dict[str, Any]]]:
    while some := list(islice(rows, size)):
        yield [{name: value for name, value in row.items() if name != _GIVEN_BY_COLLECTOR} for row in some]


def _count(answer: httpx.Response, body: dict[str, Any], posted: Posted) -> None:
    (rows,) = body.values()
    try:
        told = answer.json()
    except ValueError:
        told = {}
    refused = told.get("refused", []) if isinstance(told, dict) else []
    posted.refused_rows += len(refused)
    posted.refused += refused[: max(0, _QUOTED - len(posted.refused))]
    posted.accepted += told.get("accepted", len(rows)) if isinstance(told, dict) else len(rows)
