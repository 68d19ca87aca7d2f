"""Builds the dbt manifest of one target, once, so that no run of Dagster has to parse the project again.

`python -m tools.dbt_manifest duckdb`. Parsing connects to nothing, so the addresses are placeholders.
"""

import os
import sys
from pathlib import Path

from dbt.cli.main import dbtRunner

PROJECT = Path(__file__).parent.parent / "dbt_project"
PLACEHOLDERS = {
    "WEIR_DUCKDB_PATH": ":memory:",
    "WEIR_PG_HOST": "none",
    "WEIR_PG_USER": "none",
    "WEIR_PG_DBNAME": "none",
}


def main(target: str) -> int:
    os.environ.update({name: os.environ.get(name) or value for name, value in PLACEHOLDERS.items()})
    os.environ["WEIR_DBT_TARGET"] = target
    folders = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)]
    result = dbtRunner().invoke(["--quiet", "parse", *folders, "--target", target])
    if not result.success:
        sys.stderr.write(f"dbt could not parse the project for {target}: {result.exception or 'see above'}\n")
    return 0 if result.success else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
