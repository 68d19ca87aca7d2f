"""Report jobs: ask for many, poll them together, fetch each file once, and ask again for one that failed or expired."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from connectors.ad_platform import Sleep
from connectors.taxonomy import NotFound, TransientError
from connectors.x_ads.answers import Json
from connectors.x_ads.stats import Piece
from connectors.x_ads.wire import Wire, joined

MOST_AT_ONCE = 50  # X runs at most 100 for an account; the other half is left to whoever else asks
FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 30.0
PATIENCE_SECONDS = 3600.0
ATTEMPTS = 2

Answered = tuple[Piece, Json]


class Jobs:
    def __init__(self, wire: Wire, *, sleep: Sleep, on_progress: Callable[[str], None]) -> None:
        self._wire = wire
        self._sleep = sleep
        self._on_progress = on_progress

    def submit(self, piece: Piece) -> str:
        """The job's id as text: as a number it can be beyond what JSON readers hold exactly."""
        made = self._wire.ask(f"stats/jobs/{self._wire.account_path()}", piece.params())
        return id_of(made)

    def answers(self, submitted: Sequence[tuple[str, Piece]]) -> Iterator[Answered]:
        """Every piece with its file's content, as the jobs finish."""
        waiting = dict(submitted)
        attempts: dict[Piece, int] = {}
        waited, pause = 0.0, FIRST_PAUSE_SECONDS
        while waiting:
            self._sleep(pause)
            waited, pause = waited + pause, min(LONGEST_PAUSE_SECONDS, pause * 2)
            for job_id, job in self._states(waiting).items():
                piece = waiting[job_id]
                answer = self._finished(job)
                if answer is not None:
                    del waiting[job_id]
                    yield piece, answer
                elif job["status"] not in ("PROCESSING", "QUEUED", "UPLOADING"):
                    attempts[piece] = attempts.get(piece, 1) + 1
                    if attempts[piece] > ATTEMPTS:
                        raise self._gave_up(f"a report job ended {ATTEMPTS} times without a readable file")
                    del waiting[job_id]
                    waiting[self.submit(piece)] = piece
            if waiting:
                self._on_progress(f"x_ads: {len(waiting)} report jobs are still running")
            if waited > PATIENCE_SECONDS:
                raise self._gave_up(f"{len(waiting)} report jobs were not ready after {waited:.0f} s")

    def _states(self, waiting: dict[str, Piece]) -> dict[str, Json]:
        """One page on purpose: the answer for a single job carries a cursor that leads nowhere."""
        answer = self._wire.get(f"stats/jobs/{self._wire.account_path()}", {"job_ids": joined(list(waiting))})
        found = {id_of(job): job for job in answer["data"]}
        return {job_id: job for job_id, job in found.items() if job_id in waiting}

    def _finished(self, job: Json) -> Any:
        """The file of a finished job; None while it runs, and also when the file is gone already."""
        if job["status"] != "SUCCESS" or not job.get("url"):
            return None
        try:
            return self._wire.download(job["url"])
        except NotFound:
            return None

    def _gave_up(self, why: str) -> TransientError:
        return TransientError(self._wire.said("GET stats/jobs", why))


def id_of(job: Json) -> str:
    return str(job.get("id_str") or job["id"])
