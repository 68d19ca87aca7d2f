"""`weir ingest` against a practice world over HTTP: every account, whatever befalls another."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from simulator.serving import Sim

ORDER = ["meta_ads", "tiktok_ads", "x_ads", "telegram"]


def by_platform(ended: Any) -> dict[str, dict[str, Any]]:
    return {each["platform"]: each for each in ended.json["accounts"]}


def test_every_account_lands_and_is_loaded_with_what_it_spent(weir, practice: Sim) -> None:
    ended = weir("ingest", "--json")
    assert ended.code == 0, ended.err
    accounts = by_platform(ended)
    assert [each["platform"] for each in ended.json["accounts"]] == ORDER
    assert {each["outcome"] for each in accounts.values()} == {"landed"}
    tiktok = accounts["tiktok_ads"]
    since, until = date.fromisoformat(tiktok["since"]), date.fromisoformat(tiktok["until"])
    days = practice.world.account_days("tiktok_ads", tiktok["account"], since, until)
    assert Decimal(tiktok["spend"]) == sum(day.spend for day in days) > 0
    assert (tiktok["currency"], accounts["telegram"]["spend"]) == ("USD", None)
    counts = ended.json["loaded"]["counts"]
    assert counts["landed"] == counts["raw"] == sum(each["rows"] for each in accounts.values())


def test_asking_again_changes_nothing(weir, practice: Sim) -> None:
    weir("ingest", "--party", "tiktok_ads")
    again = weir("ingest", "--party", "tiktok_ads", "--json")
    assert again.code == 0
    counts = again.json["loaded"]["counts"]
    assert (counts["raw"], counts["duplicates"]) == (0, counts["landed"])
    assert counts["landed"] > 0


def test_one_revoked_token_stops_no_other_account_and_needs_a_person(weir, practice: Sim) -> None:
    practice.faults.revoke("meta_ads", practice.credential("meta_ads").account_id)
    ended = weir("ingest", "--json")
    assert ended.code == 6
    accounts = by_platform(ended)
    assert [accounts[party]["outcome"] for party in ORDER] == ["failed", "landed", "landed", "landed"]
    (message,) = accounts["meta_ads"]["messages"]
    assert practice.credential("meta_ads").account_id in message
    assert "Renew the credential" in message
    assert practice.credential("meta_ads").fields["TOKEN"] not in ended.out + ended.err

    practice.faults.clear()
    recovered = weir("ingest", "--party", "meta_ads", "--json")
    assert (recovered.code, by_platform(recovered)["meta_ads"]["outcome"]) == (0, "landed")


def test_a_platform_that_is_down_can_be_tried_again_later(weir, practice: Sim) -> None:
    practice.faults.switch_on("server_error", party="tiktok_ads")
    ended = weir("ingest", "--party", "tiktok_ads", "--json")
    assert (ended.code, by_platform(ended)["tiktok_ads"]["outcome"]) == (7, "failed for now")


def test_the_table_names_every_account_and_complaints_go_to_standard_error(weir, practice: Sim) -> None:
    practice.faults.revoke("telegram", practice.credential("telegram").account_id)
    ended = weir("ingest", "--party", "telegram")
    assert ended.code == 6
    assert practice.credential("telegram").account_id in ended.out
    assert "failed" in ended.out
    assert "telegram" in ended.err


def test_days_are_half_open(weir, practice: Sim) -> None:
    ended = weir("ingest", "--party", "tiktok_ads", "--since", "2026-11-01", "--until", "2026-11-03", "--json")
    assert ended.code == 0
    tiktok = by_platform(ended)["tiktok_ads"]
    assert (tiktok["since"], tiktok["until"]) == ("2026-11-01", "2026-11-03")


def test_days_that_have_not_begun_are_no_failure(weir, practice: Sim) -> None:
    ended = weir("ingest", "--party", "tiktok_ads", "--since", "2027-01-01", "--json")
    assert (ended.code, by_platform(ended)["tiktok_ads"]["outcome"]) == (0, "nothing due")


def test_what_landed_can_be_left_for_later(weir, home: Path, practice: Sim) -> None:
    ended = weir("ingest", "--party", "telegram", "--no-load", "--json")
    assert (ended.code, ended.json["loaded"]) == (0, None)
    assert list((home / "landing" / "telegram").rglob("*.manifest.json"))
    assert not list((home / "lake").rglob("*.parquet"))


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--party", "myspace"], 2, ["'myspace'", "meta_ads, tiktok_ads, x_ads, telegram"]),
        (["--account", "nobody"], 4, ["'nobody'", "tiktok_ads"]),
        (["--until", "2026-11-03"], 2, ["--since"]),
        (["--since", "2026-11-03", "--until", "2026-11-03"], 2, ["2026-11-03", "first day that is not asked for"]),
    ],
)
def test_what_cannot_be_asked_is_refused(weir, practice: Sim, arguments: list[str], code: int, said: list[str]) -> None:
    ended = weir("ingest", *arguments)
    assert ended.code == code
    assert all(part in ended.err for part in said), ended.err
    assert not practice.log.as_json()


def test_without_any_account_the_variables_are_pointed_at(weir) -> None:
    ended = weir("ingest")
    assert ended.code == 3
    assert ".env.example" in ended.err


def test_a_half_configured_account_is_told_and_the_others_are_pulled(weir, home: Path, practice: Sim) -> None:
    with (home / "practice.env").open("a") as file:
        file.write("TIKTOK_ACCOUNT_2_ID=70123\n")
    ended = weir("ingest", "--party", "tiktok_ads", "--json")
    assert ended.code == 1
    assert ended.json["left_out"] == ["TIKTOK_ACCOUNT_2_TOKEN is not set, so account 2 is left out"]
    assert by_platform(ended)["tiktok_ads"]["outcome"] == "landed"
