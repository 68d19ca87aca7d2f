"""`weir ingest`: asks the configured accounts what is new, and loads what they said."""

from datetime import date, datetime
from secrets import token_hex
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from apps.cli.failures import ExitCode, Failure
from apps.cli.options import AsJson
from apps.cli.output import complaints, say, show_json, show_table
from apps.cli.progress import shown_progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from actions.house import House
    from actions.ingest_accounts import Outcome
    from actions.load_landed import Landed
    from connectors.ad_platform import AccountRef, DayWindow

Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"])]


def ingest(
    party: Annotated[str | None, typer.Option("--party", help="Only this platform, such as meta_ads.")] = None,
    account: Annotated[str | None, typer.Option("--account", help="Only the account with this id.")] = None,
    since: Annotated[
        datetime | None, typer.Option("--since", formats=["%Y-%m-%d"], help="The first account-local day to ask for.")
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option("--until", formats=["%Y-%m-%d"], help="The first day not to ask for; today's is asked for if left out."),
    ] = None,
    reach: Annotated[
        Literal["hot", "full"],
        typer.Option("--reach", help="Without days: the latest ones, or each platform's whole look-back."),
    ] = "full",
    load: Annotated[bool, typer.Option("--load/--no-load", help="Whether to load what landed.")] = True,
    as_json: AsJson = False,
) -> None:
    """Pulls the configured accounts, several at once, then loads what landed.

    One account's trouble stops no other. Exit code 6 if an account needs a person, 7 if trying again later can help.
    """
    from actions.ingest_accounts import ingest_accounts
    from actions.load_landed import load_landed
    from apps.cli.workspace import this_house

    house = this_house()
    chosen = chosen_accounts(house, party=party, account=account)
    window = _window(since, until)
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
        loaded = None
        if load:
            loaded = load_landed(house.lake, warehouse=None, on_progress=lambda message: tell("load", message))
    problems = [problem.message for problem in house.account_problems()]
    _show(outcomes, loaded, problems, as_json=as_json)
    code = exit_code(outcomes, loaded, problems)
    if code is not ExitCode.DONE:
        raise typer.Exit(code)
