"""`weir ingest`: asks the configured accounts what is new, and loads what they said."""

from datetime import datetime
from secrets import token_hex
from typing import Annotated, Literal

import typer

from apps.cli.failures import ExitCode
from apps.cli.options import AsJson
from apps.cli.progress import shown_progress


def ingest(
    party: Annotated[str | None, typer.Option("--party", help="Only this platform, such as meta_ads.")] = None,
    account: Annotated[str | None, typer.Option("--account", help="Only the account with this id.")] = None,
    since: Annotated[
        datetime | None, typer.Option("--since", formats=["%Y-%m-%d"], help="The first account-local day to ask for.")
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option(
            "--until", formats=["%Y-%m-%d"], help="The first day not to ask for; the day after today if not given."
        ),
    ] = None,
    reach: Annotated[
        Literal["hot", "full"],
        typer.Option("--reach", help="Where no days are given: the latest ones, or each platform's whole look-back."),
    ] = "full",
    load: Annotated[bool, typer.Option("--load/--no-load", help="Whether what landed is loaded too.")] = True,
    as_json: AsJson = False,
) -> None:
    """Pulls the configured accounts, several at once, then loads what landed.

    One account's trouble stops no other. Exit code 6 if an account needs a person, 7 if trying again later can help,
    1 if something that was brought could not be used.
    """
    from actions.ingest_accounts import ingest_accounts
    from actions.load_landed import load_landed
    from apps.cli.ingest_report import Report, asked_window, chosen_accounts
    from apps.cli.workspace import this_house

    house = this_house()
    window = asked_window(since, until)
    chosen = chosen_accounts(house, party=party, account_id=account)
    with shown_progress(hidden=as_json) as tell:
        outcomes = ingest_accounts(
            house,
            chosen,
            run_id=f"ingest-{token_hex(4)}",
            window=window,
            reach=reach,
            on_progress=lambda ref, message: tell(f"{ref.party} {ref.account_id}", message),
            on_end=lambda each: tell(f"{each.account.party} {each.account.account_id}", each.ending),
        )
        landed = None
        if load:
            landed = load_landed(house.lake, warehouse=None, on_progress=lambda message: tell("load", message))
    report = Report(outcomes=outcomes, landed=landed, left_out=tuple(each.message for each in house.account_problems()))
    report.show(as_json=as_json)
    if report.exit_code is not ExitCode.DONE:
        raise typer.Exit(report.exit_code)
