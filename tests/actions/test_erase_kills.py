"""Killed at one step after the other, an erasure is gone on with and ends as if nothing had happened."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from actions.erase_person import AnotherIsOpen, ErasePorts, erase_person
from actions.erasing_intent import NAME, read_intent
from actions.find_person import find_person
from actions.house import open_house
from ledger.actors import Actor
from ledger.audit import ERASURE, verify
from ledger.transaction import reading

DRIVER = Path(__file__).with_name("erase_driver.py")
FILL = """
import runpy, sys
from pathlib import Path
runpy.run_path(sys.argv[1], run_name="filling")["fill"](Path(sys.argv[2]))
"""
PERSON, OTHER = b"person-4711", b"person-0815"


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *map(str, arguments)], capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("kills") / "home"
    filled = run("-c", FILL, DRIVER, home)
    assert filled.returncode == 0, filled.stderr
    return home


@pytest.mark.slow
def test_an_erasure_that_is_killed_again_and_again_ends_as_if_it_had_not_been(filled: Path, tmp_path: Path) -> None:
    home = shutil.copytree(filled, tmp_path / "home", symlinks=True)
    killed, names = 0, set()
    for step in (1, 3, 9, 22, 11, 5):
        ended = run(DRIVER, home, "duckdb", step)
        if ended.returncode == 0:
            break
        assert ended.returncode == -9, ended.stderr
        killed += 1
        intent = read_intent(home)
        if intent is not None:
            names |= set(intent.names.values())
            assert (home / NAME).stat().st_mode & 0o077 == 0
    else:
        ended = run(DRIVER, home, "duckdb", 0)
    assert ended.returncode == 0, ended.stderr
    assert killed >= 5
    assert len(names) == 6  # one pseudonym for each id, the same through all of it
    house = open_house({"WEIR_HOME": str(home)})
    counts = house.standing.counts(party="product", entity="events")
    assert (counts.landed, counts.raw, counts.duplicates, counts.quarantined) == (7, 6, 0, 1)
    with reading(house.ledger) as session:
        assert verify(session).broken is None
        rows = session.connection().exec_driver_sql(f"select count(*) from audit_log where verb = '{ERASURE}'")
        assert rows.scalar() == 1
    for path in home.rglob("*"):
        if path.is_file() and not path.is_symlink():
            assert PERSON not in path.read_bytes().replace(PERSON + b"0", b""), path
    assert not (home / NAME).exists()


def test_an_open_erasure_comes_before_another(filled: Path, tmp_path: Path) -> None:
    home = shutil.copytree(filled, tmp_path / "home", symlinks=True)
    assert run(DRIVER, home, "duckdb", 2).returncode == -9
    house = open_house({"WEIR_HOME": str(home)})
    other = find_person(house, OTHER.decode())
    ports = ErasePorts(rebuild=lambda house: None)
    with pytest.raises(AnotherIsOpen, match="has not ended yet"):
        erase_person(house, other, actor=Actor.person("test"), ports=ports)
