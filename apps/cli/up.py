"""`weir up`: Dagster's web page and daemon, the collector, and a practice home's world, until somebody says stop."""

import os
from typing import Annotated

import typer

from apps.cli.failures import ExitCode, Failure


def up(
    port: Annotated[int, typer.Option("--port", help="Where Dagster's web page is served.", min=1, max=65535)] = 3000,
    collector_port: Annotated[
        int | None,
        typer.Option(
            "--collector-port", help="Where events come in; WEIR_COLLECTOR_PORT if left out.", min=1, max=65535
        ),
    ] = None,
    world_port: Annotated[
        int | None, typer.Option("--world-port", help="Where a practice home's world is served.", min=1, max=65535)
    ] = None,
) -> None:
    """Serves Dagster, with schedules and sensors as the environment allows, and the collector. Ctrl-C stops everything.

    In a home that a demo filled, its practice world is played again to the instant that it had reached.
    """
    from apps.cli.up_programs import Household
    from apps.practice.premises import alone_in
    from apps.practice.world import is_free
    from weir.env_file import with_env_file
    from weir.settings import read_settings

    environ = with_env_file(os.environ)
    settings = read_settings(environ)
    home, collector_port = settings.layout, collector_port or settings.collector_port
    for wanted, option in ((port, "--port"), (collector_port, "--collector-port"), (world_port, "--world-port")):
        if wanted and not is_free(wanted):
            raise Failure(
                f"port {wanted} is taken by another program",
                remedy=f"Stop that one, or choose another port with {option}.",
                code=ExitCode.REFUSED,
            )
    home.create()
    with alone_in(home):
        household = Household(
            home=home, environ=environ, port=port, collector_port=collector_port, world_port=world_port
        )
        household.run()
