"""What the Telegram connector reads and sends over HTTP: nothing is lost, nothing is said twice, no token leaks."""

import json
import logging
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from connectors.ad_platform import AccountRef, Ask, DayWindow, Ports, Row
from connectors.registry import ad_platform
from connectors.taxonomy import (
    AuthExpired,
    Conflict,
    NotFound,
    OutcomeUnknown,
    PartyError,
    PermissionDenied,
    RateLimited,
    Rejected,
)
from connectors.telegram_bot.client import BotClient
from connectors.telegram_bot.judging import judge
from connectors.telegram_bot.reports import BATCH, TelegramReports
from connectors.telegram_bot.sender import BotSender
from connectors.transport import Call, Reply
from simulator.faults import FaultKind
from simulator.serving import Sim, serve
from simulator.telegram_bot.door import DOOR
from simulator.world.scenario import TELEGRAM_GAMES, TELEGRAM_NEWS, TIKTOK_US, TINY

SCENARIO = replace(TINY, accounts=(TIKTOK_US, TELEGRAM_NEWS, TELEGRAM_GAMES), history_days=3, people=1_000)


class Channel:
    def __init__(self, sim: Sim, *, token: str | None = None) -> None:
        held = sim.credential("telegram")
        self.sim, self.id, self.token = sim, held.account_id, token or held.fields["BOT_TOKEN"]
        self.slept: list[float] = []
        ports = Ports(
            clock=sim.world.now,
            wall_clock=lambda: datetime.now(UTC),
            sleep=self.slept.append,
            secret={"TELEGRAM_ACCOUNT_1_BOT_TOKEN": self.token}.get,
            base_url=sim.base_url,
        )
        self.ports = ports
        account = AccountRef(party="telegram", account_id=self.id, credential_prefix="TELEGRAM_ACCOUNT_1")
        client = BotClient(account, ports, rng=random.Random(1))
        self.client, self.reports, self.sender = client, TelegramReports(client), BotSender(client)

    def look(self, window: DayWindow | None = None) -> list[Row]:
        return list(self.reports.rows(Ask(entity="channel_daily", window=window)))

    def updates(self, cursor: str | None = None) -> list[Row]:
        return list(self.reports.rows(Ask(entity="posts", cursor=cursor)))

    def everything(self, cursor: str | None = None) -> list[Row]:
        """Asks again with the largest position that was landed, until nothing comes."""
        landed: list[Row] = []
        while batch := self.updates(cursor):
            landed += batch
            cursor = str(max(row["update_id"] for row in batch))
        return landed


@pytest.fixture
def sim() -> Iterator[Sim]:
    with serve(scenario=SCENARIO, seed=7, specs=[DOOR]) as running:
        yield running


def test_the_profile_is_the_channel(sim: Sim) -> None:
    profile = Channel(sim).reports.profile()
    assert (profile.name, profile.timezone) == ("Larkspur News", "UTC")


def test_a_look_tells_todays_members_as_the_world_counts_them(sim: Sim) -> None:
    channel = Channel(sim)
    for _ in range(3):
        now = sim.world.now()
        truth = sim.world.channel_days(int(channel.id), now.date(), now.date() + timedelta(days=1))[0]
        (row,) = channel.look(DayWindow(now.date() - timedelta(days=27), now.date() + timedelta(days=1)))
        assert (row["date"], row["members"]) == (str(now.date()), truth.members)
        assert datetime.fromisoformat(row["observed_at"]) == now
        sim.control.advance(hours=17)


def test_the_past_cannot_be_looked_at(sim: Sim) -> None:
    assert Channel(sim).look(DayWindow(date(2026, 10, 1), date(2026, 11, 5))) == []


def test_updates_are_told_again_until_their_position_is_handed_back(sim: Sim) -> None:
    """A crash between reading and landing loses nothing, since reading alone confirms nothing."""
    first = Channel(sim).updates()
    assert len(first) > 5
    assert Channel(sim).updates() == first
    half = str(first[3]["update_id"])
    assert Channel(sim).updates(half) == first[4:]
    assert Channel(sim).updates(half) == first[4:]


