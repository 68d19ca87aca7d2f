"""Telegram's door: the Bot API's methods under `/bot<token>/<method>`, and which token is which bot.

What the methods mean lives with their subject (`messages`, `updates`, `chats`); here they are only put together.
"""

import asyncio
import re
from collections.abc import Callable, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from simulator.doors import DoorSpec
from simulator.telegram_bot import messages, updates
from simulator.telegram_bot.answers import Refusal, answer, refuse, too_many_requests
from simulator.telegram_bot.bot import Bot
from simulator.telegram_bot.chats import PARTY, destination, full_chat, own_channel
from simulator.telegram_bot.feed import ChannelFeed, InviteLink
from simulator.telegram_bot.parameters import Parameters, read
from simulator.world.luck import key_of
from simulator.world.model import Door

_TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]{30,}")
_WRITES = frozenset(
    each.lower()
    for each in (
        "sendMessage",
        "sendPhoto",
        "editMessageText",
        "deleteMessage",
        "setWebhook",
        "deleteWebhook",
        "createChatInviteLink",
    )
)


class BotApi:
    """Every bot of the practice world, by token; methods are named as the platform names them, in any case."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self._bots: dict[str, Bot] = {}
        self._pushing: set[asyncio.Task[None]] = set()
        self._methods: dict[str, Callable[[Bot, Parameters], Any]] = {
            "getme": self._get_me,
            "getchat": self._get_chat,
            "getchatmembercount": self._member_count,
            "createchatinvitelink": self._create_invite_link,
            "sendmessage": lambda bot, asked: messages.send_message(door, bot, asked),
            "sendphoto": lambda bot, asked: messages.send_photo(door, bot, asked),
            "editmessagetext": lambda bot, asked: messages.edit_message_text(door, bot, asked),
            "deletemessage": lambda bot, asked: messages.delete_message(door, bot, asked),
            "setwebhook": self._set_webhook,
            "deletewebhook": updates.delete_webhook,
            "getwebhookinfo": lambda bot, asked: updates.webhook_info(bot),
        }

    async def handle(self, request: Request) -> Response:
        try:
            bot = self._bot(request.path_params["token"])
            asked = await read(request)
            method = request.path_params["method"].lower()
            if method == "getupdates":
                return answer(await updates.get_updates(bot, asked))
            if method not in self._methods:
                raise Refusal(404, "Not Found: method not found")
            return answer(self._methods[method](bot, asked))
        except Refusal as refusal:
            return refuse(refusal)

    def _bot(self, token: str) -> Bot:
        if not _TOKEN.fullmatch(token):
            raise Refusal(404, "Not Found")
        for held in self._door.credentials:
            if held.party == PARTY and held.fields.get("BOT_TOKEN") == token:
                account = self._door.world.account(PARTY, held.account_id)
                if account is None or self._door.is_revoked(PARTY, held.account_id):
                    break
                if token not in self._bots:
                    feed = ChannelFeed(self._door.world, account)
                    self._bots[token] = Bot(token=token, account=account, world=self._door.world, feed=feed)
                return self._bots[token]
        raise Refusal(401, "Unauthorized")

    def _get_me(self, bot: Bot, asked: Parameters) -> dict[str, Any]:
        abilities = {"can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": False}
        return {**bot.user, **abilities}

    def _get_chat(self, bot: Bot, asked: Parameters) -> dict[str, Any]:
        chat_id = asked.text("chat_id") or ""
        if chat_id.isdigit():
            person = destination(self._door.world, bot.account, asked)
            generic = {name: full_chat(bot.account)[name] for name in ("accent_color_id", "accepted_gift_types")}
            return {**person, **generic, "max_reaction_count": 11}
        return full_chat(own_channel(self._door.world, bot.account, asked))

    def _member_count(self, bot: Bot, asked: Parameters) -> int:
        own_channel(self._door.world, bot.account, asked)
        today = bot.feed.today()
        return today.members if today else 0

    def _create_invite_link(self, bot: Bot, asked: Parameters) -> dict[str, Any]:
        own_channel(self._door.world, bot.account, asked)
        name = asked.text("name")
        if name is not None and len(name) > 32:
            raise Refusal(400, "Bad Request: invite link name is too long")
        number = len(bot.feed.links)
        url = f"https://t.me/+{key_of(self._door.world.seed, 'invite', bot.account.id, number):016x}"
        content = {
            "invite_link": url,
            "creator": bot.user,
            "creates_join_request": asked.boolean("creates_join_request"),
            "is_primary": False,
            "is_revoked": False,
            **({"name": name} if name else {}),
        }
        bot.feed.links.append(InviteLink(url=url, name=name, made_at=self._door.world.now(), content=content))
        return content

    def _set_webhook(self, bot: Bot, asked: Parameters) -> bool:
        done = updates.set_webhook(bot, asked)
        if bot.webhook is not None:
            task = asyncio.get_running_loop().create_task(updates.push(bot, bot.webhook))
            self._pushing.add(task)
            task.add_done_callback(self._pushing.discard)
        return done


def routes(door: Door) -> Sequence[BaseRoute]:
    return [Route("/bot{token}/{method}", BotApi(door).handle, methods=["GET", "POST"])]


def _is_write(request: Request) -> bool:
    return request.url.path.rpartition("/")[2].lower() in _WRITES


DOOR = DoorSpec(
    party=PARTY,
    owns=lambda path: path.startswith("/bot"),
    routes=routes,
    rate_limited=lambda request: refuse(too_many_requests(7)),
    is_write=_is_write,
)
