"""The chats a bot can know: its own channel, other people's channels, and people.

People are ids above zero. The practice world keeps no list of them: ids ending in 403 have blocked the bot, ids ending
in 404 never existed, everybody else has started it.
"""

from typing import Any

from simulator.telegram_bot.answers import bad_request, forbidden
from simulator.telegram_bot.parameters import Parameters
from simulator.world.model import AdAccount, AdWorld

PARTY = "telegram"


def username(account: AdAccount) -> str:
    return f"larkspur_{account.id[-5:]}"


def chat_of(account: AdAccount) -> dict[str, Any]:
    return {"id": int(account.id), "type": "channel", "title": account.name, "username": username(account)}


def full_chat(account: AdAccount) -> dict[str, Any]:
    return {
        **chat_of(account),
        "active_usernames": [username(account)],
        "description": f"{account.name} on Telegram",
        "accent_color_id": 5,
        "max_reaction_count": 11,
        "available_reactions": [{"type": "emoji", "emoji": emoji} for emoji in ("👍", "❤", "🔥")],
        "accepted_gift_types": {
            "unlimited_gifts": True,
            "limited_gifts": True,
            "unique_gifts": True,
            "premium_subscription": False,
            "gifts_from_channels": True,
        },
    }


def own_channel(world: AdWorld, account: AdAccount, asked: Parameters) -> AdAccount:
    """The channel a call is about, which must be the one the bot administers."""
    found = _channel(world, _chat_id(asked))
    if found is None:
        raise bad_request("chat not found")
    if found.id != account.id:
        raise forbidden("bot is not a member of the channel chat")
    return found


def destination(world: AdWorld, account: AdAccount, asked: Parameters) -> dict[str, Any]:
    """Where a message may go: the bot's own channel, or somebody who has started the bot."""
    chat_id = _chat_id(asked)
    if not chat_id.isdigit():
        return chat_of(own_channel(world, account, asked))
    if chat_id.endswith("404"):
        raise bad_request("chat not found")
    if chat_id.endswith("403"):
        raise forbidden("bot was blocked by the user")
    return {"id": int(chat_id), "type": "private", "first_name": "Reader"}


def _chat_id(asked: Parameters) -> str:
    chat_id = asked.text("chat_id")
    if not chat_id:
        raise bad_request("chat_id is empty")
    return chat_id


def _channel(world: AdWorld, chat_id: str) -> AdAccount | None:
    for account in world.accounts(PARTY):
        if chat_id == account.id or chat_id.lower() == f"@{username(account)}":
            return account
    return None
