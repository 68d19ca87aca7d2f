"""Reading a channel through its bot: who it is, how many members it has now, and what happened since the last time.

Asking for updates from a position tells Telegram that everything before it may be forgotten. The position sent is
therefore always the one handed in, which stands for what has been landed, and one ask brings one batch: the next batch
can only be had by letting this one go. Ask again, with the new position, until nothing comes.
"""

from collections.abc import Iterator
from datetime import UTC
from typing import Any

from connectors.ad_platform import AccountProfile, Ask, Reports, Row
from connectors.taxonomy import Rejected, TransientError
from connectors.telegram_bot.client import BotClient
from connectors.telegram_bot.schemas import CHANNEL_DAILY, POSTS

BATCH = 100  # the most updates Telegram hands over at once
# Reactions and members are told only to bots that name them.
_WANTED = ("channel_post", "edited_channel_post", "message_reaction_count", "chat_member", "my_chat_member")


class TelegramReports(Reports):
    def __init__(self, client: BotClient) -> None:
        self._client = client

    def profile(self) -> AccountProfile:
        """The Bot API knows no money and no zone: Telegram's ads are paid in TON unless an export says otherwise,
        and its days are UTC."""
        chat = self._chat()
        name = str(chat.get("title") or chat.get("username") or self._client.chat_id)
        return AccountProfile(account_id=self._client.chat_id, name=name, currency="TON", timezone="UTC")

    def rows(self, ask: Ask) -> Iterator[Row]:
        if ask.entity == CHANNEL_DAILY.entity:
            yield from self._look(ask)
        elif ask.entity == POSTS.entity:
            yield from self._updates(ask.cursor)
        else:
            raise Rejected(self._client.said("rows", f"{ask.entity!r} cannot be asked of the Bot API"))

    def requests_made(self) -> int:
        return self._client.transport.usage.requests

    def _look(self, ask: Ask) -> Iterator[Row]:
        """The channel as it is now. A window that does not hold today has nothing to tell."""
        now = self._client.now().astimezone(UTC)
        if ask.window is not None and not ask.window.since <= now.date() < ask.window.until:
            return
        chat = self._chat()
        members = self._client.ask("getChatMemberCount", {"chat_id": self._client.chat_id})
        yield {
            "observed_at": now.isoformat(),
            "date": now.date().isoformat(),
            "chat_id": chat.get("id"),
            "title": chat.get("title"),
            "username": chat.get("username"),
            "members": members,
        }

    def _updates(self, cursor: str | None) -> Iterator[Row]:
        asked: dict[str, Any] = {"limit": BATCH, "timeout": 0, "allowed_updates": list(_WANTED)}
        if cursor is not None:
            asked["offset"] = self._position(cursor) + 1
        updates = self._client.ask("getUpdates", asked)
        if not isinstance(updates, list) or not all(isinstance(update, dict) for update in updates):
            raise TransientError(self._client.said("getUpdates", "the answer is not a list of updates"))
        yield from updates

    def _position(self, cursor: str) -> int:
        try:
            return int(cursor)
        except ValueError as error:
            said = self._client.said("getUpdates", f"the position {cursor!r} is not a number")
            raise Rejected(said, remedy="Pass the largest update_id that was landed.") from error

    def _chat(self) -> dict[str, Any]:
        chat = self._client.ask("getChat", {"chat_id": self._client.chat_id})
        if not isinstance(chat, dict):
            raise TransientError(self._client.said("getChat", "the answer is not a chat"))
        return chat
