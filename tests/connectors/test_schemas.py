"""Every entity that can land is described, documented and judged as its contract says."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.entity_schema import EntitySchema, Kind, Type
from connectors.lake.checking import judge
from connectors.landing.brought_words import header_of
from connectors.landing.manifest import Pull
from tools.files_page import EXPORT, SCHEMAS, page

PAGE = Path(__file__).resolve().parents[2] / "docs" / "files.md"
BY_NAME = {schema.name: schema for schema in SCHEMAS}
# The landing contract, word for word: a star marks what is required.
CONTRACT = {
    "product/events": "event_id* user_id anonymous_id event_type* occurred_at* received_at source_app value currency "
    "properties",
    "product/touches": "touch_id* user_id anonymous_id occurred_at* touch_kind utm_source utm_medium utm_campaign "
    "utm_content utm_term click_id platform campaign_id ad_id referrer landing_page referral_code offer_code",
    "product/orders": "order_id* user_id* occurred_at* amount* currency* status items",
    "product/payments": "payment_id* user_id* occurred_at* amount* currency* status order_id membership_id attempt "
    "failure_reason",
    "product/refunds": "refund_id* payment_id order_id occurred_at* amount* currency* reason",
    "product/subscriptions": "membership_id* user_id* plan_id started_at* ended_at amount* currency* interval status "
    "cancel_reason",
    "product/content": "content_id* kind* title category published_at url image_url",
    "imported_ads/ad_daily": "platform* account_id* campaign_id* campaign_name ad_group_id ad_id creative_id date* "
    "currency* spend* impressions clicks reported_conversions reported_value pulled_at",
    "markets/fx_rates": "date* currency* usd_per_unit*",
    "messaging/sends": "message_id* user_id* occurred_at* message_type channel playbook step variant outcome",
    "messaging/receipts": "message_id* user_id* occurred_at* kind*",
    "experiments/assignments": "experiment* unit_id* variant* occurred_at* weight",
    "experiments/exposures": "experiment* unit_id* variant* occurred_at* weight",
    "outreach/leads": "lead_id* platform handle source* lawful_basis* captured_at*",
    "outreach/conversations": "message_id* lead_id* direction* occurred_at* text",
}
EITHER = {
    "product/events": (("user_id", "anonymous_id"),),
    "product/touches": (("user_id", "anonymous_id"),),
    "product/refunds": (("payment_id", "order_id"),),
}
GOOD: Mapping[str, dict[str, Any]] = {
    "product/events": {"event_id": "1", "user_id": "u", "event_type": "x", "occurred_at": "2026-11-01T09:30:00Z"},
    "product/touches": {"touch_id": "1", "anonymous_id": "a", "occurred_at": "2026-11-01T09:30:00+02:00"},
    "product/payments": {
        "payment_id": "1", "user_id": "u", "occurred_at": "2026-11-01T09:30:00Z", "amount": "9.90", "currency": "EUR",
    },
    "product/refunds": {
        "refund_id": "1", "order_id": "o", "occurred_at": "2026-11-01T09:30:00Z", "amount": 9.9, "currency": "EUR",
    },
    "outreach/leads": {
        "lead_id": "1", "source": "their own post", "lawful_basis": "legitimate_interest",
        "captured_at": "2026-11-01T09:30:00Z",
    },
}  # fmt: skip


def reasons(name: str, row: Any) -> str:
    """Why a row is set aside; empty when it is good."""
    schema = BY_NAME[name]
    at = datetime(2026, 11, 2, tzinfo=UTC)
    pull = Pull(pull_id="p", party=schema.party, entity=schema.entity, account_id="files", pulled_at=at, complete=False)
    judged = judge(schema, [row if isinstance(row, str) else json.dumps(row)], pull=pull)
    return "; ".join(refusal.reasons for refusal in judged.refusals)


@pytest.mark.parametrize("name", CONTRACT)
def test_an_entity_has_the_columns_of_its_contract(name: str) -> None:
    schema = BY_NAME[name]
    columns = {column.name: column for column in schema.columns}
    wanted = {each.rstrip("*"): each.endswith("*") for each in CONTRACT[name].split()}
    assert {each: columns[each].required for each in wanted} == wanted
    assert schema.one_of == EITHER.get(name, ())
    assert schema.brought


def test_facts_keep_what_came_first_and_everything_else_what_changed_last() -> None:
    facts = {name for name in CONTRACT if BY_NAME[name].kind is Kind.APPEND}
    assert facts == {"product/events", "product/touches", "messaging/receipts", "experiments/exposures"}
    assert all(BY_NAME[name].day == "occurred_at" for name in facts)
    told_by_file = {"imported_ads/ad_daily", "markets/fx_rates"}
    assert {
        name for name in CONTRACT if BY_NAME[name].version == "updated_at"
    } == CONTRACT.keys() - facts - told_by_file


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.name)
def test_a_schema_hangs_together(schema: EntitySchema) -> None:
    names = [column.name for column in schema.columns]
    types = {column.name: column.type for column in schema.columns}
    assert len(names) == len(set(names))
    assert schema.description.startswith("One ")
    assert all(column.description.endswith((".", ")")) or "…" in column.description for column in schema.columns)
    assert set(schema.key) <= {*names, "account_id"}
    assert {name for group in schema.one_of for name in group} <= set(names)
    assert schema.day is None or types[schema.day] in (Type.DATE, Type.INSTANT)
    assert schema.version is None or (types[schema.version], schema.kind) == (Type.INSTANT, Kind.OBJECT)
    # Webhooks only the collector is told, and predictions are reckoned here.
    assert schema.pulled or schema.brought or schema.entity == "webhooks" or schema.party == "predictions"


def test_no_two_entities_share_a_table() -> None:
    assert len({schema.table for schema in SCHEMAS}) == len(SCHEMAS)


def test_the_page_is_what_the_schemas_say() -> None:
    """After a change that is meant: python -m tools.files_page > docs/files.md"""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_column_that_a_file_can_have_stands_on_the_page() -> None:
    sections = re.split(r"^### `(.+)`$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    documented = dict(zip(sections[1::2], sections[2::2], strict=True))
    assert documented.keys() == {schema.name for schema in SCHEMAS if schema.brought} - {EXPORT}
    for name, text in documented.items():
        rows = re.findall(r"^\| `(\w+)`(\*?) \|", text, flags=re.MULTILINE)
        wanted = [(header_of(column), "*" if column.required else "") for column in BY_NAME[name].columns]
        assert rows == wanted, name


@pytest.mark.parametrize("name", GOOD)
def test_a_good_row_is_taken(name: str) -> None:
    assert reasons(name, GOOD[name]) == ""


@pytest.mark.parametrize(
    ("name", "change", "says"),
    [
        ("product/events", {"user_id": None}, "one of user_id, anonymous_id is needed and none is there"),
        ("product/events", {"user_id": "  "}, "one of user_id, anonymous_id is needed and none is there"),
        ("product/events", {"occurred_at": "2026-11-01T09:30:00"}, "not an instant with a time zone"),
        ("product/events", {"occurred_at": "yesterday"}, 'occurred_at is "yesterday", not an instant with a time zone'),
        ("product/events", {"event_id": ""}, "event_id, part of the key, is missing"),
        ("product/events", {"value": "12,90"}, 'value is "12,90", not a decimal'),
        ("product/touches", {"touch_kind": "tap"}, 'touch_kind is "tap", not one of visit, click, view'),
        ("product/payments", {"status": "refunded"}, 'status is "refunded", not one of paid, failed, pending, void'),
        ("product/payments", {"attempt": 1.5}, 'attempt is "1.5", not a whole number'),
        ("product/refunds", {"order_id": None}, "one of payment_id, order_id is needed and none is there"),
        ("outreach/leads", {"source": None}, "source is required and missing: say where the lead was found"),
        ("outreach/leads", {"lawful_basis": " "}, "lawful_basis is required and missing: say on which basis they may"),
    ],
)
def test_a_bad_row_is_refused_with_the_reason_and_what_to_do(name: str, change: dict[str, Any], says: str) -> None:
    assert says in reasons(name, GOOD[name] | change)


def test_every_reason_is_told_at_once() -> None:
    told = reasons("outreach/leads", {"lead_id": "1", "captured_at": "2026-11-01T09:30:00"})
    assert all(name in told for name in ("captured_at", "source", "lawful_basis"))
