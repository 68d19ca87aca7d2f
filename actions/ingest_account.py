"""Pulls one account of one party into the landing zone: which entities, which days, and under which name.

The window is worked out here (look-back, days missed, the account's own calendar day); asking and landing is
`actions.pull_account`'s, loading comes later and apart, so that one account's trouble is only its own.
"""

from collections.abc import Callable
from contextlib import closing
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from actions.house import House
from actions.keep_watermarks import LedgerWatermarks, pulled_through
from actions.pull_account import AccountPull, PullPorts, pull_account
from analysis.look_back import window_to_pull
from connectors.ad_platform import AccountRef, DayWindow

HOT, FULL = "hot", "full"


def window_of_run(house: House, account: AccountRef, *, reach: str, timezone: str) -> DayWindow:
    """`hot` re-reads the days that change most, `full` the whole look-back; both catch up what was missed."""
    spec = house.party(account.party)
    look_back = spec.look_back
    reached = [
        pulled_through(house.ledger, party=account.party, account_id=account.account_id, entity=entity)
        for entity in spec.paced_by
    ]
    today = house.clock().astimezone(ZoneInfo(timezone)).date()
    since, until = window_to_pull(
        today=today,
        look_back_days=look_back.hot_days if reach == HOT else look_back.days,
        oldest=max(house.settings.first_day, today - timedelta(days=house.settings.pull_history_days)),
        # Who has no days has missed none.
        pulled_through=max((day for day in reached if day is not None), default=None) if reached else today,
    )
    return DayWindow(since, until)


def ingest_account(
    house: House,
    account: AccountRef,
    *,
    run_id: str,
    window: DayWindow | None = None,
    reach: str = FULL,
    on_progress: Callable[[str], None] = lambda message: None,
) -> AccountPull:
    """Lands every pulled entity of an account. Without a `window`, what `reach` says is due."""
    spec = house.party(account.party)
    outside = house.ports(spec, on_progress=on_progress)
    with closing(spec.reports(account, outside)) as reports:
        profile = reports.profile()
        if window is None:
            window = window_of_run(house, account, reach=reach, timezone=profile.timezone)
        else:
            window = clip_to_today(window, today=house.clock().astimezone(ZoneInfo(profile.timezone)).date())
        ports = PullPorts(
            landing=house.home.landing,
            clock=house.clock,
            sleep=house.sleep,
            watermarks=LedgerWatermarks(engine=house.ledger, clock=house.clock, run_id=run_id),
            secrets=house.secret_values(account),
            on_progress=on_progress,
        )
        return pull_account(
            account,
            reports=reports,
            profile=profile,
            questions=spec.asks(account, outside),
            window=window,
            # Pulls of one instant apply in the order of their names; a practice clock can stand still for long.
            pull_id=f"{house.wall_clock():%Y%m%dT%H%M%S%f}-{run_id}",
            ports=ports,
        )


class NothingToAsk(Exception):
    """Every day asked for still lies ahead in the account's own calendar."""


def clip_to_today(window: DayWindow, *, today: date) -> DayWindow:
    """Days are asked for in one calendar and counted in another: where it is still yesterday, tomorrow is refused."""
    until = min(window.until, today + timedelta(days=1))
    if window.since >= until:
        raise NothingToAsk(f"{window.since} has not begun for this account: its today is {today}")
    return DayWindow(window.since, until)
