"""The official Python bot library runs against the practice world unchanged but for its base address."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import TypeVar

import pytest
import telegram
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, RetryAfter

from simulator.serving import Sim, serve
from simulator.telegram_bot.door import DOOR
from simulator.world.scenario import TELEGRAM_NEWS, TIKTOK_US, TINY

T = TypeVar("T")
ALL = telegram.Update.ALL_TYPES


@pytest.fixture(scope="module")
def sim() -> Iterator[Sim]:
    small = replace(TINY, accounts=(TIKTOK_US, TELEGRAM_NEWS), history_days=3, people=1_000)
    with serve(scenario=small, seed=7, specs=[DOOR]) as running:
        yield running


def with_bot(sim: Sim, use: Callable[[telegram.Bot], Awaitable[T]], token: str | None = None) -> T:
    async def run() -> T:
        own = sim.credential("telegram").fields["BOT_TOKEN"]
        async with telegram.Bot(token or own, base_url=f"{sim.base_url}/bot") as bot:
            return await use(bot)

    return asyncio.run(run())


def test_it_knows_itself_and_its_channel(sim: Sim) -> None:
    chat_id = int(sim.credential("telegram").account_id)
    chat = with_bot(sim, lambda bot: bot.get_chat(chat_id))
    assert (chat.id, chat.title, chat.max_reaction_count) == (chat_id, "Larkspur News", 11)
    assert with_bot(sim, lambda bot: bot.get_chat_member_count(chat_id)) > 0


def test_it_sends_edits_and_deletes(sim: Sim) -> None:
    async def use(bot: telegram.Bot) -> tuple[str | None, str | None, bool, int]:
        keyboard = telegram.InlineKeyboardMarkup(
            [[telegram.InlineKeyboardButton("Read", url="https://larkspur.example/")]]
        )
        sent = await bot.send_message(71, "<i>Hello</i>", parse_mode="HTML", reply_markup=keyboard)
        edited = await bot.edit_message_text("Hello again", chat_id=71, message_id=sent.message_id)
        photo = await bot.send_photo(71, photo=b"\xff\xd8 made up", caption="A river")
        assert isinstance(edited, telegram.Message)
        gone = await bot.delete_message(71, sent.message_id)
        return sent.text, edited.text, gone, len(photo.photo)

    assert with_bot(sim, use) == ("Hello", "Hello again", True, 1)


def test_it_is_told_posts_reactions_and_members(sim: Sim) -> None:
    updates = with_bot(sim, lambda bot: bot.get_updates(allowed_updates=ALL))
    assert any(update.channel_post for update in updates)
    assert any(update.chat_member for update in updates)
    counted = next(update.message_reaction_count for update in updates if update.message_reaction_count)
    assert all(reaction.total_count > 0 for reaction in counted.reactions)


def test_it_makes_an_invite_link(sim: Sim) -> None:
    chat_id = sim.credential("telegram").account_id
    link = with_bot(sim, lambda bot: bot.create_chat_invite_link(chat_id, name="autumn"))
    assert (link.name, link.is_revoked) == ("autumn", False)


def test_its_webhook_keeps_it_from_polling(sim: Sim) -> None:
    async def use(bot: telegram.Bot) -> str:
        await bot.set_webhook(
            "https://larkspur.example/hook", secret_token="s3cret_-", allowed_updates=["channel_post"]
        )
        try:
            with pytest.raises(Conflict):
                await bot.get_updates()
            return (await bot.get_webhook_info()).url
        finally:
            await bot.delete_webhook()

    assert with_bot(sim, use) == "https://larkspur.example/hook"


def test_it_raises_its_own_errors(sim: Sim) -> None:
    with pytest.raises(Forbidden, match="blocked"):
        with_bot(sim, lambda bot: bot.send_message(1403, "x"))
    with pytest.raises(BadRequest, match="Chat not found"):
        with_bot(sim, lambda bot: bot.send_message(1404, "x"))
    with pytest.raises(InvalidToken):
        with_bot(sim, lambda bot: bot.get_me(), token="1:AA" + "x" * 33)


def test_it_is_told_how_long_to_wait(sim: Sim, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "true")  # the library's own choice between its old and its new type

    async def burst(bot: telegram.Bot) -> None:
        for _ in range(6):
            await bot.send_message(72, "x")

    with pytest.raises(RetryAfter) as caught:
        with_bot(sim, burst)
    assert timedelta(seconds=1) <= caught.value.retry_after <= timedelta(seconds=3)
