"""From landed events, subscriptions, payments and messages to cohorts and recurring revenue, on both engines.

One small world, calculated by hand where it matters. Then tables are damaged on purpose, each time in one place: a test
with a name has to notice. And what was known on an earlier day is what a build of that day's rows says.
"""

import shutil
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

ENGINES = ("duckdb", "postgres")
NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)
THEN = datetime(2026, 4, 8, 12, tzinfo=UTC)
RETENTION = ("fct_retention", "fct_retention_members", "fct_retention_pooled", "fct_revenue_cohorts")
SUBSCRIPTIONS = (
    *("fct_mrr_movements", "fct_mrr_monthly", "fct_subscription_events"),
    *("fct_recovered_payments", "fct_recovered_revenue"),
)
MARTS = (*RETENTION, *SUBSCRIPTIONS)
FOLDERS = [
    f"path:models/{stage}/{room}" for stage in ("intermediate", "marts") for room in ("retention", "subscriptions")
]

DEFINITIONS = """
retentions:
  - {name: weeks, start: signup, return: read, periods: 6, breakdowns: [plan, country]}
  - {name: weeks since, start: signup, return: read, kind: rolling, periods: 6, breakdowns: [plan]}
  - {name: elapsed days, start: read, return: "*", cohort: recurring, period: day, periods: 3, clock: elapsed}
"""

Rows = list[dict[str, Any]]

pytestmark = pytest.mark.slow


def events() -> Rows:
    """Ann comes back in weeks 1 and 4, Bob in week 2, Cy never; their weeks begin on 2, 9 and 16 March."""
    told = [
        *(("ann", "signup", "2026-03-03"), ("ann", "read", "2026-03-11"), ("ann", "read", "2026-04-01")),
        *(("bob", "signup", "2026-03-10"), ("bob", "read", "2026-03-24"), ("bob", "read", "2026-03-24")),
        ("cy", "signup", "2026-03-17"),
    ]
    return [
        {
            "event_id": str(number),
            "user_id": user,
            "event_type": kind,
            "occurred_at": f"{day}T10:00:00Z",
            "properties": {"country": "DE" if user == "ann" else "FR"},
        }
        for number, (user, kind, day) in enumerate(told)
    ]


def subscriptions() -> Rows:
    """Ann pays 10 euros, then 20 and leaves in May; Bob tries, pays by the year, and lets it lapse."""
    base = {"currency": "EUR", "interval": "month", "status": "active", "plan_id": "basic"}
    ann = {**base, "membership_id": "ann's", "user_id": "ann"}
    bob = {**base, "membership_id": "bob's", "user_id": "bob", "currency": "USD", "interval": "year"}
    return [
        {**ann, "amount": "10", "started_at": "2026-03-03T00:00:00Z", "ended_at": "2026-04-03T00:00:00Z"},
        {**ann, "amount": "20", "started_at": "2026-04-03T00:00:00Z", "ended_at": "2026-05-20T00:00:00Z",
         "plan_id": "plus", "cancel_reason": "too expensive"},
        {**bob, "amount": "60", "started_at": "2026-03-10T00:00:00Z", "ended_at": "2026-03-20T00:00:00Z",
         "status": "trialing"},
        {**bob, "amount": "60", "started_at": "2026-03-20T00:00:00Z", "ended_at": None, "status": "past_due"},
    ]  # fmt: skip


def memberships() -> Rows:
    """At Whop, Dot pays 7 dollars a week until her card fails; Eve's membership is one that never renews."""
    money = {"amount": "7.00", "currency": "usd"}
    dot = {
        **{"id": "mem_dot", "status": "canceled", "plan_id": "plan_week", "user_id": "whop_dot", "metadata": {}},
        **{"renewal_price": money, "billing_period_days": 7, "created_at": "2026-03-25T00:00:00Z"},
        **{"updated_at": "2026-05-06T00:00:00Z", "expires_at": "2026-05-06T00:00:00Z"},
    }
    eve = {**dot, "id": "mem_eve", "billing_period_days": None, "user_id": "whop_eve", "status": "completed"}
    return [dot, eve]


