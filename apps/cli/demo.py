"""`weir demo`: the whole flow once, end to end, on a practice world."""

import os
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from apps.cli.failures import ExitCode
from apps.cli.options import AsJson
from apps.cli.progress import shown_progress
from apps.cli.stages import Stages


def demo(
    days: Annotated[int, typer.Option("--days", help="How many past days are pulled first.", min=1, max=90)] = 90,
    folder: Annotated[
        Path | None, typer.Option("--home", help="The home to fill; WEIR_HOME, or ./.weir, if left out.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Another seed is another world.")] = 1,
    scenario: Annotated[str, typer.Option("--scenario", hidden=True)] = "practice",
    timings: Annotated[bool, typer.Option("--timings", help="Also show how long each stage took.")] = False,
    as_json: AsJson = False,
) -> None:
    """Fills a home from a practice world: ninety days of nine ad accounts and two channels, then two days more.

    All of it goes through the same HTTP clients, models and Dagster runs as in earnest; one failure is made on purpose.
    A home that an earlier demo filled is filled anew, any other that holds something is refused.
    """
    from apps.practice.mark import Practice
    from apps.practice.premises import alone_in, clear_for_demo
    from apps.practice.world import free_port
    from weir.env_file import with_env_file
    from weir.home import Home
    from weir.settings import read_settings

    # Told to end, it ends as it does after an error: with nothing left running.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    environ = with_env_file(os.environ)
    home = read_settings(environ).layout if folder is None else Home(folder.expanduser().absolute())
    with shown_progress(hidden=as_json, plain=True) as tell:
        stages = Stages(tell=tell)
        with alone_in(home):
            if clear_for_demo(home):
                tell(f"{home.root}", "what an earlier demo left here is cleared away")
            with stages.stage("programs are loaded"):
                from apps.cli.demo_report import show_played
                from apps.cli.demo_story import play
            practice = Practice(scenario=scenario, seed=seed, days=days, first_day=None, port=free_port(), now=None)
            played = play(home, practice, environ=environ, stages=stages)
    show_played(played, home=home, stages=stages, timings=timings, as_json=as_json)
    if played.failed_checks or not played.trouble.recovered:
        raise typer.Exit(ExitCode.FOUND_WRONG)
