"""The walk-through in docs/adding-a-platform.md adds a fifth platform in four places, and nothing else changes."""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from connectors.ad_platform import AD_ENTITIES
from connectors.registry import AD_PLATFORMS

PROJECT = Path(__file__).parents[2]
PAGE = PROJECT / "docs" / "adding-a-platform.md"
REGISTRY, DBT_PROJECT = "connectors/registry.py", "dbt_project/dbt_project.yml"
TOKEN = "kiosk-token"
DAYS = ({"date": "2026-11-01", "spend": "12.50", "shows": 900, "scans": 9}, {"date": "2026-11-02", "spend": "7.25"})
ANSWERS = {
    "accounts": [{"id": "k1", "name": "Stations", "state": "on", "currency": "EUR", "timezone": "Europe/Berlin"}],
    "campaigns": [{"id": "c1", "name": "Autumn", "state": "on"}],
    "ad_groups": [{"id": "s1", "name": "Köln Hbf", "state": "on", "campaign": "c1"}],
    "ads": [{"id": "a1", "name": "Poster", "state": "off", "ad_group": "s1"}],
    "creatives": [{"id": "p1", "name": "Poster", "state": "on"}],
    "ad_daily": [{"ad": "a1", **day} for day in DAYS],
    "account_daily": list(DAYS),
}


