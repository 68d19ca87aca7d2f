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
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from simulator.control import Control, control_routes
from simulator.credentials import BASE_URL_VARIABLES, PARTIES, credentials_of
from simulator.doors import DoorSpec, doors
from simulator.faults import Faults
from simulator.faulty_server import FaultyServer, RequestLog
from simulator.mail.door import mail_door
from simulator.mail.post_office import PostOffice
from simulator.mail.receipts import Receipts
from simulator.mail.routes import mail_routes
from simulator.mail.smtp import MailServer
from simulator.product.routes import product_routes
from simulator.services import ServiceKeys, service_keys, services_environment
from simulator.transport import BreakableProtocol
from simulator.truth import Truth
from simulator.webhooks import Webhooks
from simulator.world.model import Credentials, Door
from simulator.world.practice import PracticeWorld
from simulator.world.scenario import SCENARIOS, Scenario


@dataclass(frozen=True, kw_only=True)
class Served:
    """A world with its doors, ready to be handed to a server."""

    app: ASGIApp
    base_url: str
    control: Control
    post_office: PostOffice
    mail_server: MailServer
    database: str | None  # the product's own Postgres, where there is one

    def services_environment(self) -> dict[str, str]:
        """Addresses and keys of every party that is not an ad platform."""
        keys = service_keys(self.control.world.seed)
        mail = {
            "SMTP_HOST": self.mail_server.host,
            "SMTP_PORT": str(self.mail_server.port),
            "SMTP_USER": keys.mail_user,
            "SMTP_PASSWORD": keys.mail_password,
        }
        told = services_environment(self.control.world.seed, base_url=self.base_url) | mail
        if self.database is None:
            return told
        return told | {"PRODUCT_DB_ACCOUNT_1_ID": "shop", "PRODUCT_DB_ACCOUNT_1_URL": self.database}

    def environment(self) -> dict[str, str]:
        """Everything that a process needs to speak to this world: addresses, accounts and keys."""
        addresses = dict.fromkeys(BASE_URL_VARIABLES, self.base_url)
        return {**addresses, **self.control.environment(), **self.services_environment()}


@dataclass(frozen=True, kw_only=True)
class Sim:
    """A practice world that is being served."""

    served: Served
    world: PracticeWorld
    credentials: Sequence[Credentials]
    faults: Faults
    control: Control
    log: RequestLog
    truth: Truth
    webhooks: Webhooks
    keys: ServiceKeys

    @property
    def base_url(self) -> str:
        return self.served.base_url

    @property
    def post_office(self) -> PostOffice:
        return self.served.post_office

    @property
    def mail_server(self) -> MailServer:
        return self.served.mail_server

    def services_environment(self) -> dict[str, str]:
        return self.served.services_environment()

    def environment(self) -> dict[str, str]:
        return self.served.environment()

    def credential(self, party: str, number: int = 0) -> Credentials:
        """The credentials of a party's first, second … account."""
        return [each for each in self.credentials if each.party == party][number]


def assemble(
    *,
    world: PracticeWorld,
    base_url: str,
    specs: Sequence[DoorSpec],
    mail_port: int = 0,
    database: str | None = None,
) -> Served:
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
    receipts = Receipts(
        seed=world.seed, secret=service_keys(world.seed).mail_webhook_secret, post=webhooks.post,
        wall_clock=faults.wall_clock,
    )  # fmt: skip
    post_office = PostOffice(world, post=webhooks.post, receipts=receipts)
    mail_server = MailServer(post_office, seed=world.seed, port=mail_port)
    server = FaultyServer(
        doors=[(spec, Starlette(routes=list(spec.routes(door)))) for spec in (*specs, mail_door(post_office))],
        faults=faults,
        log=log,
    )

    async def services(request: Request) -> Response:
        told = served.services_environment()
        if request.query_params.get("format") == "env":
            return PlainTextResponse("".join(f"{name}={value}\n" for name, value in told.items()))
        return JSONResponse(told)

    controls = Starlette(
        routes=[
            *control_routes(control),
            *product_routes(world, database=database),
            *mail_routes(post_office, mail_server),
            *doors_controls,
            Route("/sim/services", services, methods=["GET"]),
        ]
    )

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        inside = scope["type"] == "http" and scope["path"].startswith("/sim/")
        await (controls if inside else server)(scope, receive, send)

    served = Served(
        app=app, base_url=base_url, control=control, post_office=post_office, mail_server=mail_server,
        database=database,
    )  # fmt: skip
    return served


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
    database: str | None = None,
) -> Generator[Sim]:
    """Serves on a free port until the block ends. `specs` replaces the registered doors, for a door's tests.

    `database`: an empty Postgres that becomes the product's own, filled when `/sim/product/postgres` is posted to.
    """
    world = world or world_of(scenario=scenario, seed=seed, start=start)
    with bound_listener() as listener:
        base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        chosen = doors() if specs is None else specs
        served = assemble(world=world, base_url=base_url, specs=chosen, database=database)
        control = served.control
        server = uvicorn.Server(server_config(served.app))
        thread = Thread(target=server.run, kwargs={"sockets": [listener]}, name="practice world", daemon=True)
        with control.webhooks.running(), served.mail_server.running():
            thread.start()
            try:
                while not server.started:
                    if not thread.is_alive():
                        raise RuntimeError("the practice world's server did not start")
                    sleep(0.005)
                yield Sim(
                    served=served,
                    world=world,
                    credentials=control.credentials,
                    faults=control.faults,
                    control=control,
                    log=control.log,
                    truth=control.truth,
                    webhooks=control.webhooks,
                    keys=service_keys(world.seed),
                )
            finally:
                server.should_exit = True
                thread.join(timeout=10)
