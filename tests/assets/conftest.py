"""A practice world behind real HTTP, a home that pulls from it, and Dagster running both code locations in process."""

from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from actions.house import House, open_house
from assets.day_range import RANGE_END, RANGE_START
from assets.failures import Retries
from assets.keys import landing_key
from connectors.ad_platform import AccountRef
from orchestration.building import build_defs, build_hot
from simulator.serving import Sim, serve
from simulator.world.scenario import META_JP, TELEGRAM_NEWS, TIKTOK_US, TINY, AccountPlan

FIRST_DAY, TODAY = "2026-10-28", "2026-11-05"  # the practice world opens on the 5th, at six o'clock UTC


@dataclass(frozen=True)
class Practice:
    sim: Sim
    environ: Mapping[str, str]
    instance: dg.DagsterInstance
    waited: list[float]  # every wait that somebody took instead of sleeping

    @cached_property
    def house(self) -> House:
        return replace(open_house(self.environ), sleep=self.waited.append)

    @cached_property
    def hot(self) -> dg.Definitions:
        return build_hot(self.environ, overrides={"house": self.house, "retries": Retries(first_wait_seconds=0)})

    @cached_property
    def full(self) -> dg.Definitions:
        return build_defs(self.environ, overrides={"house": self.house})

    def account(self, party: str) -> AccountRef:
        return next(account for account in self.house.all_accounts() if account.party == party)

    def pull(self, *parties: str, since: str = FIRST_DAY, through: str = TODAY) -> dg.ExecuteInProcessResult:
        """Runs the pull job, of these parties' accounts or of all."""
        return self.run(
            self.hot,
            "pull",
            tags={RANGE_START: since, RANGE_END: through},
            assets=[landing_key(self.account(party)) for party in parties],
        )

    def check_accounts(self) -> dg.ExecuteInProcessResult:
        return self.run(self.hot, "check_accounts")

    def load_and_model(self, *, config: Mapping[str, Any] | None = None) -> dg.ExecuteInProcessResult:
        return self.run(self.full, "load_and_model", config=config)

    def run(
        self,
        definitions: dg.Definitions,
        job: str,
        *,
        tags: Mapping[str, str] | None = None,
        assets: Iterable[dg.AssetKey] = (),
        config: Mapping[str, Any] | None = None,
    ) -> dg.ExecuteInProcessResult:
        return definitions.resolve_job_def(job).execute_in_process(
            instance=self.instance,
            tags=dict(tags or {}),
            asset_selection=list(assets) or None,
            run_config=dict(config or {}),
            raise_on_error=False,
        )


@contextmanager
def practising(home: Path, accounts: tuple[AccountPlan, ...]) -> Generator[Practice]:
    scenario = replace(
        TINY, accounts=accounts, history_days=9, people=4_000, campaigns=1, campaign_budget_usd=Decimal(30)
    )
    with serve(scenario=scenario, seed=5) as sim, dg.DagsterInstance.ephemeral() as instance:
        environ = {
            **sim.control.environment(),
            "WEIR_HOME": str(home),
            "WEIR_FIRST_DAY": "2026-10-01",
            "WEIR_PRACTICE_CLOCK_URL": f"{sim.base_url}/sim/clock",
            **{f"{prefix}_BASE_URL": sim.base_url for prefix in ("META", "X", "TIKTOK", "TELEGRAM")},
        }
        yield Practice(sim, environ, instance, [])


@pytest.fixture
def practice(tmp_path: Path) -> Generator[Practice]:
    """Two accounts, a fresh home."""
    with practising(tmp_path / "home", (TIKTOK_US, TELEGRAM_NEWS)) as opened:
        yield opened


@pytest.fixture(scope="module")
def pulled(tmp_path_factory: pytest.TempPathFactory) -> Generator[Practice]:
    """Three accounts, all pulled; for tests that only look, or that go on from there in the order they are written."""
    with practising(tmp_path_factory.mktemp("pulled") / "home", (META_JP, TIKTOK_US, TELEGRAM_NEWS)) as opened:
        assert opened.pull().success
        yield opened


@pytest.fixture(scope="session")
def metadata_of() -> Callable[[dg.ExecuteInProcessResult, dg.AssetKey], dict[str, Any]]:
    """What a run says of an asset, as plain values; tables as lists of rows."""

    def read(result: dg.ExecuteInProcessResult, key: dg.AssetKey) -> dict[str, Any]:
        event = next(event for event in result.get_asset_materialization_events() if event.asset_key == key)
        return {name: _plain(value) for name, value in event.materialization.metadata.items()}

    return read


def _plain(value: dg.MetadataValue) -> Any:
    if isinstance(value, dg.TableMetadataValue):
        return [dict(record.data) for record in value.records]
    return value.value
