"""Tables of messages, tests, leads and decisions are damaged on purpose, a row at a time: a named test notices each."""

import shutil
from datetime import UTC, date, datetime

import pytest

pytestmark = pytest.mark.slow
IN_FUNNEL = "assert_every_message_stands_once_in_the_funnel"
STAGES = "assert_no_stage_of_a_message_has_more_than_the_one_before"
LAST_ONLY = "assert_a_sale_is_credited_to_its_buyers_last_message_only"
COMPLETE = "assert_no_sale_within_the_window_of_a_message_goes_uncredited"
UNITS = "assert_every_unit_of_a_test_stands_in_its_results"
BOUGHT = "assert_what_people_of_a_test_bought_is_what_its_variants_tell"
BACK = "assert_who_is_back_on_a_day_is_back_from_it_on"
LANDED = "assert_rows_that_landed_are_loaded_known_or_quarantined"
LEADS = "assert_every_word_with_a_lead_is_in_the_pipeline"
DECISIONS = "assert_what_decisions_read_is_what_the_marts_hold"
NAMED = {IN_FUNNEL, STAGES, LAST_ONLY, COMPLETE, UNITS, BOUGHT, BACK, LANDED, LEADS, DECISIONS}
MARTS = (
    *("fct_message_funnel", "fct_message_lift", "fct_experiment_results", "fct_retention_by_variant"),
    *("fct_lead_pipeline", "fct_operations_daily", "decisions_arms", "decisions_creatives", "decisions_buyers"),
)


def day(number, hour=9):
    return f"2026-03-{number:02}T{hour:02}:00:00Z"


@pytest.fixture(scope="module")
def mill(tmp_path_factory, new_mills):
    """Ann and Bob get two letters each and buy; both are in a test; one prospect answers; one ad runs for two days."""
    mill = new_mills(tmp_path_factory.mktemp("damage"), "duckdb")["duckdb"]
    about = {"channel": "email", "playbook": "welcome", "step": "1", "outcome": "sent"}
    drawn = {"experiment": "price", "occurred_at": day(1)}
    prospect = {"source": "search", "lawful_basis": "consent", "captured_at": day(1)}
    ad = {
        "platform": "reddit",
        "account_id": "a",
        "campaign_id": "c",
        "ad_group_id": "",
        "ad_id": "ad",
        "creative_id": "",
    }
    ad |= {"currency": "USD", "spend": "3", "impressions": 50}
    told = {
        "messaging/sends": [
            {"message_id": f"{user}{number}", "user_id": user, "occurred_at": day(2 * number), **about}
            for user in ("ann", "bob")
            for number in (1, 2)
        ],
        "messaging/receipts": [
            {"message_id": "ann1", "user_id": "ann", "occurred_at": day(2, 10), "kind": kind}
            for kind in ("delivered", "opened", "clicked")
        ],
        "product/orders": [
            {"order_id": "o1", "user_id": "ann", "occurred_at": day(3), "amount": "10", "currency": "USD"},
            {"order_id": "o2", "user_id": "bob", "occurred_at": day(5), "amount": "7", "currency": "USD"},
        ],
        "product/refunds": [
            {"refund_id": "r1", "order_id": "o2", "occurred_at": day(9), "amount": "2", "currency": "USD"}
        ],
        "product/events": [
            {"event_id": f"{user}{number}", "user_id": user, "event_type": "open", "occurred_at": day(number, 10)}
            for user in ("ann", "bob")
            for number in (1, 8, 20)
        ],
        "experiments/assignments": [
            {**drawn, "unit_id": "ann", "variant": "control"},
            {**drawn, "unit_id": "bob", "variant": "low"},
        ],
        "outreach/leads": [{"lead_id": "l1", **prospect}, {"lead_id": "l2", **prospect}],
        "outreach/conversations": [
            {"message_id": "c1", "lead_id": "l1", "direction": "outbound", "occurred_at": day(2)},
            {"message_id": "c2", "lead_id": "l1", "direction": "inbound", "occurred_at": day(3)},
        ],
        "imported_ads/ad_daily": [{**ad, "date": f"2026-03-{number:02}"} for number in (1, 2)],
    }
    for name, rows in told.items():
        party, entity = name.split("/")
        window = (date(2026, 3, 1), date(2026, 3, 3)) if entity == "ad_daily" else None
        mill.land(party, entity, "files", rows, at=datetime(2026, 11, 20, tzinfo=UTC), window=window, complete=False)
    mill.build("--select", *(f"+{mart}" for mart in MARTS))
    return mill


