"""Message batches: many requests at once, answered by the time somebody has looked twice."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from simulator.claude.refusals import Refusal, invalid
from simulator.world.lives.till import tag

_LOOKS = 2  # of a caller, after which a batch has ended
_LIVES = timedelta(hours=24)
Ask = Callable[[dict[str, Any]], dict[str, Any]]  # one request's answer; raises `Refusal`


@dataclass(kw_only=True)
class _Batch:
    id: str
    requests: list[dict[str, Any]]
    created_at: datetime
    looks: int = 0
    ended_at: datetime | None = None
    canceled_at: datetime | None = None
    results: list[dict[str, Any]] = field(default_factory=list)


class Batches:
    def __init__(self, ask: Ask, *, seed: int, now: Callable[[], datetime], base_url: Callable[[], str]) -> None:
        self._ask = ask
        self._seed = seed
        self._now = now
        self._base_url = base_url
        self._made = 0
        self._batches: dict[str, _Batch] = {}

    def create(self, told: Any) -> dict[str, Any]:
        requests = told.get("requests") if isinstance(told, dict) else None
        if not isinstance(requests, list) or not requests:
            raise invalid("requests: Field required")
        if not all(isinstance(each, dict) and isinstance(each.get("params"), dict) for each in requests):
            raise invalid("requests: each holds a custom_id and params")
        names = [each.get("custom_id") for each in requests]
        if not all(isinstance(name, str) and name for name in names) or len(set(names)) != len(names):
            raise invalid("requests: custom_id must be a unique, non-empty string")
        number, self._made = self._made, self._made + 1
        batch = _Batch(id=tag("msgbatch", self._seed, number), requests=requests, created_at=self._now())
        self._batches[batch.id] = batch
        return self._shape(batch)

    def find(self, id_: str) -> dict[str, Any]:
        batch = self._get(id_)
        batch.looks += 1
        if batch.looks >= _LOOKS and batch.ended_at is None:
            self._end(batch)
        return self._shape(batch)

    def page(self) -> dict[str, Any]:
        shapes = [self._shape(batch) for batch in reversed(self._batches.values())]
        ends = (shapes[0]["id"], shapes[-1]["id"]) if shapes else (None, None)
        return {"data": shapes, "has_more": False, "first_id": ends[0], "last_id": ends[1]}

    def cancel(self, id_: str) -> dict[str, Any]:
        batch = self._get(id_)
        if batch.ended_at is not None:
            raise invalid("A batch that has ended cannot be canceled.")
        batch.canceled_at = self._now()
        return self._shape(batch)

    def delete(self, id_: str) -> dict[str, Any]:
        if self._get(id_).ended_at is None:
            raise invalid("A batch cannot be deleted while it is in progress.")
        del self._batches[id_]
        return {"id": id_, "type": "message_batch_deleted"}

    def results(self, id_: str) -> Iterator[dict[str, Any]]:
        batch = self._get(id_)
        if batch.ended_at is None:
            raise invalid("The results of this batch are not ready yet.")
        yield from batch.results

    def _get(self, id_: str) -> _Batch:
        if id_ not in self._batches:
            raise Refusal(404, f"message batch {id_} not found")
        return self._batches[id_]

    def _end(self, batch: _Batch) -> None:
        batch.ended_at = self._now()
        batch.results = [
            {"custom_id": each["custom_id"], "result": self._result(batch, each)} for each in batch.requests
        ]

    def _result(self, batch: _Batch, each: dict[str, Any]) -> dict[str, Any]:
        if batch.canceled_at is not None:
            return {"type": "canceled"}
        try:
            return {"type": "succeeded", "message": self._ask(each["params"])}
        except Refusal as refusal:
            return {"type": "errored", "error": refusal.body(f"req_{batch.id}")}

    def _shape(self, batch: _Batch) -> dict[str, Any]:
        ended = batch.ended_at is not None
        kinds = [result["result"]["type"] for result in batch.results]
        status = "ended" if ended else "canceling" if batch.canceled_at is not None else "in_progress"
        return {
            "id": batch.id,
            "type": "message_batch",
            "processing_status": status,
            "request_counts": {
                "processing": 0 if ended else len(batch.requests),
                **{kind: kinds.count(kind) for kind in ("succeeded", "errored", "canceled", "expired")},
            },
            "created_at": _written(batch.created_at),
            "expires_at": _written(batch.created_at + _LIVES),
            "ended_at": None if batch.ended_at is None else _written(batch.ended_at),
            "cancel_initiated_at": None if batch.canceled_at is None else _written(batch.canceled_at),
            "archived_at": None,
            "results_url": f"{self._base_url()}/v1/messages/batches/{batch.id}/results" if ended else None,
        }


def _written(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
