"""Options that several commands share. Light to import, since every command's signature needs them."""

from pathlib import Path
from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
AsCsv = Annotated[bool, typer.Option("--csv", help="Print CSV with a header.")]
ToParquet = Annotated[Path | None, typer.Option("--parquet", metavar="FILE", help="Write Parquet to this file.")]
By = Annotated[str | None, typer.Option("--by", help="Who does this; your login name if left out.")]
