"""A window's days, for ads and for the account: which entities were active, and in which pieces they are asked for.

Short runs of days are asked for at once, long ones as report jobs. A piece X finds too large is halved and asked again.
"""

from collections import deque
from collections.abc import Callable, Iterator
from zoneinfo import ZoneInfo

from connectors.ad_platform import DayWindow, Row, Sleep
from connectors.taxonomy import SplitRequest, TransientError
from connectors.x_ads.account_calendar import runs, whole_hours, x_instant
from connectors.x_ads.answers import Json
from connectors.x_ads.jobs import MOST_AT_ONCE, Jobs
from connectors.x_ads.stats import PLACEMENTS, Piece, Unusable, batches, rows_of
from connectors.x_ads.wire import Wire

# X takes 90 days; one less leaves room for the whole hours that midnights on the half hour are widened to.
LONGEST_RUN_DAYS = 89
LONGEST_SYNC_DAYS = 7
ATTEMPTS = 3


class Daily:
    def __init__(self, wire: Wire, *, zone: ZoneInfo, sleep: Sleep, on_progress: Callable[[str], None]) -> None:
        self._wire = wire
        self._zone = zone
        self._jobs = Jobs(wire, sleep=sleep, on_progress=on_progress)

    def rows(self, entity: str, window: DayWindow, *, groups: tuple[str, ...]) -> Iterator[list[Row]]:
        """The rows of each run of days in turn; all of a day's rows come in one list."""
        for run in runs(window, self._zone, longest=LONGEST_RUN_DAYS):
            pieces = self._pieces(entity, run, groups)
            is_short = (run.until - run.since).days <= LONGEST_SYNC_DAYS
            yield [row for part in (self._at_once if is_short else self._as_jobs)(pieces) for row in part]

    def _pieces(self, entity: str, run: DayWindow, groups: tuple[str, ...]) -> deque[Piece]:
        """Only what was active is asked for: an id costs a place among twenty in every call."""
        active = self._active(entity, run)
        return deque(
            Piece(entity=entity, ids=ids, placement=placement, window=run, groups=groups)
            for placement in PLACEMENTS
            for ids in batches(sorted(active[placement]))
        )

    def _active(self, entity: str, run: DayWindow) -> dict[str, set[str]]:
        start, end = whole_hours(run, self._zone)
        params = {"entity": entity, "start_time": x_instant(start), "end_time": x_instant(end)}
        answer = self._wire.get(f"stats/{self._wire.account_path()}/active_entities", params)
        active: dict[str, set[str]] = {placement: set() for placement in PLACEMENTS}
        for each in answer["data"]:
            for placement in each.get("placements") or PLACEMENTS:
                if placement in active:  # others are retired, and no part of what the platform itself adds up
                    active[placement].add(each["entity_id"])
        return active

    def _at_once(self, pieces: deque[Piece]) -> Iterator[list[Row]]:
        while pieces:
            piece = pieces.popleft()
            try:
                yield self._matched(piece, lambda piece=piece: self._ask(piece))
            except SplitRequest as error:
                pieces.extendleft(reversed(halves(piece, error)))

    def _as_jobs(self, pieces: deque[Piece]) -> Iterator[list[Row]]:
        while pieces:
            submitted: list[tuple[str, Piece]] = []
            while pieces and len(submitted) < MOST_AT_ONCE:
                piece = pieces.popleft()
                try:
                    submitted.append((self._jobs.submit(piece), piece))
                except SplitRequest as error:
                    pieces.extendleft(reversed(halves(piece, error)))
            for piece, answer in self._jobs.answers(submitted):
                yield self._matched(piece, lambda answer=answer: answer, attempts=1)

    def _ask(self, piece: Piece) -> Json:
        return self._wire.get(f"stats/{self._wire.account_path()}", piece.params())

    def _matched(self, piece: Piece, answer: Callable[[], Json], *, attempts: int = ATTEMPTS) -> list[Row]:
        """The rows of an answer that fits its question; one that does not is asked for again before it fails."""
        for attempt in range(1, attempts + 1):
            try:
                return rows_of(answer(), piece)
            except Unusable as error:
                if attempt == attempts:
                    said = self._wire.said("GET stats", f"the answer does not fit the question: {error}")
                    raise TransientError(said) from error
                self._wire.transport.back_off(attempt)
        return []


def halves(piece: Piece, error: SplitRequest) -> tuple[Piece, Piece]:
    found = piece.halves()
    if found is None:
        raise error
    return found
