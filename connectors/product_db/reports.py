"""Reading the product's own Postgres: one snapshot a pull, read only, each table from where the last pull stopped.

The position is the instant of the newest change that was seen. A transaction can commit after one that began later, so
the next pull begins a little earlier than that; what it then sees again is counted as known.
"""

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

import psycopg2
from psycopg2.extensions import ISOLATION_LEVEL_REPEATABLE_READ
from psycopg2.extensions import connection as Connection

from connectors.ad_platform import AccountProfile, AccountRef, Ask, Ports, Reports, Row
from connectors.asking import Question
from connectors.product_db.mapping import Account, BadMapping, read_mapping
from connectors.product_db.tables import CheckedTable, DoesNotFit, changed_rows, check_table
from connectors.taxonomy import (
    AuthExpired,
    NotFound,
    PartyError,
    PermissionDenied,
    Rejected,
    Said,
    TransientError,
)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_CONNECT_SECONDS = 10
_CORRECT = "Correct product.yml, or the table, and run again."
_REFUSED_SIGN_IN = ("password authentication failed", "no password supplied", "role ")
_CLASSES: Mapping[str, type[PartyError]] = {
    "28": AuthExpired,
    "3D": NotFound,
    "42501": PermissionDenied,
    "42": Rejected,
    "22": Rejected,
}


def questions(account: AccountRef, ports: Ports) -> Sequence[Question]:
    """The entities that the mapping names, in its order."""
    mapped = _mapping(account, ports.home).by_entity()
    return [
        Question(
            schema=schema,
            continues=True,
            is_complete=False,
            whole_daily=any(table.is_swept for table in tables),
        )
        for schema, tables in mapped.items()
    ]


class ProductDbReports(Reports):
    def __init__(self, account: AccountRef, ports: Ports) -> None:
        self._account = account
        self._ports = ports
        self._mapping = _mapping(account, ports.home)
        self._positions: dict[str, datetime] = {}
        self._queries = 0

    def profile(self) -> AccountProfile:
        """Every mapped table is looked at: what does not fit is said before anything is read."""
        with self._telling("look at the tables"):
            name = self._connection.info.dbname if self._tables else ""
        return AccountProfile(
            account_id=self._account.account_id, name=name, currency=None, timezone=self._mapping.timezone
        )

    def rows(self, ask: Ask) -> Iterator[Row]:
        newest = None if ask.cursor is None else _EPOCH + int(ask.cursor) * _MICROSECOND
        since = None if newest is None else newest - self._mapping.overlap
        now = self._ports.clock()  # a row that says it will change later must not make us skip what comes before
        with self._telling(f"read {ask.entity}"):
            for checked in self._tables:
                if checked.table.entity != ask.entity:
                    continue
                self._queries += 1
                for row, changed in changed_rows(self._connection, checked, since=since):
                    if changed is not None and changed <= now and (newest is None or changed > newest):
                        newest = changed
                    yield row
        if newest is not None:
            self._positions[ask.entity] = newest

    def position(self, entity: str) -> str | None:
        reached = self._positions.get(entity)
        return None if reached is None else str((reached - _EPOCH) // _MICROSECOND)

    def requests_made(self) -> int:
        return self._queries

    def close(self) -> None:
        if "_connection" in self.__dict__:
            self._connection.close()

    @cached_property
    def _tables(self) -> list[CheckedTable]:
        return [check_table(self._connection, table) for table in self._mapping.tables]

    @cached_property
    def _connection(self) -> Connection:
        """One transaction for the whole pull: every table is read as it stood at the first question."""
        name = f"{self._account.credential_prefix}_URL"
        url = self._ports.secret(name)
        if not url:
            raise AuthExpired(self._said("sign in", "no address is set"), remedy=f"Set {name} in the environment.")
        connection = psycopg2.connect(
            url.replace("postgresql+psycopg2://", "postgresql://", 1),
            connect_timeout=_CONNECT_SECONDS,
            application_name="weir",
        )
        connection.set_session(isolation_level=ISOLATION_LEVEL_REPEATABLE_READ, readonly=True)
        return connection

    @contextmanager
    def _telling(self, what: str) -> Generator[None]:
        try:
            yield
        except DoesNotFit as error:
            raise Rejected(self._said(what, str(error)), remedy=_CORRECT) from error
        except psycopg2.Error as error:
            raise self._translated(error, what) from error

    def _translated(self, error: psycopg2.Error, what: str) -> PartyError:
        """By Postgres's own codes. A connection that was refused has none, only words."""
        message, code = " ".join(str(error).split()), error.pgcode
        if code is None and any(each in message for each in _REFUSED_SIGN_IN):
            code = "28000"
        known = [_CLASSES[code[:length]] for length in (5, 2) if code is not None and code[:length] in _CLASSES]
        return (known or [TransientError])[0](self._said(what, message, code=code))

    def _said(self, call: str, message: str, *, code: str | None = None) -> Said:
        account = self._account
        return Said(party=account.party, call=call, message=message, code=code, account_id=account.account_id)


def _mapping(account: AccountRef, home: Path | None) -> Account:
    try:
        return read_mapping(home or Path(), account.account_id)
    except BadMapping as error:
        said = Said(party=account.party, call="read the mapping", message=str(error), account_id=account.account_id)
        raise Rejected(said, remedy=_CORRECT) from error
