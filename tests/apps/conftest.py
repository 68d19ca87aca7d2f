"""Runs `weir` as a person would, in a home of its own, and tells what it printed and how it ended."""

import contextlib
import io
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest

from apps.cli.main import main


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
