"""Dagster's event log in SQLite files, with connections that are kept: for runs whose thousands of events come at once.

The files are those of Dagster's own storage, and are read by it afterwards. It opens and compiles everything anew for
each event, some 20 ms a time, and a run over ninety days of nine entities has some 1,700 of them (November 2026).
"""

from collections.abc import Generator
from contextlib import contextmanager
from threading import RLock
from typing import Any

from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from sqlalchemy import Connection, Engine, create_engine, event

BUSY_TIMEOUT_SECONDS = 60


class SwiftEventLog(SqliteEventLogStorage):
    def __init__(self, base_dir: str, inst_data: Any = None) -> None:
        self._engines: dict[str, Engine] = {}
        self._engines_lock = RLock()
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> "SwiftEventLog":
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def _connect(self, shard: str) -> Generator[Connection]:
        with self._db_lock, self._engine(shard).begin() as connection:
            yield connection

    def dispose(self) -> None:
        super().dispose()
        with self._engines_lock:
            for engine in self._engines.values():
                engine.dispose()
            self._engines.clear()

    def _engine(self, shard: str) -> Engine:
        with self._engines_lock:
            if shard not in self._engines:
                engine = create_engine(
                    self.conn_string_for_shard(shard), connect_args={"timeout": BUSY_TIMEOUT_SECONDS}
                )
                event.listen(engine, "connect", _do_not_wait_for_the_disk)
                self._initdb(engine)
                self._engines[shard] = engine
            return self._engines[shard]


def _do_not_wait_for_the_disk(connection: Any, _record: Any) -> None:
    """A demo that loses its last events in a power cut is started again."""
    connection.execute("pragma synchronous = off")
