"""One world behind every system: a person's click, sign-up, reading, game, purchase, failed payment and answer to a
letter are the same fact in the ad platforms, the product's events, its orders, the payment provider and the mail.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from simulator.product.stream import ProductStream
from simulator.product.wording import order_id
from simulator.truth import Truth
from simulator.whop.habits import Habits
from simulator.whop.shapes import Shapes
from simulator.world.calendar import local_date
from simulator.world.lives import identity
from simulator.world.lives.facts import EVENT_TYPES
from simulator.world.orders import Order
from simulator.world.practice import PracticeWorld
from simulator.world.scenario import META_US, TINY, X_US

LIVED = replace(TINY, history_days=40)
SHORT = replace(TINY, accounts=(META_US, X_US), history_days=4, people=5_000)
STREAMS = ("events", "touches", "orders", "content", "users")
Row = dict[str, Any]


@pytest.fixture(scope="module")
def world() -> PracticeWorld:
    return PracticeWorld(LIVED, seed=7)


@pytest.fixture(scope="module")
def stream(world: PracticeWorld) -> ProductStream:
    return ProductStream(world)


@pytest.fixture(scope="module")
def events(stream: ProductStream) -> list[Row]:
    return list(stream.rows("events", stream.opened_at(), stream.known_until()))


@pytest.fixture(scope="module")
def touches(stream: ProductStream) -> list[Row]:
    return list(stream.rows("touches", stream.opened_at(), stream.known_until()))


@pytest.fixture(scope="module")
def orders(world: PracticeWorld, stream: ProductStream) -> Sequence[Order]:
    return world.orders(stream.opened_at(), stream.known_until())


@pytest.fixture(scope="module")
def whop(world: PracticeWorld) -> Shapes:
    """The payment provider's books in its own words, as a key that may see everything reads them."""
    return Shapes(seed=world.seed, account_id="biz_1", habits=Habits(), till=world.society.commerce().till)


def written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def of_type(events: list[Row], *types: str) -> list[Row]:
    return [each for each in events if each["event_type"] in types]


# What people do.


def test_everything_that_can_be_done_is_done(events):
    assert set(Counter(each["event_type"] for each in events)) == set(EVENT_TYPES)
    assert len({each["event_id"] for each in events}) == len(events)


def test_who_is_named_has_signed_up_before_and_only_once(events, stream):
    signed_up = {each["user_id"]: each["occurred_at"] for each in of_type(events, "signup")}
    assert len(signed_up) == len(of_type(events, "signup"))
    named = [each for each in events if "user_id" in each]
    assert all(signed_up[each["user_id"]] <= each["occurred_at"] for each in named)
    assert len(named) < len(events)
    users = list(stream.rows("users", stream.opened_at(), stream.known_until()))
    assert {each["user_id"]: each["created_at"] for each in users} == signed_up


def test_nobody_stakes_tokens_that_they_have_not_earned(events):
    balance: Counter[str] = Counter()
    for each in sorted(events, key=lambda each: each["occurred_at"]):
        said = each["properties"]
        if each["event_type"] in ("token_earned", "referral_earning"):
            balance[each["user_id"]] += said["amount"]
        elif each["event_type"] == "game_played":
            balance[each["user_id"]] -= said["stake"]
            assert balance[each["user_id"]] >= 0
            assert said["payout"] == int(said["stake"] * said["multiplier"] + 1e-9)
            balance[each["user_id"]] += said["payout"]
    assert len(balance) > 1_000


def test_every_article_read_was_looked_at_just_before(events):
    def read(*types: str) -> list[tuple[str, str]]:
        found = (each["properties"] for each in of_type(events, *types))
        return [(said["session_id"], said["article_id"]) for said in found]

    finished = read("article_read_complete", "article_share")
    assert set(finished) <= set(read("article_view"))
    assert len(finished) > 1_000