def blocks() -> dict[str, str]:
    """The page's blocks by the path named above each."""
    found = re.findall(r"^`([\w./-]+)`\n\n```\w+\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    return dict(found)


class Kiosk(BaseHTTPRequestHandler):
    """The platform itself: refuses a wrong token, an unknown account and days that were not asked for."""

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(asked.query).items()}
        if self.headers["Kiosk-Token"] != TOKEN:
            return self._answer(401, {"error": "token"})
        if query.get("account") != "k1" or asked.path.strip("/") not in ANSWERS:
            return self._answer(404, {"error": "unknown"})
        rows = ANSWERS[asked.path.strip("/")]
        wanted = [row for row in rows if query.get("since", "") <= row.get("date", "9") <= query.get("until", "9")]
        return self._answer(200, wanted)

    def _answer(self, status: int, body: object) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def kiosk() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Kiosk)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def follow_the_page(copy: Path) -> set[str]:
    """Makes the page's changes to a copy of the project; gives the paths it touched."""
    for path, text in blocks().items():
        target = copy / path
        if path == REGISTRY:
            imported, listed = (line[1:] for line in text.splitlines())
            before = target.read_text(encoding="utf-8")
            changed = before.replace("\nfrom connectors.", f"\n{imported}\nfrom connectors.", 1)
            changed = changed.replace(".PLATFORM,\n)", f".PLATFORM,\n{listed}\n)", 1)
            target.write_text(changed, encoding="utf-8")
        elif path == DBT_PROJECT:
            old, new = (line[1:] for line in text.splitlines())
            before = target.read_text(encoding="utf-8")
            assert before.count(old) == 1, f"the page replaces a line that {path} does not have: {old}"
            target.write_text(before.replace(old, new), encoding="utf-8")
        else:
            assert not target.exists(), f"{path} is there already"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
    return set(blocks())


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory, kiosk: str) -> dict:
    folder = tmp_path_factory.mktemp("walk")
    copy, home, answer = folder / "project", folder / "home", folder / "answer.json"
    left_out = shutil.ignore_patterns(".git", ".venv", ".weir", ".state", "target", "logs", "__pycache__", ".*_cache")
    shutil.copytree(PROJECT, copy, ignore=left_out)
    follow_the_page(copy)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("WEIR_", "DAGSTER_"))}
    environ = kept | {
        "PYTHONPATH": str(copy),  # goes before the installed project
        "WEIR_HOME": str(home),
        "KIOSK_ACCOUNT_1_ID": "k1",
        "KIOSK_ACCOUNT_1_TOKEN": TOKEN,
        "KIOSK_BASE_URL": kiosk,
    }
    python = [sys.executable, "-B"]
    driver = copy / "tests/walkthrough/kiosk_driver.py"
    for command in (
        [*python, "-m", "tools.dbt_manifest", "duckdb"],
        [*python, str(driver), "2026-11-01", "2026-11-03", str(answer)],
    ):
        ran = subprocess.run(command, cwd=copy, env=environ, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, (ran.stdout + ran.stderr)[-4000:]
    return {**json.loads(answer.read_text()), "folder": str(copy)}


def test_the_copy_and_not_the_installed_project_was_run(walked):
    assert walked["copy"] == walked["folder"]
    assert walked["connector"].startswith(walked["folder"])


def test_the_pages_numbers_arrive_in_the_marts(walked):
    assert (walked["errors"], walked["problems"]) == ([], [])
    # What the server answers above, by hand: 12.50 with 900 shows, then 7.25 with neither shows nor scans told.
    assert walked["days"] == [
        ["k1", "a1", "c1", "2026-11-01", "12.500000", "EUR", 900, 9],
        ["k1", "a1", "c1", "2026-11-02", "7.250000", "EUR", None, None],
    ]
    assert walked["campaigns"] == [["c1", "Autumn", "active"]]
    assert walked["unexplained"] == [["2026-11-01", "0.000000"], ["2026-11-02", "0.000000"]]


def test_dagster_the_doctor_and_the_example_of_variables_know_it(walked):
    raw = [f"raw/kiosk_ads/{entity}" for entity in AD_ENTITIES]
    assert {"landing/kiosk_ads/k1", "staging/stg_kiosk_ads__ad_daily", *raw} <= set(walked["assets"])
    assert any(line.startswith("Kiosk Ads k1: configured") for line in walked["doctor"])
    assert "KIOSK_ACCOUNT_1_TOKEN" in walked["env_example"]


def test_four_places_and_nothing_else():
    def place(path: str) -> str:
        return "staging folder" if path.startswith("dbt_project/models/staging/kiosk_ads/") else path

    assert {place(path) for path in blocks()} == {
        "connectors/kiosk_ads.py",
        REGISTRY,
        "staging folder",
        DBT_PROJECT,
    }


def disagreements(project: Path, *, registered: set[str]) -> list[str]:
    """What the registry, the staging folders and the list of the models do not have in common, in sentences."""
    listed = set(yaml.safe_load((project / DBT_PROJECT).read_text(encoding="utf-8"))["vars"]["ad_platforms"])
    found = {path.stem for path in (project / "dbt_project/models/staging").rglob("*.sql")}
    told = [f"{party} is on the list of the models, but not in {REGISTRY}" for party in listed - registered]
    told += [f"{party} is in {REGISTRY}, but not on the list in {DBT_PROJECT}" for party in registered - listed]
    wanted = {f"stg_{party}__{entity}": party for party in registered | listed for entity in (*AD_ENTITIES, "platform")}
    told += [
        f"dbt_project/models/staging/{party}/{model}.sql is missing"
        for model, party in wanted.items()
        if model not in found
    ]
    return sorted(told)


REGISTERED = {spec.party for spec in AD_PLATFORMS if set(AD_ENTITIES) <= {schema.entity for schema in spec.schemas}}


def test_registry_staging_folders_and_the_list_of_the_models_name_the_same_platforms():
    assert disagreements(PROJECT, registered=REGISTERED) == []


def test_whatever_was_forgotten_is_named(tmp_path: Path):
    shutil.copytree(PROJECT / "dbt_project", tmp_path / "dbt_project", ignore=shutil.ignore_patterns("target", "logs"))
    folder = tmp_path / "dbt_project/models/staging/kiosk_ads"
    listed = tmp_path / DBT_PROJECT
    before = listed.read_text(encoding="utf-8")
    for path, text in blocks().items():
        if path.startswith("dbt_project/models/"):
            folder.mkdir(exist_ok=True)
            (tmp_path / path).write_text(text, encoding="utf-8")
    everybody = REGISTERED | {"kiosk_ads"}
    not_listed = "kiosk_ads is in connectors/registry.py, but not on the list in dbt_project/dbt_project.yml"
    assert disagreements(tmp_path, registered=everybody) == [not_listed]
    old, new = (line[1:] for line in blocks()[DBT_PROJECT].splitlines())
    listed.write_text(before.replace(old, new), encoding="utf-8")
    assert disagreements(tmp_path, registered=everybody) == []
    not_registered = "kiosk_ads is on the list of the models, but not in connectors/registry.py"
    assert disagreements(tmp_path, registered=REGISTERED) == [not_registered]
    (folder / "stg_kiosk_ads__ads.sql").unlink()
    missing = "dbt_project/models/staging/kiosk_ads/stg_kiosk_ads__ads.sql is missing"
    assert disagreements(tmp_path, registered=everybody) == [missing]
    shutil.rmtree(folder)
    assert len(disagreements(tmp_path, registered=everybody)) == len(AD_ENTITIES) + 1
