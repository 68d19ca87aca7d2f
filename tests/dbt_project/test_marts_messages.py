"""Message funnels and lift against a reference that reads the landed rows one by one, in a thousand small worlds.

All worlds are built at once, with their number in their ids; twenty share a playbook, so that steps have people enough.
"""

import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import sqrt

import pytest
from scipy.stats import norm

pytestmark = pytest.mark.slow  # thousands of rows on two engines
WORLDS = 1_000
BEGIN = datetime(2026, 3, 20, tzinfo=UTC)  # Europe changes its clocks within the windows
AS_OF = BEGIN + timedelta(days=20)
STEP = timedelta(hours=12)  # coarse, so that windows end on the instant and things happen at once
WINDOW = timedelta(days=7)
ZONE = "workspace: {timezone: Asia/Tokyo}"  # without summer time: the reference adds nine hours
ABOUT = ("message_type", "channel", "playbook", "step", "variant")
STAGES = ("delivered", "opened", "clicked")
MARTS = ("fct_message_funnel", "fct_message_lift", "int_message_sales__credited")


def text(at):
    return at.isoformat()


def a_world(rng, number):
    """Sends, receipts, orders and refunds of one to three people."""
    people = [f"w{number}-p{each}" for each in range(rng.randint(1, 3))]

    def some_time():
        return BEGIN + STEP * rng.randint(0, 44)

    sends, receipts, orders, refunds = [], [], [], []
    for each in range(rng.randint(0, 7)):
        send = {
            "message_id": f"w{number}-m{each}",
            "user_id": rng.choice(people),
            "occurred_at": text(some_time()),
            "message_type": rng.choice(["nudge", None]),
            "channel": rng.choice(["email", "push", "telegram"]),
            "playbook": f"p{number // 20}",
            "step": rng.choice(["1", "1", "2"]),
            "variant": rng.choice(["a", "b", None]),
            "outcome": rng.choice(["sent", "sent", "sent", "held_out", "ghost", "failed", "capped", None]),
        }
        sends.append(send)
        if send["channel"] != "telegram" and send["outcome"] in ("sent", None):
            receipts += some_receipts(rng, send)
    if rng.random() < 0.1:  # a provider tells of a message that nobody told us of
        stray = {"message_id": f"w{number}-stray", "user_id": people[0], "occurred_at": text(some_time())}
        about = {"channel": "email", "playbook": f"p{number // 20}", "step": "1"}
        receipts.append({**stray, **about, "kind": rng.choice(["delivered", "bounced"])})
    for each in range(rng.randint(0, 5)):
        order = {
            "order_id": f"w{number}-o{each}",
            "user_id": rng.choice(people),
            "occurred_at": text(some_time()),
            "amount": rng.choice(["10.00", "0.10", "19.99", "3.33"]),
            "currency": rng.choice(["USD", "USD", "USD", "XAU"]),  # nobody tells a rate of the last
        }
        orders.append(order)
        if rng.random() < 0.3:
            given = rng.choice([order["amount"], "0.05"])
            at = text(datetime.fromisoformat(order["occurred_at"]) + STEP * rng.randint(0, 6))
            refund = {"refund_id": f"w{number}-r{each}", "order_id": order["order_id"], "occurred_at": at}
            refunds.append({**refund, "amount": given, "currency": order["currency"]})
    return {"sends": sends, "receipts": receipts, "orders": orders, "refunds": refunds}


def some_receipts(rng, send):
    at = datetime.fromisoformat(send["occurred_at"])
    for kind in ("delivered", "opened", "clicked", "bounced", "complained", "unsubscribed", "deferred"):
        for _ in range(rng.choice([0, 0, 1, 2] if kind != "bounced" else [0, 0, 0, 1])):
            at += timedelta(minutes=rng.randint(1, 600))
            yield {
                "message_id": send["message_id"],
                "user_id": send["user_id"],
                "occurred_at": text(at),
                "kind": kind,
                **{name: send[name] for name in ABOUT},
            }


@pytest.fixture(scope="module")
def worlds():
    rng = random.Random(20261121)
    return [a_world(rng, number) for number in range(WORLDS)]


@pytest.fixture(scope="module")
def rows(worlds):
    """Everything that had happened by `AS_OF`, with instants read."""
    known = defaultdict(list)
    for world in worlds:
        for entity, told in world.items():
            for row in told:
                at = datetime.fromisoformat(row["occurred_at"])
                if at <= AS_OF:
                    known[entity].append({**row, "at": at})
    return known


