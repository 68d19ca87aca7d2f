"""`POST /v1/events`: answered once it is on disk, rotated, landed as pulls, limited, and stopped without a loss."""

import gzip
import json
import resource
import subprocess
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from signal import SIGTERM
from typing import Any

import pytest

from connectors.landing.pending import find_pending


def segments(home: Path) -> list[Path]:
    return sorted((home / "landing" / "_segments").glob("*/*/*/*.jsonl"))


def test_what_is_acknowledged_is_on_disk_before_the_answer(start: Any, kit: Any) -> None:
    running = start()
    event = kit.event(properties={"a": 1})
    assert running.send([event]).json() == {"accepted": 1, "refused": []}
    (segment,) = segments(running.home)
    line = json.loads(segment.read_bytes())
    assert line.pop("received_at").endswith("Z")
    assert line == event
    assert find_pending(running.home / "landing").landed == ()


def test_a_bad_event_is_answered_by_index_and_the_others_are_taken(start: Any, kit: Any) -> None:
    running = start()
    good = [kit.event() for _ in range(2)]
    bad = {"event_id": "bad-1", "event_type": "signup", "occurred_at": "2026-11-20", "user_id": "u1"}
    answer = running.send([good[0], bad, good[1]])
    reason = "occurred_at: '2026-11-20' has no time zone; write it as 2026-11-20T06:00:00Z"
    assert (answer.status_code, answer.json()) == (
        202,
        {"accepted": 2, "refused": [{"index": 1, "event_id": "bad-1", "reasons": [reason]}]},
    )
    assert running.metric('weir_collector_accepted_total{source="web",entity="events"}') == 2
    assert running.metric('weir_collector_quarantined_total{source="web",entity="events"}') == 1
    running.stop()
    landed = kit.landed(running.home, "product/events/web")
    assert [row["event_id"] for row in landed] == [each["event_id"] for each in good]
    (refused,) = kit.landed(running.home, "product/events/web.refused")
    assert (refused["_problem"], refused["row"]) == (reason, bad)


def test_touches_come_in_the_same_way(start: Any, kit: Any) -> None:
    running = start()
    touch = {"touch_id": "t1", "occurred_at": kit.now(), "anonymous_id": "a1", "touch_kind": "visit", "utm_source": "x"}
    answer = running.send([touch, {**touch, "touch_id": "t2", "touch_kind": "glance"}], entity="touches")
    assert answer.json()["accepted"] == 1
    assert answer.json()["refused"][0]["touch_id"] == "t2"
    running.stop()
    (landed,) = kit.landed(running.home, "product/touches/web")
    assert {name: landed[name] for name in touch} == touch


def test_gzip_is_read(shared: Any, kit: Any) -> None:
    body = gzip.compress(json.dumps({"events": [kit.event() for _ in range(100)]}).encode())
    assert shared.raw(body, content_encoding="gzip").json() == {"accepted": 100, "refused": []}


def test_segments_rotate_by_size_and_land_while_it_runs(start: Any, kit: Any) -> None:
    running = start(variables={"WEIR_COLLECTOR_SEGMENT_BYTES": "1024", "WEIR_COLLECTOR_SEGMENT_SECONDS": "0.4"})
    sent = [kit.event(number=number) for number in range(60)]
    for first in range(0, 60, 10):
        assert running.send(sent[first : first + 10]).json()["accepted"] == 10
    landed = kit.eventually(lambda: rows if len(rows := kit.landed(running.home, "product/events/web")) == 60 else None)
    assert [row["number"] for row in landed] == list(range(60))  # pulls are in the order of their instants
    pulls = find_pending(running.home / "landing").landed
    assert len(pulls) == 6  # ten events are more than a kilobyte
    assert all(pull.manifest is not None and not pull.manifest.pull.complete for pull in pulls)
    assert running.metric("weir_collector_segments_landed_total") == 6
    kit.eventually(lambda: running.metric("weir_collector_open_segments") == 0)
    assert segments(running.home) == []


def test_a_source_that_sends_too_much_is_told_how_long_to_wait(start: Any, kit: Any) -> None:
    running = start(variables={"WEIR_SOURCE_WEB_EVENTS_PER_SECOND": "10"})
    assert running.send([kit.event() for _ in range(100)]).status_code == 202
    answer = running.send([kit.event()])
    assert answer.status_code == 429
    assert answer.json()["reason"] == "rate"
    assert 1 <= int(answer.headers["retry-after"]) <= 8  # 100 events less the two seconds' worth that it held
    page = {"origin": kit.page_origin}
    assert running.send([kit.event()], key=kit.page_key, headers=page).status_code == 202  # others are not slowed


