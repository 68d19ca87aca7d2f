"""Programs beside a command: heard, told early ends of, and ended with everything that they started."""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from apps.processes import Child, EndedEarly, Program, end_all, wait_until

# Starts a grandchild, tells its number, and like it will hear of no end.
STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
sleeper = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(600)"
grandchild = subprocess.Popen([sys.executable, "-c", sleeper], stdout=subprocess.PIPE, text=True)
grandchild.stdout.readline()
print(grandchild.pid, flush=True)
time.sleep(600)
"""


def started(tmp_path: Path, code: str, hear: Callable[[str, str], None]) -> Child:
    program = Program(name="tried", command=[sys.executable, "-c", code], environ={}, folder=tmp_path)
    return Child(program, hear=hear)


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except FileNotFoundError:
        return False


def test_what_ignores_being_told_is_ended_and_its_children_too(tmp_path: Path) -> None:
    heard: list[str] = []
    child = started(tmp_path, STUBBORN, lambda name, line: heard.append(line))
    assert wait_until(lambda: bool(heard), of=child, wait_seconds=60, or_else=lambda: False)
    grandchild = int(heard[0])
    assert lives(grandchild)
    end_all([child], patience_seconds=0.2)
    assert child.exit_code is not None
    assert child.is_gone()
    assert not lives(grandchild)


def test_every_line_is_heard_with_the_name_of_who_said_it(tmp_path: Path) -> None:
    heard: list[tuple[str, str]] = []
    child = started(tmp_path, "print('one'); print('two')", lambda name, line: heard.append((name, line)))
    while len(heard) < 2:
        time.sleep(0.01)
    assert heard == [("tried", "one"), ("tried", "two")]
    end_all([child])


def test_a_program_that_ends_by_itself_is_told_with_its_last_words(tmp_path: Path) -> None:
    child = started(tmp_path, "import sys; print('no such port'); sys.exit(3)", lambda name, line: None)
    with pytest.raises(EndedEarly, match=r"tried ended by itself \(exit code 3\): no such port"):
        wait_until(lambda: False, of=child, wait_seconds=60, or_else=lambda: False)


def test_waiting_can_be_given_up(tmp_path: Path) -> None:
    child = started(tmp_path, "import time; time.sleep(600)", lambda name, line: None)
    assert not wait_until(lambda: False, of=child, wait_seconds=60, or_else=lambda: True)
    with pytest.raises(EndedEarly, match="did not answer within"):
        wait_until(lambda: False, of=child, wait_seconds=0, or_else=lambda: False)
    end_all([child])
