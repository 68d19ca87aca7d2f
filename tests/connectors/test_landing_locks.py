"""Locks between processes: who may go on holding one, and who lets go."""

import subprocess
from pathlib import Path

import pytest

from connectors.landing.locks import Busy, hold_lock


def no_sleep(seconds: float) -> None:
    return None


def test_a_process_that_was_handed_a_lock_holds_it_until_it_ends(tmp_path: Path) -> None:
    """A build that is killed leaves its dbt behind: until that is over, nobody else may build."""
    path = tmp_path / "warehouse.lock"
    with hold_lock(path, what="building", sleep=no_sleep, wait_seconds=0) as handle:
        left_behind = subprocess.Popen(["/bin/sleep", "600"], pass_fds=(handle,))
    with (
        pytest.raises(Busy, match="building is held"),
        hold_lock(path, what="building", sleep=no_sleep, wait_seconds=0),
    ):
        pass
    left_behind.kill()
    left_behind.wait()
    with hold_lock(path, what="building", sleep=no_sleep, wait_seconds=0):
        pass


def test_other_processes_that_are_started_meanwhile_do_not_hold_it(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.lock"
    with hold_lock(path, what="building", sleep=no_sleep, wait_seconds=0):
        bystander = subprocess.Popen(["/bin/sleep", "600"])
    with hold_lock(path, what="building", sleep=no_sleep, wait_seconds=0):
        pass
    bystander.kill()
    bystander.wait()