def test_nobody_leaves_a_hub_that_they_do_not_follow(events):
    following: set[tuple[str, str]] = set()
    for each in of_type(events, "hub_follow", "hub_unfollow"):
        pair = (each["user_id"], each["properties"]["hub_id"])
        if each["event_type"] == "hub_follow":
            following.add(pair)
        else:
            following.remove(pair)
    assert following


def test_what_is_read_and_bought_is_in_the_catalogue(events, stream):
    since = stream.opened_at() - timedelta(days=120)
    there = {each["content_id"] for each in stream.content(since, stream.known_until())}
    named = {
        value
        for each in events
        for name, value in each["properties"].items()
        if name in ("article_id", "product_id", "game_id", "hub_id")
    }
    old = {name for name in named if name.startswith("art-")} - there  # some still read what is older than that
    assert named - old <= there
    assert len(old) < len(named) / 20


def test_a_friend_who_invites_is_rewarded_in_the_same_breath(events):
    signed_up = {each["user_id"]: each for each in of_type(events, "signup")}
    invited = {name: each for name, each in signed_up.items() if "referral_code" in each["properties"]}
    joined = {each["user_id"]: each["properties"] for each in of_type(events, "referral_signup")}
    assert set(joined) == set(invited) != set()
    for name, said in joined.items():
        assert said["referral_code"] == invited[name]["properties"]["referral_code"]
        assert identity.user_id(identity.person_of_code(said["referral_code"]) or 0) == said["referrer_id"]
    rewards = [each for each in of_type(events, "token_earned") if each["properties"]["reason"] == "referral"]
    assert Counter(each["properties"]["amount"] for each in rewards) == {250: len(joined), 500: len(joined)}


# From the click on an ad to the sign-up.


def test_every_sign_up_that_an_ad_caused_begins_with_a_touch_of_that_ad(world, events, touches, orders):
    clicks = defaultdict(list)
    for each in touches:
        clicks[each["occurred_at"]].append(each)
    signed_up = {each["user_id"]: each for each in of_type(events, "signup")}
    ads = traced = 0
    for order in (each for each in orders if each.kind == "sign_up" and each.ad_id is not None and each.clicked_at):
        found = [each for each in clicks[written(order.clicked_at)] if each["touch_kind"] == "click"]
        campaign = campaign_of(world, order)
        assert any(each.get("ad_id", order.ad_id) == order.ad_id for each in found)
        assert any(each.get("utm_campaign", campaign) == campaign for each in found)
        ads += 1
        sign_up = signed_up.get(order.person)
        at_once = order.at - order.clicked_at <= timedelta(minutes=30)
        if sign_up is not None and sign_up["occurred_at"] == written(order.at) and at_once:
            assert sign_up["anonymous_id"] in {each["anonymous_id"] for each in found}
            traced += 1
    assert ads > 500
    assert traced > ads / 2


def campaign_of(world: PracticeWorld, order: Order) -> str:
    ad = world.find(order.party or "", "ad", order.ad_id or "")
    assert ad is not None
    group = world.find(order.party or "", "ad_group", ad.parent_id or "")
    assert group is not None
    assert group.parent_id is not None
    return group.parent_id


def test_a_platform_claims_at_least_what_its_clicks_led_to(world, orders):
    """After 28 days, for each ad's day that it still shows; what it claims beyond would have happened anyway."""
    for party in ("meta_ads", "x_ads", "tiktok_ads"):
        for account in world.accounts(party):
            since = world.opened_at().date() + timedelta(days=1)
            until = since + timedelta(days=9)
            claimed: Counter[Any] = Counter()
            rows = world.ad_days(party, account.id, since, until)
            shown = {(row.ad_id, row.day) for row in rows}
            for row in rows:
                for kind, claim in row.claims.items():
                    claimed[row.ad_id, row.day, kind] += claim.click_28d
            caused = Counter(
                (order.ad_id, day, order.kind)
                for order in orders
                if order.account_id == account.id
                and order.clicked_at is not None
                and order.at - order.clicked_at <= timedelta(days=28)
                and since <= (day := local_date(account.timezone, int(order.clicked_at.timestamp()))) < until
                and (order.ad_id, day) in shown
            )
            assert {key: (number, claimed[key]) for key, number in caused.items() if claimed[key] < number} == {}
            assert 0 < sum(caused.values()) < sum(claimed.values())


