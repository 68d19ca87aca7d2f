"""`weir replay`: what has landed of an entity is loaded again, as if for the first time."""

from typing import TYPE_CHECKING, Annotated

import typer

from apps.cli.failures import ExitCode, Failure
from apps.cli.options import AsJson
from apps.cli.output import complaints, say, show_json
from apps.cli.progress import shown_progress

if TYPE_CHECKING:
    from connectors.lake.versions import Counts


def replay(
    target: Annotated[str, typer.Argument(metavar="PARTY/ENTITY", help="Such as product/events.")],
    as_json: AsJson = False,
) -> None:
    """Loads everything that ever landed of an entity again. The same landing zone gives the same rows.

    For a day that looks wrong or a lake file that was damaged. `weir build` then models it.
    """
    from actions.load_landed import load_landed
    from apps.cli.workspace import this_house

    house = this_house()
    party, _, entity = target.partition("/")
    if not any((schema.party, schema.entity) == (party, entity) for schema in house.schemas):
        known = ", ".join(sorted(f"{schema.party}/{schema.entity}" for schema in house.schemas))
        raise Failure(f"there is no {target!r}", remedy=f"Known are: {known}.", code=ExitCode.USAGE)
    before = house.standing.counts(party=party, entity=entity)
    house.lake.ask_again(party, entity)
    with shown_progress(hidden=as_json) as tell:
        landed = load_landed(
            house.lake,
            warehouse=house.warehouse,
            wanted=lambda stream: (stream.party, stream.entity) == (party, entity),
            on_progress=lambda message: tell("replay", message),
        )
    after = house.standing.counts(party=party, entity=entity)
    if as_json:
        show_json({"target": target, "before": before, "after": after, "problems": landed.problems})
    else:
        say(f"{target} before: {_told(before)}")
        say(f"{target} now:    {_told(after)}")
    for problem in landed.problems:
        complaints().print(problem, markup=False, style="red")
    if landed.problems:
        raise typer.Exit(ExitCode.FOUND_WRONG)


def _told(counts: "Counts") -> str:
    return (
        f"{counts.landed:,} landed = {counts.raw:,} rows + {counts.duplicates:,} duplicates + "
        f"{counts.quarantined:,} in quarantine"
    )
