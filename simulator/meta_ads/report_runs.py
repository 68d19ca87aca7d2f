"""Asynchronous reports: a run is started, polled through its states, and read once it says it is complete.

A run moves one step each time it is asked about, so nothing depends on how fast anybody polls.
"""

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from simulator.meta_ads.access import PARTY
from simulator.meta_ads.errors import report_not_ready, too_much_data, unknown_object
from simulator.meta_ads.habits import Habits
from simulator.meta_ads.insights import Scope, answer
from simulator.meta_ads.question import Question
from simulator.world.model import AdWorld

# The trap is the second to last: all of the work is done, and the result is not there yet.
_STEPS = (("Job Not Started", 0), ("Job Running", 53), ("Job Running", 100), ("Job Completed", 100))
_KEPT_RUNS = 2_000


@dataclass
class _Run:
    id: str
    number: int  # within its account, from 1
    scope: Scope
    question: Question
    started_at: datetime
    polls: int = 0
    step: int = -1
    rows: list[dict[str, Any]] = field(default_factory=list)
    failed: bool = False

    @property
    def state(self) -> tuple[str, int]:
        status, percent = _STEPS[max(self.step, 0)]
        return ("Job Failed", 0) if self.failed else (status, percent)

    @property
    def complete(self) -> bool:
        return not self.failed and self.step == len(_STEPS) - 1


class ReportRuns:
    def __init__(self, world: AdWorld, habits: Habits) -> None:
        self._world = world
        self._habits = habits
        self._runs: OrderedDict[str, _Run] = OrderedDict()
        self._started: dict[str, int] = {}

    def start(self, scope: Scope, question: Question) -> str:
        number = self._started.get(scope.account.id, 0) + 1
        self._started[scope.account.id] = number
        name = f"{self._world.seed}/{PARTY}/{scope.account.id}/report/{number}".encode()
        run_id = "9" + str(int.from_bytes(hashlib.sha256(name).digest()[:8]))[:15].zfill(15)
        self._runs[run_id] = _Run(run_id, number, scope, question, self._world.now())
        while len(self._runs) > _KEPT_RUNS:
            self._runs.popitem(last=False)
        return run_id

    def account_of(self, run_id: str) -> str | None:
        run = self._runs.get(run_id)
        return run.scope.account.id if run else None

    def poll(self, run_id: str) -> dict[str, Any]:
        run = self._runs[run_id]
        run.polls += 1
        if run.polls == 1 and self._habits.races(run.number):
            raise unknown_object(run_id)
        if not run.failed and not run.complete:
            run.step += 1
            self._work(run)
        status, percent = run.state
        days = run.question.spans
        body: dict[str, Any] = {
            "id": run.id,
            "account_id": run.scope.account.id,
            "time_ref": int(run.started_at.timestamp()),
            "async_status": status,
            "async_percent_completion": percent,
            "date_start": days[0].first.isoformat(),
            "date_stop": days[-1].last.isoformat(),
            "is_running": not run.failed and not run.complete,
        }
        if run.complete:
            body["time_completed"] = int(self._world.now().timestamp())
        if run.failed:
            refusal = too_much_data()
            body |= {"error_code": refusal.code, "error_subcode": refusal.subcode, "error_message": refusal.message}
        if run.complete and run.number in self._habits.expiring_jobs:
            del self._runs[run_id]
        return body

    def rows(self, run_id: str) -> list[dict[str, Any]]:
        run = self._runs[run_id]
        if not run.complete:
            raise report_not_ready()
        return run.rows

    def question(self, run_id: str) -> Question:
        return self._runs[run_id].question

    def _work(self, run: _Run) -> None:
        if run.step == 1 and run.number in self._habits.failing_jobs:
            run.failed = True
        if run.complete:
            run.rows = answer(self._world, run.scope, run.question)
            run.failed = len(run.rows) > self._habits.async_rows