def test_what_ads_caused_is_what_people_did(world, events, orders):
    happened = Counter((each.party, each.account_id, each.kind) for each in orders if each.ad_id is not None)
    until = world.now().date() + timedelta(days=2)
    for party in ("meta_ads", "x_ads", "tiktok_ads"):
        for account in world.accounts(party):
            told: Counter[str] = Counter()
            for row in Truth(world).caused(party, account.id, world.opened_at().date() - timedelta(days=1), until):
                told[row.kind] += row.so_far
            assert told == {kind: happened[party, account.id, kind] for kind in told}
    assert len(of_type(events, "purchase_complete")) == sum(each.kind == "purchase" for each in orders)


# From the purchase to the payment.


def test_one_purchase_is_one_event_one_order_and_one_payment_of_the_same_amount(events, orders, stream, whop):
    bought = {order.id: order for order in orders if order.kind == "purchase"}
    told = {each["properties"]["order_id"]: each for each in of_type(events, "purchase_complete")}
    kept = {each["order_id"]: each for each in stream.rows("orders", stream.opened_at(), stream.known_until())}
    paid = {order_id(each.order): whop.payment(each) for each in whop.till.payments.values() if each.order is not None}
    assert set(told) == set(bought) == set(kept) == set(paid)
    assert len(bought) > 800
    for id_, order in bought.items():
        event, row, payment = told[id_], kept[id_], paid[id_]
        assert {order.person, event["user_id"], row["user_id"]} == {payment["metadata"]["user_id"]}
        assert payment["customer_email"] == f"{order.person}@people.example"
        assert event["occurred_at"] == row["occurred_at"] == written(order.at) == payment["paid_at"].replace(".000", "")
        assert event["value"] == row["amount"] == payment["total"]["amount"]
        assert event["currency"] == row["currency"] == payment["currency"].upper()
        assert payment["usd_total"]["amount"] == str(order.value_usd)
        assert row["payment_id"] == payment["id"]
        assert payment["metadata"]["order_id"] == id_
        assert (row["status"] == "paid") == (payment["refunded_amount"]["amount"] in ("0", "0.00"))
        assert row["refunded_amount"] == payment["refunded_amount"]["amount"]


def test_refunds_add_up_to_what_payments_say_was_returned(whop):
    returned: Counter[str] = Counter()
    for refund in whop.till.refunds.values():
        returned[refund.payment] += refund.minor
    assert returned == {id_: each.refunded_minor for id_, each in whop.till.payments.items() if each.refunded_minor}
    assert all(each.refunded_minor <= each.minor for each in whop.till.payments.values())


def test_members_have_spent_what_their_payments_say(whop):
    spent: Counter[int] = Counter()
    for payment in whop.till.payments.values():
        if payment.paid_at is not None:
            spent[payment.person] += payment.usd_cents
    assert {person: each.spent_cents for person, each in whop.till.customers.items()} == dict(spent)


def test_a_membership_begins_with_a_payment_and_is_renewed_period_by_period(whop):
    by_membership = defaultdict(list)
    for payment in whop.till.payments.values():
        if payment.membership is not None:
            by_membership[payment.membership].append(payment)
    assert set(by_membership) == set(whop.till.memberships)
    for id_, payments in by_membership.items():
        membership = whop.till.memberships[id_]
        assert [each.reason for each in payments] == ["subscription_create"] + ["subscription_cycle"] * (
            len(payments) - 1
        )
        assert {each.person for each in payments} == {membership.person}
        assert membership.period == sum(each.paid_at is not None for each in payments) - 1
        assert (membership.status == "past_due") == (payments[-1].outcome == "open")


