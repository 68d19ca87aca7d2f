"""Serves a practice world over real HTTP, in a thread of this process: for tests, benches and the demo.

with serve(scenario="tiny", seed=7) as sim:
    httpx.get(f"{sim.base_url}/sim/clock")
"""

import socket
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Thread
from time import sleep

import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from simulator.control import Control, control_routes
from simulator.credentials import PARTIES, credentials_of
from simulator.doors import DoorSpec, doors
from simulator.faults import Faults
from simulator.faulty_server import FaultyServer, RequestLog
from simulator.product.routes import product_routes
from simulator.transport import BreakableProtocol
from simulator.truth import Truth
from simulator.webhooks import Webhooks
from simulator.world.model import Credentials, Door
from simulator.world.practice import PracticeWorld
from simulator.world.scenario import SCENARIOS, Scenario


@dataclass(frozen=True, kw_only=True)
class Sim:
    """A practice world that is being served."""

    base_url: str
    world: PracticeWorld
    credentials: Sequence[Credentials]
    faults: Faults
    control: Control
    log: RequestLog
    truth: Truth
    webhooks: Webhooks

    def credential(self, party: str, number: int = 0) -> Credentials:
        """The credentials of a party's first, second … account."""
        return [each for each in self.credentials if each.party == party][number]


@dataclass(frozen=True, kw_only=True)
class Served:
    """A world with its doors, ready to be handed to a server."""

    app: ASGIApp
    control: Control


def assemble(*, world: PracticeWorld, base_url: str, specs: Sequence[DoorSpec]) -> Served:
    faults, log = Faults(seed=world.seed), RequestLog()
    accounts = [account for party in PARTIES for account in world.accounts(party)]
    credentials = credentials_of(accounts, seed=world.seed)
    webhooks = Webhooks(seed=world.seed)
    doors_controls: list[BaseRoute] = []
    door = Door(
        world=world,
        credentials=credentials,
        wall_clock=faults.wall_clock,
        base_url=lambda: base_url,
        is_revoked=faults.is_revoked,
        post_webhook=webhooks.post,
        on_sent=webhooks.listeners.append,
        add_controls=doors_controls.extend,
    )
    control = Control(world=world, faults=faults, log=log, credentials=credentials, webhooks=webhooks)
    server = FaultyServer(
        doors=[(spec, Starlette(routes=list(spec.routes(door)))) for spec in specs],
        faults=faults,
        log=log,
    )
    controls = Starlette(routes=[*control_routes(control), *product_routes(world), *doors_controls])

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        inside = scope["type"] == "http" and scope["path"].startswith("/sim/")
        await (controls if inside else server)(scope, receive, send)

    return Served(app=app, control=control)


def world_of(*, scenario: str | Scenario, seed: int, start: datetime | None) -> PracticeWorld:
    chosen = SCENARIOS[scenario] if isinstance(scenario, str) else scenario
    return PracticeWorld(chosen if start is None else replace(chosen, start=start), seed=seed)


def server_config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=BreakableProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        date_header=False,  # a platform's answers carry its own clock, which can be set wrong
        timeout_graceful_shutdown=1,
        loop="asyncio",
    )


def bound_listener(*, host: str = "127.0.0.1", port: int = 0) -> socket.socket:
    # The protocol is named because asyncio turns Nagle's algorithm off only for sockets that say they are TCP; with it
    # on, every answer on a kept-alive connection waits 40 ms for the client's delayed acknowledgement.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    return listener


@contextmanager
def serve(
    *,
    scenario: str | Scenario = "tiny",
    seed: int = 1,
    start: datetime | None = None,
    world: PracticeWorld | None = None,
    specs: Sequence[DoorSpec] | None = None,
) -> Generator[Sim]:
    """Serves on a free port until the block ends. `specs` replaces the registered doors, for a door's tests."""
    world = world or world_of(scenario=scenario, seed=seed, start=start)
    with bound_listener() as listener:
        base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        served = assemble(world=world, base_url=base_url, specs=doors() if specs is None else specs)
        control = served.control
        server = uvicorn.Server(server_config(served.app))
        thread = Thread(target=server.run, kwargs={"sockets": [listener]}, name="practice world", daemon=True)
        with control.webhooks.running():
            thread.start()
            try:
                while not server.started:
                    if not thread.is_alive():
                        raise RuntimeError("the practice world's server did not start")
                    sleep(0.005)
                yield Sim(
                    base_url=base_url,
                    world=world,
                    credentials=control.credentials,
                    faults=control.faults,
                    control=control,
                    log=control.log,
                    truth=control.truth,
                    webhooks=control.webhooks,
                )
            finally:
                server.should_exit = True
                thread.join(timeout=10)
