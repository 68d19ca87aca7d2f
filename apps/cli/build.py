"""`weir build`: from what has landed to published marts."""

from datetime import datetime
from secrets import token_hex
from typing import Annotated

import typer

from apps.cli.failures import ExitCode, Failure
from apps.cli.options import AsJson
from apps.cli.output import complaints, say, show_json, show_table
from apps.cli.progress import shown_progress


def build(
    as_of: Annotated[
        str | None,
        typer.Option("--as-of", help="What was known at this instant, such as 2026-11-20T06:00:00Z; all if left out."),
    ] = None,
    full_refresh: Annotated[
        bool, typer.Option("--full-refresh", help="Build the incremental models anew: the same rows, only slower.")
    ] = False,
    publish: Annotated[bool, typer.Option("--publish/--no-publish", help="Whether readers get to see it.")] = True,
    as_json: AsJson = False,
) -> None:
    """Loads what has landed, builds the marts and publishes them. Exit code 1 if something was found wrong.

    If a model or one of its blocking tests fails, nothing is published and readers keep the build they have.
    """
    instant = None if as_of is None else _instant(as_of)

    from actions.build_and_publish import build_and_publish
    from apps.cli.workspace import this_house

    with shown_progress(hidden=as_json) as tell:
        report = build_and_publish(
            this_house(),
            run_id=f"build-{token_hex(4)}",
            as_of=instant,
            full_refresh=full_refresh,
            publish=publish,
            on_progress=tell,
        )
    published = report.publication.build if report.publication else None
    wrong = (*report.landed.problems, *report.definitions.refused, *report.models.warnings)
    if as_json:
        show_json(
            {
                "as_of": report.as_of,
                "build_id": published.build_id if published else None,
                "marts": published.rows if published else None,
                "models": report.models.models,
                "tests": report.models.tests,
                "warnings": report.models.warnings,
                "definitions": report.definitions,
                "loaded": {"counts": report.landed.counts, "problems": report.landed.problems},
            }
        )
    else:
        if published is not None:
            show_table(["mart", "rows"], sorted(published.rows.items()))
        say(f"{report.models.models} models and {report.models.tests} tests, as of {report.as_of:%Y-%m-%d %H:%M} UTC.")
        if report.definitions.changed:
            say(f"Defined anew since the last build: {', '.join(report.definitions.changed)}.")
        say(f"Build {published.build_id} is what readers see now." if published else "Nothing was published, as asked.")
        for line in wrong:
            complaints().print(line, markup=False, style="yellow")
    if wrong:
        raise typer.Exit(ExitCode.FOUND_WRONG)


def _instant(text: str) -> datetime:
    remedy = "Give an instant with its zone, such as 2026-11-20T06:00:00Z or 2026-11-20T07:00:00+01:00."
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise Failure(f"--as-of: {text!r} is no instant", remedy=remedy, code=ExitCode.USAGE) from None
    if instant.tzinfo is None:
        raise Failure(
            f"--as-of: {text!r} has no time zone, so it could be one of many instants",
            remedy=remedy,
            code=ExitCode.USAGE,
        )
    return instant