def test_a_refused_renewal_is_tried_again_until_it_is_paid_or_given_up(whop):
    refused = [each for each in whop.till.payments.values() if each.failures and each.reason == "subscription_cycle"]
    assert len(refused) > 5
    for each in refused:
        match each.outcome:
            case "paid":
                assert each.failures < each.attempts
            case "open":
                assert each.next_attempt_at is None or each.next_attempt_at > (each.last_attempt_at or 0)
                assert whop.payment(each)["substatus"] == "past_due"
            case _:
                assert whop.till.memberships[each.membership or ""].status == "canceled"


# The same bytes, whoever asks, whenever.


def told(world: PracticeWorld, until: datetime | None = None) -> str:
    stream = ProductStream(world)
    until = stream.known_until() if until is None else until
    rows = {name: list(stream.rows(name, stream.opened_at(), until)) for name in STREAMS}
    shapes = Shapes(seed=world.seed, account_id="biz_1", habits=Habits(), till=world.society.commerce().till)
    books = [shapes.payment(each) for each in shapes.till.payments.values()]
    books += [shapes.membership(each) for each in shapes.till.memberships.values()]
    return json.dumps([rows, books])


def test_the_same_seed_tells_the_same_bytes_and_another_seed_does_not():
    first, again, other = (told(PracticeWorld(SHORT, seed=seed)) for seed in (3, 3, 4))
    assert first == again
    assert first != other


def test_it_does_not_matter_how_often_somebody_looked_or_how_time_was_cut_up():
    watched, alone = PracticeWorld(SHORT, seed=5), PracticeWorld(SHORT, seed=5)
    for hours in (1, 5, 0.5, 7.25, 0.25, 10):
        told(watched)
        watched.advance(timedelta(hours=hours))
    alone.advance(timedelta(hours=24))
    assert told(watched) == told(alone)


def test_opening_a_world_works_none_of_it_out():
    world = PracticeWorld(SHORT, seed=5)
    assert world.society.till.payments == {}
    assert world.society.commerce().till.payments


def test_what_has_been_told_of_a_stretch_never_changes():
    world = PracticeWorld(SHORT, seed=6)
    stream, lived = ProductStream(world), list[tuple[datetime, dict[str, list[Row]]]]()
    for _ in range(5):
        until = stream.known_until()
        lived.append((until, {name: list(stream.rows(name, stream.opened_at(), until)) for name in STREAMS}))
        world.advance(timedelta(hours=7))
    for until, rows in lived:
        again = {name: list(ProductStream(world).rows(name, stream.opened_at(), until)) for name in STREAMS}
        assert again == rows


def test_a_stretch_is_the_sum_of_its_parts_and_ends_where_the_world_does(stream):
    since = datetime(2026, 10, 1, 0, 0, tzinfo=UTC)
    cuts = [since, since + timedelta(hours=5), since + timedelta(hours=29), since + timedelta(days=3)]
    for name in STREAMS:
        parts = [row for first, last in pairwise(cuts) for row in stream.rows(name, first, last)]
        assert parts == list(stream.rows(name, cuts[0], cuts[-1]))
    assert list(stream.rows("events", stream.known_until(), stream.known_until() + timedelta(days=9))) == []


# Identities lead back.


@pytest.mark.parametrize("person", [0, 1, 7, 40_000, 999_999, 12_345_678])
def test_an_address_a_user_id_and_a_code_lead_back_to_the_person(person):
    assert identity.person_of_email(identity.email(person).upper()) == person
    assert identity.person_of_email(f"p{person:07d}+shop@people.example") == person
    assert identity.person_of_user(identity.user_id(person)) == person
    assert identity.person_of_code(identity.referral_code(person)) == person


@pytest.mark.parametrize("text", ["", "p1@people.example", "p0000001@elsewhere.example", "R000", "r0000001", "p000"])
def test_strangers_are_nobody(text):
    assert identity.person_of_email(text) is identity.person_of_user(text) is identity.person_of_code(text) is None
