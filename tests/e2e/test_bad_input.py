"""What goes wrong outside: one clear message for each, naming what, where and the remedy; nobody else is affected.

Nothing that has landed is lost, and once the cause is gone the same pull goes through. (A currency without a rate is in
test_restated_days, where days pass by.)
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from actions.import_export import import_export
from actions.import_file import import_file
from actions.ingest_accounts import Ending, Outcome
from connectors.ad_platform import AccountRef
from connectors.landing.pending import find_pending
from simulator.serving import serve
from simulator.telegram_exports import ad_days, export_files
from simulator.world.scenario import (
    META_JP,
    META_US,
    TELEGRAM_GAMES,
    TELEGRAM_NEWS,
    TIKTOK_EU,
    TIKTOK_US,
    TINY,
    X_EU,
    X_US,
)

SEED = 31
SCENARIO = replace(
    TINY,
    name="troubled",
    history_days=4,
    accounts=(META_US, META_JP, X_US, X_EU, TIKTOK_US, TIKTOK_EU, TELEGRAM_NEWS, TELEGRAM_GAMES),
    campaigns=1,
    ads=1,
    people=10_000,
)
PARTIES = ("meta_ads", "x_ads", "tiktok_ads", "telegram")


@pytest.fixture(scope="module")
def sim():
    with serve(scenario=SCENARIO, seed=SEED) as sim:
        yield sim


@pytest.fixture
def place(place_at, sim, tmp_path):
    sim.faults.clear()
    yield place_at(sim, tmp_path / "home", WEIR_PULL_HISTORY_DAYS="3")
    sim.faults.clear()


def split(outcomes: dict[AccountRef, Outcome], troubled: Sequence[AccountRef]) -> dict[AccountRef, str]:
    """The one message of each troubled account; all others have landed."""
    for account, outcome in outcomes.items():
        assert (outcome.ending is Ending.LANDED) != (account in troubled), (account, outcome.messages)
    messages = {account: outcomes[account].messages for account in troubled}
    assert all(len(each) == 1 for each in messages.values()), messages
    return {account: each[0] for account, each in messages.items()}


def assert_keeps_secrets(place, messages: Sequence[str]) -> None:
    for account in place.house.all_accounts():
        for secret in place.house.secret_values(account):
            assert not any(secret in message for message in messages)


def ad_rows(place) -> dict[str, int]:
    """Rows in the lake, by the entities that have days."""
    return {table: rows for table, rows in place.versions().items() if table.endswith("daily")}


def test_a_revoked_token(place, sim):
    """One account of each platform at once: each says so in one message, the other account of each platform lands."""
    troubled = [place.account(party) for party in PARTIES]
    place.ingest("before")
    before = ad_rows(place)
    for account in troubled:
        sim.faults.revoke(account.party, account.account_id)
    messages = split(place.pull("revoked"), troubled)
    for account, message in messages.items():
        assert message.startswith(f"{account.party} account {account.account_id}: ")
        remedy = "Check the bot token" if account.party == "telegram" else "Renew the credential"
        assert f"{remedy} " in message
    assert_keeps_secrets(place, list(messages.values()))
    assert place.load().problems == ()
    assert ad_rows(place).items() >= {table: rows for table, rows in before.items() if rows}.items()
    for account in troubled:
        sim.faults.restore(account.party, account.account_id)
    place.ingest("renewed")


@pytest.mark.parametrize(
    ("party", "unknown"),
    [("meta_ads", "404404404"), ("x_ads", "zz404"), ("tiktok_ads", "7000000000000000404"), ("telegram", "-100404")],
)
def test_an_account_the_platform_does_not_know(place_at, sim, tmp_path, party, unknown):
    credentials = {"meta_ads": "META", "x_ads": "X", "tiktok_ads": "TIKTOK", "telegram": "TELEGRAM"}
    prefix = f"{credentials[party]}_ACCOUNT_"
    known = sim.control.environment()
    third = {
        name.replace(f"{prefix}1_", f"{prefix}3_"): value
        for name, value in known.items()
        if name.startswith(f"{prefix}1_")
    }
    place = place_at(sim, tmp_path / "home", **{**third, f"{prefix}3_ID": unknown}, WEIR_PULL_HISTORY_DAYS="3")
    stranger = place.account(party, 2)
    accounts = [place.account(party, 0), stranger, place.account(party, 1)]
    (message,) = split(place.pull("run", accounts=accounts), [stranger]).values()
    assert message.startswith(f"{party} account {unknown}: ")
    assert any(remedy in message for remedy in ("Check the identifier", "Grant the missing permission", "Correct"))
    assert_keeps_secrets(place, [message])
    loaded = place.load()
    assert loaded.problems == ()
    assert {record.account_id for record in loaded.load.loads} == {accounts[0].account_id, accounts[2].account_id}


@pytest.mark.parametrize("who", ["ours", "theirs"])
def test_a_clock_that_is_ten_minutes_wrong_at_x(place, sim, who):
    """X says the same of a wrong clock as of a wrong key; the message tells them apart, whoever's clock it is."""
    troubled = [place.account("x_ads", number) for number in range(2)]
    others = [place.account("meta_ads"), place.account("telegram")]
    wrong, ahead = place, timedelta(minutes=10)
    if who == "ours":
        wrong = replace(place, house=replace(place.house, wall_clock=lambda: datetime.now(UTC) + ahead))
    else:
        sim.faults.clock_skew = ahead
    messages = split(wrong.pull("run", accounts=[*troubled, *others]), troubled)
    apart = "ahead of" if who == "ours" else "behind"
    for account, message in messages.items():
        assert message.startswith(f"x_ads account {account.account_id}: ")
        assert "the clock is the likely cause" in message
        stated = re.search(rf"our clock is (\d+) s {apart} X's", message)
        assert stated is not None, message
        assert 590 <= int(stated[1]) <= 660  # ten minutes, and as long as a busy machine takes to answer
        assert "Set this machine's clock (NTP), then run again" in message
    sim.faults.clear()
    assert split(place.pull("set-right", accounts=troubled), []) == {}