def whop_payments() -> Rows:
    dot = {
        **{"id": "pay_dot", "status": "uncollectible", "currency": "usd", "total": {"amount": "7.00"}},
        **{
            "membership_id": "mem_dot",
            "user": {"id": "whop_dot"},
            "payments_failed": 4,
            "decline_code": "expired_card",
        },
        **{"created_at": "2026-04-29T00:00:00Z", "updated_at": "2026-05-06T00:00:00Z"},
    }
    return [dot]


def payments() -> Rows:
    """Ann's card fails on 3 April and pays on the 6th, after a message; Bob's fails on the 4th and nobody may write."""
    ann = {"user_id": "ann", "amount": "20", "currency": "EUR", "membership_id": "ann's"}
    bob = {"user_id": "bob", "amount": "60", "currency": "USD", "membership_id": "bob's"}
    return [
        {**ann, "payment_id": "a0", "status": "paid", "occurred_at": "2026-03-03T00:00:00Z", "amount": "10"},
        {**ann, "payment_id": "a1", "status": "failed", "occurred_at": "2026-04-03T00:00:00Z", "attempt": 1},
        {**ann, "payment_id": "a2", "status": "paid", "occurred_at": "2026-04-06T00:00:00Z", "attempt": 2},
        {**bob, "payment_id": "b1", "status": "failed", "occurred_at": "2026-04-04T00:00:00Z", "attempt": 1},
    ]


def sends() -> Rows:
    base = {"message_type": "dunning", "channel": "email", "playbook": "card"}
    return [
        {**base, "message_id": "to ann", "user_id": "ann", "occurred_at": "2026-04-04T00:00:00Z", "outcome": "sent"},
        {
            **base,
            "message_id": "not to bob",
            "user_id": "bob",
            "occurred_at": "2026-04-05T00:00:00Z",
            "outcome": "held_out",
        },
    ]


LANDED = {
    ("product", "events"): (events, "occurred_at"),
    ("product", "subscriptions"): (subscriptions, "started_at"),
    ("product", "payments"): (payments, "occurred_at"),
    ("messaging", "sends"): (sends, "occurred_at"),
    ("whop", "memberships"): (memberships, "created_at"),
    ("whop", "payments"): (whop_payments, "created_at"),
}


def land(mill: Any, *, until: datetime = NOW) -> None:
    """What files told by then: ends that were still to come are open, and Whop's file is of a later day."""
    ask = {"at": NOW, "currency": None, "timezone": None, "complete": False}
    for (party, entity), (rows, instant) in LANDED.items():
        told = [row for row in rows() if datetime.fromisoformat(row[instant]) <= until]
        for row in told:
            ended_at = row.get("ended_at")
            if ended_at is not None and datetime.fromisoformat(ended_at) > until:
                row |= {"ended_at": None, "cancel_reason": None}
        if until == NOW or party != "whop":
            mill.land(party, entity, "files", told, **ask)
    rates = [
        {"date": day, "currency": "EUR", "usd_per_unit": rate}
        for day, rate in (("2026-03-03", "1.10"), ("2026-04-03", "1.20"), ("2026-04-06", "1.25"))
    ]
    mill.land("markets", "fx_rates", "files", rates, **ask | {"at": datetime(2026, 4, 7, tzinfo=UTC)})
    mill.define(DEFINITIONS)


def build(mill: Any, *, as_of: datetime, marts: Sequence[str] = MARTS) -> None:
    mill.build("--select", *(f"+{name}" for name in marts), variables={"as_of": as_of.isoformat()})


@pytest.fixture(scope="module")
def built(tmp_path_factory, new_mills):
    mills = new_mills(tmp_path_factory.mktemp("stayed"), *ENGINES)
    land(mills["duckdb"])
    for mill in mills.values():
        build(mill, as_of=NOW)
    return mills