def test_a_week_of_daily_asks_tells_everything_the_world_counted(sim: Sim) -> None:
    channel, landed = Channel(sim), []
    sim.control.advance(hours=18)  # to midnight
    cursor = str(channel.everything()[-1]["update_id"])
    for _ in range(14):
        sim.control.advance(hours=12)
        batch = channel.everything(cursor)
        landed += batch
        cursor = str(batch[-1]["update_id"])
    days = sim.world.channel_days(int(channel.id), date(2026, 11, 6), date(2026, 11, 13))
    after = [row["chat_member"]["new_chat_member"]["status"] for row in landed if "chat_member" in row]
    assert after.count("member") == sum(day.joined for day in days)
    assert after.count("left") == sum(day.left for day in days)
    posts = [row["channel_post"]["message_id"] for row in landed if "channel_post" in row]
    assert len(posts) == len(set(posts)) == 7
    ids = [row["update_id"] for row in landed]
    assert ids == list(range(ids[0], ids[0] + len(ids)))


def test_more_updates_than_one_answer_holds_come_batch_by_batch(sim: Sim, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.telegram_bot.reports.BATCH", 7)
    small = Channel(sim).everything()
    monkeypatch.undo()
    assert BATCH == 100
    with serve(scenario=SCENARIO, seed=7, specs=[DOOR]) as again:
        assert small == Channel(again).everything()
    assert len(small) > 14


FAULTS: tuple[FaultKind, ...] = ("server_error", "reset", "malformed", "truncated", "html", "rate_limited")


def test_faults_change_no_row(sim: Sim) -> None:
    for kind in FAULTS:
        sim.faults.switch_on(kind, rate=0.05)
    noisy, noisy_looks = Channel(sim), []
    rows: list[Row] = []
    cursor: str | None = None
    for _ in range(20):
        noisy_looks += noisy.look()
        batch = noisy.everything(cursor)
        rows += batch
        cursor = str(batch[-1]["update_id"]) if batch else cursor
        sim.control.advance(hours=6)
    with serve(scenario=SCENARIO, seed=7, specs=[DOOR]) as again:
        quiet, quiet_rows, quiet_looks = Channel(again), [], []
        cursor = None
        for _ in range(20):
            quiet_looks += quiet.look()
            batch = quiet.everything(cursor)
            quiet_rows += batch
            cursor = str(batch[-1]["update_id"]) if batch else cursor
            again.control.advance(hours=6)
    assert noisy.client.transport.usage.retries > 0, "no fault struck, so nothing was shown"
    assert (rows, noisy_looks) == (quiet_rows, quiet_looks)


def test_a_webhook_elsewhere_is_a_conflict_with_its_remedy(sim: Sim) -> None:
    channel = Channel(sim)
    channel.client.tell("setWebhook", {"url": "https://larkspur.example/hook"})
    with pytest.raises(Conflict, match="deleteWebhook"):
        channel.updates()


def test_a_revoked_token_ends_in_one_message_without_the_token(sim: Sim) -> None:
    channel = Channel(sim)
    sim.faults.revoke("telegram", channel.id)
    with pytest.raises(AuthExpired, match="BotFather") as caught:
        channel.look()
    assert channel.token not in str(caught.value)
    assert channel.slept == []


@pytest.mark.parametrize("token", ["1:AA" + "x" * 33, "nonsense"])
def test_a_wrong_token_is_a_matter_of_the_credential(sim: Sim, token: str) -> None:
    with pytest.raises(AuthExpired):
        Channel(sim, token=token).look()


def test_the_token_is_in_no_error_and_no_log(sim: Sim, caplog: pytest.LogCaptureFixture) -> None:
    channel = Channel(sim)
    said: list[str] = []
    with caplog.at_level(logging.DEBUG):
        channel.look()
        for kind in ("reset", "html", "timeout"):
            sim.faults.switch_on(kind, count=1, seconds=0.01)
            try:
                channel.sender.send_message("77", "x")
            except PartyError as error:
                said += [str(error), repr(error), repr(error.__cause__), repr(error.said)]
    assert said
    logged = [record.getMessage() for record in caplog.records]
    assert logged
    assert not [text for text in (*said, *logged) if channel.token in text]


def test_what_cannot_be_asked_is_said(sim: Sim) -> None:
    channel = Channel(sim)
    with pytest.raises(Rejected, match="cannot be asked"):
        list(channel.reports.rows(Ask(entity="ads_export")))
    with pytest.raises(Rejected, match="is not a number"):
        channel.updates("yesterday")
    assert ad_platform("telegram").control is None
    account = AccountRef(party="telegram", account_id="1", credential_prefix="TELEGRAM_ACCOUNT_9")
    with pytest.raises(AuthExpired, match="Set TELEGRAM_ACCOUNT_9_BOT_TOKEN"):
        ad_platform("telegram").reports(account, channel.ports)


def test_messages_and_pictures_are_sent_and_taken_back(sim: Sim) -> None:
    sender = Channel(sim).sender
    keyboard = {"inline_keyboard": [[{"text": "Read", "url": "https://larkspur.example/"}]]}
    text = sender.send_message("77", "<b>Hello</b>", parse_mode="HTML", reply_markup=keyboard, silent=True)
    picture = sender.send_photo("77", b"\xff\xd8 made up", caption="A river")
    by_address = sender.send_photo("78", "https://larkspur.example/river.jpg")
    assert len({text, picture, by_address}) == 3
    sender.delete_message("77", text)
    sender.delete_message("77", text)  # gone already: that is what was wanted


def test_lengths_are_checked_before_anything_is_sent(sim: Sim) -> None:
    sender = Channel(sim).sender
    with pytest.raises(Rejected, match="4097 characters; 4096 are allowed"):
        sender.send_message("77", "x" * 4097)
    with pytest.raises(Rejected, match="1025 characters; 1024 are allowed"):
        sender.send_photo("77", "a-file-id", caption="x" * 1025)
    assert sim.log.all() == []


def test_people_who_blocked_the_bot_are_a_matter_of_permission(sim: Sim) -> None:
    with pytest.raises(PermissionDenied, match="blocked by the user"):
        Channel(sim).sender.send_message("1403", "x")
    with pytest.raises(NotFound, match="chat not found"):
        Channel(sim).sender.send_message("1404", "x")


@pytest.mark.parametrize("kind", ["reset_after_write", "truncated", "malformed", "server_error"])
def test_a_message_whose_answer_was_lost_is_unknown_and_not_sent_again(sim: Sim, kind: FaultKind) -> None:
    sim.faults.switch_on(kind, path="sendMessage")
    with pytest.raises(OutcomeUnknown):
        Channel(sim).sender.send_message("77", "x")
    assert len([seen for seen in sim.log.all() if seen.path.endswith("sendMessage")]) == 1


def test_a_stated_wait_is_kept_before_a_message_is_sent(sim: Sim) -> None:
    sim.faults.switch_on("rate_limited", path="sendMessage", count=1)
    channel = Channel(sim)
    assert channel.sender.send_message("77", "x") > 0
    assert channel.slept == [7.0]


def reply(status: int, body: bytes) -> Reply:
    return Reply(
        party="telegram",
        account_id="1",
        call=Call(method="POST", path="/bot…/getMe", label="getMe"),
        status=status,
        headers=httpx.Headers(),
        body=body,
        received_at=datetime(2026, 11, 1, tzinfo=UTC),
        redact=lambda text: text,
    )


def error(code: int, description: str, **parameters: Any) -> bytes:

    body = {"ok": False, "error_code": code, "description": description}
    return json.dumps(body | ({"parameters": parameters} if parameters else {})).encode()


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, error(400, "Bad Request: message text is empty"), "Rejected"),
        (400, error(400, "Bad Request: chat not found"), "NotFound"),
        (400, error(400, "group upgraded", migrate_to_chat_id=-1001), "Rejected"),
        (401, error(401, "Unauthorized"), "AuthExpired"),
        (403, error(403, "Forbidden: bot was kicked from the channel chat"), "PermissionDenied"),
        (404, error(404, "Not Found"), "AuthExpired"),
        (409, error(409, "Conflict: can't use getUpdates"), "Conflict"),
        (429, error(429, "Too Many Requests: retry after 7", retry_after=7), "RateLimited"),
        (500, error(500, "Internal Server Error"), "TransientError"),
        (502, b"<html>", "TransientError"),
        (200, b"<html>", "TransientError"),
        (200, b"[]", "TransientError"),
        (200, b'{"ok": true}', "TransientError"),
    ],
)
def test_each_answer_has_its_class(status: int, body: bytes, kind: str) -> None:
    with pytest.raises(PartyError) as caught:
        judge(reply(status, body))
    assert type(caught.value).__name__ == kind
    if isinstance(caught.value, RateLimited):
        assert caught.value.wait_seconds == 7.0
