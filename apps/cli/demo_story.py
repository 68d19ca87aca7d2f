"""What `weir demo` does, step by step: ninety days of a practice world flow in and are modelled, and then two days pass
as days do: numbers are said again, the product and Whop tell of themselves, and an account's token is revoked for a
while.

Each pull and each build is a Dagster run recorded in the home, as the schedules would have started it. What is shown in
the end is put together by `apps.cli.demo_report`.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import TextIO

from actions.draw_restatements import draw_restatements
from actions.draw_spend import draw_daily_spend
from actions.house import House
from actions.ingest_account import FULL, window_of_run
from actions.read_marts import daily_spend_by_platform, first_partial_day, published_marts
from actions.summarise import Summary, summarise
from apps.cli import demo_product, demo_whop
from apps.cli.demo_collector import collector_address, open_collector
from apps.cli.demo_product import Flow
from apps.cli.failures import ExitCode, Failure
from apps.cli.stages import Stages
from apps.cli.workspace import practice_house
from apps.practice.mark import Practice, practice_environ, product_key, write_mark
from apps.practice.world import WorldControl, control_of, free_port, start_world, with_a_port
from apps.processes import Child, end_all, wait_until
from connectors.ad_platform import AccountRef, DayWindow
from orchestration.dagster_home import furnish_dagster_home
from orchestration.recorded_runs import RecordedRuns, RunEnd, recorded_runs
from weir.home import Home

DAYS_OF_DAILY_LIFE = 2
_WORLD_OPENS_SECONDS = 120.0


class DemoFailed(Failure):
    """A run that should have succeeded did not, or the other way round."""

    def __init__(self, what: str) -> None:
        super().__init__(what, remedy="logs/runs.log in the demo's home says more.", code=ExitCode.FAULT)


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """The account whose token was revoked for one pull, and what came of it."""

    account: AccountRef
    window: DayWindow  # the days it was asked for
    said: str
    recovered: bool


@dataclass(frozen=True, kw_only=True)
class Played:
    practice: Practice
    summary: Summary
    trouble: Trouble
    product: Flow
    webhooks: int  # how many of Whop's the collector took
    runs: Mapping[str, int]  # how many succeeded and failed
    checks: Mapping[str, int]  # how many checks passed and failed when they last ran
    failed_checks: Sequence[str]
    pictures: Sequence[Path]


@dataclass
class _Tally:
    """Every run that was made; of a check, how it ended when it was last made."""

    succeeded: int = 0
    failed: int = 0
    checks: dict[str, tuple[bool, str]] = field(default_factory=dict)

    def add(self, ended: RunEnd) -> RunEnd:
        self.succeeded += ended.succeeded
        self.failed += not ended.succeeded
        for check in ended.checks:
            self.checks[f"{check.asset}: {check.name}"] = check.passed, check.description
        return ended


def play(home: Home, practice: Practice, *, environ: Mapping[str, str], stages: Stages) -> Played:
    """`home` is empty, or one that may be filled anew; it is marked as a practice one before anything lands in it."""
    logs = home.root / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    practice = with_a_port(practice)
    with (logs / "world.log").open("w", encoding="utf-8") as log:
        world = start_world(
            home,
            practice,
            environ=practice_environ(environ, home=home, practice=practice),
            hear=lambda name, line: _write(log, line),
        )
        try:
            return _play(home, practice, world=world, environ=environ, stages=stages, log=logs / "runs.log")
        finally:
            end_all([world])


def _play(
    home: Home, practice: Practice, *, world: Child, environ: Mapping[str, str], stages: Stages, log: Path
) -> Played:
    control, tally, product = control_of(practice), _Tally(), Flow()
    with stages.stage("the practice world opens"):
        wait_until(control.answers, of=world, wait_seconds=_WORLD_OPENS_SECONDS, or_else=lambda: False)
        today = control.now().date()
        practice = replace(practice, first_day=today - timedelta(days=practice.days + 1))
        write_mark(home, practice)
        variables = practice_environ(environ, home=home, practice=practice)
        house = practice_house(variables)
        furnish_dagster_home(house.settings)
    workers = min(house.settings.pull_parallel_accounts, 1 + (os.cpu_count() or 1))
    with ExitStack() as stack:
        with stages.stage("Dagster opens"):
            runs = stack.enter_context(
                recorded_runs(variables, house=house, log=log, started_by="weir demo", workers=workers)
            )
        with stages.stage(f"{practice.days} days of every account are pulled"):
            history = DayWindow(today - timedelta(days=practice.days), today + timedelta(days=1))
            ended = _pull(runs, [(account, history) for account in house.all_accounts()], tally=tally, stages=stages)
            _need(ended.values())
        with stages.stage("what people did in the product meanwhile is brought as files"):
            opened = control.now()
            demo_product.bring(
                house, control, product, entities=demo_product.BROUGHT, since=None, until=opened, tell=stages.tell
            )
        with stages.stage("all of it is loaded, modelled and published"):
            _need([tally.add(runs.load_and_model())])
        with stages.stage("a day passes; one account's token is revoked"):
            trouble = _a_day_of_trouble(house, runs, control=control, tally=tally, stages=stages)
        collector = stack.enter_context(ExitStack())
        with stages.stage("another day passes; the account recovers, and Whop tells the collector what people paid"):
            control.restore_all()
            port = free_port()
            demo_whop.ask_to_be_told(house, address=collector_address(port))
            control.hold_webhooks(True)  # the collector opens after the leap: it goes by the world's clock
            control.advance(days=1)
            address = collector.enter_context(
                open_collector(
                    home.root,
                    port=port,
                    environ=variables,
                    hear=lambda name, line: _write_to(log.with_name("collector.log"), line),
                )
            )
            control.hold_webhooks(False)
            due = dict(_due(house))
            # As somebody does who has renewed a token: what had failed is asked for again, with what is due now.
            due[trouble.account] = DayWindow(trouble.window.since, due[trouble.account].until)
            ended = _pull(runs, list(due.items()), tally=tally, stages=stages)
            trouble = replace(trouble, recovered=ended[trouble.account].succeeded)
            _need(ended.values())
        with stages.stage("the product tells the collector what happened in those days"):
            now = control.now()
            demo_product.send(control, product, address=address, key=product_key(practice), since=opened, until=now)
            webhooks = demo_whop.wait_for_webhooks(control, world=world)
            collector.close()
            asked = tuple(each for each in demo_product.BROUGHT if each not in demo_product.SENT)
            demo_product.bring(house, control, product, entities=asked, since=opened, until=now, tell=stages.tell)
        with stages.stage("what was said again is loaded, modelled and published"):
            _need([tally.add(runs.load_and_model())])
    with stages.stage("pictures are drawn"):
        summary = summarise(house)
        pictures = _draw(house, summary, since=f"{today:%-d %B}")
    practice = replace(practice, now=control.now())
    write_mark(home, practice)
    passed = sum(passed for passed, _ in tally.checks.values())
    return Played(
        practice=practice,
        summary=summary,
        trouble=trouble,
        product=product,
        webhooks=webhooks,
        runs={"succeeded": tally.succeeded, "failed": tally.failed},
        checks={"passed": passed, "failed": len(tally.checks) - passed},
        failed_checks=[f"{name}: {why}" for name, (passed, why) in sorted(tally.checks.items()) if not passed],
        pictures=pictures,
    )


def _write_to(path: Path, line: str) -> None:
    with path.open("a", encoding="utf-8") as log:
        _write(log, line)


def _write(log: TextIO, line: str) -> None:
    log.write(f"{line}\n")
    log.flush()


def _a_day_of_trouble(
    house: House, runs: RecordedRuns, *, control: WorldControl, tally: _Tally, stages: Stages
) -> Trouble:
    """The last account of the platform with the most accounts: others of the same platform go on beside it."""
    parties = [account.party for account in house.all_accounts()]
    party = max(dict.fromkeys(parties), key=parties.count)
    account = [each for each in house.all_accounts() if each.party == party][-1]
    control.advance(days=1)
    control.revoke(account.party, account.account_id)
    due = _due(house)
    ended = _pull(runs, due, tally=tally, stages=stages)
    _need(end for each, end in ended.items() if each != account)
    if ended[account].succeeded:
        raise DemoFailed(f"{account.party} {account.account_id} was pulled although its token is revoked")
    return Trouble(account=account, window=dict(due)[account], said=ended[account].said or "", recovered=False)


def _due(house: House) -> list[tuple[AccountRef, DayWindow]]:
    """What the daily schedule would ask for."""
    return [(account, window_of_run(house, account, reach=FULL, timezone="UTC")) for account in house.all_accounts()]


def _pull(
    runs: RecordedRuns, asked: Sequence[tuple[AccountRef, DayWindow]], *, tally: _Tally, stages: Stages
) -> Mapping[AccountRef, RunEnd]:
    ended: dict[AccountRef, RunEnd] = {}
    for account, end in runs.pull(asked):
        ended[account] = tally.add(end)
        how = "landed" if end.succeeded else "failed"
        stages.tell("pulls", f"{len(ended)} of {len(asked)}: {account.party} {account.account_id} {how}")
    return ended


def _need(ended: Iterable[RunEnd]) -> None:
    for each in ended:
        if not each.succeeded:
            raise DemoFailed(f"run {each.run_id} failed: {each.said}")


def _draw(house: House, summary: Summary, *, since: str) -> list[Path]:
    with published_marts(house) as connection:
        spend, partial = daily_spend_by_platform(connection), first_partial_day(connection)
    pictures = {
        "spend.png": draw_daily_spend(spend, currency="USD", partial_from=partial),
        "restatements.png": draw_restatements(summary.conversions_restated, since=since),
    }
    house.home.reports.mkdir(parents=True, exist_ok=True)
    for name, picture in pictures.items():
        (house.home.reports / name).write_bytes(picture)
    return [house.home.reports / name for name in pictures]
