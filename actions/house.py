"""The house as one set of settings furnishes it: where things lie, which accounts there are, how parties are reached.

Everything that runs (commands, Dagster, benches) opens a house and hands its parts to the actions. Nothing is connected
to, and no database library imported, before a part that needs it is asked for: a pull or a sensor starts sooner so.
"""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from connectors.ad_platform import AccountRef, AdPlatformSpec, Clock, PartySpec, Ports, Sleep
from connectors.entity_schema import EntitySchema
from connectors.registry import AD_PLATFORMS, NEVER_ASKED, OTHER_PARTIES
from weir.accounts import AccountProblem, SecretSource, base_address, configured_accounts
from weir.clocks import wall_clock
from weir.home import Home
from weir.settings import Settings, read_settings

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from actions.take_brought import ImportPorts, OnRows
    from connectors.lake.loader import Lake
    from connectors.lake.standing import Standing
    from connectors.warehouse.published import Published
    from connectors.warehouse.warehouse import Warehouse


@dataclass(frozen=True, kw_only=True)
class House:
    settings: Settings
    environ: Mapping[str, str] = field(repr=False)  # holds secrets
    clock: Clock  # the business clock
    wall_clock: Clock
    sleep: Sleep
    platforms: tuple[AdPlatformSpec, ...]
    others: tuple[PartySpec, ...]  # that are asked too, but run no ads

    @property
    def home(self) -> Home:
        return self.settings.layout

    @property
    def secrets(self) -> SecretSource:
        return SecretSource(self.environ)

    @cached_property
    def schemas(self) -> tuple[EntitySchema, ...]:
        """Every entity that can land, of whatever party."""
        return (*(schema for spec in self.parties for schema in spec.schemas), *NEVER_ASKED)

    @property
    def lake(self) -> "Lake":
        from connectors.lake.loader import Lake
        from connectors.lake.screening import Screening

        return Lake(
            landing=self.home.landing,
            root=self.home.lake,
            schemas=self.schemas,
            clock=self.clock,
            sleep=self.sleep,
            late_after=timedelta(hours=self.settings.late_after_hours),
            screen=Screening(
                home=self.home.root,
                landing=self.home.landing,
                lake=self.home.lake,
                schemas=self.schemas,
                sleep=self.sleep,
            ),
        )

    @property
    def standing(self) -> "Standing":
        from connectors.lake.standing import Standing

        return Standing(self.home.lake)

    @property
    def warehouse(self) -> "Warehouse":
        if self.settings.warehouse_is_postgres:
            from connectors.warehouse.postgres_warehouse import PostgresWarehouse

            url = self.settings.warehouse.get_secret_value()
            return PostgresWarehouse(url=url, lake=self.home.lake, schemas=self.schemas)
        from connectors.warehouse.duckdb_warehouse import DuckDbWarehouse

        return DuckDbWarehouse(path=self.home.warehouse, lake=self.home.lake, schemas=self.schemas, sleep=self.sleep)

    @property
    def published(self) -> "Published":
        from connectors.warehouse.published import Published

        return Published(self.home.published)

    @cached_property
    def ledger(self) -> "Engine":
        """The ledger, made or brought up to date where it needs to be."""
        from ledger.connect import connect, upgrade

        if self.settings.ledger_url is None:
            self.home.create()
        engine = connect(self.settings.ledger_address.get_secret_value())
        upgrade(engine)
        return engine

    def imports(self, *, on_rows: "OnRows" = lambda rows, share: None) -> "ImportPorts":
        """How files that people bring get in; `on_rows` hears how many rows of a file, and which share, were read."""
        from actions.take_brought import ImportPorts

        return ImportPorts(
            landing=self.home.landing, clock=self.clock, sleep=self.sleep, schemas=self.schemas, on_rows=on_rows
        )

    @property
    def parties(self) -> tuple[PartySpec, ...]:
        """Everybody who is asked."""
        return (*self.platforms, *self.others)

    def party(self, name: str) -> PartySpec:
        for spec in self.parties:
            if spec.party == name:
                return spec
        raise KeyError(f"nobody is asked as {name!r}; known: {', '.join(s.party for s in self.parties)}")

    def accounts(self, spec: PartySpec) -> tuple[AccountRef, ...]:
        return self._found(spec)[0]

    def account_problems(self) -> Iterator[AccountProblem]:
        for spec in self.parties:
            yield from self._found(spec)[1]

    def all_accounts(self) -> tuple[AccountRef, ...]:
        return tuple(account for spec in self.parties for account in self.accounts(spec))

    def ports(self, spec: PartySpec, *, on_progress: Callable[[str], None] = lambda message: None) -> Ports:
        at = spec.base_url
        return Ports(
            clock=self.clock,
            wall_clock=self.wall_clock,
            sleep=self.sleep,
            secret=self.secrets,
            base_url="" if at is None else base_address(self.environ, env_prefix=spec.env_prefix, default=at),
            timeout_seconds=self.settings.pull_timeout_seconds,
            on_progress=on_progress,
            home=self.home.root,
        )

    def secret_values(self, account: AccountRef) -> tuple[str, ...]:
        """What must never land, whatever an answer repeats."""
        names = [f"{account.credential_prefix}_{each.suffix}" for each in self.party(account.party).credentials]
        values = [self.secrets(name) for name in names if not name.endswith("_ID")]
        return tuple(value for value in values if value)

    def _found(self, spec: PartySpec) -> tuple[tuple[AccountRef, ...], tuple[AccountProblem, ...]]:
        suffixes = [each for each in spec.credentials if each.suffix != "ID"]
        found = configured_accounts(
            self.environ,
            env_prefix=spec.env_prefix,
            required=[each.suffix for each in suffixes if each.required],
            optional=[each.suffix for each in suffixes if not each.required],
        )
        refs = (
            AccountRef(party=spec.party, account_id=each.account_id, credential_prefix=each.credential_prefix)
            for each in found.accounts
        )
        return tuple(refs), found.problems


def open_house(
    environ: Mapping[str, str],
    *,
    platforms: tuple[AdPlatformSpec, ...] = AD_PLATFORMS,
    others: tuple[PartySpec, ...] = OTHER_PARTIES,
) -> House:
    """`environ` is normally `weir.env_file.with_env_file(os.environ)`."""
    settings = read_settings(environ)
    return House(
        settings=settings,
        environ=environ,
        clock=settings.business_clock(),
        wall_clock=wall_clock,
        sleep=time.sleep,
        platforms=platforms,
        others=others,
    )
