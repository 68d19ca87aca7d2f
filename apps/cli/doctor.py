"""`weir doctor`: what is configured, what is missing, and what that disables. Never shows a secret."""

from collections import Counter
from typing import Annotated

import typer
from rich.text import Text

from apps.cli.failures import ExitCode
from apps.cli.options import AsJson
from apps.cli.output import say, show_json, show_table

STYLES = {"ok": "green", "off": "yellow", "wrong": "bold red"}


def doctor(
    online: Annotated[bool, typer.Option("--online", help="Also ask every platform who each account is.")] = False,
    as_json: AsJson = False,
) -> None:
    """What is configured, what is missing, and what that disables. Exit code 1 if anything is wrong."""
    from apps.cli.checkup import State, examine
    from apps.cli.workspace import this_house

    findings = list(examine(this_house(), online=online))
    if as_json:
        show_json(findings)
    else:
        show_table(
            ["what", "state", "found"],
            [(each.subject, Text(each.state, style=STYLES[each.state]), each.message) for each in findings],
        )
        counts = Counter(each.state for each in findings)
        say(f"{counts[State.OK]} ok, {counts[State.OFF]} off, {counts[State.WRONG]} wrong")
    if any(each.state is State.WRONG for each in findings):
        raise typer.Exit(ExitCode.FOUND_WRONG)