def test_a_page_may_send_from_its_own_site_and_its_browser_may_read_the_answer(shared: Any, kit: Any) -> None:
    asked = {"origin": kit.page_origin, "access-control-request-method": "POST"}
    preflight = shared.client.options("/v1/events", headers=asked)
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-origin"] == kit.page_origin
    assert "content-type" in preflight.headers["access-control-allow-headers"]
    stranger = shared.client.options("/v1/events", headers={**asked, "origin": "https://evil.example"})
    assert "access-control-allow-origin" not in stranger.headers
    body = json.dumps({"events": [kit.event()]})
    beacon = {"origin": kit.page_origin, "content-type": "text/plain;charset=UTF-8"}
    answer = shared.client.post(f"/v1/events?key={kit.page_key}", content=body, headers=beacon)
    assert answer.json() == {"accepted": 1, "refused": []}
    assert answer.headers["access-control-allow-origin"] == kit.page_origin
    refused = shared.client.post(f"/v1/events?key={kit.page_key}", content="{", headers=beacon)
    assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (400, kit.page_origin)


def test_a_servers_key_in_the_address_is_refused(shared: Any, kit: Any) -> None:
    answer = shared.client.post(f"/v1/events?key={kit.key}", json={"events": [kit.event()]})
    assert (answer.status_code, answer.json()["reason"]) == (401, "key")


def test_both_keys_of_a_source_count_while_one_is_changed_for_the_other(start: Any, kit: Any) -> None:
    running = start(variables={"WEIR_SOURCE_WEB_KEY": f"new-key-0123456789 {kit.key}"})
    assert running.send([kit.event()]).status_code == 202
    assert running.send([kit.event()], key="new-key-0123456789").status_code == 202


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/v1/events", 405), ("PUT", "/v1/touches", 405), ("POST", "/healthz", 405), ("GET", "/wp-login.php", 404)],
)
def test_other_methods_and_paths_are_told_where_to_look(shared: Any, method: str, path: str, status: int) -> None:
    answer = shared.client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert ("allow" in answer.headers) is (status == 405)
    assert answer.json()["remedy"]


def test_sigterm_under_load_answers_and_lands_everything_it_acknowledged(start: Any, kit: Any) -> None:
    running = start()
    acknowledged: list[str] = []

    def send_until_refused(worker: int) -> None:
        for number in range(10_000):
            events = [kit.event(event_id=f"{worker}-{number}-{each}") for each in range(20)]
            try:
                answer = running.send(events)
            except Exception:  # stopped: nobody listens any more
                return
            if answer.status_code != 202:
                return
            acknowledged.extend(event["event_id"] for event in events)

    with ThreadPoolExecutor(4) as pool:
        workers = [pool.submit(send_until_refused, worker) for worker in range(4)]
        kit.eventually(lambda: len(acknowledged) > 1000)
        running.process.send_signal(SIGTERM)
        for worker in workers:
            worker.result()
    assert running.process.wait(timeout=30) == 0
    assert segments(running.home) == []
    landed = [row["event_id"] for row in kit.landed(running.home, "product/events/web")]
    assert len(landed) == len(set(landed))
    assert set(landed) >= set(acknowledged)


def test_a_disk_that_refuses_is_said_at_once_and_nothing_acknowledged_is_lost(start: Any, kit: Any) -> None:
    """No file may grow over 64 kB: the write that would is undone, and what was acknowledged before it lands."""
    most = 1 << 16
    running = start(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)))
    acknowledged, statuses = [], []
    for number in range(30):
        event = kit.event(number=number, properties={"text": "x" * 9_000})
        answer = running.send([event])
        statuses.append(answer.status_code)
        if answer.status_code == 202:
            acknowledged.append(number)
        else:
            assert (answer.status_code, answer.json()["reason"]) == (503, "not_kept")
            assert "Send the same batch again" in answer.json()["remedy"]
    assert statuses.count(503) >= 3
    assert (503, 503) not in pairwise(statuses)  # a fresh segment has room again
    assert running.metric("weir_collector_commit_failures_total") == statuses.count(503)
    kit.eventually(lambda: running.client.get("/healthz").status_code == 200)
    running.stop()
    assert [row["number"] for row in kit.landed(running.home, "product/events/web")] == acknowledged


def test_a_home_has_one_collector(start: Any, kit: Any) -> None:
    first = start()
    second = kit.command(first.home)
    ended = subprocess.run(second.arguments, env=second.environ, capture_output=True, text=True, check=False)
    assert ended.returncode == 7
    assert "the collector of this home is held by another process" in ended.stderr
    assert first.send([kit.event()]).status_code == 202


def test_a_landed_pull_is_what_the_manifest_says(start: Any, kit: Any) -> None:
    running = start()
    running.send([kit.event() for _ in range(3)])
    running.stop()
    (pull,) = find_pending(running.home / "landing").landed
    assert pull.manifest is not None
    said = pull.manifest
    assert (said.rows, said.pull.party, said.pull.entity, said.pull.account_id) == (3, "product", "events", "web")
    assert (said.pull.window, said.pull.complete) == (None, False)
    assert len(kit.landed(running.home, "product/events/web")) == 3
