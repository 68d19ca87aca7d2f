"""Tests' results against a reference that follows every person by hand, in five hundred small worlds built at once.

Each world is one test with a few units; its number is in its name and in the ids of its units.
"""

import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from math import sqrt

import pytest
from scipy.stats import chi2, norm

pytestmark = pytest.mark.slow  # thousands of rows on two engines
WORLDS = 500
BEGIN = datetime(2026, 3, 20, tzinfo=UTC)
AS_OF = BEGIN + timedelta(days=100)
STEP = timedelta(hours=12)  # coarse, so that days after the start are met on the instant
DAY = timedelta(days=1)
GOALS = ("purchase", "signup")
MEASURES = ("rate", "value_usd")
RETAINED = (7, 30, 90)
MARTS = ("fct_experiment_results", "fct_experiment_daily", "fct_retention_by_variant")
COMPARED = ("mean", "control_mean", "uplift", "uplift_low", "uplift_high", "relative_uplift", "p_value")


def a_world(rng, number):
    variants = rng.choice([["a"], ["a", "b"], ["b", "control"], ["a", "Control", "z"], ["a", "b", "c", "d"]])
    chances = rng.choice([None, [1] * len(variants), [each + 1 for each in range(len(variants))]])
    tells_exposures, is_broken = rng.random() < 0.5, rng.random() < 0.05
    told = {entity: [] for entity in ("assignments", "exposures", "events", "orders", "refunds")}
    for each in range(rng.choice([2, 4, 8, 20])):
        user = f"x{number}-u{each}"
        device = f"x{number}-d{each}" if rng.random() < 0.3 else None
        if device is not None:  # the event by which they are known to be one person
            told["events"].append(event(f"{user}-known", BEGIN - DAY, "app_open", user_id=user, anonymous_id=device))
        units = [user] if device is None else rng.choice([[device], [user, device]])
        drawn = BEGIN + STEP * rng.randint(0, 190)
        for unit in units:
            drawn_as = [1, *[0] * (len(variants) - 1)] if is_broken else chances or [1] * len(variants)
            place = rng.choices(range(len(variants)), weights=drawn_as)[0]
            fact = {"experiment": f"x{number}", "unit_id": unit, "variant": variants[place]}
            if chances is not None:
                fact["weight"] = str(chances[place])
            if rng.random() < 0.95:
                told["assignments"].append({**fact, "occurred_at": drawn.isoformat()})
            if tells_exposures and rng.random() < 0.8:
                for _ in range(rng.choice([1, 1, 2])):
                    met = drawn + STEP * rng.randint(0, 3)
                    told["exposures"].append({**fact, "occurred_at": met.isoformat()})
                    if rng.random() < 0.03:
                        strayed = {**fact, "variant": rng.choice(variants), "occurred_at": met.isoformat()}
                        told["exposures"].append(strayed)
        for does in range(rng.randint(0, 4)):
            do_something(rng, told, user, f"{user}-{does}", drawn)
    seen = {(row["unit_id"], row["variant"], row["occurred_at"]): row for row in told["exposures"]}
    return told | {"exposures": list(seen.values())}


def event(name, at, kind, **more):
    return {"event_id": name, "event_type": kind, "occurred_at": at.isoformat(), **more}


def do_something(rng, told, user, name, drawn):
    at = drawn + STEP * rng.choice([-1, 0, 0, 1, 2, 3, 13, 14, 15, 16, 59, 60, 61, 62, 179, 180, 182, 190])
    kind = rng.choice(["app_open", "app_open", "signup", "order"])
    if kind != "order":
        worth = {"value": "2.50", "currency": rng.choice(["USD", "XAU"])} if rng.random() < 0.3 else {}
        told["events"].append(event(name, at, kind, user_id=user, **worth))
        return
    amount, currency = rng.choice(["10.00", "19.99", "0.10"]), rng.choice(["USD", "USD", "USD", "XAU"])
    order = {"order_id": name, "user_id": user, "occurred_at": at.isoformat(), "amount": amount, "currency": currency}
    told["orders"].append(order)
    if rng.random() < 0.4:
        back = {"refund_id": name, "order_id": name, "occurred_at": (at + STEP * rng.randint(0, 9)).isoformat()}
        told["refunds"].append({**back, "amount": rng.choice([amount, "0.05"]), "currency": currency})


@pytest.fixture(scope="module")
def worlds():
    rng = random.Random(20261121)
    return [a_world(rng, number) for number in range(WORLDS)]


@pytest.fixture(scope="module")
def built(tmp_path_factory, new_mills, worlds):
    mills = new_mills(tmp_path_factory.mktemp("experiments"), "duckdb", "postgres")
    parties = {"assignments": "experiments", "exposures": "experiments"}
    for entity in ("assignments", "exposures", "events", "orders", "refunds"):
        told = [row for world in worlds for row in world[entity]]
        at = AS_OF + timedelta(days=90)
        mills["duckdb"].land(parties.get(entity, "product"), entity, "files", told, at=at, complete=False)
    for mill in mills.values():
        selected = [f"+{name}" for name in (*MARTS, "int_experiments__people")]
        mill.build("--select", *selected, variables={"as_of": AS_OF.isoformat()})
    return mills


