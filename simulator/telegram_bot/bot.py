"""One bot as the platform keeps it: what waits to be fetched, what it wants to hear of, what it has sent."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from simulator.telegram_bot.feed import KEPT, ChannelFeed, Update, first_message_id
from simulator.telegram_bot.limits import SendLimits
from simulator.world.model import AdAccount, AdWorld

# What a bot hears of when it names nothing: all but these, which must be asked for.
_ON_REQUEST = frozenset({"chat_member", "message_reaction", "message_reaction_count"})


@dataclass(kw_only=True)
class Webhook:
    url: str
    secret_token: str | None
    last_error: str | None = None


@dataclass(kw_only=True)
class Sent:
    chat_id: int
    message: dict[str, Any]


@dataclass(kw_only=True)
class Bot:
    token: str
    account: AdAccount
    world: AdWorld
    feed: ChannelFeed
    limits: SendLimits = field(default_factory=SendLimits)
    allowed: frozenset[str] | None = None  # None: the default
    waiting: list[Update] = field(default_factory=list)
    webhook: Webhook | None = None
    sent: dict[tuple[int, int], Sent] = field(default_factory=dict)
    deleted: set[tuple[int, int]] = field(default_factory=set)
    polls: int = 0

    @property
    def user(self) -> dict[str, Any]:
        """The bot's id is the first part of its token."""
        return {
            "id": int(self.token.partition(":")[0]),
            "is_bot": True,
            "first_name": f"{self.account.name} Bot",
            "username": f"larkspur_{self.account.id[-5:]}_bot",
        }

    def allow(self, kinds: list[str] | None) -> None:
        """Names what the bot hears of from now on; an empty list is the default, nothing leaves it as it was."""
        if kinds is not None:
            self.allowed = frozenset(kinds) or None

    def catch_up(self) -> None:
        """Takes in what has happened: only what the bot listens for is kept for it, and not for ever."""
        self.waiting += [update for update in self.feed.news() if self._hears(update.kind)]
        now = self.world.now()
        self.waiting = [update for update in self.waiting if update.at > now - KEPT]

    def next_message_id(self, now: datetime) -> int:
        base = first_message_id(now.date())
        return base + 1 + sum(base <= message_id < base + 1000 for _, message_id in self.sent)

    def _hears(self, kind: str) -> bool:
        return kind not in _ON_REQUEST if self.allowed is None else kind in self.allowed
