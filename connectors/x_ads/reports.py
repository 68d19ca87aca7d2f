"""Everything an X account can tell: who it is, its objects with deleted ones, its ads' days and its own.

Objects are X's own words. `ad_daily` has one row for each promoted tweet, day and placement: X's arrays taken apart,
null metrics kept null. `account_daily` has one row a day: funding instruments, where X bills, and placements added up.
"""

from collections.abc import Iterator
from datetime import timedelta
from functools import cached_property
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connectors.ad_platform import AccountProfile, AccountRef, Ask, DayWindow, Ports, Reports, Row
from connectors.taxonomy import Rejected
from connectors.x_ads.daily import Daily
from connectors.x_ads.wire import Params, Wire

AD_GROUPS = ("ENGAGEMENT", "BILLING", "VIDEO", "WEB_CONVERSION")
ACCOUNT_GROUPS = ("ENGAGEMENT", "BILLING")
EVERY_VERSION = {"with_deleted": "true", "with_draft": "true"}
LISTS: dict[str, tuple[str, Params]] = {
    "campaigns": ("/campaigns", EVERY_VERSION),
    "ad_groups": ("/line_items", EVERY_VERSION),
    "ads": ("/promoted_tweets", {"with_deleted": "true"}),
    "creatives": ("/tweets", {"tweet_type": "PUBLISHED", "timeline_type": "ALL"}),
}


class XReports(Reports):
    def __init__(self, account: AccountRef, ports: Ports) -> None:
        self._wire = Wire(account, ports)
        self._ports = ports

    def profile(self) -> AccountProfile:
        return AccountProfile(
            account_id=self._account["id"],
            name=self._account["name"],
            currency=currency_of(self._wire),
            timezone=self._zone.key,
        )

    def rows(self, ask: Ask) -> Iterator[Row]:
        if ask.entity == "accounts":
            yield self._account
        elif ask.entity in LISTS:
            path, params = LISTS[ask.entity]
            yield from self._wire.pages(self._wire.account_path(path), params)
        elif ask.entity in ("ad_daily", "account_daily"):
            if ask.window is None:
                raise ValueError(f"{ask.entity} is asked for by a window of days")
            window = self._until_today(ask.window)
            if window is not None:
                yield from self._ad_daily(window) if ask.entity == "ad_daily" else self._account_daily(window)
        else:
            raise KeyError(f"x_ads has no entity {ask.entity!r}")

    def requests_made(self) -> int:
        return self._wire.transport.usage.requests

    @cached_property
    def _account(self) -> Row:
        return self._wire.get(self._wire.account_path())["data"]

    @cached_property
    def _zone(self) -> ZoneInfo:
        name = self._account["timezone"]
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            said = self._wire.said("GET account", f"{name!r} is not a time zone this machine knows")
            raise Rejected(said, remedy="Update the machine's time zone data.") from error

    def _until_today(self, window: DayWindow) -> DayWindow | None:
        """Days that have not begun are not asked for."""
        tomorrow = self._ports.clock().astimezone(self._zone).date() + timedelta(days=1)
        until = min(window.until, tomorrow)
        return DayWindow(window.since, until) if window.since < until else None

    def _daily(self) -> Daily:
        return Daily(self._wire, zone=self._zone, sleep=self._ports.sleep, on_progress=self._ports.on_progress)

    def _ad_daily(self, window: DayWindow) -> Iterator[Row]:
        for rows in self._daily().rows("PROMOTED_TWEET", window, groups=AD_GROUPS):
            yield from rows

    def _account_daily(self, window: DayWindow) -> Iterator[Row]:
        for rows in self._daily().rows("FUNDING_INSTRUMENT", window, groups=ACCOUNT_GROUPS):
            yield from account_days(rows)


def account_days(rows: list[Row]) -> Iterator[Row]:
    """One row a day: whole numbers added up over funding instruments and placements, null where all of them are."""
    by_day: dict[str, list[Row]] = {}
    for row in rows:
        by_day.setdefault(row["date"], []).append(row)
    for day, parts in sorted(by_day.items()):
        names = sorted({name for part in parts for name in part["metrics"]})
        metrics = {name: total([part["metrics"].get(name) for part in parts]) for name in names}
        payers = sorted({part["id"] for part in parts})
        yield {"date": day, "funding_instrument_ids": payers, "metrics": metrics}


def total(values: list[int | None]) -> int | None:
    present = [value for value in values if value is not None]
    return sum(present) if present else None


def currency_of(wire: Wire) -> str:
    """X's account object names no currency: the funding instruments do, and failing them the campaigns."""
    found: set[str] = set()
    for path in ("/funding_instruments", "/campaigns"):
        found = {row["currency"] for row in wire.pages(wire.account_path(path)) if row.get("currency")}
        if found:
            break
    if len(found) == 1:
        return found.pop()
    if not found:
        said = wire.said("GET funding_instruments", "the account has neither a funding instrument nor a campaign")
        raise Rejected(said, remedy="Add a funding instrument on X: without one the account's currency is unknown.")
    said = wire.said("GET funding_instruments", f"the account's objects disagree on its currency: {sorted(found)}")
    raise Rejected(said, remedy="Ask X which currency the account counts in, and close what is in another one.")
