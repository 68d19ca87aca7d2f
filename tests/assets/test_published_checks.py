"""Checks on what readers see, failing on snapshots written by hand, by limits that people have tuned."""

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from actions.house import House, open_house
from assets.published_checks import build_published_checks
from connectors.ad_platform import AccountRef
from ledger.actors import Actor
from ledger.config import set_config
from ledger.transaction import writing

ACCOUNT = AccountRef(party="meta_ads", account_id="1", credential_prefix="META_ACCOUNT_1")


@dataclass(frozen=True)
class Snapshot:
    """Ten days of forty ads each, but for the last day, and one day of which 3.50 dollars are not explained."""

    home: Path

    @property
    def house(self) -> House:
        return open_house({"WEIR_HOME": str(self.home)})

    def publish(self, *, ads_on_the_last_day: int) -> None:
        days = "generate_series(date '2026-11-01', date '2026-11-10', interval 1 day) as days (day)"
        marts = {
            "fct_ad_daily": f"""
                select 'meta_ads' as platform, '1' as account_id, day::date as date_day, false as is_partial_day
                from {days}, range(40) as ads (ad)
                where day < date '2026-11-10' or ad < {ads_on_the_last_day}
            """,
            "fct_account_reconciliation": f"""
                select 'meta_ads' as platform, '1' as account_id, day::date as date_day, 'USD' as currency,
                    case when day = date '2026-11-03' then 3.50 else 0 end::decimal(38, 6) as unexplained_spend_local,
                    day <> date '2026-11-03' as is_within_tolerance
                from {days}
            """,
        }
        for name, query in marts.items():
            folder = self.home / "published" / "builds" / "b1" / name
            folder.mkdir(parents=True)
            duckdb.execute(f"copy ({query}) to '{folder}/part-0.parquet' (format parquet)")
        (self.home / "published" / "current").symlink_to("builds/b1")

    def judge(self, name: str) -> dg.AssetCheckResult:
        check = next(each for each in build_published_checks([ACCOUNT]) if name in str(each.check_key))
        result = check(house=self.house)
        assert isinstance(result, dg.AssetCheckResult)
        return result


@pytest.fixture
def snapshot(tmp_path: Path) -> Snapshot:
    return Snapshot(tmp_path)


def test_a_day_cut_short_is_named_with_what_is_usual(snapshot: Snapshot) -> None:
    snapshot.publish(ads_on_the_last_day=19)
    result = snapshot.judge("has_its_usual_volume")
    assert (result.passed, result.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert (result.description or "").startswith("meta_ads 1, 2026-11-10: 19 rows, usually 40; under 50%")


def test_a_day_without_a_single_ad_is_noticed_by_the_accounts_own_total(snapshot: Snapshot) -> None:
    snapshot.publish(ads_on_the_last_day=0)
    assert "2026-11-10: 0 rows" in (snapshot.judge("has_its_usual_volume").description or "")


def test_how_much_is_too_little_is_for_people_to_tune(snapshot: Snapshot) -> None:
    snapshot.publish(ads_on_the_last_day=19)
    house = snapshot.house
    with writing(house.ledger, actor=Actor.person("test"), clock=house.clock) as turn:
        set_config(turn, "checks.lowest_volume_share", Decimal("0.4"), reason="a test")
    assert snapshot.judge("has_its_usual_volume").passed


def test_spend_that_no_ad_explains_is_named_with_its_day_and_currency(snapshot: Snapshot) -> None:
    snapshot.publish(ads_on_the_last_day=40)
    result = snapshot.judge("spend_reconciles")
    assert (result.passed, result.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert result.description == "meta_ads 1 2026-11-03: 3.5 USD that no ad explains"