@pytest.fixture(scope="module")
def built(tmp_path_factory, new_mills, worlds):
    mills = new_mills(tmp_path_factory.mktemp("messages"), "duckdb", "postgres")
    first = mills["duckdb"]
    for entity, party in {
        "sends": "messaging",
        "receipts": "messaging",
        "orders": "product",
        "refunds": "product",
    }.items():
        told = [row for world in worlds for row in world[entity]]
        first.land(party, entity, "files", told, at=AS_OF + timedelta(days=9), complete=False)
    for mill in mills.values():
        mill.define(ZONE)
        selected = [f"+{name}" for name in MARTS]
        mill.build("--select", *selected, variables={"as_of": AS_OF.isoformat()})
    return mills


def messages_of(rows):
    """Each message with its person, what it is about, and its fate, read from its send and receipts alone."""
    messages = {}
    for send in rows["sends"]:
        about = {name: send[name] for name in ABOUT}
        fact = {"person": send["user_id"], "at": send["at"], "outcome": send["outcome"], "kinds": set(), "told": True}
        messages[send["message_id"]] = about | fact
    for receipt in sorted(rows["receipts"], key=lambda row: row["at"]):
        about = {name: receipt.get(name) for name in ABOUT}
        fact = {"person": receipt["user_id"], "at": receipt["at"], "outcome": None, "kinds": set(), "told": False}
        messages.setdefault(receipt["message_id"], about | fact)["kinds"].add(receipt["kind"])
    for message in messages.values():
        kinds = message["kinds"]
        message["clicked"] = "clicked" in kinds
        message["opened"] = bool(kinds & {"opened", "clicked"})
        message["delivered"] = bool(kinds & {"delivered", "opened", "clicked", "complained", "unsubscribed"})
        fates = {"held_out": "held_out", "ghost": "held_out", "failed": "failed", "capped": "not_sent"}
        message["fate"] = fates.get(message["outcome"], "sent")
    return messages


def sales_of(rows):
    """Each sale with what was given back; None where a rate is missing."""
    sales = {}
    for order in rows["orders"]:
        usd = Decimal(order["amount"]) if order["currency"] == "USD" else None
        sales[order["order_id"]] = {"person": order["user_id"], "at": order["at"], "usd": usd, "back": Decimal(0)}
    for refund in rows["refunds"]:
        sale = sales[refund["order_id"]]
        if sale["usd"] is not None:
            sale["back"] += Decimal(refund["amount"])
    return sales


def last_message(sale, messages):
    """The id of the last message that reached the buyer at or before the sale, at most a window earlier."""
    reached = [
        (message["at"], name)
        for name, message in messages.items()
        if message["person"] == sale["person"]
        and message["fate"] == "sent"
        and (message["delivered"] or "bounced" not in message["kinds"])
        and message["at"] <= sale["at"]
    ]
    at, name = max(reached, default=(None, None))
    return name if name is not None and sale["at"] - at <= WINDOW else None


@pytest.fixture(scope="module")
def reference(rows):
    messages, sales = messages_of(rows), sales_of(rows)
    by_person = defaultdict(dict)
    for name, message in messages.items():
        by_person[message["person"]][name] = message
    credit = {name: last_message(sale, by_person[sale["person"]]) for name, sale in sales.items()}
    return messages, sales, {sale: message for sale, message in credit.items() if message is not None}


def test_every_sale_is_credited_to_the_last_message_of_its_window(built, reference):
    _, _, credit = reference
    found = dict(built["duckdb"].query("select sale_id, message_id from intermediate.int_message_sales__credited"))

    assert len(credit) > 500
    assert found == {f"order:{sale}": message for sale, message in credit.items()}


def test_the_funnel_counts_what_became_of_every_message(built, reference):
    messages, sales, credit = reference
    tells = {stage: {each["channel"] for each in messages.values() if each[stage]} for stage in STAGES}
    earned = defaultdict(list)
    for sale, message in credit.items():
        earned[message].append(sales[sale])
    expected = defaultdict(lambda: defaultdict(Decimal))
    for name, message in messages.items():
        day = (message["at"] + timedelta(hours=9)).date()
        cell = expected[day, *(message[about] for about in ABOUT)]
        cell["attempts"] += 1
        cell[message["fate"]] += 1
        for stage in STAGES:
            if message["channel"] not in tells[stage]:
                cell[stage] = None
            elif message["fate"] == "sent":
                cell[stage] += message[stage]
        for kind in ("bounced", "unsubscribed", "complained"):
            cell[kind] += kind in message["kinds"]
        cell["converted"] += bool(earned[name])
        cell["attributed_sales"] += len(earned[name])
        cell["attributed_revenue_usd"] += sum(sale["usd"] or 0 for sale in earned[name])
        cell["attributed_refunds_usd"] += sum(sale["back"] for sale in earned[name])
        cell["sales_without_rate"] += sum(sale["usd"] is None for sale in earned[name])

    names = [
        *("attempts", "sent", "held_out", "failed", "not_sent", *STAGES, "converted", "bounced", "unsubscribed"),
        *("complained", "attributed_sales", "attributed_revenue_usd", "attributed_refunds_usd", "sales_without_rate"),
    ]
    query = f"select date_day, {', '.join(ABOUT)}, {', '.join(names)} from marts.fct_message_funnel"
    found = {row[:6]: dict(zip(names, row[6:], strict=True)) for row in built["duckdb"].query(query)}
    assert found.keys() == expected.keys()
    for key, cell in expected.items():
        assert found[key] == {name: cell[name] for name in names}, key


