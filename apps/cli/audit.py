"""`weir audit`: whether the record of what was done is whole."""

import re
from typing import Annotated

import typer

from apps.cli.failures import ExitCode, Failure
from apps.cli.options import AsJson
from apps.cli.output import say, show_json

commands = typer.Typer(help="The append-only record of everything that was changed.", no_args_is_help=True)


@commands.callback()
def _group() -> None:
    """Keeps `verify` a command of its own while it is the only one."""


@commands.command("verify")
def verify(
    noted: Annotated[
        str | None,
        typer.Option("--head", help="A head noted earlier, as SEQ:HASH: shows a chain that was written anew."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Walks the whole chain and names the first broken row. Exit code 1 if there is one."""
    from apps.cli.workspace import this_house
    from ledger.audit import Head
    from ledger.audit import verify as walk
    from ledger.transaction import reading

    head = None
    if noted is not None:
        parts = re.fullmatch(r"(\d+):([0-9a-f]{64})", noted)
        if parts is None:
            raise Failure(
                f"{noted!r} is no head", remedy="Give it as `weir audit verify` shows it.", code=ExitCode.USAGE
            )
        head = Head(seq=int(parts[1]), hash=parts[2])
    with reading(this_house().ledger) as session:
        found = walk(session, noted=head)
    if as_json:
        show_json(found)
    elif found.broken is None:
        say(f"The audit chain is whole. Its head is {found.head.seq}:{found.head.hash}")
        if found.erased:
            say(f"{found.erased} of its texts spoke of people who were erased, and went; the chain tells of each.")
    else:
        say(f"The audit chain is broken at row {found.broken.seq}: {found.broken.reason}.")
        say(f"The last good row is {found.head.seq}:{found.head.hash}")
    if found.broken is not None:
        raise typer.Exit(ExitCode.FOUND_WRONG)
