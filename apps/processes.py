"""Programs run beside a command: started in a group of their own, heard line by line, and ended with all they started.

What they are and when they are ready is the business of the commands.
"""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

Hear = Callable[[str, str], None]  # which program, and a line that it printed; called from a thread for each of them

_PATIENCE_SECONDS = 10.0  # between asking a program to end and ending it
_POLL_SECONDS = 0.05


@dataclass(frozen=True, kw_only=True)
class Program:
    name: str
    command: Sequence[str | Path]
    environ: Mapping[str, str] = field(repr=False)  # may hold secrets
    folder: Path


class EndedEarly(Exception):
    """A program that should have gone on."""


class Child:
    """One started program and whatever it starts. Its process group is its own, so that a Ctrl-C meant for the command
    does not end it behind the command's back."""

    def __init__(self, program: Program, *, hear: Hear) -> None:
        self.name = program.name
        self.last_lines: list[str] = []
        self._hear = hear
        self._process = subprocess.Popen(
            [str(part) for part in program.command],
            env=dict(program.environ),
            cwd=program.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self._ear = threading.Thread(target=self._listen, name=f"ear of {program.name}", daemon=True)
        self._ear.start()

    @property
    def group(self) -> int:
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None: it still runs."""
        return self._process.poll()

    def check(self) -> None:
        if self.exit_code is not None:
            self._ear.join(timeout=1)
            said = "\n".join(self.last_lines[-5:])
            raise EndedEarly(f"{self.name} ended by itself (exit code {self.exit_code}){': ' if said else ''}{said}")

    def tell(self, sign: signal.Signals) -> bool:
        """Whether anybody of its group was there to hear it."""
        try:
            os.killpg(self.group, sign)
        except ProcessLookupError:
            return False
        return True

    def is_gone(self) -> bool:
        """The program has ended, and everything that it started as well."""
        if self.exit_code is None:
            return False
        try:
            os.killpg(self.group, 0)
        except ProcessLookupError:
            return True
        return False

    def _listen(self) -> None:
        for line in self._process.stdout or ():
            text = line.rstrip("\n")
            self.last_lines = [*self.last_lines[-30:], text]
            self._hear(self.name, text)


def wait_until(answers: Callable[[], bool], *, of: Child, wait_seconds: float, or_else: Callable[[], bool]) -> bool:
    """Asks until there is an answer. False: `or_else` said to give up; `EndedEarly` when the program is no more."""
    give_up_at = time.monotonic() + wait_seconds
    while not answers():
        of.check()
        if or_else():
            return False
        if time.monotonic() > give_up_at:
            raise EndedEarly(f"{of.name} did not answer within {wait_seconds:g} seconds")
        time.sleep(_POLL_SECONDS)
    return True


def end_all(children: Sequence[Child], *, patience_seconds: float = _PATIENCE_SECONDS) -> None:
    """Asks all of them to end, and ends what has not after a while. Nothing they started is left when this returns."""
    for child in children:
        child.tell(signal.SIGTERM)
    give_up_at = time.monotonic() + patience_seconds
    while not all([child.is_gone() for child in children]):
        if time.monotonic() > give_up_at:
            for child in children:
                child.tell(signal.SIGKILL)
        time.sleep(_POLL_SECONDS)
