"""The script for a site's pages, in a real browser on a site of its own, sending to a collector elsewhere."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

SCRIPT = Path(__file__).parents[2] / "apps" / "collector" / "static" / "weir.js"
KEY = "page-key-0123456789"
MOST_TRIES = 200


@dataclass
class Shop:
    """A site whose pages hold nothing but the script, and the collector that it sends to. `/asking` waits for a yes."""

    home: Path
    collector_port: int
    site: str = ""
    process: "subprocess.Popen[str] | None" = field(default=None)

    def tag(self, path: str) -> str:
        consent = ' data-consent="needed"' if path.startswith("/asking") else ""
        source = f"http://127.0.0.1:{self.collector_port}/weir.js"
        return f'<script src="{source}" data-key="{KEY}" data-app="web"{consent} async></script>'

    def open_collector(self) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("WEIR_")}
        variables = {"WEIR_HOME": str(self.home), "WEIR_SOURCE_PAGES_KEY": KEY, "WEIR_SOURCE_PAGES_ORIGINS": self.site}
        weir = Path(sys.executable).with_name("weir")
        self.process = subprocess.Popen(
            [weir, "collect", "--port", str(self.collector_port)],
            env=kept | variables,
            cwd=self.home.parent,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stderr is not None
        assert "The collector takes events" in self.process.stderr.readline()

    def close_collector(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.communicate(timeout=30)
            self.process = None

    def rows(self, entity: str) -> list[dict[str, Any]]:
        """What is on disk, landed or not yet, in the order it came."""
        names = f"product/{entity}/pages/*.jsonl"
        landing = self.home / "landing"
        files = {file.name: file for file in (*landing.glob(names), *landing.glob(f"_segments/{names}"))}
        rows = [json.loads(line) for file in files.values() for line in file.read_bytes().split(b"\n")[:-1]]
        return sorted(rows, key=lambda row: row["received_at"])

    def wait_for(self, entity: str, count: int) -> list[dict[str, Any]]:
        for _ in range(MOST_TRIES):
            if len(rows := self.rows(entity)) >= count:
                assert len(rows) == count, rows
                return rows
            time.sleep(0.1)
        pytest.fail(f"{len(self.rows(entity))} of {count} {entity} came")


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        shop = Shop(home=tmp_path / "home", collector_port=probe.getsockname()[1])

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            text = f"<!doctype html><title>Page {path}</title><link rel=icon href=data:,>{shop.tag(path)}"
            self.send_response(200)
            self.send_header("content-type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: Any) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        shop.site = f"http://127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        shop.open_collector()
        yield shop
        shop.close_collector()
        server.shutdown()
        thread.join()


def test_it_is_small_and_needs_nothing() -> None:
    text = SCRIPT.read_text()
    assert len(text.encode()) < 5000
    assert "import" not in text
    assert "require" not in text


def test_a_visit_keeps_its_campaign_for_the_session_and_becomes_one_touch(shop: Shop, page: Page) -> None:
    page.goto(f"{shop.site}/landing?utm_source=facebook&utm_campaign=nov&fbclid=IwAR1&email=ada@example.com")
    (touch,) = shop.wait_for("touches", 1)
    assert touch["touch_kind"] == "visit"
    assert touch["landing_page"] == f"{shop.site}/landing"  # never the query, which may hold anything
    assert (touch["utm_source"], touch["utm_campaign"]) == ("facebook", "nov")
    assert (touch["click_id"], touch["platform"]) == ("IwAR1", "meta_ads")
    shop.wait_for("events", 1)

    page.goto(f"{shop.site}/product")
    page.wait_for_function("window.weir")
    page.evaluate("weir.identify('u-1')")
    page.evaluate("weir.track('purchase_complete', {sku: 'a'}, {value: '12.90', currency: 'EUR'})")
    landing, product, purchase = shop.wait_for("events", 3)
    assert [row["event_type"] for row in (landing, product, purchase)] == [
        "page_view",
        "page_view",
        "purchase_complete",
    ]
    assert product["properties"]["url"] == f"{shop.site}/product"
    assert product["properties"]["title"] == "Page /product"
    assert purchase["properties"]["sku"] == "a"
    assert (purchase["value"], purchase["currency"], purchase["user_id"]) == ("12.90", "EUR", "u-1")
    for row in (landing, product, purchase):
        kept = {name: row["properties"][name] for name in ("utm_source", "utm_campaign", "fbclid")}
        assert kept == {"utm_source": "facebook", "utm_campaign": "nov", "fbclid": "IwAR1"}
        assert row["source_app"] == "web"
    assert {row["anonymous_id"] for row in (touch, landing, product, purchase)} == {page.evaluate("weir.id()")}
    assert len({row["properties"]["session_id"] for row in (landing, product, purchase)}) == 1
    assert "ada@example.com" not in json.dumps(shop.rows("events") + shop.rows("touches"))

    page.goto(f"{shop.site}/landing?utm_source=newsletter")  # another campaign: another session, another touch
    assert shop.wait_for("touches", 2)[1]["utm_source"] == "newsletter"
    again = shop.wait_for("events", 4)[3]
    assert again["properties"]["session_id"] != landing["properties"]["session_id"]
    assert "fbclid" not in again["properties"]


def test_what_cannot_be_sent_waits_and_arrives_once(shop: Shop, page: Page) -> None:
    page.goto(f"{shop.site}/here")
    shop.wait_for("events", 1)
    shop.close_collector()
    for number in range(3):
        page.evaluate(f"weir.track('clicked', {{number: {number}}})")
    page.wait_for_function("Object.keys(localStorage).filter(key => key.startsWith('weir:events')).length === 3")
    shop.open_collector()
    rows = shop.wait_for("events", 4)
    assert sorted(row["properties"]["number"] for row in rows[1:]) == [0, 1, 2]
    assert len({row["event_id"] for row in rows}) == 4
    page.wait_for_function("!Object.keys(localStorage).some(key => key.startsWith('weir:'))")


def test_what_happens_last_before_leaving_is_sent_on_the_way_out(shop: Shop, page: Page) -> None:
    page.goto(f"{shop.site}/here")
    shop.wait_for("events", 1)
    page.evaluate("weir.track('clicked', {}); location.href = 'about:blank'")
    assert shop.wait_for("events", 2)[1]["event_type"] == "clicked"


def test_without_a_yes_nothing_is_kept_or_sent_and_a_no_forgets_everything(shop: Shop, page: Page) -> None:
    page.goto(f"{shop.site}/asking")
    page.wait_for_function("window.weir")
    page.evaluate("weir.track('clicked')")
    assert page.evaluate("[weir.id(), document.cookie, localStorage.length, sessionStorage.length]") == [None, "", 0, 0]
    page.evaluate("weir.consent(true)")
    shop.wait_for("events", 1)
    assert page.evaluate("weir.id()") in page.evaluate("document.cookie")
    page.evaluate("weir.consent(false); weir.track('clicked')")
    told = page.evaluate("[weir.id(), document.cookie, Object.keys(localStorage), sessionStorage.length]")
    assert told == [None, "", ["weir_consent"], 0]
    page.goto(f"{shop.site}/here")  # the no counts on pages that do not ask, too
    page.wait_for_function("window.weir")
    assert page.evaluate("document.cookie") == ""
    assert len(shop.rows("events")) == 1
    assert len(shop.rows("touches")) == 1


def test_a_browser_that_asks_not_to_be_tracked_is_left_alone(shop: Shop, page: Page) -> None:
    page.add_init_script("Object.defineProperty(navigator, 'globalPrivacyControl', {value: true})")
    page.goto(f"{shop.site}/here?utm_source=facebook")
    page.wait_for_function("window.weir")
    page.evaluate("weir.track('clicked')")
    assert page.evaluate("[weir.id(), document.cookie, localStorage.length, sessionStorage.length]") == [None, "", 0, 0]
    page.goto("about:blank")
    assert shop.rows("events") + shop.rows("touches") == []
