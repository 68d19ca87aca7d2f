"""`weir collect`: the door that events, clicks and webhooks come in by."""

import logging
import os
from typing import Annotated

import typer

from apps.cli.output import complaints


def collect(
    host: Annotated[str | None, typer.Option(help="Where to listen; WEIR_COLLECTOR_HOST if left out.")] = None,
    port: Annotated[
        int | None, typer.Option(help="The port, 0 for a free one; WEIR_COLLECTOR_PORT if left out.")
    ] = None,
) -> None:
    """Takes events, clicks and webhooks until it is stopped, and lands them. Ctrl-C or SIGTERM loses nothing."""
    from apps.collector.serving import bound_listener, serve
    from weir.env_file import with_env_file
    from weir.settings import read_settings
    from weir.sources import configured_sources

    environ = with_env_file(os.environ)
    settings = read_settings(environ)
    sources = configured_sources(environ)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    with bound_listener(host or settings.collector_host, settings.collector_port if port is None else port) as listener:
        address, bound = listener.getsockname()[:2]
        name = f"[{address}]" if ":" in address else address
        told = complaints()
        told.print(f"The collector takes events at http://{name}:{bound} for {settings.layout.root}.", markup=False)
        if not sources:
            told.print("No source has a key, so no events are taken: set WEIR_SOURCE_<NAME>_KEY.", style="yellow")
        serve(settings, environ, listener=listener)