@pytest.mark.parametrize(("party", "status"), [*((party, 502) for party in PARTIES), ("meta_ads", 200)])
def test_a_platform_that_answers_html(place, sim, party, status):
    """A gateway's page instead of the platform, however often it is asked; it may pass, so the message says so."""
    accounts = [place.account(party), place.account("telegram" if party == "meta_ads" else "meta_ads")]
    sim.faults.switch_on("html", party=party, status=status)
    (message,) = split(outcomes := place.pull("run", accounts=accounts), accounts[:1]).values()
    assert outcomes[accounts[0]].ending is Ending.FAILED_FOR_NOW
    assert message.startswith(f"{party} account {accounts[0].account_id}: ")
    assert "an HTML page" in message
    assert len(message) < 400  # told what came, not shown the page
    assert "Trying again later can help" in message
    sim.faults.clear()
    assert split(place.pull("again", accounts=accounts), []) == {}
    assert place.load().problems == ()


def test_a_platform_slower_than_we_care_to_wait(place_at, sim, tmp_path):
    """How long is a setting; whoever is quick lands all the same."""
    place = place_at(sim, tmp_path / "home", WEIR_PULL_TIMEOUT_SECONDS="0.5", WEIR_PULL_HISTORY_DAYS="3")
    slow, quick = place.account("tiktok_ads"), place.account("telegram")
    sim.faults.switch_on("slow", party="tiktok_ads", seconds=2)
    (message,) = split(outcomes := place.pull("run", accounts=[slow, quick]), [slow]).values()
    assert outcomes[slow].ending is Ending.FAILED_FOR_NOW
    assert message.startswith(f"tiktok_ads account {slow.account_id}: ")
    assert "no answer in time" in message
    assert "Trying again later can help" in message


