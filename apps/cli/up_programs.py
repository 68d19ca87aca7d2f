"""The programs that `weir up` keeps running, their one log, and how all of it is stopped.

Web page and daemon are processes of their own: together in one they do not stop when they are told to.
"""

import re
import signal
import sys
import threading
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TextIO

import httpx

from apps.cli.checkup import PROJECT
from apps.cli.output import say
from apps.practice.mark import Practice, practice_environ, read_mark, write_mark
from apps.practice.world import control_of, start_world, with_a_port
from apps.processes import Child, Program, end_all, wait_until
from orchestration.dagster_home import furnish_dagster_home, storage_variables
from weir.home import Home
from weir.settings import read_settings, variable

STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_READY_SECONDS = 180.0
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_LOOK_SECONDS = 0.2


@dataclass(kw_only=True)
class Household:
    home: Home
    environ: Mapping[str, str] = field(repr=False)
    port: int
    collector_port: int
    world_port: int | None
    _stop: threading.Event = field(default_factory=threading.Event)
    _children: list[Child] = field(default_factory=list)
    _log: TextIO | None = None

    def run(self) -> None:
        """Until a signal, or until one of the programs ends by itself, which is an error."""
        with ExitStack() as stack:
            self._log = stack.enter_context(_log(self.home))
            stack.enter_context(self._told_to_stop())
            stack.callback(lambda: end_all(self._children))
            practice = read_mark(self.home)
            environ = {**self.environ, variable("home"): str(self.home.root)}
            if practice is not None:
                practice = self._open_world(practice)
                environ = practice_environ(self.environ, home=self.home, practice=practice)
            self._start_collector(environ)
            self._serve_dagster(environ)
            if practice is not None:
                stack.callback(self._remember, practice)
            while not self._stop.wait(_LOOK_SECONDS):
                for child in self._children:
                    child.check()
        say("Everything is stopped.")

    def _open_world(self, practice: Practice) -> Practice:
        practice = with_a_port(practice, wanted=self.world_port)
        write_mark(self.home, practice)
        environ = practice_environ(self.environ, home=self.home, practice=practice)
        world = start_world(self.home, practice, environ=environ, hear=self._hear)
        self._children.append(world)
        control = control_of(practice)
        if wait_until(control.answers, of=world, wait_seconds=_READY_SECONDS, or_else=self._stop.is_set):
            # Opened at another instant it would be another world: the past hangs on where time began.
            now = control.advance(to=practice.now) if practice.now else control.now()
            say(f"Practice world   {practice.base_url}  (virtual time {now:%Y-%m-%d %H:%M} UTC; it stands still)")
            say("                 Played again from its seed: what was created or changed in it by hand is gone.")
            say(f"                 A day passes with: curl -d '{{\"days\": 1}}' {practice.base_url}/sim/clock")
        return practice

    def _start_collector(self, environ: Mapping[str, str]) -> None:
        """It says by itself where it listens; who sends something before it is ready waits."""
        command = [Path(sys.executable).with_name("weir"), "collect", "--port", str(self.collector_port)]
        program = Program(name="collector", command=command, environ=environ, folder=self.home.root)
        self._children.append(Child(program, hear=self._hear))

    def _serve_dagster(self, environ: dict[str, str]) -> None:
        settings = read_settings(environ)
        folder, note = furnish_dagster_home(settings)
        if note is not None:
            say(note)
        environ = {**environ, **storage_variables(settings), "DAGSTER_HOME": str(folder), "PYTHONUNBUFFERED": "1"}
        tools = Path(sys.executable).parent
        workspace = ["-w", PROJECT / "workspace.yaml"]
        web = [tools / "dagster-webserver", "-h", "127.0.0.1", "-p", str(self.port), *workspace]
        daemon = [tools / "dagster-daemon", "run", *workspace]
        for name, command in (("web", web), ("daemon", daemon)):
            program = Program(name=name, command=command, environ=environ, folder=self.home.root)
            self._children.append(Child(program, hear=self._hear))
        address = f"http://127.0.0.1:{self.port}"
        page = self._children[-2]
        if wait_until(lambda: _answers(address), of=page, wait_seconds=_READY_SECONDS, or_else=self._stop.is_set):
            say(f"Dagster          {address}")
            say("Ctrl-C stops everything.")

    def _remember(self, practice: Practice) -> None:
        """How far the world got, for the next time; the world is still there, for it is ended later."""
        try:
            now = control_of(practice).now()
        except httpx.HTTPError:
            return  # it ended by itself: what it had reached when it was opened still holds
        if practice.now is None or now > practice.now:  # it may have been stopped before it was there again
            write_mark(self.home, replace(practice, now=now))

    def _hear(self, name: str, line: str) -> None:
        line = _COLOURS.sub("", line)
        for place in (self._log, sys.stdout):
            if place is not None:
                place.write(f"{name:6} | {line}\n")
                place.flush()

    @contextmanager
    def _told_to_stop(self) -> Generator[None]:
        before = {sign: signal.signal(sign, lambda *_: self._stop.set()) for sign in STOPPING}
        try:
            yield
        finally:
            for sign, handler in before.items():
                signal.signal(sign, handler)


@contextmanager
def _log(home: Home) -> Generator[TextIO]:
    folder = home.root / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "up.log").open("a", encoding="utf-8") as log:
        yield log


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/server_info", timeout=5.0).is_success
    except httpx.HTTPError:
        return False
