"""Fetching updates and having them pushed: offsets, long polling, webhooks with their secret header.

A bot either polls or has a webhook. Real webhooks need HTTPS and one of four ports; a receiver on this machine may be
reached without either, as with a Bot API server that one runs oneself.
"""

import asyncio
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import httpx

from simulator.telegram_bot.answers import bad_request, conflict
from simulator.telegram_bot.bot import Bot, Webhook
from simulator.telegram_bot.feed import without
from simulator.telegram_bot.parameters import Parameters

_PORTS = (443, 80, 88, 8443)
_LONGEST_POLL_SECONDS = 50
_LOOK_EVERY_SECONDS = 0.05


async def get_updates(bot: Bot, asked: Parameters) -> list[dict[str, Any]]:
    if bot.webhook is not None:
        raise conflict(
            "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
        )
    limit = asked.integer("limit", default=100)
    if not 1 <= limit <= 100:
        raise bad_request("limit must be between 1 and 100")
    bot.allow(_kinds(asked))
    bot.catch_up()
    _confirm(bot, asked.integer("offset", default=0))
    bot.polls += 1
    this_poll = bot.polls
    looks = int(min(asked.integer("timeout", default=0), _LONGEST_POLL_SECONDS) / _LOOK_EVERY_SECONDS)
    while not bot.waiting and looks > 0:
        await asyncio.sleep(_LOOK_EVERY_SECONDS)
        if bot.polls != this_poll:
            raise conflict("terminated by other getUpdates request; make sure that only one bot instance is running")
        bot.catch_up()
        looks -= 1
    return [update.as_json() for update in bot.waiting[:limit]]


def set_webhook(bot: Bot, asked: Parameters) -> bool:
    url = asked.text("url") or ""
    if not url:
        return delete_webhook(bot, asked)
    _check_address(url)
    secret = asked.text("secret_token")
    if secret is not None and not (1 <= len(secret) <= 256 and all(c.isalnum() or c in "_-" for c in secret)):
        raise bad_request("secret token contains unallowed characters")
    bot.allow(_kinds(asked))
    if asked.boolean("drop_pending_updates"):
        _drop(bot)
    bot.webhook = Webhook(url=url, secret_token=secret)
    return True


def delete_webhook(bot: Bot, asked: Parameters) -> bool:
    if asked.boolean("drop_pending_updates"):
        _drop(bot)
    bot.webhook = None
    return True


def webhook_info(bot: Bot) -> dict[str, Any]:
    bot.catch_up()
    info: dict[str, Any] = {
        "url": bot.webhook.url if bot.webhook else "",
        "has_custom_certificate": False,
        "pending_update_count": len(bot.waiting),
    }
    if bot.webhook and bot.webhook.last_error:
        info |= {"last_error_date": int(bot.world.now().timestamp()), "last_error_message": bot.webhook.last_error}
    if bot.allowed is not None:
        info["allowed_updates"] = sorted(bot.allowed)
    return info


async def push(bot: Bot, webhook: Webhook) -> None:
    """Delivers to one webhook for as long as it is the bot's: in order, and again until it is taken."""
    headers = {"X-Telegram-Bot-Api-Secret-Token": webhook.secret_token} if webhook.secret_token else {}
    async with httpx.AsyncClient(timeout=10.0, follow_redirects=False, trust_env=False) as client:
        while bot.webhook is webhook:
            bot.catch_up()
            if bot.waiting:
                update = bot.waiting[0]
                try:
                    response = await client.post(webhook.url, json=update.as_json(), headers=headers)
                    webhook.last_error = None if response.is_success else f"Wrong response: {response.status_code}"
                except httpx.RequestError as error:
                    webhook.last_error = f"Connection failed: {type(error).__name__}"
                if webhook.last_error is None:
                    bot.waiting = without(bot.waiting, before_id=update.id + 1)
                    continue
            await asyncio.sleep(_LOOK_EVERY_SECONDS)


def _confirm(bot: Bot, offset: int) -> None:
    """Asking from an id on says that everything before it has been taken; a negative one keeps only the last few."""
    if offset < 0:
        bot.waiting = bot.waiting[offset:]
    elif offset > 0:
        bot.waiting = without(bot.waiting, before_id=offset)


def _drop(bot: Bot) -> None:
    bot.catch_up()
    bot.waiting = []


def _kinds(asked: Parameters) -> list[str] | None:
    kinds = asked.structure("allowed_updates")
    if kinds is not None and not (isinstance(kinds, list) and all(isinstance(kind, str) for kind in kinds)):
        raise bad_request("can't parse allowed_updates: expected an array of strings")
    return kinds


def _check_address(url: str) -> None:
    parts = urlsplit(url)
    if _is_here(parts.hostname or ""):
        return
    if parts.scheme != "https":
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if (parts.port or 443) not in _PORTS:
        raise bad_request("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
