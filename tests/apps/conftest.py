"""Runs `weir` as a person would, in a home of its own, and tells what it printed and how it ended."""

import contextlib
import io
import json
import os
from collections.abc import Generator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import pytest

from apps.cli.main import main
from apps.practice.mark import VARIABLES, Practice, write_mark
from simulator.credentials import BASE_URL_VARIABLES
from simulator.serving import Sim, serve
from simulator.world.scenario import META_US, TELEGRAM_NEWS, TIKTOK_US, TINY, X_US
from weir.home import Home

SMALL = replace(TINY, name="small", history_days=6, accounts=(META_US, X_US, TIKTOK_US, TELEGRAM_NEWS), people=10_000)


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Weir(Protocol):
    def __call__(self, *arguments: str, **variables: str) -> Ended: ...


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def weir(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Weir:
    """`weir("config", "get", WEIR_TIMEZONE="UTC")`; nothing of this machine's own variables gets in."""
    for name in list(os.environ):
        if name.startswith(("WEIR_", "META_", "X_", "TIKTOK_", "TELEGRAM_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("WEIR_HOME", str(home))
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, **variables: str) -> Ended:
        out, err = io.StringIO(), io.StringIO()
        with monkeypatch.context() as patched, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            for name, value in variables.items():
                patched.setenv(name, value)
            try:
                main(list(arguments))
            except SystemExit as ended:
                code = ended.code
            else:
                code = 0
        return Ended(code=int(code or 0), out=out.getvalue(), err=err.getvalue())

    return run


@pytest.fixture
def practice(home: Path) -> Generator[Sim]:
    """A small practice world, served in this process; the home goes by it as one that a demo filled does."""
    with serve(scenario=SMALL, seed=3) as sim:
        home.mkdir(parents=True)
        variables = dict.fromkeys(BASE_URL_VARIABLES, sim.base_url) | sim.control.environment()
        (home / VARIABLES).write_text("".join(f"{name}={value}\n" for name, value in variables.items()))
        port = urlsplit(sim.base_url).port or 0
        mark = Practice(scenario="small", seed=3, days=5, first_day=date(2026, 10, 25), port=port, now=None)
        write_mark(Home(home), mark)
        yield sim
