"""What a person sees who opens Dagster: the whole flow in one graph, and each asset saying what one row is."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

PROJECT = Path(__file__).parents[2]
STAGES = ("landing", "raw", "staging", "intermediate", "marts", "published")
MOST_TRIES = 600


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.fixture(scope="module")
def dagster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("home")
    (home / "dagster").mkdir()
    shutil.copy(PROJECT / "orchestration/templates/dagster.sqlite.yaml", home / "dagster/dagster.yaml")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("WEIR_", "DAGSTER_"))}
    environ = kept | {
        "WEIR_HOME": str(home),
        "DAGSTER_HOME": str(home / "dagster"),
        "META_ACCOUNT_1_ID": "1234567",
        "META_ACCOUNT_1_TOKEN": "made-up",
    }
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    program = [str(Path(sys.executable).with_name("dagster-webserver")), "-w", "workspace.yaml"]
    with (home / "webserver.log").open("wb") as log:
        server = subprocess.Popen(
            [*program, "-h", "127.0.0.1", "-p", str(port)], cwd=PROJECT, env=environ, stdout=log, stderr=log
        )
        try:
            for _ in range(MOST_TRIES):
                assert server.poll() is None, (home / "webserver.log").read_text()[-3000:]
                try:
                    httpx.get(f"{address}/server_info", timeout=5).raise_for_status()
                    break
                except httpx.HTTPError:
                    time.sleep(0.25)
            else:
                pytest.fail((home / "webserver.log").read_text()[-3000:])
            yield address
        finally:
            server.terminate()
            server.wait(timeout=60)


def test_the_graph_shows_every_stage_from_landing_to_published(dagster: str, page: Page) -> None:
    page.goto(f"{dagster}/asset-groups")
    for stage in STAGES:
        expect(page.get_by_text(stage, exact=True).first).to_be_visible(timeout=60_000)


def test_both_code_locations_have_loaded(dagster: str, page: Page) -> None:
    page.goto(f"{dagster}/locations")
    for location in ("weir", "weir_hot"):
        expect(page.get_by_text(location, exact=True).first).to_be_visible(timeout=60_000)
    expect(page.get_by_text("Loaded", exact=True)).to_have_count(2, timeout=60_000)


def test_the_page_of_an_asset_says_what_one_row_is(dagster: str, page: Page) -> None:
    page.goto(f"{dagster}/assets/landing/meta_ads/1234567")
    expect(page.get_by_text("One row is one object as Meta Ads described it").first).to_be_visible(timeout=60_000)
    page.goto(f"{dagster}/assets/marts/fct_ad_daily")
    expect(page.get_by_text("One row is").first).to_be_visible(timeout=60_000)
