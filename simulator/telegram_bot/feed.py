"""What happens in a channel, as updates: people who come and go, the day's post, and how its reactions grow.

The world counts a channel's day; this turns growing counts into single events, each exactly once, with ids that grow.
A finished day always takes up the same range of ids, so a bot that starts anew finds them where they were.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from simulator.telegram_bot.chats import chat_of
from simulator.world.luck import key_of, uniform
from simulator.world.model import AdAccount, AdWorld, ChannelDay

KEPT = timedelta(hours=24)  # what a bot has not fetched by then is gone
_FIRST_ID = 100_000_001
_POST_AT = time(9)
_REACTIONS_AT = (time(12), time(20))
_EMOJIS = ("👍", "❤", "🔥")
_MESSAGE_IDS_A_DAY = 1000


@dataclass(frozen=True, kw_only=True)
class Update:
    id: int
    kind: str  # channel_post | message_reaction_count | chat_member
    at: datetime
    content: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        return {"update_id": self.id, self.kind: self.content}


@dataclass(kw_only=True)
class _Told:
    """How much of a day has been told already."""

    joined: int = 0
    left: int = 0
    posts: int = 0
    reactions: int = 0

    @property
    def events(self) -> int:
        return self.joined + self.left + self.posts + self.reactions


@dataclass(frozen=True, kw_only=True)
class InviteLink:
    url: str
    name: str | None
    made_at: datetime
    content: dict[str, Any]


class ChannelFeed:
    def __init__(self, world: AdWorld, account: AdAccount) -> None:
        self._world = world
        self._account = account
        self._chat_id = int(account.id)
        self._origin = account.created_at.astimezone(UTC).date()
        self._first_ids: dict[date, int] = {self._origin: _FIRST_ID}
        self._told: dict[date, _Told] = {}
        self._told_until: datetime | None = None
        self.links: list[InviteLink] = []

    def news(self) -> list[Update]:
        """Everything that happened since the last call; at first, since as long ago as updates are kept."""
        now = self._world.now()
        since = self._told_until or now - KEPT
        updates: list[Update] = []
        day = since.astimezone(UTC).date()
        while day <= now.astimezone(UTC).date():
            updates += self._news_of(day, now=now)
            day += timedelta(days=1)
        self._told_until = now
        return [update for update in updates if update.at > now - KEPT]

    def today(self) -> ChannelDay | None:
        return self._day(self._world.now().astimezone(UTC).date())

    def _news_of(self, day: date, *, now: datetime) -> list[Update]:
        counted = self._day(day)
        if counted is None:
            return []
        start = datetime.combine(day, time(), tzinfo=UTC)
        opened = max(start, self._told_until or start)
        closed = min(start + timedelta(days=1), now)
        told = self._told.setdefault(day, _Told())
        events = self._membership(counted, told, opened, closed) + self._posts(counted, told, closed)
        first = self._first_id(day) + told.events
        told.joined, told.left = max(told.joined, counted.joined), max(told.left, counted.left)
        told.posts += sum(kind == "channel_post" for _, kind, _ in events)
        told.reactions += sum(kind == "message_reaction_count" for _, kind, _ in events)
        events.sort(key=lambda event: event[0])
        return [
            Update(id=first + place, kind=kind, at=at, content=what) for place, (at, kind, what) in enumerate(events)
        ]

    def _membership(
        self, counted: ChannelDay, told: _Told, opened: datetime, closed: datetime
    ) -> list[tuple[datetime, str, dict[str, Any]]]:
        events = []
        for joins, numbers in (
            (True, range(told.joined, counted.joined)),
            (False, range(told.left, counted.left)),
        ):
            for place, number in enumerate(numbers):
                at = opened + (closed - opened) * ((place + 0.5) / len(numbers))
                events.append((at, "chat_member", self._change(counted.day, number, joins=joins, at=at)))
        return events

    def _posts(self, counted: ChannelDay, told: _Told, closed: datetime) -> list[tuple[datetime, str, dict[str, Any]]]:
        def moment(clock: time) -> datetime:
            return datetime.combine(counted.day, clock, tzinfo=UTC)

        events: list[tuple[datetime, str, dict[str, Any]]] = []
        if told.posts == 0 and moment(_POST_AT) <= closed:
            events.append((moment(_POST_AT), "channel_post", self._post(counted.day, moment(_POST_AT))))
        for number, clock in enumerate(_REACTIONS_AT):
            if number >= told.reactions and moment(clock) <= closed:
                what = self._reactions(counted, moment(clock), share=(number + 1) / len(_REACTIONS_AT))
                events.append((moment(clock), "message_reaction_count", what))
        return events

    def _post(self, day: date, at: datetime) -> dict[str, Any]:
        chat = chat_of(self._account)
        return {
            "message_id": first_message_id(day),
            "sender_chat": chat,
            "chat": chat,
            "date": int(at.timestamp()),
            "text": f"Letter of {day:%d %B %Y}: what the river carried.",
        }

    def _reactions(self, counted: ChannelDay, at: datetime, *, share: float) -> dict[str, Any]:
        counts = {
            emoji: int(
                counted.members * share * 0.08 * uniform(self._world.seed, self._chat_id, str(counted.day), emoji)
            )
            for emoji in _EMOJIS
        }
        return {
            "chat": chat_of(self._account),
            "message_id": first_message_id(counted.day),
            "date": int(at.timestamp()),
            "reactions": [
                {"type": {"type": "emoji", "emoji": emoji}, "total_count": count}
                for emoji, count in counts.items()
                if count
            ],
        }

    def _change(self, day: date, number: int, *, joins: bool, at: datetime) -> dict[str, Any]:
        key = key_of(self._world.seed, "member", self._chat_id, str(day), number, str(joins))
        user = {"id": 10**9 + key % (4 * 10**9), "is_bot": False, "first_name": "Reader"}
        before, after = ("left", "member") if joins else ("member", "left")
        change: dict[str, Any] = {
            "chat": chat_of(self._account),
            "from": user,
            "date": int(at.timestamp()),
            "old_chat_member": {"status": before, "user": user},
            "new_chat_member": {"status": after, "user": user},
        }
        links = [link for link in self.links if link.made_at <= at]
        if joins and links and number % 2 == 0:  # every other newcomer follows a link
            change["invite_link"] = links[number // 2 % len(links)].content
        return change

    def _day(self, day: date) -> ChannelDay | None:
        return next(iter(self._world.channel_days(self._chat_id, day, day + timedelta(days=1))), None)

    def _first_id(self, day: date) -> int:
        """Where a day's ids begin: after those of every earlier day, each of which is finished."""
        known = max(each for each in self._first_ids if each <= day)
        if known < day:
            next_id = self._first_ids[known]
            finished = {each.day: each for each in self._world.channel_days(self._chat_id, known, day)}
            while known < day:
                next_id += _events_of(finished.get(known))
                known += timedelta(days=1)
                self._first_ids[known] = next_id
        return self._first_ids[day]


def first_message_id(day: date) -> int:
    """Message ids grow with the days; a day's post has the first, what the bot sends has the next ones."""
    return (day - date(2020, 1, 1)).days * _MESSAGE_IDS_A_DAY


def _events_of(counted: ChannelDay | None) -> int:
    return counted.joined + counted.left + 1 + len(_REACTIONS_AT) if counted else 0


def without(updates: Sequence[Update], *, before_id: int) -> list[Update]:
    return [update for update in updates if update.id >= before_id]
