"""The membership of the practice world's Telegram channels: people who come and go, day by day.

What a bot sees and sends (posts, reactions, updates) belongs to its door, `simulator.telegram_bot`.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta

from simulator.world.calendar import moment
from simulator.world.luck import key_of, uniform
from simulator.world.model import ChannelDay

_DAY = 86_400


@dataclass
class _Life:
    chat_id: int
    opened: date
    first_members: int
    counted: list[ChannelDay] = field(default_factory=list)  # whole days, from the opening on


class Channels:
    """Everything is a function of the seed and of time; whole days are counted once and kept."""

    def __init__(self, *, seed: int, opened: int) -> None:
        self._seed = seed
        self._opened = moment(opened).date()
        self._lives: dict[int, _Life] = {}

    def open(self, chat_id: int) -> None:
        members = 800 + key_of(self._seed, "members", chat_id) % 4000
        self._lives[chat_id] = _Life(chat_id, self._opened, members)

    def days(self, chat_id: int, since: date, until: date, *, now: int) -> list[ChannelDay]:
        """Days are UTC days; the present one holds what has happened so far."""
        life = self._lives.get(chat_id)
        if life is None:
            return []
        today = moment(now).date()
        while (day := life.opened + timedelta(days=len(life.counted))) < today:
            life.counted.append(self._day(life, day, part=1.0))
        first = max(0, (since - life.opened).days)
        chosen = life.counted[first : max(first, (until - life.opened).days)]
        if since <= today < until:
            chosen.append(self._day(life, today, part=(now % _DAY) / _DAY))
        return chosen

    def _day(self, life: _Life, day: date, *, part: float) -> ChannelDay:
        before = life.counted[-1].members if life.counted else life.first_members
        joined = int((4 + 30 * uniform(self._seed, "joined", life.chat_id, day.isoformat()) ** 2) * part)
        left = int((1 + 0.004 * before * uniform(self._seed, "left", life.chat_id, day.isoformat())) * part)
        left = min(left, before)
        return ChannelDay(chat_id=life.chat_id, day=day, members=before + joined - left, joined=joined, left=left)
