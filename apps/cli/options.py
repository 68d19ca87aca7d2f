"""Options that several commands share. Light to import, since every command's signature needs them."""

from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
By = Annotated[str | None, typer.Option("--by", help="Who does this; your login name if left out.")]
