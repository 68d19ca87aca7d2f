"""The collector is what its own description says: schemathesis, left to itself, finds nothing to object to."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from apps.collector.kinds import Choice, Text
from apps.collector.limits import limits_of
from apps.collector.openapi import describe
from apps.collector.rules import EVENTS, TOUCHES, Rules
from weir.settings import read_settings

LIMITS = limits_of(read_settings({}))
LINK = {"code": "spring", "url": "https://shop.example/spring"}


@pytest.fixture
def described(start: Any, home: Path) -> Any:
    home.mkdir()
    (home / "links.jsonl").write_text(json.dumps(LINK) + "\n")
    return start()


@pytest.mark.parametrize("key", ["web-key-0123456789", None])
def test_schemathesis_finds_nothing(described: Any, kit: Any, tmp_path: Path, key: str | None) -> None:
    program = Path(sys.executable).with_name("st")
    options = ["--checks", "all", "--phases", "examples,coverage,fuzzing", "--max-redirects", "0", "--no-color"]
    bounded = ["--max-examples", "10", "--generation-deterministic"]
    known = [] if key is None else ["--header", f"Authorization: Bearer {key}"]
    ended = subprocess.run(
        [program, "run", f"{described.url}/openapi.json", *options, *bounded, *known],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout[-6000:]
    assert "11 selected / 11 total" in ended.stdout
    assert described.client.get("/healthz").status_code == 200
    reasons = [line for line in described.client.get("/metrics").text.splitlines() if 'reason="' in line]
    assert any('reason="key"' in line for line in reasons)


@pytest.mark.parametrize(("rules", "schema"), [(EVENTS, "event"), (TOUCHES, "touch")])
def test_the_description_names_the_columns_and_bounds_that_the_rules_know(rules: Rules, schema: str) -> None:
    said = describe(LIMITS)["components"]["schemas"][schema]
    assert set(said["properties"]) == set(rules.columns)
    assert set(said["required"]) == rules.required
    for name, kind in rules.columns.items():
        column = said["properties"][name]
        if isinstance(kind, Choice):
            assert column["enum"] == list(kind.words)
        if isinstance(kind, Text):
            assert (column["maxLength"], column.get("minLength", 0)) == (kind.longest, int(kind.printable))
