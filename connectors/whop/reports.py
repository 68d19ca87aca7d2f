"""Reading Whop: lists by the day of creation or whole, since no list can be asked for what has changed.

What changes longer after its creation than the look-back is told by webhooks (`connectors.whop.deliveries`), and of
memberships and members by the daily list of all of them.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta

from connectors.ad_platform import AccountProfile, AccountRef, Ask, DayWindow, Ports, Reports, Row
from connectors.asking import Question
from connectors.taxonomy import Rejected
from connectors.whop.client import WhopClient
from connectors.whop.schemas import DISPUTES, MEMBERS, MEMBERSHIPS, PAYMENTS, PLANS, REFUNDS

TIMEZONE = "UTC"  # Whop counts no days; its instants are UTC
_LISTED = {schema.entity for schema in (PAYMENTS, REFUNDS, DISPUTES, MEMBERSHIPS, MEMBERS, PLANS)}
_MOMENT = timedelta(seconds=1)  # both ends of a list's stretch are left out of it


def questions(account: AccountRef, ports: Ports) -> Sequence[Question]:
    newest = [Question(schema=schema, by_days=True, is_complete=False) for schema in (PAYMENTS, REFUNDS, DISPUTES)]
    all_at_times = [
        Question(schema=schema, by_days=True, is_complete=False, whole_daily=True) for schema in (MEMBERSHIPS, MEMBERS)
    ]
    return [Question(schema=PLANS), *newest, *all_at_times]


class WhopReports(Reports):
    def __init__(self, client: WhopClient) -> None:
        self._client = client

    def profile(self) -> AccountProfile:
        """The account as its plans name it; one without any is called by its id."""
        plan = next(self._client.pages("plans", {"first": "1"}), {})
        named = plan.get("account")
        title = named.get("title") if isinstance(named, dict) else None
        account_id = self._client.account_id
        return AccountProfile(account_id=account_id, name=title or account_id, currency=None, timezone=TIMEZONE)

    def rows(self, ask: Ask) -> Iterator[Row]:
        if ask.entity not in _LISTED:
            raise Rejected(self._client.said("rows", f"{ask.entity!r} is not listed by Whop"))
        yield from self._client.pages(ask.entity, {} if ask.window is None else _stretch(ask.window))

    def requests_made(self) -> int:
        return self._client.transport.usage.requests


def _stretch(window: DayWindow) -> dict[str, str]:
    return {
        "created_after": (_midnight(window.since) - _MOMENT).isoformat(),
        "created_before": _midnight(window.until).isoformat(),
    }


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