@pytest.mark.parametrize("engine", ENGINES)
def test_recurring_revenue_by_hand(built, engine):
    rows = built[engine].query("""
        select date_month, start_usd, new_usd, expansion_usd, churn_usd, end_usd,
            voluntary_churn_usd, involuntary_churn_usd
        from marts.fct_mrr_monthly order by 1
    """)

    # March: Ann 10 € at 1.10, Bob 60 / 12, Dot 7 * 52 / 12. April: Ann 20 € at 1.20. May: Ann and Dot are gone.
    dot = Decimal("30.333333")
    assert rows == [
        (date(2026, 3, 1), 0, 16 + dot, 0, 0, 16 + dot, 0, 0),
        (date(2026, 4, 1), 16 + dot, 0, 13, 0, 29 + dot, 0, 0),
        (date(2026, 5, 1), 29 + dot, 0, 0, -24 - dot, 5, -24, -dot),
        (date(2026, 6, 1), 5, 0, 0, 0, 5, 0, 0),
    ]


@pytest.mark.parametrize("engine", ENGINES)
def test_recovered_payments_by_hand(built, engine):
    rows = built[engine].query("""
        select payment_id, recovered_payment_id, message_id, arm, is_open, amount_usd
        from marts.fct_recovered_payments order by 1
    """)

    assert rows == [
        ("a1", "a2", "to ann", "messaged", False, Decimal(25)),
        ("b1", None, None, "held_out", False, Decimal(60)),
        ("pay_dot", None, None, "none", False, Decimal(7)),
    ]


@pytest.mark.parametrize("engine", ENGINES)
def test_cohorts_by_hand(built, engine):
    rows = built[engine].query("""
        select definition, cohort_period, k, value from marts.fct_retention
        where breakdown = '' and definition like 'weeks%' and k in (0, 1, 2, 4) order by 1, 2, 3
    """)

    assert [(name, day.day, k, value) for name, day, k, value in rows] == [
        *(("weeks", 2, 0, 1), ("weeks", 2, 1, 1), ("weeks", 2, 2, 0), ("weeks", 2, 4, 1)),
        *(("weeks", 9, 0, 1), ("weeks", 9, 1, 0), ("weeks", 9, 2, 1), ("weeks", 9, 4, 0)),
        *(("weeks", 16, 0, 1), ("weeks", 16, 1, 0), ("weeks", 16, 2, 0), ("weeks", 16, 4, 0)),
        *(("weeks since", 2, 0, 1), ("weeks since", 2, 1, 1), ("weeks since", 2, 2, 1), ("weeks since", 2, 4, 1)),
        *(("weeks since", 9, 0, 1), ("weeks since", 9, 1, 1), ("weeks since", 9, 2, 1), ("weeks since", 9, 4, 0)),
        *(("weeks since", 16, 0, 1), ("weeks since", 16, 1, 0), ("weeks since", 16, 2, 0), ("weeks since", 16, 4, 0)),
    ]


@pytest.mark.parametrize("name", MARTS)
def test_both_engines_hold_the_same_rows(built, name):
    rows = built["duckdb"].mart(name)

    assert rows
    assert rows == built["postgres"].mart(name)


@pytest.mark.parametrize("engine", ENGINES)
def test_what_comes_in_comes_out(built, engine):
    result = built[engine].dbt.run("test", "--select", *FOLDERS, "--exclude-resource-type", "unit_test")

    assert {each.node.name for each in result.result if each.status not in ("pass", "success")} == set()


def test_an_earlier_day_is_built_again_as_it_was_known(built, tmp_path, new_mills):
    """From all rows as of then, and from the rows of then alone: the same, whatever has happened since."""
    (later,) = new_mills(built["duckdb"].folder, "later").values()
    (earlier,) = new_mills(tmp_path, "earlier").values()
    land(earlier, until=THEN)
    known = (*SUBSCRIPTIONS, "fct_retention_members")
    for mill in (later, earlier):
        build(mill, as_of=THEN, marts=known)

    for name in known:
        assert later.mart(name), name
        assert later.mart(name) == earlier.mart(name), name


