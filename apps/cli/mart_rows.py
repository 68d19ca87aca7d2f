"""Rows of the published marts for commands that show one of them: opened, and given as JSON, CSV or Parquet."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from apps.cli.failures import ExitCode, Failure
from apps.cli.output import complaints, show_csv, show_json

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True, kw_only=True)
class Form:
    """What the options say; nothing of it is for people."""

    as_json: bool
    as_csv: bool
    parquet: Path | None

    def __post_init__(self) -> None:
        if self.as_json + self.as_csv + (self.parquet is not None) > 1:
            raise Failure("--json, --csv and --parquet exclude each other", remedy="Choose one.", code=ExitCode.USAGE)


@contextmanager
def published(*marts: str) -> Generator["duckdb.DuckDBPyConnection"]:
    import weir

    with weir.open() as connection:
        there = {name for (name,) in connection.execute("show tables").fetchall()}
        if missing := sorted(set(marts) - there):
            raise Failure(
                f"the published build has no {', '.join(missing)}",
                remedy="`weir build` publishes every mart.",
                code=ExitCode.NOTHING_THERE,
            )
        yield connection


def gave(rows: "duckdb.DuckDBPyRelation", form: Form) -> bool:
    """Whether a form for programs was asked for; then the rows have been given in it."""
    if form.parquet is not None:
        rows.write_parquet(str(form.parquet))
        complaints().print(f"{form.parquet} holds the rows.", markup=False)
    elif form.as_json:
        show_json([dict(zip(rows.columns, row, strict=True)) for row in rows.fetchall()])
    elif form.as_csv:
        show_csv(rows.columns, rows.fetchall())
    else:
        return False
    return True
