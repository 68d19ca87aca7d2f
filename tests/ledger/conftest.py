"""A fresh, migrated ledger for each test, on both engines; and programs of their own that use one."""

import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

import pytest
from sqlalchemy import Engine

from ledger.connect import connect, upgrade

PREAMBLE = """
import os, sys
from datetime import UTC, date, datetime
from decimal import Decimal
from sqlalchemy import event
from ledger.actors import Actor
from ledger.alerts import claim_alert
from ledger.audit import read_head, verify
from ledger.config import get_config, set_config
from ledger.connect import connect, upgrade
from ledger.transaction import reading, writing
from ledger.watermarks import advance_watermark
address, arguments = sys.argv[1], sys.argv[2:]
engine = connect(address)
clock = lambda: datetime(2026, 11, 1, 6, 0, tzinfo=UTC)
me = Actor.person("test")
"""


class StartProgram(Protocol):
    def __call__(self, body: str, *arguments: object) -> subprocess.Popen[str]: ...


@pytest.fixture(params=["sqlite", "postgres"])
def ledger_address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/ledger.sqlite"
    return request.getfixturevalue("postgres_url")


@pytest.fixture
def empty_ledger(ledger_address: str) -> Iterator[Engine]:
    engine = connect(ledger_address)
    yield engine
    engine.dispose()


@pytest.fixture
def ledger(empty_ledger: Engine) -> Engine:
    upgrade(empty_ledger)
    return empty_ledger


@pytest.fixture
def start_program(ledger_address: str) -> Iterator[StartProgram]:
    """Starts Python with everything imported and `engine`, `clock`, `me` and `arguments` at hand."""
    started: list[subprocess.Popen[str]] = []

    def start(body: str, *arguments: object) -> subprocess.Popen[str]:
        program = subprocess.Popen(
            [sys.executable, "-c", PREAMBLE + textwrap.dedent(body), ledger_address, *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(program)
        return program

    yield start
    for program in started:
        program.kill()
        program.communicate()