class World:
    """One world as it was known at `AS_OF`, read row by row."""

    def __init__(self, told):
        known = {
            entity: [{**row, "at": at} for row in rows if (at := datetime.fromisoformat(row["occurred_at"])) <= AS_OF]
            for entity, rows in told.items()
        }
        owners = {row["anonymous_id"]: row["user_id"] for row in known["events"] if "anonymous_id" in row}
        self.drawn, self.met, self.weights = defaultdict(set), defaultdict(set), defaultdict(dict)
        in_variants, starts = defaultdict(set), {"assignments": defaultdict(list), "exposures": defaultdict(list)}
        for entity, units in (("assignments", self.drawn), ("exposures", self.met)):
            for row in known[entity]:
                units[row["variant"]].add(row["unit_id"])
                person = owners.get(row["unit_id"], row["unit_id"])
                in_variants[person].add(row["variant"])
                starts[entity][person].append(row["at"])
                self.weights[row["variant"]][row["unit_id"]] = row.get("weight")
        self.variants = sorted(self.drawn.keys() | self.met.keys())
        told_starts = starts["exposures"] or starts["assignments"]
        self.crossed = sum(len(each) > 1 for each in in_variants.values())
        self.people = {  # who is compared: variant and start
            person: (next(iter(in_variants[person])), min(times))
            for person, times in told_starts.items()
            if len(in_variants[person]) == 1
        }
        self.active = defaultdict(list)
        for row in known["events"]:
            self.active[row["user_id"]].append(row["at"])
        self.conversions = self._conversions(known)
        self.after_start = defaultdict(list)  # whole days since, whether it stands, value
        for person, (_, start) in self.people.items():
            for goal, at, stands, value, _ in self.conversions[person]:
                if at >= start:
                    self.after_start[person, goal].append(((at - start) // DAY, stands, value))

    def _conversions(self, known):
        """person → (goal, instant, whether it stands, what is left of its value, values without a rate)"""
        found = defaultdict(list)
        for row in known["events"]:
            if row["event_type"] == "signup":
                unrated = row.get("currency") == "XAU"
                value = 0.0 if unrated else float(row.get("value", 0))
                found[row["user_id"]].append(("signup", row["at"], 1, value, int(unrated)))
        for row in known["orders"]:
            backs = [each for each in known["refunds"] if each["order_id"] == row["order_id"]]
            unrated = row["currency"] == "XAU"
            given = sum((Decimal(each["amount"]) for each in backs), Decimal(0))
            stands = 0 if given >= Decimal(row["amount"]) else 1
            value = 0.0 if unrated else float(Decimal(row["amount"]) - given)
            found[row["user_id"]].append(("purchase", row["at"], stands, value, unrated * (1 + len(backs))))
        return found

    @property
    def control(self):
        named = [each for each in self.variants if each.lower() == "control"]
        return named[0] if named else self.variants[0]

    def ratio_p_value(self, units):
        counts = [len(units[variant]) for variant in self.variants]
        if len(counts) < 2 or not sum(counts):
            return None
        chances = [[each and float(each) for each in self.weights[variant].values()] for variant in self.variants]
        if any(None in each for each in chances):
            shares = [1 / len(counts)] * len(counts)
        else:
            means = [sum(each) / len(each) for each in chances]
            shares = [mean / sum(means) for mean in means]
        expected = [sum(counts) * share for share in shares]
        statistic = sum((seen - wanted) ** 2 / wanted for seen, wanted in zip(counts, expected, strict=True))
        return chi2.sf(statistic, len(counts) - 1)

    def measured(self, goal, measure, day=None):
        """variant → one number a person, over all their time or over one day; only people for whom it is over."""
        values = {variant: [] for variant in self.variants}
        for person, (variant, start) in self.people.items():
            if day is not None and start + DAY * (day + 1) > AS_OF:
                continue
            mine = self.after_start[person, goal]
            counted = mine if day is None else [each for each in mine if each[0] == day]
            rate, value = float(sum(each[1] for each in counted) > 0), sum(each[2] for each in counted)
            values[variant].append(rate if measure == "rate" else value)
        return values

    def returned(self, day, measure):
        values = {variant: [] for variant in self.variants}
        for person, (variant, start) in self.people.items():
            since, until = start + DAY * day, start + DAY * (day + 1)
            if until <= AS_OF:
                times = self.active[person]
                back = any(since <= at and (measure == "from_day" or at < until) for at in times)
                values[variant].append(float(back))
        return values


@pytest.fixture(scope="module")
def reference(worlds):
    return {f"x{number}": World(told) for number, told in enumerate(worlds)}


def compare(values, variant, control):
    people, held = values[variant], values[control]
    means = [sum(each) / len(each) if each else None for each in (people, held)]
    told = dict.fromkeys(COMPARED) | {"mean": means[0], "control_mean": means[1]}
    if variant == control or None in means:
        return told
    told["uplift"] = means[0] - means[1]
    told["relative_uplift"] = told["uplift"] / means[1] if means[1] else None
    if min(len(people), len(held)) > 1:
        error = sqrt(sum(spread(each) for each in (people, held)))
        told["uplift_low"] = told["uplift"] - 1.959963984540054 * error
        told["uplift_high"] = told["uplift"] + 1.959963984540054 * error
        told["p_value"] = 2 * norm.sf(abs(told["uplift"]) / error) if error > 1e-12 else None
    return told


def spread(values):
    mean = sum(values) / len(values)
    return sum((value - mean) ** 2 for value in values) / (len(values) - 1) / len(values)


def rows_by(mill, mart, keys, names):
    query = f"select {', '.join((*keys, *names))} from marts.{mart}"
    return {row[: len(keys)]: dict(zip(names, row[len(keys) :], strict=True)) for row in mill.query(query)}


def check(row, wanted, where):
    for name, value in wanted.items():
        told = None if row[name] is None else float(row[name])
        assert (told is None) == (value is None), (where, name)
        assert told is None or abs(told - value) <= 2e-9, (where, name)


def test_results_hold_every_variant_against_its_control(built, reference):
    plain = ("is_control", "assigned", "exposed", "crossed_people", "people", "control_people", "values_without_rate")
    ratio = ("assigned_ratio_p_value", "exposed_ratio_p_value", "has_sample_ratio_alarm")
    keys = ("experiment", "variant", "goal", "measure")
    found = rows_by(built["duckdb"], "fct_experiment_results", keys, (*plain, *ratio, *COMPARED))

    assert found.keys() == {
        (name, variant, goal, measure)
        for name, world in reference.items()
        for variant in world.variants
        for goal in GOALS
        for measure in MEASURES
    }
    told_p = 0
    for (name, variant, goal, measure), row in found.items():
        world, where = reference[name], (name, variant, goal, measure)
        values = world.measured(goal, measure)
        unrated = sum(
            each[4]
            for person, (mine, start) in world.people.items()
            for each in world.conversions[person]
            if mine == variant and each[0] == goal and each[1] >= start
        )
        assert [row[each] for each in plain] == [
            *(variant == world.control, len(world.drawn[variant]), len(world.met[variant]), world.crossed),
            *(len(values[variant]), len(values[world.control]), unrated),
        ], where
        check(row, compare(values, variant, world.control), where)
        ratios = [world.ratio_p_value(world.drawn), world.ratio_p_value(world.met)]
        check(row, dict(zip(ratio[:2], ratios, strict=True)), where)
        assert row["has_sample_ratio_alarm"] == any(each is not None and each < 0.001 for each in ratios), where
        told_p += row["p_value"] is not None
    assert told_p > 500


def test_days_since_the_start_show_who_had_them_whole(built, reference):
    keys = ("experiment", "variant", "goal", "measure", "day_number")
    found = rows_by(built["duckdb"], "fct_experiment_daily", keys, ("people", "control_people", *COMPARED))
    expected = {}
    for name, world in reference.items():
        for goal in GOALS:
            for measure in MEASURES:
                for day in range(28):
                    values = world.measured(goal, measure, day)
                    for variant in world.variants:
                        if values[variant]:
                            expected[name, variant, goal, measure, day] = (values, variant, world.control)

    assert found.keys() == expected.keys()
    for where, (values, variant, control) in expected.items():
        assert found[where]["people"] == len(values[variant]), where
        assert (found[where]["control_people"] or 0) == len(values[control]), where
        check(found[where], compare(values, variant, control), where)


def test_retention_counts_whom_the_day_has_passed(built, reference):
    keys = ("experiment", "variant", "day_number", "measure")
    names = ("people", "ripe_people", "control_ripe_people", "returned")
    found = rows_by(built["duckdb"], "fct_retention_by_variant", keys, (*names, *COMPARED))
    compared = {(name, variant) for name, world in reference.items() for variant, _ in world.people.values()}

    assert {key[:2] for key in found} == compared
    assert len(found) == len(compared) * 6
    back = 0
    for (name, variant, day, measure), row in found.items():
        world, where = reference[name], (name, variant, day, measure)
        values = world.returned(day, measure)
        everybody = sum(mine == variant for mine, _ in world.people.values())
        counts = [everybody, len(values[variant]), sum(values[variant])]
        assert [row["people"], row["ripe_people"], row["returned"]] == counts, where
        assert (row["control_ripe_people"] or 0) == len(values[world.control]), where
        check(row, compare(values, variant, world.control), where)
        back += counts[2]
    assert back > 500


def test_worlds_hold_what_makes_them_hard(built, reference):
    """Crossed people, alarms and people who are not compared at all: each is there, or the tests above prove little."""
    assert sum(world.crossed for world in reference.values()) > 50
    assert built["duckdb"].query("select count(*) from marts.fct_experiment_results where has_sample_ratio_alarm")[0][0]
    query = "select count(*) from intermediate.int_experiments__people where not is_crossed and started_at is null"
    assert built["duckdb"].query(query)[0][0] > 50


@pytest.mark.parametrize("mart", MARTS)
def test_both_engines_hold_the_same_rows(built, mart):
    assert built["postgres"].mart(mart) == built["duckdb"].mart(mart)
