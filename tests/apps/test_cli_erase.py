"""`weir erase`, as a person types it: who is meant is shown first, what was done is proven, mistakes are explained."""

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from apps.cli.failures import ExitCode

PERSON, DEVICE, OTHER = "person-4711", "device-of-4711", "person-0815"
EVENTS = [
    {"event_id": "e1", "user_id": PERSON, "anonymous_id": DEVICE, "event_type": "signup", "value": 3},
    {"event_id": "e2", "user_id": PERSON, "anonymous_id": "tablet", "event_type": "login"},
    {"event_id": "e3", "user_id": OTHER, "anonymous_id": "tablet", "event_type": "login"},
]


@pytest.fixture
def filled(weir: Any, home: Path, tmp_path: Path) -> Path:
    """Three events in the landing zone, not loaded yet."""
    file = tmp_path / "events.jsonl"
    rows = [{**event, "occurred_at": "2026-11-18T08:00:00Z"} for event in EVENTS]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert weir("import", str(file), "--as", "product/events").code == ExitCode.DONE
    return home


def landed(home: Path) -> str:
    return "".join(path.read_text() for path in sorted((home / "landing" / "product").rglob("*.jsonl")))


def test_a_person_is_erased_and_the_proof_is_shown(weir: Any, filled: Path) -> None:
    ended = weir("erase", PERSON, "--yes", "--by", "ada")
    assert ended.code == ExitCode.DONE, ended.err
    assert "user id       person-4711" in ended.out
    assert "Left alone, because others use it too: anonymous id tablet." in ended.out
    assert "Nothing of the person is left, and no sum has moved." in ended.out
    said = landed(filled)
    assert (PERSON in said, DEVICE in said, OTHER in said, "tablet" in said) == (False, False, True, True)
    verified = weir("audit", "verify")
    assert verified.code == ExitCode.DONE
    for name in ("erased.key", "erased.jsonl"):
        assert stat.S_IMODE(os.stat(filled / name).st_mode) == 0o600


def test_json_tells_places_and_sums(weir: Any, filled: Path) -> None:
    told = weir("erase", PERSON, "--yes", "--json").json
    assert told["holds"] is True
    assert (told["rows"], told["lines"], told["shared"]) == (2, 2, 1)
    assert {place["found"] for place in told["places"]} == {0}
    assert {"landing", "lake/raw", "ledger tables", "ledger file"} <= {place["place"] for place in told["places"]}
    before, after = told["sums"]["before"], told["sums"]["after"]
    assert before == after
    assert before["lake product/events"]["sum of value"] == "3.000000000"
    assert before["lake product/events"]["different user_id"] == "2"


def test_a_dry_run_says_who_and_where_and_changes_nothing(weir: Any, filled: Path) -> None:
    weir("erase", "nobody", "--dry-run")
    assert weir("erase", PERSON, "--dry-run").code == ExitCode.NOTHING_THERE  # it has not been loaded
    assert weir("erase", "nobody", "--yes").code == ExitCode.NOTHING_THERE  # which loads
    before = landed(filled)
    ended = weir("erase", DEVICE, "--dry-run", "--json")
    assert ended.code == ExitCode.DONE
    assert ended.json["ids"] == [{"kind": "anonymous", "value": DEVICE}, {"kind": "user", "value": PERSON}]
    assert ended.json["shared"] == [{"kind": "anonymous", "value": "tablet"}]
    assert {place["place"] for place in ended.json["places"] if place["found"]} >= {"landing", "lake/raw"}
    assert landed(filled) == before
    assert not (filled / "erased.jsonl").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ((), ExitCode.USAGE, "who is to be erased?"),
        (("x", "--resume"), ExitCode.USAGE, "who is to be erased?"),
        (("--resume",), ExitCode.NOTHING_THERE, "no erasure is open"),
        (("tablet", "--yes"), ExitCode.REFUSED, "seen with user id person-0815, user id person-4711"),
        (("nobody-here", "--yes"), ExitCode.NOTHING_THERE, "nothing is held about 'nobody-here'"),
        ((PERSON, "--kind", "email", "--yes"), ExitCode.NOTHING_THERE, "as email"),
        ((PERSON, "--kind", "shoe", "--yes"), ExitCode.USAGE, "no ids are called 'shoe'"),
        ((PERSON, "--json"), ExitCode.USAGE, "nobody can be asked"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_changes(
    weir: Any, filled: Path, arguments: tuple[str, ...], code: ExitCode, said: str
) -> None:
    before = landed(filled)
    ended = weir("erase", *arguments)
    assert ended.code == code, ended.err
    assert said in ended.err
    assert landed(filled) == before


def test_what_is_still_found_ends_with_exit_code_1_and_the_way_on(weir: Any, filled: Path) -> None:
    packed = filled / "landing" / "_refused" / "somewhere"
    packed.mkdir(parents=True)
    held = filled / "notes-about.txt"
    held.write_text(f"{PERSON} called\n")  # in no place that Weir writes to
    ended = weir("erase", PERSON, "--yes")
    assert ended.code == ExitCode.FOUND_WRONG
    assert "notes-about.txt: still found 1 times" in ended.err
    assert "weir erase --resume" in ended.err
    held.unlink()
    assert weir("erase", "--resume").code == ExitCode.DONE
    assert weir("audit", "verify").code == ExitCode.DONE
