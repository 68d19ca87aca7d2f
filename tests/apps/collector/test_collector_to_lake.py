"""From a request to the lake: what is taken becomes raw rows, what is refused stands in quarantine with its reasons."""

import hmac
import json
from pathlib import Path
from typing import Any

import duckdb

from actions.house import open_house
from apps.collector.signatures import svix_key
from connectors.lake.standing import Standing
from connectors.lake.versions import Counts


def load(home: Path) -> Any:
    report = open_house({"WEIR_HOME": str(home)}).lake.load_pulls()
    assert (report.failures, report.refused, report.unknown) == ((), (), ())
    return report


def rows(home: Path, query: str) -> list[Any]:
    with duckdb.connect() as connection:
        return connection.execute(query.format(lake=home / "lake")).fetchall()


def test_taken_rows_are_raw_and_refused_ones_are_in_quarantine_with_their_reasons(
    start: Any, home: Path, kit: Any
) -> None:
    running = start()
    good = kit.event(event_id="e1", value="12.90", currency="EUR", properties={"a": 1}, campaign="spring")
    bad = {"event_id": "e2", "event_type": "signup", "occurred_at": "2026-11-20", "value": "lots", "user_id": "u1"}
    forged = kit.event(event_id="e3", _problem="made up")
    running.send([good, bad, 5, forged])
    running.send([good])  # sent again after an answer that got lost
    running.stop()
    counts = {record.account_id: record.counts for record in load(home).loads}
    assert counts == {
        "web": Counts(landed=2, raw=1, duplicates=1, quarantined=0),
        "web.refused": Counts(landed=3, raw=0, duplicates=0, quarantined=3),
    }
    found = rows(
        home,
        "select event_id, value::varchar, currency, properties, extra, account_id from '{lake}/raw/**/*.parquet'",
    )
    assert found == [("e1", "12.900000000", "EUR", '{"a":1}', '{"campaign":"spring"}', "web")]
    kept = "'{lake}/quarantine/**/*.parquet'"
    quarantined = rows(home, f"select reasons, json_extract_string(text, '$.row.event_id') from {kept} order by 1")
    assert quarantined == [
        ("_problem is the collector's to say; leave it out", "e3"),
        ("it is the number 5, not an object", None),
        (
            "occurred_at: '2026-11-20' has no time zone; write it as 2026-11-20T06:00:00Z; "
            'value is "lots", not a decimal such as "12.90"',
            "e2",
        ),
    ]
    total = Standing(home / "lake").all_counts()["product", "events"]
    assert (total.landed, total.raw, total.duplicates, total.quarantined) == (5, 1, 1, 3)


def test_nothing_that_the_collector_takes_is_refused_by_the_lake(start: Any, home: Path, kit: Any) -> None:
    """The two judge by rules of their own: what is acknowledged as accepted must never turn up in quarantine."""
    running = start()
    odd = [
        kit.event(occurred_at="2026-11-20T06:00:00.123456789Z"),
        kit.event(occurred_at="2026-11-20T06:00:00+14:00"),
        kit.event(occurred_at="2026-11-20T06:00:00-00:00"),
        kit.event(value=12.9, currency="TON"),
        kit.event(value=-0.000000001, currency="USD"),
        kit.event(value=10**28, currency="BTC"),
        kit.event(value="+0012.900000000", currency="A1B"),
        kit.event(value=1e-7, currency="EUR"),
        kit.event(user_id=None, anonymous_id="a1", source_app=None, value=None, currency=None, properties=None),
        kit.event(user_id="مرحبا", properties={"text": "a\x00b\u2028"}, more={"deep": [1, 2, {"x": None}]}),
        kit.event(event_id="' OR 1=1 --", event_type="<script>"),
    ]
    assert running.send(odd).json() == {"accepted": len(odd), "refused": []}
    touch = {
        "touch_id": "t1",
        "occurred_at": kit.now(),
        "anonymous_id": "a1",
        "utm_term": "x" * 4096,
        "click_id": "\x00",
    }
    assert running.send([touch], entity="touches").json() == {"accepted": 1, "refused": []}
    running.stop()
    counts = [record.counts for record in load(home).loads]
    assert [(each.raw, each.duplicates, each.quarantined) for each in counts] == [(len(odd), 0, 0), (1, 0, 0)]


def test_deliveries_of_every_sender_are_rows_of_the_lake(start: Any, home: Path, kit: Any) -> None:
    running = start()
    whop = json.dumps({"id": "msg_1", "type": "refund.created", "data": {"id": "ref_1"}}).encode()
    mail = json.dumps(
        {
            "type": "email.bounced",
            "created_at": "2026-11-20T06:00:05.000Z",
            "data": {"email_id": "re-1", "tags": {"message_id": "m-1", "user_id": "u-1"}},
        }
    ).encode()
    meta = b'{"object":"ad_account","entry":[{"id":"123","time":1782862117,"changes":[]}]}'
    proof = hmac.digest(kit.meta_secret.encode(), meta, "sha256").hex()
    deliveries = {
        "whop": (whop, kit.signed(kit.whop_secret.encode(), whop, delivery="msg_1")),
        "mail": (mail, kit.signed(svix_key(kit.mail_secret), mail, delivery="msg_2", names="svix")),
        "meta": (meta, {"x-hub-signature-256": f"sha256={proof}"}),
    }
    for sender, (body, headers) in deliveries.items():
        headers["content-type"] = "application/json"
        answer = running.client.post(f"/webhooks/{sender}", content=body, headers=headers)
        assert answer.json()["outcome"] == "taken"
    running.stop()
    counts = {(record.party, record.entity): record.counts for record in load(home).loads}
    one = Counts(landed=1, raw=1, duplicates=0, quarantined=0)
    assert counts == {("whop", "webhooks"): one, ("messaging", "receipts"): one, ("meta_ads", "webhooks"): one}
    assert rows(home, "select kind, message_id, user_id from '{lake}/raw/messaging/receipts/**/*.parquet'") == [
        ("bounced", "m-1", "u-1")
    ]
    assert rows(home, "select type, object_id from '{lake}/raw/whop/webhooks/**/*.parquet'") == [
        ("refund.created", "ref_1")
    ]
    assert rows(home, "select object, entry from '{lake}/raw/meta_ads/webhooks/**/*.parquet'") == [
        ("ad_account", '[{"id":"123","time":1782862117,"changes":[]}]')
    ]
