"""How many messages a bot may send: about one a second to a chat, twenty a minute to a channel, thirty a second in all.

Short bursts to one chat pass, as they do on the real platform; a refused message does not count.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from simulator.telegram_bot.answers import too_many_requests


@dataclass(frozen=True)
class Window:
    most: int
    seconds: float


_PER_CHAT = Window(3, 3.0)
_PER_CHANNEL = Window(20, 60.0)
_OVERALL = Window(30, 1.0)


@dataclass(kw_only=True)
class SendLimits:
    _sent: dict[str, list[datetime]] = field(default_factory=dict)

    def take(self, chat_id: int, now: datetime) -> None:
        """Notes one message, or refuses it with the seconds to wait."""
        windows = [("all", _OVERALL), (str(chat_id), _PER_CHAT)]
        if chat_id < 0:
            windows.append((f"{chat_id} a minute", _PER_CHANNEL))
        wait = max(self._wait(name, window, now) for name, window in windows)
        if wait > 0:
            raise too_many_requests(wait)
        for name, _ in windows:
            self._sent.setdefault(name, []).append(now)

    def _wait(self, name: str, window: Window, now: datetime) -> float:
        span = timedelta(seconds=window.seconds)
        recent = [sent for sent in self._sent.get(name, ()) if now - sent < span]
        self._sent[name] = recent
        return (recent[0] + span - now).total_seconds() if len(recent) >= window.most else 0.0
