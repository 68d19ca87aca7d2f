"""What time the collector goes by. Asking the practice world takes a request, so its lead over the wall is kept and
asked for again every second, beside the event loop.
"""

import asyncio
import logging
from datetime import datetime, timedelta

from weir.clocks import Clock, PracticeClockSilent

_log = logging.getLogger(__name__)
_PAUSE_SECONDS = 1.0


class CollectorClock:
    """Calling it gives the business instant. Without a practice world that is the wall's, and nothing is kept."""

    def __init__(self, *, wall: Clock, business: Clock | None) -> None:
        self._wall = wall
        self._business = business
        self._lead = timedelta()

    def __call__(self) -> datetime:
        return self._wall() + self._lead

    def refresh(self) -> None:
        if self._business is not None:
            now = self._business()
            self._lead = now - self._wall()

    async def keep_fresh(self) -> None:
        while self._business is not None:
            try:
                await asyncio.to_thread(self.refresh)
            except PracticeClockSilent as error:
                _log.warning("%s; going on by its last lead over the wall", error)
            await asyncio.sleep(_PAUSE_SECONDS)