def test_a_half_written_landing_file(place):
    """Cut after it landed: refused as a whole and kept, with everything else loaded; the next pull brings its rows."""
    hurt, other = place.account("meta_ads", 0), place.account("meta_ads", 1)
    place.pull("first", accounts=[hurt, other])
    (data,) = (place.house.home.landing / "meta_ads" / "ad_daily" / hurt.account_id).glob("*.jsonl")
    whole = data.read_bytes()
    data.write_bytes(whole[: len(whole) // 2])
    landed = place.load()
    (problem,) = landed.problems
    assert problem.startswith(f"landing/meta_ads/ad_daily/{hurt.account_id}/{data.name} holds {len(whole) // 2} bytes")
    assert "half-written" in problem
    assert "pull this account and window again" in problem
    assert landed.counts.quarantined == whole.count(b"\n")
    assert landed.counts.landed == landed.counts.raw + landed.counts.duplicates + landed.counts.quarantined
    assert data.read_bytes() == whole[: len(whole) // 2]  # kept for a look
    rows = place.versions()["meta_ads__ad_daily"]
    assert rows > 0  # the other account's
    place.pull("again", accounts=[hurt])
    assert place.load().problems == ()
    assert place.versions()["meta_ads__ad_daily"] == rows + whole.count(b"\n")


def test_a_landing_file_that_was_never_finished(place):
    """A pull that died half-way has no manifest: it is not loaded; the next pull sets it aside, where it is kept."""
    account = place.account("tiktok_ads")
    place.pull("first", accounts=[account])
    folder = place.house.home.landing / "tiktok_ads" / "ad_daily" / account.account_id
    (data,) = folder.glob("*.jsonl")
    (manifest,) = folder.glob("*.manifest.json")
    rows = data.read_bytes().count(b"\n")
    data.write_bytes(data.read_bytes()[:-20])
    manifest.unlink()
    (unfinished,) = find_pending(place.house.home.landing).unfinished
    assert unfinished.message.startswith(f"tiktok_ads/ad_daily/{account.account_id}/{data.stem} has no manifest")
    assert "the next pull of this account moves it" in unfinished.message
    landed = place.load()
    assert landed.problems == ()
    assert place.versions()["tiktok_ads__ad_daily"] == 0
    assert split(place.pull("again", accounts=[account]), []) == {}
    assert place.load().problems == ()
    assert place.versions()["tiktok_ads__ad_daily"] == rows
    kept = place.house.home.landing / "_unfinished" / "tiktok_ads" / "ad_daily" / account.account_id / data.name
    assert kept.is_file()


def test_an_export_with_the_wrong_delimiter(place, tmp_path):
    """Refused as a whole, nothing of it lands; the same days as Telegram writes them are then taken."""
    days = ad_days(seed=1, ad_id="autumn", since=date(2026, 10, 1), until=date(2026, 10, 8))
    files = export_files(days, tmp_path / "brought")
    right = [path.read_text() for path in files]
    for path, text in zip(files, right, strict=True):
        path.write_text(text.replace("\t", "|"))
    ports = place.house.imports()
    refused = import_export(files, ad="autumn", currency=None, brought_by="test", ports=ports)
    assert refused.status == "refused"
    assert refused.message.startswith("autumn_stats.csv, autumn_budget.csv was refused: autumn_stats.csv, line 1: ")
    assert "delimiter" in refused.message
    assert all(word in refused.message for word in ("tab", "semicolon", "comma"))
    assert refused.message.endswith("Nothing was taken.")
    assert find_pending(place.house.home.landing).landed == ()
    for path, text in zip(files, right, strict=True):
        path.write_text(text)
    taken = import_export(files, ad="autumn", currency=None, brought_by="test", ports=ports)
    assert (taken.status, taken.rows, taken.bad) == ("taken", 7, 0)
    assert place.load().counts.raw == 7


def test_a_table_of_ad_days_with_a_delimiter_nobody_uses(place, tmp_path: Path):
    file = tmp_path / "ads.csv"
    header = ("platform", "account_id", "campaign_id", "date", "currency", "spend")
    rows = [header, ("radio", "r1", "c1", "2026-10-01", "USD", "12.50")]
    file.write_text("".join("^".join(row) + "\n" for row in rows))
    ports = place.house.imports()
    refused = import_file(file, target="imported_ads/ad_daily", brought_by="test", ports=ports)
    assert refused.status == "refused"
    assert refused.message.startswith("ads.csv was refused: read as CSV split by comma it has the columns ")
    assert "separated by comma, semicolon, tab or pipe" in refused.message
    assert find_pending(place.house.home.landing).landed == ()
    file.write_text("".join(";".join(row) + "\n" for row in rows))
    assert import_file(file, target="imported_ads/ad_daily", brought_by="test", ports=ports).status == "taken"
    assert place.load().counts.raw == 1
