"""How this door behaves where the platform's own behaviour varies: what it refuses as too large, how its jobs go.

The defaults are an ordinary day; a test that wants a bad one hands in other habits.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Habits:
    page_cells: int = 60_000  # rows x fields of one page, beyond which "reduce the amount of data" is answered
    sync_rows: int = 20_000  # rows of a synchronous report
    async_rows: int = 200_000  # rows of a report job; a larger one ends as "Job Failed"
    race_every: int = 5  # every n-th job of an account, from the third on, is unknown to its first poll
    failing_jobs: frozenset[int] = frozenset()  # by number within the account, from 1: these end as "Job Failed"
    expiring_jobs: frozenset[int] = frozenset()  # these are forgotten right after they were completed
    empty_page: bool = False  # lists begin with an empty page that has a `next`: allowed, and fatal to some clients
    usage_percent: int | None = None  # what the usage headers say; None: worked out from the calls of the last hour
    calls_per_hour: int = 190_000
    regain_access_minutes: int = 1
    largest_batch: int = 50
    largest_audience_upload: int = 10_000

    def races(self, job: int) -> bool:
        return self.race_every > 0 and job % self.race_every == min(3, self.race_every - 1)
