"""`weir.open()`: the published marts as a read-only DuckDB connection, for notebooks, people's own tools and queries.

A connection keeps the snapshot that was current when it was opened, whatever is published meanwhile. Building and
publishing marts happens elsewhere; nothing here can change them.
"""

import os
import tempfile
from pathlib import Path

import duckdb

from weir.env_file import with_env_file
from weir.home import Home
from weir.settings import read_settings


class NothingPublished(Exception):
    """There is no snapshot to open yet."""


def open_published(home: str | Path | None = None) -> duckdb.DuckDBPyConnection:
    """One view for each published mart: `weir.open().sql("select * from fct_ad_daily").df()`.

    `home` defaults to WEIR_HOME (or ./.weir). Close the connection, or use it in a `with` block.
    """
    layout = read_settings(with_env_file(os.environ)).layout if home is None else Home(Path(home).absolute())
    marts = _files_by_mart((layout.published / "current").resolve())
    if not marts:
        raise NothingPublished(f"nothing is published in {layout.published} yet; `weir build` publishes the marts")
    # A catalogue of views in a file of its own can be opened read-only, which a database in memory cannot.
    with tempfile.TemporaryDirectory(prefix="weir-open-") as folder:
        catalogue = Path(folder) / "published.duckdb"
        with duckdb.connect(catalogue) as writer:
            for mart, files in marts.items():
                writer.read_parquet(files).create_view(mart)
        reader = duckdb.connect(catalogue, read_only=True)
    reader.execute("set timezone = 'UTC'")
    return reader


def _files_by_mart(snapshot: Path) -> dict[str, list[str]]:
    if not snapshot.is_dir():
        return {}
    files = {folder.name: sorted(map(str, folder.glob("*.parquet"))) for folder in sorted(snapshot.iterdir())}
    return {mart: found for mart, found in files.items() if found}
