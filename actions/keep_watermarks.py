"""The ledger as what a pull remembers: how far each entity of an account has been landed."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Engine

from actions.pull_account import EntityPull, Watermarks
from connectors.ad_platform import Clock
from ledger.actors import Actor
from ledger.transaction import reading, writing
from ledger.watermarks import advance_watermark, read_watermark


@dataclass(frozen=True, kw_only=True)
class LedgerWatermarks(Watermarks):
    engine: Engine
    clock: Clock
    run_id: str | None

    def cursor(self, *, party: str, account_id: str, entity: str) -> str | None:
        with reading(self.engine) as session:
            found = read_watermark(session, party=party, account_id=account_id, entity=entity)
        return found.cursor if found else None

    def through_day(self, *, party: str, account_id: str, entity: str) -> date | None:
        return pulled_through(self.engine, party=party, account_id=account_id, entity=entity)

    def landed(self, pull: EntityPull) -> None:
        through = pull.window.until - timedelta(days=1) if pull.window else None
        if through is None and pull.cursor is None:
            return  # objects are listed whole every time: there is nothing to continue from
        with writing(self.engine, actor=Actor.program("ingest"), clock=self.clock, run_id=self.run_id) as turn:
            advance_watermark(
                turn,
                party=pull.party,
                account_id=pull.account_id,
                entity=pull.entity,
                pull_id=pull.pull_id,
                through_day=through,
                cursor=pull.cursor,
            )


def pulled_through(engine: Engine, *, party: str, account_id: str, entity: str) -> date | None:
    """The last account-local day that has been landed for an entity; None: never pulled."""
    with reading(engine) as session:
        found = read_watermark(session, party=party, account_id=account_id, entity=entity)
    return found.through_day if found else None
