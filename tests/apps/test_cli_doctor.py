"""`weir doctor`: what is there, what is missing, what that disables; and no secret, whatever is wrong."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from connectors.registry import AD_PLATFORMS
from simulator.serving import serve

SECRET = "hunter2-not-for-anybody"


def found(ended: Any) -> dict[str, tuple[str, str]]:
    return {each["subject"]: (each["state"], each["message"]) for each in ended.json}


def test_a_fresh_home_is_told_what_is_off_and_what_that_disables(weir: Any, home: Path) -> None:
    findings = found(weir("doctor", "--json"))
    assert findings["home"] == ("ok", f"{home}, made when needed")
    assert findings["ledger"][0] == "off"
    assert findings["warehouse"][0] == "off"
    assert findings["alerts"] == (
        "off",
        "WEIR_ALERT_WEBHOOK_URL is not set: failures show in Dagster and the logs only",
    )
    assert findings["dev: spend"][0] == "off"
    for spec in AD_PLATFORMS:
        state, message = findings[spec.title]
        assert state == "off"
        assert message.startswith(f"no account, so nothing is pulled: set {spec.env_prefix}_ACCOUNT_1_ID")
    assert not home.exists()  # looking changes nothing


def test_what_is_there_is_ok(weir: Any, home: Path, postgres_url: str) -> None:
    weir("config", "set", "publish.keep_builds", "7", "--reason", "r")
    duckdb.connect(home / "warehouse.duckdb").close()
    findings = found(weir("doctor", "--json"))
    assert findings["ledger"] == ("ok", f"sqlite:///{home}/ledger.sqlite, schema up to date")
    assert findings["warehouse"] == ("ok", f"{home}/warehouse.duckdb")
    password = postgres_url.split(":")[2].split("@")[0]
    ended = weir("doctor", "--json", WEIR_WAREHOUSE=postgres_url, WEIR_LEDGER_URL=postgres_url)
    assert found(ended)["warehouse"][0] == "ok"
    assert found(ended)["ledger"][0] == "off"  # reached, and not migrated yet
    assert password not in ended.out


def test_a_warehouse_that_another_process_is_writing_is_fine(weir: Any, home: Path) -> None:
    home.mkdir()
    file = home / "warehouse.duckdb"
    hold = f"import duckdb; c = duckdb.connect({str(file)!r}); print('held', flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "held\n"
        assert found(weir("doctor", "--json"))["warehouse"] == ("ok", f"{file}, being written at this moment")
        writer.communicate("\n")


def test_everything_wrong_is_told_in_one_go_and_without_a_secret(weir: Any, home: Path) -> None:
    home.mkdir()
    (home / "warehouse.duckdb").write_text("this is no database, but it is long enough to be looked at\n" * 100)
    (home / "ledger.sqlite").write_text("nor is this\n" * 1000)
    ended = weir(
        "doctor",
        "--json",
        WEIR_DRYRUN="false",
        WEIR_PRACTICE_CLOCK_URL="http://127.0.0.1:1/sim/clock",
        META_ACCOUNT_1_TOKEN=SECRET,
        META_ACCOUNT_2_ID="2",
        META_ACCOUNT_2_TOKN=SECRET,
        X_BASE_URL=f"https://user:{SECRET}@example.com",
    )
    assert ended.code == 1
    assert SECRET not in ended.out + ended.err
    wrong = [each["message"] for each in ended.json if each["state"] == "wrong"]
    for expected in (
        "WEIR_DRYRUN has no effect; did you mean WEIR_DRY_RUN?",
        "ledger.sqlite cannot be used",
        "warehouse.duckdb cannot be opened",
        "the practice clock at http://127.0.0.1:1/sim/clock gave no time",
        "META_ACCOUNT_1_ID is not set, so account 1 is left out",
        "META_ACCOUNT_2_TOKEN is not set, so account 2 is left out",
        "META_ACCOUNT_2_TOKN means nothing: did you mean META_ACCOUNT_2_TOKEN?",
        "X_BASE_URL must be an http(s) address",
    ):
        assert any(expected in message for message in wrong), expected


def test_databases_that_do_not_answer_are_named_without_their_password(weir: Any) -> None:
    url = f"postgresql+psycopg2://weir:{SECRET}@127.0.0.1:1/weir"
    ended = weir("doctor", "--json", WEIR_WAREHOUSE=url, WEIR_LEDGER_URL=url)
    assert SECRET not in ended.out + ended.err
    assert "postgresql+psycopg2://weir:***@127.0.0.1:1/weir" in found(ended)["warehouse"][1]
    assert found(ended)["warehouse"][0] == found(ended)["ledger"][0] == "wrong"


def test_online_each_account_answers_for_itself_and_a_bad_one_stops_no_other(weir: Any) -> None:
    with serve(scenario="tiny", seed=7) as sim:
        variables = sim.control.environment()
        secrets = [value for name, value in variables.items() if not name.endswith("_ID")]
        for spec in AD_PLATFORMS:
            variables[f"{spec.env_prefix}_BASE_URL"] = sim.base_url
        variables["META_ACCOUNT_1_TOKEN"] = SECRET
        variables["WEIR_PRACTICE_CLOCK_URL"] = f"{sim.base_url}/sim/clock"
        ended = weir("doctor", "--online", "--json", **variables, WEIR_DRY_RUN="false")
    findings = found(ended)
    assert ended.code == 1
    assert not [secret for secret in [*secrets, SECRET] if secret in ended.out + ended.err]
    assert findings["clock"][0] == "ok"
    assert findings["dev: spend"] == ("ok", "done in the practice world")
    states = {subject: findings[subject][0] for subject in findings if subject.split()[-1] in variables.values()}
    bad = f"Meta Ads {variables['META_ACCOUNT_1_ID']}"
    assert states.pop(bad) == "wrong"
    assert "AuthExpired" in findings[bad][1]
    assert "\n" not in findings[bad][1]
    assert len(states) == len([name for name in variables if name.endswith("_ID") and "ACCOUNT" in name]) - 1
    assert set(states.values()) == {"ok"}


def test_people_see_a_table_and_a_sum(weir: Any) -> None:
    ended = weir("doctor")
    assert "dagster storage" in ended.out
    assert " off, 0 wrong" in ended.out


@pytest.mark.parametrize("name", ["WEIR_TIMEZONE", "WEIR_BASE_CURRENCY"])
def test_unusable_settings_end_with_three(weir: Any, name: str) -> None:
    ended = weir("doctor", **{name: "nonsense"})
    assert ended.code == 3
    assert name in ended.err


def test_sources_of_events_and_open_webhooks_are_listed_without_their_keys(weir: Any) -> None:
    findings = found(weir("doctor", "--json"))
    assert findings["sources"] == ("off", "no source has a key, so no events are taken: set WEIR_SOURCE_<NAME>_KEY")
    assert findings["/webhooks/meta"] == (
        "off",
        "closed: set WEIR_COLLECTOR_META_APP_SECRET and WEIR_COLLECTOR_META_VERIFY_TOKEN",
    )
    ended = weir(
        "doctor",
        "--json",
        WEIR_SOURCE_API_KEY=SECRET,
        WEIR_SOURCE_WEB_KEY=f"page-{SECRET}",
        WEIR_SOURCE_WEB_ORIGINS="https://shop.example",
        WEIR_SOURCE_WEB_EVENTS_PER_SECOND="100",
        WEIR_COLLECTOR_WHOP_SECRET=f"ws_{SECRET}",
    )
    assert SECRET not in ended.out + ended.err
    findings = found(ended)
    assert findings["source api"] == ("ok", "a server, up to 50000 events a second")
    assert findings["source web"] == ("ok", "pages of https://shop.example, up to 100 events a second")
    assert findings["/webhooks/whop"][0] == "ok"
    wrong = weir("doctor", "--json", WEIR_SOURCE_API_KEY="short")
    assert (wrong.code, found(wrong)["sources"][0]) == (1, "wrong")
