"""How `weir` fails: one line of what and one of what to do, JSON where JSON was asked for, traces only on request."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from apps.cli.failures import ExitCode, Failure, explain
from apps.cli.main import EXIT_CODES
from connectors.taxonomy import AuthExpired, OutcomeUnknown, RateLimited, Said
from ledger.errors import LedgerIsNewer, LedgerUnreachable
from weir.clocks import PracticeClockSilent

SAID = Said(party="meta_ads", call="GET act_1", status=400, message="no.")


def test_a_stack_trace_is_shown_only_with_debug_wherever_it_stands(weir: Any) -> None:
    assert "Traceback" not in weir("query", "select 1").err
    for arguments in (["--debug", "query", "select 1"], ["query", "select 1", "--debug"]):
        ended = weir(*arguments)
        assert ended.code == 4
        assert "Traceback" in ended.err
        assert "NothingPublished" in ended.err


def test_an_error_is_json_where_json_was_asked_for(weir: Any) -> None:
    ended = weir("query", "select 1", "--json")
    assert ended.out == ""
    told = json.loads(ended.err)
    assert told["exit_code"] == ended.code == 4
    assert "nothing is published" in told["error"]
    assert told["remedy"]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RateLimited(SAID), ExitCode.TRY_AGAIN),
        (AuthExpired(SAID), ExitCode.OUTSIDE),
        (OutcomeUnknown(SAID), ExitCode.OUTSIDE),
        (PracticeClockSilent("silent"), ExitCode.TRY_AGAIN),
        (LedgerUnreachable("gone"), ExitCode.OUTSIDE),
        (LedgerIsNewer("newer"), ExitCode.REFUSED),
        (Failure("what", remedy="do", code=ExitCode.USAGE), ExitCode.USAGE),
        (PermissionError(13, "not allowed", "/srv/weir"), ExitCode.OUTSIDE),
        (ZeroDivisionError("division"), ExitCode.FAULT),
    ],
)
def test_the_exit_code_says_what_kind_of_failure_it_is(error: Exception, code: ExitCode) -> None:
    failure = explain(error)
    assert failure.code is code
    assert str(error) in failure.what


def test_a_database_that_fails_midway_is_told_without_its_statement() -> None:
    failure = explain(OperationalError("select 'private'", {"reason": "private"}, Exception("disk I/O error")))
    assert failure.code is ExitCode.OUTSIDE
    assert failure.what == "a database failed: disk I/O error"


def test_a_home_that_cannot_be_made_is_named(weir: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    ended = weir("config", "get", WEIR_HOME=str(tmp_path / "file" / "home"))
    assert ended.code == ExitCode.OUTSIDE
    assert str(tmp_path / "file") in ended.err
    assert "WEIR_HOME" in ended.err


def test_what_nobody_foresaw_asks_to_be_reported() -> None:
    failure = explain(ZeroDivisionError("division"))
    assert failure.what == "ZeroDivisionError: division"
    assert "--debug" in failure.remedy


def test_every_exit_code_is_on_the_help_page() -> None:
    for code in ExitCode:
        assert f" {int(code)} " in EXIT_CODES


def test_help_loads_nothing_heavy() -> None:
    heavy = ("sqlalchemy", "alembic", "duckdb", "pydantic", "httpx", "pandas", "dagster", "dbt", "connectors", "ledger")
    program = f"""
import sys
from apps.cli.main import main
try:
    main(["--help"])
except SystemExit:
    pass
print([name for name in {heavy!r} if name in sys.modules], file=sys.stderr)
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "doctor" in ended.stdout
    assert ended.stderr.strip() == "[]"
