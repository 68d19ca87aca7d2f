"""Runs a practice world as a process: `python -m simulator --port 8900 --scenario practice --env-file sim.env`.

Virtual time stands still unless it is advanced through `/sim/clock` or given a `--speed`.
"""

import argparse
import asyncio
import sys
from datetime import datetime, timedelta
from pathlib import Path
from socket import socket
from time import monotonic

import uvicorn

from simulator.control import Control
from simulator.doors import doors
from simulator.serving import assemble, bound_listener, server_config, world_of
from simulator.world.scenario import SCENARIOS


def _arguments(given: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m simulator", description="Serves a practice world over HTTP.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one; the address is printed")
    parser.add_argument("--mail-port", type=int, default=0, help="where mail is taken; 0 takes a free port")
    parser.add_argument("--database", help="an empty Postgres (postgresql://…) that becomes the product's own")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scenario", choices=sorted(SCENARIOS), default="practice")
    parser.add_argument("--start", type=datetime.fromisoformat, help="the instant the world opens at, with its offset")
    parser.add_argument("--env-file", type=Path, help="where to write addresses and credentials as NAME=value lines")
    parser.add_argument("--speed", type=float, default=0.0, help="virtual seconds per real second")
    arguments = parser.parse_args(given)
    if arguments.start is not None and arguments.start.tzinfo is None:
        parser.error("--start needs its offset, e.g. 2026-11-20T06:00:00+00:00")
    return arguments


async def _let_time_run(control: Control, speed: float) -> None:
    opened, before = control.now(), monotonic()
    while True:
        await asyncio.sleep(0.2)
        due = opened + timedelta(seconds=(monotonic() - before) * speed)
        if due > control.now():
            await asyncio.to_thread(control.advance, to=due)


async def _serve(server: uvicorn.Server, control: Control, *, listener: socket, speed: float) -> None:
    clockwork = asyncio.create_task(_let_time_run(control, speed)) if speed > 0 else None
    try:
        with control.webhooks.running():
            await server.serve(sockets=[listener])
    finally:
        if clockwork is not None:
            clockwork.cancel()


def main(given: list[str]) -> None:
    arguments = _arguments(given)
    world = world_of(scenario=arguments.scenario, seed=arguments.seed, start=arguments.start)
    with bound_listener(host=arguments.host, port=arguments.port) as listener:
        base_url = f"http://{arguments.host}:{listener.getsockname()[1]}"
        served = assemble(
            world=world, base_url=base_url, specs=doors(), mail_port=arguments.mail_port, database=arguments.database
        )
        with served.mail_server.running():
            if arguments.env_file is not None:
                variables = served.environment()
                arguments.env_file.write_text("".join(f"{name}={value}\n" for name, value in variables.items()))
            sys.stdout.write(f"practice world at {base_url}, virtual time {world.now().isoformat()}\n")
            sys.stdout.flush()
            server = uvicorn.Server(server_config(served.app))
            asyncio.run(_serve(server, served.control, listener=listener, speed=arguments.speed))


if __name__ == "__main__":
    main(sys.argv[1:])