def failing(mill, names):
    result = mill.dbt.run("test", "--select", *sorted(names))
    assert {each.status for each in result.result} <= {"pass", "fail", "success"}
    assert set(names) <= {each.node.name for each in result.result}
    return {each.node.name for each in result.result if each.status == "fail"}


def test_nothing_fails_on_what_is_whole(mill):
    assert failing(mill, NAMED) == set()


@pytest.mark.parametrize(
    ("damage", "noticed_by"),
    [
        ("delete from intermediate.int_messages__judged where message_id = 'bob2'", {IN_FUNNEL, LAST_ONLY}),
        (
            "insert into intermediate.int_messages__judged select * from intermediate.int_messages__judged"
            " where message_id = 'ann1'",
            {IN_FUNNEL},
        ),
        ("update marts.fct_message_funnel set sent = sent - 1 where date_day = '2026-03-02'", {IN_FUNNEL}),
        ("update marts.fct_message_funnel set opened = 3 where date_day = '2026-03-02'", {STAGES}),
        ("update marts.fct_message_funnel set attributed_sales = 2 where date_day = '2026-03-02'", {COMPLETE}),
        (
            "update marts.fct_message_funnel set attributed_revenue_usd = attributed_revenue_usd + 0.01"
            " where date_day = '2026-03-04'",
            {COMPLETE},
        ),
        (
            "update intermediate.int_message_sales__credited set message_id = 'bob1' where sale_id = 'order:o2'",
            {LAST_ONLY},
        ),
        (
            "update intermediate.int_message_sales__credited set person_id = 'u:bob' where sale_id = 'order:o1'",
            {LAST_ONLY},
        ),
        ("update intermediate.int_message_sales__credited set net_usd = 6 where sale_id = 'order:o2'", {LAST_ONLY}),
        ("delete from intermediate.int_message_sales__credited where sale_id = 'order:o1'", {COMPLETE}),
        (
            "update intermediate.int_messages__judged set tried_at = tried_at - interval 1 day"
            " where person_id = 'u:ann'",
            {LAST_ONLY},
        ),
        ("delete from intermediate.int_experiments__people where person_id = 'u:bob'", {UNITS, BOUGHT}),
        ("update intermediate.int_experiments__people set variant = null where person_id = 'u:bob'", {UNITS, BOUGHT}),
        ("delete from intermediate.int_experiments__units where unit_id = 'ann'", {UNITS}),
        ("update intermediate.int_experiments__outcomes set value_usd = value_usd + 0.01", {BOUGHT}),
        ("delete from intermediate.int_experiments__outcomes where person_id = 'u:bob'", {BOUGHT}),
        ("update marts.fct_experiment_results set assigned = assigned + 1 where variant = 'low'", {UNITS}),
        ("update marts.fct_experiment_results set mean = mean * 2 where measure = 'value_usd'", {BOUGHT}),
        (
            "update marts.fct_retention_by_variant set returned = 0 where measure = 'from_day' and day_number = 7",
            {BACK},
        ),
        ("update marts.fct_operations_daily set raw_rows = raw_rows - 1 where entity = 'sends'", {LANDED}),
        ("update marts.fct_lead_pipeline set messages = messages - 1", {LEADS}),
        ("update marts.fct_lead_pipeline set leads = leads + 1", {LEADS}),
        ("update marts.decisions_arms set mature_spend_usd = 0, immature_spend_usd = 0", {DECISIONS}),
        ("update marts.decisions_creatives set impressions = impressions - 1", {DECISIONS}),
        ("delete from marts.decisions_buyers where person_id = 'u:ann'", {DECISIONS}),
    ],
)
def test_damage_is_noticed(mill, tmp_path, damage, noticed_by):
    whole = shutil.copy(mill.warehouse.path, tmp_path / "whole.duckdb")
    try:
        mill.query(damage)
        noticed = failing(mill, noticed_by)
    finally:
        shutil.copy(whole, mill.warehouse.path)

    assert noticed == noticed_by
