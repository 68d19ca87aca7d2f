"""What a home holds, in a few numbers for people: by platform, what was spent, claimed, restated and set aside.

Numbers only, from the published marts and the load log; tables and pictures are made by the callers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import duckdb

from actions.house import House
from actions.read_marts import published_marts
from connectors.lake.versions import Counts


@dataclass(frozen=True, kw_only=True)
class PlatformSummary:
    platform: str
    accounts: int
    landed_rows: int  # of every entity
    quarantined_rows: int
    ad_days: int
    spend_local: Mapping[str, Decimal]  # by currency
    spend_usd: Decimal | None  # None: some rate is missing
    reported_conversions: Decimal | None  # what the platform claims
    restated_ad_days: int


@dataclass(frozen=True, kw_only=True)
class StreamSummary:
    """What landed of an entity of a party that is no ad platform: landed = raw + duplicates + quarantined."""

    party: str
    entity: str
    counts: Counts


@dataclass(frozen=True, kw_only=True)
class Summary:
    platforms: tuple[PlatformSummary, ...]
    streams: tuple[StreamSummary, ...]
    conversions_restated: Mapping[str, Mapping[date, float]]  # platform → day → claims added or taken back since

    @property
    def restated_ad_days(self) -> int:
        return sum(each.restated_ad_days for each in self.platforms)


def summarise(house: House) -> Summary:
    """Every platform with a configured account, also one that has no ad-days; of other parties, what has landed."""
    with published_marts(house) as connection:
        measured = _measured(connection)
        restated = _restated(connection)
        conversions = _conversions_restated(connection)
    landed = house.standing.all_counts()
    platforms = []
    for spec in house.platforms:
        accounts = house.accounts(spec)
        if not accounts:
            continue
        counts = [counted for (party, _), counted in landed.items() if party == spec.party]
        rows = measured.get(spec.party, ())
        usd = [row.spend_usd for row in rows]
        claims = [row.claims for row in rows if row.claims is not None]
        platforms.append(
            PlatformSummary(
                platform=spec.party,
                accounts=len(accounts),
                landed_rows=sum(count.landed for count in counts),
                quarantined_rows=sum(count.quarantined for count in counts),
                ad_days=sum(row.ad_days for row in rows),
                spend_local={row.currency: row.spend_local for row in rows},
                spend_usd=sum((each for each in usd if each is not None), Decimal(0)) if None not in usd else None,
                reported_conversions=sum(claims, Decimal(0)) if claims else None,
                restated_ad_days=restated.get(spec.party, 0),
            )
        )
    names = {spec.party for spec in house.platforms}
    streams = tuple(
        StreamSummary(party=party, entity=entity, counts=counted)
        for (party, entity), counted in sorted(landed.items())
        if party not in names and counted.landed
    )
    return Summary(platforms=tuple(platforms), streams=streams, conversions_restated=conversions)


@dataclass(frozen=True)
class _Measured:
    currency: str
    ad_days: int
    spend_local: Decimal
    spend_usd: Decimal | None
    claims: Decimal | None


def _measured(connection: duckdb.DuckDBPyConnection) -> Mapping[str, Sequence[_Measured]]:
    query = """
        select
            platform, currency, count(*), sum(spend_local),
            case when count(*) = count(spend_usd) then sum(spend_usd) end,
            sum(reported_conversions)
        from fct_ad_daily group by platform, currency order by platform, currency
    """
    found: dict[str, list[_Measured]] = {}
    for platform, *values in connection.execute(query).fetchall():
        found.setdefault(platform, []).append(_Measured(*values))
    return found


def _restated(connection: duckdb.DuckDBPyConnection) -> Mapping[str, int]:
    """Ad-days of which a platform later said something else than at first."""
    query = """
        select platform, count(distinct (account_id, ad_id, date_day, breakdown))
        from fct_ad_daily_restatements where began_as = 'restated' group by platform
    """
    return dict(connection.execute(query).fetchall())


def _conversions_restated(connection: duckdb.DuckDBPyConnection) -> Mapping[str, Mapping[date, float]]:
    query = """
        select platform, date_day, sum(reported_conversions_change)::double
        from fct_ad_daily_restatements
        where began_as = 'restated' and reported_conversions_change is not null
        group by platform, date_day order by platform, date_day
    """
    found: dict[str, dict[date, float]] = {}
    for platform, day, change in connection.execute(query).fetchall():
        found.setdefault(platform, {})[day] = change
    return found