def test_rates_are_shares_of_their_own_row(built):
    query = """
        select count(*), count(case when
            delivery_rate is distinct from cast(delivered as double) / nullif(sent, 0)
            or open_rate is distinct from cast(opened as double) / nullif(delivered, 0)
            or click_rate is distinct from cast(clicked as double) / nullif(delivered, 0)
            or conversion_rate is distinct from cast(converted as double) / nullif(sent, 0)
        then 1 end)
        from marts.fct_message_funnel
        where coalesce(delivered, 2) in (0, 1, 2, 4) and sent in (0, 1, 2, 4)  -- shares that nine digits hold
    """
    rows, wrong = built["duckdb"].query(query)[0]

    assert rows > 100
    assert wrong == 0


def test_lift_holds_first_attempts_against_held_out_ones(built, reference):
    messages, sales, _ = reference
    attempts = [
        (message["at"], name, message)
        for name, message in messages.items()
        if message["told"] and message["fate"] in ("sent", "failed", "held_out")
    ]
    first, groups = set(), defaultdict(lambda: {"people": [], "control": [], "unripe": 0, "without_rate": 0})
    for at, _, message in sorted(attempts, key=lambda each: each[:2]):
        step = tuple(message[about] for about in ABOUT[:4])
        group = groups[step]
        if (message["person"], step) in first:
            continue
        first.add((message["person"], step))
        if at + WINDOW > AS_OF:
            group["unripe"] += 1
            continue
        bought = [
            sale for sale in sales.values() if sale["person"] == message["person"] and at <= sale["at"] <= at + WINDOW
        ]
        group["without_rate"] += sum(sale["usd"] is None for sale in bought)
        spent = sum(float(sale["usd"] - sale["back"]) for sale in bought if sale["usd"] is not None)
        group["control" if message["fate"] == "held_out" else "people"].append((float(bool(bought)), spent))

    names = ["people", "control_people", "unripe_people", "sales_without_rate", "mean", "control_mean"]
    more = ["uplift", "uplift_low", "uplift_high", "relative_uplift", "p_value", "incremental"]
    query = f"select {', '.join(ABOUT[:4])}, measure, {', '.join(names + more)} from marts.fct_message_lift"
    found = {row[:5]: dict(zip(names + more, row[5:], strict=True)) for row in built["duckdb"].query(query)}

    assert found.keys() == {(*step, measure) for step in groups for measure in ("rate", "value_usd")}
    compared = 0
    for step, group in groups.items():
        for place, measure in enumerate(("rate", "value_usd")):
            row = found[*step, measure]
            people, control = ([each[place] for each in group[arm]] for arm in ("people", "control"))
            assert row["people"] == len(people)
            assert row["control_people"] == len(control)
            assert row["unripe_people"] == group["unripe"]
            assert row["sales_without_rate"] == group["without_rate"]
            wanted = compare(people, control)
            compared += wanted["p_value"] is not None
            for name, value in wanted.items():
                told = None if row[name] is None else float(row[name])
                assert told == (None if value is None else pytest.approx(value, abs=2e-9)), (step, measure, name)
    assert compared > 20


def compare(people, control):
    """Welch's standard error and the normal distribution, by hand."""
    mean, held = average(people), average(control)
    uplift = None if mean is None or held is None else mean - held
    variances = [spread(arm) for arm in (people, control)]
    error = None if None in variances else sqrt(sum(variances))
    return {
        "mean": mean,
        "control_mean": held,
        "uplift": uplift,
        "uplift_low": None if error is None else uplift - 1.959963984540054 * error,
        "uplift_high": None if error is None else uplift + 1.959963984540054 * error,
        "relative_uplift": uplift / held if uplift is not None and held else None,
        "p_value": 2 * norm.sf(abs(uplift) / error) if error else None,
        "incremental": None if uplift is None else uplift * len(people),
    }


def average(values):
    return sum(values) / len(values) if values else None


def spread(values):
    if len(values) < 2:
        return None
    mean = sum(values) / len(values)
    return sum((value - mean) ** 2 for value in values) / (len(values) - 1) / len(values)


@pytest.mark.parametrize("mart", [name for name in MARTS if name.startswith("fct_")])
def test_both_engines_hold_the_same_rows(built, mart):
    assert built["postgres"].mart(mart) == built["duckdb"].mart(mart)