IDENTITY = "assert_start_and_movements_of_a_customers_month_are_its_end"
SUMS = "assert_months_of_customers_add_up_to_all_of_them"
COVERING = "assert_periods_that_cover_a_months_end_are_its_mrr"
TOLD = "assert_every_subscription_told_is_counted_or_excluded"
BEGUN = "assert_every_period_of_a_membership_begins_with_one_event"
SETTLED = "assert_a_recovered_payment_is_recovered_once_and_in_time"
RECOVERED = "assert_recovered_revenue_is_its_payments"
MEMBERS = "assert_members_of_a_retention_cell_are_its_value"
ROLLING = "assert_rolling_retention_never_rises_and_no_cell_exceeds_its_cohort"
SLICES = "assert_slices_of_a_cohort_add_up_to_it"
STARTS = "assert_every_start_is_a_member_of_one_cohort"


@pytest.mark.parametrize(
    ("damage", "noticed_by"),
    [
        (
            "delete from intermediate.int_subscription_periods__unified where membership_id = 'mem_dot'",
            {TOLD, COVERING, BEGUN},
        ),
        (
            "update intermediate.int_subscription_periods__unified set monthly_usd = monthly_usd + 0.000001 "
            "where membership_id = 'bob''s' and monthly_usd > 0",
            {COVERING},
        ),
        ("update intermediate.int_subscription_periods__unified set amount_local = amount_local * 2", {TOLD}),
        (
            "update intermediate.int_subscription_periods__unified set ended_at = timestamptz '2026-04-30 12:00+00' "
            "where ended_at = timestamptz '2026-05-20 00:00+00'",
            {COVERING},
        ),
        ("update marts.fct_mrr_movements set new_usd = new_usd + 1 where person_id = 'u:bob'", {IDENTITY, SUMS}),
        ("update marts.fct_mrr_movements set churn_usd = -churn_usd, end_usd = -2 * churn_usd", {IDENTITY, SUMS}),
        (
            "delete from marts.fct_mrr_movements where person_id = 'u:ann' and date_month = date '2026-04-01'",
            {IDENTITY, SUMS},
        ),
        ("delete from marts.fct_mrr_monthly where date_month = date '2026-04-01'", {SUMS}),
        (
            "insert into marts.fct_mrr_movements select * from marts.fct_mrr_movements where churn_usd < 0",
            {IDENTITY, SUMS},
        ),
        ("delete from marts.fct_subscription_events where kind = 'trial_converted'", {BEGUN}),
        (
            "update marts.fct_recovered_payments set recovered_at = failed_at + interval '31 days' where is_recovered",
            {SETTLED},
        ),
        ("update marts.fct_recovered_payments set amount_usd = amount_usd * 2", {RECOVERED}),
        ("delete from marts.fct_recovered_payments where arm = 'held_out'", {RECOVERED}),
        ("delete from intermediate.int_retention__starts where person_id = 'u:ann'", {STARTS}),
        (
            "insert into intermediate.int_retention__starts "
            "select definition, cohort_period + 7, person_id, started_at "
            "from intermediate.int_retention__starts where definition = 'weeks'",
            {STARTS},
        ),
        ("delete from marts.fct_retention_members where k = 4", {MEMBERS}),
        ("update marts.fct_retention set value = 0 where value is null", {MEMBERS}),
        (
            "update marts.fct_retention set value = cohort_size + 1 where k = 1 and definition = 'weeks since'",
            {ROLLING, MEMBERS},
        ),
        ("delete from marts.fct_retention where breakdown_value = 'FR'", {SLICES}),
        (
            "update marts.fct_revenue_cohorts set cumulative_revenue_usd = cumulative_revenue_usd + 1 "
            "where breakdown = 'plan'",
            {SLICES},
        ),
    ],
)
def test_damage_is_noticed(built, tmp_path, damage, noticed_by):
    mill = built["duckdb"]
    whole = shutil.copy(mill.warehouse.path, tmp_path / "whole.duckdb")
    try:
        mill.query(damage)
        result = mill.dbt.run("test", "--select", *sorted(noticed_by), variables={"as_of": NOW.isoformat()})
    finally:
        shutil.copy(whole, mill.warehouse.path)

    assert {each.node.name for each in result.result if each.status == "fail"} == noticed_by
