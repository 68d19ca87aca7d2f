"""Telegram's door over real HTTP: methods, updates told once and kept a day, webhooks, and what it must refuse."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import Queue
from threading import Thread
from typing import Any

import httpx
import pytest

from simulator.serving import Sim, serve
from simulator.telegram_bot.door import DOOR
from simulator.world.scenario import TELEGRAM_GAMES, TELEGRAM_NEWS, TIKTOK_US, TINY

SCENARIO = replace(TINY, accounts=(TIKTOK_US, TELEGRAM_NEWS, TELEGRAM_GAMES), history_days=3, people=1_000)
KINDS = ["channel_post", "message_reaction_count", "chat_member"]


class BotCaller:
    def __init__(self, sim: Sim, number: int = 0) -> None:
        held = sim.credential("telegram", number)
        self.sim, self.chat, self.token = sim, held.account_id, held.fields["BOT_TOKEN"]

    def raw(self, method: str, **body: Any) -> httpx.Response:
        return httpx.post(f"{self.sim.base_url}/bot{self.token}/{method}", json=body)

    def ask(self, method: str, **body: Any) -> Any:
        response = self.raw(method, **body)
        assert response.status_code == 200, response.text
        assert response.json()["ok"] is True
        return response.json()["result"]

    def refused(self, method: str, **body: Any) -> tuple[int, str]:
        response = self.raw(method, **body)
        said = response.json()
        assert said["ok"] is False
        assert said["error_code"] == response.status_code
        return response.status_code, said["description"]


@pytest.fixture
def bot() -> Iterator[BotCaller]:
    with serve(scenario=SCENARIO, seed=7, specs=[DOOR]) as sim:
        yield BotCaller(sim)


def test_the_bots_id_starts_its_token(bot: BotCaller) -> None:
    me = bot.ask("getMe")
    assert bot.token.startswith(f"{me['id']}:")
    assert me["is_bot"] is True


@pytest.mark.parametrize(
    ("token", "status"),
    [("1:AA" + "x" * 33, 401), ("not-a-token", 404), ("1:short", 404)],
    ids=["unknown", "malformed", "too short"],
)
def test_a_bad_token_is_refused(bot: BotCaller, token: str, status: int) -> None:
    response = httpx.post(f"{bot.sim.base_url}/bot{token}/getMe")
    assert (response.status_code, response.json()["ok"]) == (status, False)


def test_a_revoked_token_is_unauthorised(bot: BotCaller) -> None:
    bot.sim.faults.revoke("telegram", bot.chat)
    assert bot.refused("getMe") == (401, "Unauthorized")


def test_an_unknown_method_is_not_found(bot: BotCaller) -> None:
    assert bot.refused("getWeather")[0] == 404


def test_the_channel_is_known_by_number_and_by_name(bot: BotCaller) -> None:
    chat = bot.ask("getChat", chat_id=bot.chat)
    assert (chat["id"], chat["type"], chat["title"]) == (int(bot.chat), "channel", "Larkspur News")
    assert {"accent_color_id", "max_reaction_count", "accepted_gift_types"} <= set(chat)
    assert bot.ask("getChat", chat_id=f"@{chat['username']}") == chat


def test_other_channels_and_unknown_ones_are_refused_differently(bot: BotCaller) -> None:
    other = BotCaller(bot.sim, 1).chat
    assert bot.refused("getChat", chat_id=other)[0] == 403
    assert bot.refused("getChat", chat_id="-1009999999999") == (400, "Bad Request: chat not found")
    assert bot.refused("getChat") == (400, "Bad Request: chat_id is empty")


def test_members_are_the_worlds_own_count(bot: BotCaller) -> None:
    today = bot.sim.world.now().date()
    truth = bot.sim.world.channel_days(int(bot.chat), today, today + timedelta(days=1))[0].members
    assert bot.ask("getChatMemberCount", chat_id=bot.chat) == truth


@pytest.mark.parametrize("how", ["json", "form", "multipart", "query"])
def test_bodies_of_every_kind_are_read(bot: BotCaller, how: str) -> None:
    url, fields = f"{bot.sim.base_url}/bot{bot.token}/sendMessage", {"chat_id": "77", "text": "schöne Grüße"}
    response = {
        "json": lambda: httpx.post(url, json=fields),
        "form": lambda: httpx.post(url, data=fields),
        "multipart": lambda: httpx.post(url, data=fields, files={"nothing": b""}),
        "query": lambda: httpx.get(url, params=fields),
    }[how]()
    assert response.json()["result"]["text"] == "schöne Grüße"


def test_a_message_is_sent_edited_and_deleted_once(bot: BotCaller) -> None:
    sent = bot.ask("sendMessage", chat_id=bot.chat, text="<b>Hello</b> there", parse_mode="HTML")
    assert (sent["text"], sent["chat"]["id"]) == ("Hello there", int(bot.chat))
    where = {"chat_id": bot.chat, "message_id": sent["message_id"]}
    assert bot.ask("editMessageText", **where, text="Hello again")["text"] == "Hello again"
    assert "message is not modified" in bot.refused("editMessageText", **where, text="Hello again")[1]
    assert bot.ask("deleteMessage", **where) is True
    assert bot.refused("deleteMessage", **where) == (400, "Bad Request: message to delete not found")


@pytest.mark.parametrize(
    ("method", "fields", "said"),
    [
        ("sendMessage", {"text": ""}, "message text is empty"),
        ("sendMessage", {"text": "x" * 4097}, "message is too long"),
        ("sendMessage", {"text": "x", "parse_mode": "BBCode"}, "unsupported parse_mode"),
        ("sendMessage", {"text": "<b>x", "parse_mode": "HTML"}, "can't parse entities"),
        ("sendMessage", {"text": "x", "reply_markup": "{"}, "not valid JSON"),
        ("sendPhoto", {}, "there is no photo"),
        ("sendPhoto", {"photo": "https://larkspur.example/a.jpg", "caption": "x" * 1025}, "caption is too long"),
        ("editMessageText", {"message_id": 1, "text": "x"}, "message to edit not found"),
    ],
)
def test_messages_out_of_shape_are_refused(bot: BotCaller, method: str, fields: dict[str, Any], said: str) -> None:
    status, description = bot.refused(method, chat_id="77", **fields)
    assert (status, said in description) == (400, True), description


def test_the_longest_text_and_caption_pass(bot: BotCaller) -> None:
    assert len(bot.ask("sendMessage", chat_id="77", text="x" * 4096)["text"]) == 4096
    assert len(bot.ask("sendPhoto", chat_id="77", photo="a-file-id", caption="x" * 1024)["caption"]) == 1024


def test_people_who_blocked_the_bot_and_people_who_are_not(bot: BotCaller) -> None:
    assert bot.refused("sendMessage", chat_id="1403", text="x") == (403, "Forbidden: bot was blocked by the user")
    assert bot.refused("sendMessage", chat_id="1404", text="x") == (400, "Bad Request: chat not found")


def test_too_many_messages_are_refused_with_the_seconds_to_wait(bot: BotCaller) -> None:
    answers = [bot.raw("sendMessage", chat_id="77", text="x") for _ in range(6)]
    refused = next(answer.json() for answer in answers if answer.status_code == 429)
    wait = refused["parameters"]["retry_after"]
    assert 1 <= wait <= 3
    assert refused["description"] == f"Too Many Requests: retry after {wait}"


def told(bot: BotCaller, **asked: Any) -> list[dict[str, Any]]:
    return bot.ask("getUpdates", allowed_updates=KINDS, **asked)


def test_updates_stay_until_they_are_confirmed(bot: BotCaller) -> None:
    first = told(bot)
    assert len(first) > 5
    assert told(bot) == first
    assert told(bot, limit=2) == first[:2]
    assert told(bot, offset=first[3]["update_id"]) == first[3:]
    assert told(bot, offset=first[-1]["update_id"] + 1) == []
    assert told(bot) == []


def test_what_is_not_fetched_within_a_day_is_gone(bot: BotCaller) -> None:
    first = told(bot)
    bot.sim.control.advance(days=2)
    later = told(bot)
    assert later[0]["update_id"] > first[-1]["update_id"]
    now = bot.sim.world.now().timestamp()
    assert all(next(v for k, v in update.items() if k != "update_id")["date"] >= now - 86_401 for update in later)


def test_reactions_and_members_are_told_only_to_bots_that_name_them(bot: BotCaller) -> None:
    kinds = {kind for update in bot.ask("getUpdates") for kind in update} - {"update_id"}
    assert kinds == {"channel_post"}
    other = BotCaller(bot.sim, 1)
    kinds = {kind for update in told(other) for kind in update} - {"update_id"}
    assert kinds == set(KINDS)


def test_each_joiner_and_leaver_of_a_day_is_told_once(bot: BotCaller) -> None:
    """However often one asks in between, the updates of a whole day add up to what the world counted."""
    bot.sim.control.advance(hours=18)  # to midnight
    told(bot, offset=told(bot)[-1]["update_id"] + 1)
    seen: list[dict[str, Any]] = []
    for _ in range(24):
        bot.sim.control.advance(hours=1)
        batch = told(bot)
        seen += batch
        if batch:
            told(bot, offset=batch[-1]["update_id"] + 1)
    day = date(2026, 11, 6)
    counted = bot.sim.world.channel_days(int(bot.chat), day, day + timedelta(days=1))[0]
    after = [update["chat_member"]["new_chat_member"]["status"] for update in seen if "chat_member" in update]
    assert (after.count("member"), after.count("left")) == (counted.joined, counted.left)
    assert sum("channel_post" in update for update in seen) == 1
    ids = [update["update_id"] for update in seen]
    assert ids == list(range(ids[0], ids[0] + len(ids)))


def test_a_world_started_anew_tells_the_same_ids_and_people(bot: BotCaller) -> None:
    with serve(scenario=SCENARIO, seed=7, specs=[DOOR]) as again:
        assert told(BotCaller(again)) == told(bot)


def test_joins_through_a_link_name_it(bot: BotCaller) -> None:
    link = bot.ask("createChatInviteLink", chat_id=bot.chat, name="autumn letter")
    bot.sim.control.advance(hours=23)
    names = [
        update["chat_member"].get("invite_link", {}).get("name") for update in told(bot) if "chat_member" in update
    ]
    assert "autumn letter" in names
    assert link["creator"]["id"] == bot.ask("getMe")["id"]


def test_polling_with_a_webhook_set_is_a_conflict(bot: BotCaller) -> None:
    assert bot.ask("setWebhook", url="https://larkspur.example/hook", secret_token="s3cret_-") is True
    assert bot.refused("getUpdates")[0] == 409
    assert bot.ask("getWebhookInfo")["url"] == "https://larkspur.example/hook"
    assert bot.ask("deleteWebhook") is True
    assert isinstance(bot.ask("getUpdates"), list)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"url": "http://larkspur.example/hook"}, "HTTPS"),
        ({"url": "https://larkspur.example:9000/hook"}, "ports 80, 88, 443 or 8443"),
        ({"url": "https://larkspur.example/", "secret_token": "with space"}, "secret token"),
        ({"url": "https://larkspur.example/", "allowed_updates": {"not": "a list"}}, "allowed_updates"),
    ],
)
def test_webhooks_out_of_shape_are_refused(bot: BotCaller, fields: dict[str, Any], said: str) -> None:
    status, description = bot.refused("setWebhook", **fields)
    assert (status, said in description) == (400, True), description


def test_a_second_poll_ends_the_first(bot: BotCaller) -> None:
    told(bot, offset=told(bot)[-1]["update_id"] + 1)
    answers: Queue[httpx.Response] = Queue()
    waiting = Thread(target=lambda: answers.put(bot.raw("getUpdates", timeout=50)))
    waiting.start()
    while answers.empty():
        bot.ask("getUpdates")
    waiting.join()
    assert answers.get().status_code == 409


class Receiver:
    """A webhook of our own: remembers what it was sent, and refuses the first delivery."""

    def __init__(self) -> None:
        received: Queue[tuple[str | None, dict[str, Any]]] = Queue()
        refusals = iter([500])

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                received.put((self.headers.get("X-Telegram-Bot-Api-Secret-Token"), body))
                self.send_response(next(refusals, 200))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                return

        self.received = received
        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        Thread(target=self.server.serve_forever, daemon=True).start()


def test_updates_are_pushed_in_order_with_the_secret_and_again_after_a_refusal(bot: BotCaller) -> None:
    receiver = Receiver()
    try:
        bot.ask("setWebhook", url=receiver.url, secret_token="s3cret_-", allowed_updates=KINDS)
        deliveries = [receiver.received.get(timeout=30) for _ in range(5)]
        bot.ask("deleteWebhook")
    finally:
        receiver.server.shutdown()
        receiver.server.server_close()
    assert {secret for secret, _ in deliveries} == {"s3cret_-"}
    ids = [update["update_id"] for _, update in deliveries]
    assert ids == [ids[0], *range(ids[0], ids[0] + 4)]
