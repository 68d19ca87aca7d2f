"""Foretells what buyers will still spend, from the published marts, and lands it: the next build shows it.

The instant that a prediction is for is the build's own, and its random numbers follow from that instant: the same marts
give the same prediction, and it is known from that instant on.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd

from actions.house import House
from actions.read_marts import published_marts
from analysis.lifetime_value import Buyers, LifetimeModel, expect, fit_lifetime_model, foresee
from analysis.purchase_counts import Histories
from connectors.ad_platform import Row
from connectors.entity_schema import EntitySchema
from connectors.landing.manifest import Pull
from connectors.landing.pull_writer import PullExists, PullWriter
from connectors.predictions.schemas import LIFETIME_COHORTS, LIFETIME_VALUES

HORIZONS_DAYS = (90, 365)
ACCOUNT = "weir"
_SHARE = 0.9  # of the futures inside a range
_DRAWS = 200
# Whose own clock runs ahead has bought after the instant that the marts stand for: nothing can be said of them yet.
_COLUMNS = ("user_id", "repeats", "recency", "age", "mean", "month", "as_of")
_QUESTION = """
    select
        user_id, repeat_purchases, recency_days, age_days, mean_repeat_usd::double, strftime(first_day, '%Y-%m'), as_of
    from decisions_buyers where age_days >= recency_days order by person_id
"""
_PARAMETERS = ("r", "alpha", "a", "b", "p", "q", "gamma")


class NobodyBought(Exception):
    """There is no purchase in the published marts, so there is nothing to foretell."""


@dataclass(frozen=True, kw_only=True)
class Prediction:
    as_of: datetime
    buyers: int
    model: LifetimeModel
    had_landed: bool  # this instant was foretold before; what landed then stays


def predict_lifetime_value(house: House) -> Prediction:
    """Raises `analysis.likelihood.NotIdentified` where too few have bought again to say anything."""
    with published_marts(house) as connection:
        table = pd.DataFrame(connection.execute(_QUESTION).fetchall(), columns=[*_COLUMNS])
    if table.empty:
        raise NobodyBought("nobody has bought anything in the published marts")
    as_of = table["as_of"].iloc[0].to_pydatetime().astimezone(UTC)
    buyers = _buyers(table)
    model = fit_lifetime_model(buyers)
    cohorts, groups = np.unique(table["month"].to_numpy(dtype=str), return_inverse=True)
    rng = np.random.default_rng(int(as_of.timestamp()))
    people: list[Row] = []
    together: list[Row] = []
    for days in HORIZONS_DAYS:
        outlook = expect(model, buyers, time=days)
        ranges = foresee(model, buyers, time=days, groups=groups, share=_SHARE, draws=_DRAWS, rng=rng)
        told = table[["user_id"]].assign(
            horizon_days=days,
            alive=outlook.alive,
            purchase_usd=outlook.value_of_purchase,
            expected_purchases=outlook.purchases,
            expected_usd=outlook.spend,
            low_usd=ranges.low,
            high_usd=ranges.high,
        )
        people += _rows(told[told["user_id"].notna()])
        sums = pd.DataFrame({"cohort_month": cohorts, "horizon_days": days, "buyers": np.bincount(groups)})
        totals = {
            "expected_purchases": np.bincount(groups, weights=outlook.purchases),
            "expected_usd": np.bincount(groups, weights=outlook.spend),
            "low_usd": ranges.group_low,
            "high_usd": ranges.group_high,
        }
        fitted = dict(zip(_PARAMETERS, [*model.counts.parameters, *model.values.parameters], strict=True))
        together += _rows(sums.assign(**totals, **fitted, correlation=model.correlation))
    landed = [
        _land(house, schema, rows, as_of) for schema, rows in ((LIFETIME_VALUES, people), (LIFETIME_COHORTS, together))
    ]
    return Prediction(as_of=as_of, buyers=len(table), model=model, had_landed=not any(landed))


def _buyers(table: pd.DataFrame) -> Buyers:
    histories = Histories(
        repeats=table["repeats"].to_numpy(dtype=float),
        recency=table["recency"].to_numpy(dtype=float),
        age=table["age"].to_numpy(dtype=float),
    )
    return Buyers(histories=histories, means=table["mean"].to_numpy(dtype=float, na_value=np.nan))


def _rows(table: pd.DataFrame) -> list[Row]:
    """Numbers as texts of six digits, which every engine reads alike; what is not known is left out."""
    return [{name: _told(value) for name, value in row.items() if value == value} for row in table.to_dict("records")]


def _told(value: Any) -> Any:
    return f"{value:.6f}" if isinstance(value, float) else value


def _land(house: House, schema: EntitySchema, rows: Sequence[Row], as_of: datetime) -> bool:
    pull = Pull(
        pull_id="lifetime",
        party=schema.party,
        entity=schema.entity,
        account_id=ACCOUNT,
        pulled_at=as_of,
        currency="USD",
        timezone="UTC",
    )
    with suppress(PullExists), PullWriter(house.home.landing, pull, sleep=house.sleep) as writer:
        for row in rows:
            writer.write(row)
        return True
    return False
