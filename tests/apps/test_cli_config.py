"""`weir config` and `weir audit verify`, as a person and as a program uses them."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest


def test_a_value_is_set_shown_looked_back_at_and_gone_back_from(weir: Any) -> None:
    assert weir("config", "get", "publish.keep_builds", "--json").json["version"] == 0
    said = weir("config", "set", "publish.keep_builds", "7", "--reason", "disk is small", "--by", "anna")
    assert (said.code, said.out) == (0, "publish.keep_builds is 7 builds (version 1)\n")
    now = weir("config", "set", "publish.keep_builds", "8", "--reason", "again", "--expect", "1", "--json").json
    assert (now["value"], now["version"]) == (8, 2)
    now = weir("config", "rollback", "publish.keep_builds", "--to", "1", "--reason", "was better", "--json").json
    assert (now["value"], now["version"]) == (7, 3)
    history = weir("config", "history", "publish.keep_builds", "--json").json
    assert [(each["version"], each["value"], each["previous"]) for each in history] == [(3, 7, 8), (2, 8, 7), (1, 7, 5)]
    assert (history[2]["actor"], history[2]["reason"]) == ("person:anna", "disk is small")
    assert "disk is small" in weir("config", "history", "publish.keep_builds").out
    verified = weir("audit", "verify", "--json").json
    assert (verified["head"]["seq"], verified["broken"]) == (3, None)


def test_exact_numbers_stay_exact(weir: Any) -> None:
    weir("config", "set", "spend.day_cap_usd", "33.10", "--reason", "r")
    assert weir("config", "get", "spend.day_cap_usd", "--json").json["value"] == "33.1"


def test_all_keys_are_listed_with_what_they_take(weir: Any) -> None:
    listed = weir("config", "get", "--json").json
    assert {each["key"] for each in listed} >= {"publish.keep_builds", "autonomy", "spend.month_cap_usd"}
    table = weir("config", "get").out
    assert "a whole number from 2 to 100 (builds)" in table
    assert "manual or semi or full" in table


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["set", "publish.keep_builds", "700", "--reason", "r"], 5, "from 2 to 100"),
        (["set", "publish.keep_builds", "many", "--reason", "r"], 5, "not 'many'"),
        (["set", "publish.keep_builds", "7", "--reason", " "], 5, "say why"),
        (["set", "publish.keep_builds", "7", "--reason", "r", "--expect", "3"], 5, "at version 0, not 3"),
        (["rollback", "publish.keep_builds", "--to", "9", "--reason", "r"], 5, "has no version 9"),
        (["set", "publish.keep", "7", "--reason", "r"], 4, "no config key 'publish.keep'"),
        (["set", "publish.keep_builds", "7"], 2, "--reason"),
        (["get", "publish.keep"], 4, "the keys are"),
    ],
)
def test_what_is_refused_says_why_and_changes_nothing(weir: Any, arguments: list[str], code: int, said: str) -> None:
    ended = weir("config", *arguments)
    assert ended.code == code
    assert ended.out == ""
    assert said in ended.err
    assert "Traceback" not in ended.err
    assert weir("audit", "verify", "--json").json["head"]["seq"] == 0


def test_a_broken_chain_is_named_and_ends_with_one(weir: Any, home: Path) -> None:
    for value in ("7", "8", "9"):
        weir("config", "set", "publish.keep_builds", value, "--reason", "r")
    whole = weir("audit", "verify")
    assert whole.code == 0
    head = whole.out.split()[-1]
    assert weir("audit", "verify", "--head", head).code == 0
    with sqlite3.connect(home / "ledger.sqlite") as database:
        database.execute("drop trigger audit_log_refuses_update")
        database.execute("update audit_log set actor = 'person:nobody' where seq = 2")
    database.close()
    broken = weir("audit", "verify")
    assert broken.code == 1
    assert "broken at row 2: its content is not what was hashed" in broken.out
    assert weir("audit", "verify", "--json").json["broken"]["seq"] == 2
    assert weir("audit", "verify", "--head", "nonsense").code == 2


def test_the_ledger_may_be_on_postgres(weir: Any, home: Path, postgres_url: str) -> None:
    variables = {"WEIR_LEDGER_URL": postgres_url}
    assert weir("config", "set", "publish.keep_builds", "7", "--reason", "r", **variables).code == 0
    assert weir("config", "get", "publish.keep_builds", "--json", **variables).json["value"] == 7
    assert not home.exists()
