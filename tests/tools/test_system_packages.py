"""The script that installs system packages, run for real with stand-ins for the package manager and the user's id."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "tools" / "system_packages.sh"
BORROWED = ("mktemp", "rm", "tail", "mkdir", "dirname", "chmod", "cat", "sh")


@dataclass(frozen=True)
class Machine:
    """A PATH of its own: Postgres is there, and apt-get writes down how it was called."""

    folder: Path

    def has(self, name: str, body: str = "exit 0") -> None:
        file = self.folder / name
        file.write_text(f"#!/bin/sh\n{body}\n")
        file.chmod(0o755)

    def run(self) -> subprocess.CompletedProcess[str]:
        environ = {"PATH": str(self.folder), "TMPDIR": str(self.folder)}
        bash = shutil.which("bash") or "/bin/bash"
        return subprocess.run([bash, str(SCRIPT)], env=environ, capture_output=True, text=True, check=False)

    def calls(self) -> list[str]:
        log = self.folder / "calls"
        return log.read_text().splitlines() if log.exists() else []


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    machine = Machine(tmp_path)
    for name in BORROWED:
        os.symlink(shutil.which(name) or f"/bin/{name}", tmp_path / name)
    machine.has("initdb")
    machine.has("id", "echo 0")
    machine.has("apt-get", f'echo "$1" >>{tmp_path}/calls')
    return machine


def test_where_everything_is_there_nothing_is_called_and_nobody_need_be_root(machine: Machine) -> None:
    machine.has("chromium")
    machine.has("id", "echo 1000")
    ended = machine.run()
    assert (ended.returncode, ended.stdout, ended.stderr, machine.calls()) == (0, "", "", [])


def test_what_is_missing_is_installed_without_an_update_where_that_is_enough(machine: Machine) -> None:
    ended = machine.run()
    assert (ended.returncode, ended.stderr, machine.calls()) == (0, "", ["install"])
    assert ended.stdout == "Installing chromium fonts-liberation from the distribution…\n"


def test_old_package_lists_are_updated_once(machine: Machine) -> None:
    calls = machine.folder / "calls"
    machine.has("apt-get", f'echo "$1" >>{calls}; [ "$1" = update ] || [ "$(cat {calls})" != install ]')
    ended = machine.run()
    assert (ended.returncode, ended.stderr, machine.calls()) == (0, "", ["install", "update", "install"])


def test_a_failure_shows_what_the_package_manager_said(machine: Machine) -> None:
    machine.has("apt-get", f'echo "$1" >>{machine.folder}/calls; echo "no space left"; exit 100')
    ended = machine.run()
    assert ended.returncode == 1
    assert machine.calls() == ["install", "update", "install"]
    assert "no space left" in ended.stderr
    assert "Could not install chromium" in ended.stderr


def test_who_may_not_install_is_told_how(machine: Machine) -> None:
    machine.has("id", "echo 1000")
    ended = machine.run()
    assert (ended.returncode, machine.calls()) == (1, [])
    assert "Missing: chromium fonts-liberation. Install them with: sudo bash tools/system_packages.sh" in ended.stderr
