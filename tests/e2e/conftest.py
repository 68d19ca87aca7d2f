"""A home that is filled from a practice world as a person would fill it, and what two homes are compared by.

Everything runs for real: HTTP, landing, lake, dbt, published files. Only waiting is cut short. A home's path is part of
what dbt has parsed, so a test that needs one home after another empties the first instead of making a second.
"""

import shutil
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from actions.build_and_publish import BuildReport, build_and_publish
from actions.house import House, open_house
from actions.import_file import import_file
from actions.ingest_accounts import Ending, Outcome, ingest_accounts
from actions.load_landed import Landed, load_landed
from connectors.ad_platform import AccountRef, DayWindow
from connectors.lake.layout import LakeLayout
from connectors.lake.sql import fill, in_memory, literal
from connectors.lake.versions import Counts
from connectors.markets.practice_rates import PER_USD, practice_rates
from connectors.warehouse.canonical_parquet import write_sorted
from connectors.warehouse.published import PART, current_build
from simulator.credentials import BASE_URL_VARIABLES
from simulator.serving import Sim
from weir.opening import open_published

# Which file and line told of a version first depends on which pull got through; what it says does not.
WHO_TOLD = ("_pull_id", "_landing_file", "_landing_line")


@dataclass(frozen=True)
class Place:
    """A house over one home, and the world it asks."""

    sim: Sim
    house: House

    @property
    def root(self) -> Path:
        return self.house.home.root

    def account(self, party: str, number: int = 0) -> AccountRef:
        return self.house.accounts(self.house.party(party))[number]

    def pull(
        self,
        run_id: str,
        *,
        accounts: Sequence[AccountRef] | None = None,
        window: DayWindow | None = None,
        on_progress: Callable[[AccountRef, str], None] = lambda account, message: None,
    ) -> dict[AccountRef, Outcome]:
        chosen = self.house.all_accounts() if accounts is None else accounts
        outcomes = ingest_accounts(self.house, chosen, run_id=run_id, window=window, on_progress=on_progress)
        return {outcome.account: outcome for outcome in outcomes}

    def load(self) -> Landed:
        return load_landed(self.house.lake, warehouse=None)

    def ingest(self, run_id: str) -> Landed:
        """Pulls and loads, and takes no excuse."""
        for account, outcome in self.pull(run_id).items():
            assert outcome.ending is Ending.LANDED, f"{account}: {outcome.messages}"
        landed = self.load()
        assert landed.problems == ()
        return landed

    def build(self, run_id: str, *, as_of: datetime | None = None) -> BuildReport:
        return build_and_publish(self.house, run_id=run_id, as_of=as_of)

    def bring_rates(self, *, since: datetime, days: int, without: Iterable[str] = ()) -> None:
        """Exchange rates as a file that somebody brings."""
        window = DayWindow(since.date(), datetime.fromtimestamp(since.timestamp() + days * 86_400, since.tzinfo).date())
        rates = {currency: rate for currency, rate in PER_USD.items() if currency not in set(without)}
        lines = ["date,currency,usd_per_unit"]
        lines += [
            f"{row['date']},{row['currency']},{row['usd_per_unit']}" for row in practice_rates(window, per_usd=rates)
        ]
        path = self.root.parent / "rates.csv"
        path.write_text("\n".join(lines) + "\n")
        report = import_file(path, target="markets/fx_rates", brought_by="test", ports=self.house.imports())
        assert report.status == "taken", report.message

    def marts(self) -> dict[str, bytes]:
        """The published files, by mart; not the one that counts loads, which are others where a pull is made again."""
        folder = current_build(self.house.home.published).folder
        files = {path.parent.name: path for path in sorted(folder.glob(f"*/{PART}"))}
        return {mart: path.read_bytes() for mart, path in files.items() if mart != "fct_operations_daily"}

    def lake(self) -> dict[str, bytes]:
        """Every version of every entity, sorted, as one file for each entity."""
        layout = LakeLayout(self.house.home.lake)
        found: dict[str, bytes] = {}
        with in_memory() as connection:
            for schema in self.house.schemas:
                folder = layout.entity(schema.party, schema.entity)
                if next(folder.rglob("*.parquet"), None) is None:
                    continue
                rows = fill(
                    "select * exclude ({names}) from read_parquet({files}, hive_partitioning = false)",
                    names=", ".join(WHO_TOLD),
                    files=literal((folder / "**" / "*.parquet").as_posix()),
                )
                path = self.root / "compared.parquet"
                write_sorted(connection, rows, path)
                found[schema.table] = path.read_bytes()
                path.unlink()
        return found

    def versions(self) -> dict[str, int]:
        """How many rows each entity has in the lake."""
        layout = LakeLayout(self.house.home.lake)
        folders = {schema.table: layout.entity(schema.party, schema.entity) for schema in self.house.schemas}
        return {
            table: sum(pq.read_metadata(path).num_rows for path in folder.rglob("*.parquet"))
            for table, folder in folders.items()
        }

    def counts(self) -> Counts:
        """Over everything that was ever loaded, corrections included."""
        each = [self.house.standing.counts(party=schema.party, entity=schema.entity) for schema in self.house.schemas]
        return Counts(
            landed=sum(counts.landed for counts in each),
            raw=sum(counts.raw for counts in each),
            duplicates=sum(counts.duplicates for counts in each),
            quarantined=sum(counts.quarantined for counts in each),
        )

    def ask(self, query: str) -> list[tuple]:
        """Asks the published marts."""
        with open_published(self.root) as connection:
            return connection.execute(query).fetchall()

    def empty(self) -> None:
        """A fresh home at the same path; what dbt has parsed is kept."""
        for path in self.root.iterdir():
            if path.name != "dbt":
                shutil.rmtree(path) if path.is_dir() else path.unlink()


def differing(ours: dict[str, bytes], theirs: dict[str, bytes]) -> list[str]:
    """The names that are not the same bytes on both sides."""
    return sorted(name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name))


def environ_of(sim: Sim, home: Path, **more: str) -> dict[str, str]:
    addresses = dict.fromkeys(BASE_URL_VARIABLES, sim.base_url)
    return {"WEIR_HOME": str(home), **addresses, **sim.control.environment(), **more}


def hurried(seconds: float) -> None:
    """Waiting as far as threads need it to get on; rests and back-offs of minutes are over at once."""
    time.sleep(min(seconds, 0.002))


@pytest.fixture(scope="session")
def place_at() -> Callable[..., Place]:
    """`place_at(sim, folder)`: a house whose accounts are all of that world's; it is always that world's time there."""

    def made(sim: Sim, home: Path, **environ: str) -> Place:
        house = open_house(environ_of(sim, home, **environ))
        return Place(sim, replace(house, clock=sim.control.now, sleep=hurried))

    return made


@pytest.fixture(scope="session")
def difference() -> Callable[[dict[str, bytes], dict[str, bytes]], list[str]]:
    return differing
