"""Runs the collector: one process, one event loop, one holder of a home's segments; ends gracefully on SIGTERM."""

import gc
import signal
import socket
import sys
import time
import uuid
from collections.abc import Mapping

import uvicorn
from pydantic import SecretStr

from apps.collector.app import Collector, Ports
from apps.collector.clock import CollectorClock
from apps.collector.limits import limits_of
from apps.collector.segment_file import SEGMENTS
from apps.collector.signatures import literal_key, svix_key
from apps.collector.webhooks import Keys
from connectors.landing.locks import hold_lock
from weir.clocks import practice_clock, wall_clock
from weir.settings import Settings, SettingsError
from weir.sources import configured_sources

_BACKLOG = 1024
_STOP_SECONDS = 20  # how long requests under way may take to finish
_GC_THRESHOLDS = (50_000, 20, 50)


class NotStarted(Exception):
    """What an earlier process left behind could not be landed, most likely. Everything is still there."""


def serve(settings: Settings, environ: Mapping[str, str], *, listener: socket.socket) -> None:
    """Until it is told to stop, which ends the process with 0. Raises `Busy` where another serves the same home."""
    home = settings.layout
    for sign in (signal.SIGINT, signal.SIGTERM):  # uvicorn stops gracefully first, and raises them again afterwards
        signal.signal(sign, lambda *_: sys.exit(0))
    lock = home.landing / SEGMENTS / "collector.lock"
    with hold_lock(lock, what="the collector of this home", sleep=time.sleep, wait_seconds=2.0):
        collector = Collector(ports(settings, environ))
        # A batch is thousands of short-lived objects without cycles: looking for cycles often costs a tenth of it all.
        gc.collect()
        gc.freeze()
        gc.set_threshold(*_GC_THRESHOLDS)
        server = uvicorn.Server(_config(collector))
        server.run(sockets=[listener])
        if not server.started:
            raise NotStarted("the collector could not start: the log above says why. Nothing was taken or lost.")


def ports(settings: Settings, environ: Mapping[str, str]) -> Ports:
    home = settings.layout.create()
    business = None if settings.practice_clock_url is None else practice_clock(settings.practice_clock_url)
    clock = CollectorClock(wall=wall_clock, business=business)
    clock.refresh()
    return Ports(
        landing=home.landing,
        links=home.root / "links.jsonl",
        sources=configured_sources(environ),
        keys=_keys(settings),
        limits=limits_of(settings),
        clock=clock,
        wall_clock=wall_clock,
        monotonic=time.monotonic,
        sleep=time.sleep,
        new_id=lambda: str(uuid.uuid4()),
        cookie_domain=settings.collector_cookie_domain,
    )


def bound_listener(host: str, port: int) -> socket.socket:
    # Named as TCP: asyncio turns Nagle's algorithm off only for sockets that say so, and with it on an answer can wait
    # 40 ms for the client's delayed acknowledgement.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(_BACKLOG)  # from now on nobody is turned away: who comes early waits until all is ready
    return listener


def _config(collector: Collector) -> uvicorn.Config:
    return uvicorn.Config(
        collector,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        backlog=_BACKLOG,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=_STOP_SECONDS,
    )


def _keys(settings: Settings) -> Keys:
    try:
        mail = tuple(svix_key(each) for each in _each(settings.collector_mail_secret))
    except ValueError as error:
        raise SettingsError((f"WEIR_COLLECTOR_MAIL_SECRET: {error}",)) from None
    meta, token = settings.collector_meta_app_secret, settings.collector_meta_verify_token
    return Keys(
        whop=tuple(literal_key(each) for each in _each(settings.collector_whop_secret)),
        meta_app_secret=None if meta is None else meta.get_secret_value().encode(),
        meta_verify_token=None if token is None else token.get_secret_value(),
        mail=mail,
    )


def _each(secret: SecretStr | None) -> list[str]:
    return [] if secret is None else secret.get_secret_value().split()
