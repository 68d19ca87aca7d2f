"""What `weir ingest` is asked and what it tells: which accounts, which days, and how each of them ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from actions.house import House
from actions.ingest_accounts import Ending, Outcome
from actions.load_landed import Landed
from apps.cli.failures import ExitCode, Failure
from apps.cli.output import complaints, say, show_json, show_table
from connectors.ad_platform import AccountRef, DayWindow


def chosen_accounts(house: House, *, party: str | None, account_id: str | None) -> tuple[AccountRef, ...]:
    known = [spec.party for spec in house.parties]
    if party is not None and party not in known:
        raise Failure(f"{party!r} is nobody who is asked", remedy=f"There are {', '.join(known)}.", code=ExitCode.USAGE)
    of_party = [each for each in house.all_accounts() if party in (None, each.party)]
    chosen = tuple(each for each in of_party if account_id in (None, each.account_id))
    if chosen:
        return chosen
    if of_party:
        ids = ", ".join(f"{each.party} {each.account_id}" for each in of_party)
        raise Failure(
            f"no account {account_id!r} is configured", remedy=f"There are {ids}.", code=ExitCode.NOTHING_THERE
        )
    problems = [problem.message for problem in house.account_problems()]
    raise Failure(
        f"no account{f' of {party}' if party else ''} is configured{': ' if problems else ''}{'; '.join(problems)}",
        remedy="`.env.example` names the variables of an account; `weir demo` practises without any.",
        code=ExitCode.SETTINGS,
    )


def asked_window(since: datetime | None, until: datetime | None) -> DayWindow | None:
    """None: whatever is due. Days that have not begun for an account are left out when it is asked."""
    if since is None and until is None:
        return None
    if since is None:
        raise Failure("--until needs --since", remedy="Say both, or neither.", code=ExitCode.USAGE)
    last = date.max if until is None else until.date()
    if last <= since.date():
        raise Failure(
            f"there is no day from {since.date()} to {last}",
            remedy="--until is the first day that is not asked for, so it lies after --since.",
            code=ExitCode.USAGE,
        )
    return DayWindow(since.date(), last)


@dataclass(frozen=True, kw_only=True)
class Report:
    outcomes: Sequence[Outcome]
    landed: Landed | None  # None: nothing was loaded, as asked
    left_out: Sequence[str]  # accounts that are not wholly configured, each in a sentence

    @property
    def exit_code(self) -> ExitCode:
        """What needs a person goes before what may pass by itself."""
        endings = {outcome.ending for outcome in self.outcomes}
        if Ending.FAILED in endings:
            return ExitCode.OUTSIDE
        if Ending.FAILED_FOR_NOW in endings or (self.landed and self.landed.load.failures):
            return ExitCode.TRY_AGAIN
        found_wrong = self.left_out or (self.landed and (self.landed.problems or self.landed.counts.quarantined))
        return ExitCode.FOUND_WRONG if found_wrong else ExitCode.DONE

    def show(self, *, as_json: bool) -> None:
        if as_json:
            show_json(self._told())
            return
        columns = ["platform", "account", "days", "rows", "spend", "requests", "outcome"]
        show_table(columns, [_row(outcome) for outcome in self.outcomes])
        if self.landed is not None:
            counts = self.landed.counts
            say(
                f"Loaded {counts.landed} rows: {counts.raw} new, {counts.duplicates} known already, "
                f"{counts.quarantined} in quarantine."
            )
        for line in self._complaints():
            complaints().print(line, markup=False, style="red")

    def _complaints(self) -> list[str]:
        failed = [message for outcome in self.outcomes for message in outcome.messages if _has_failed(outcome)]
        return [*failed, *self.left_out, *(self.landed.problems if self.landed else ())]

    def _told(self) -> dict[str, Any]:
        landed = self.landed
        loaded = None
        if landed is not None:
            loaded = {"counts": landed.counts, "problems": landed.problems}
        accounts = [_json(outcome) for outcome in self.outcomes]
        return {"accounts": accounts, "loaded": loaded, "left_out": self.left_out}


def _has_failed(outcome: Outcome) -> bool:
    return outcome.ending in (Ending.FAILED, Ending.FAILED_FOR_NOW)


def _row(outcome: Outcome) -> tuple[object, ...]:
    window, spend = outcome.window, outcome.spend
    return (
        outcome.account.party,
        outcome.account.account_id,
        _days(window) if window else "",
        outcome.rows,
        f"{spend:,.2f} {outcome.currency}" if spend is not None else "",
        outcome.pull.requests if outcome.pull else None,
        outcome.ending,
    )


def _days(window: DayWindow) -> str:
    days = (window.until - window.since).days
    return f"{days}, to {window.until - timedelta(days=1)}"


def _json(outcome: Outcome) -> dict[str, Any]:
    window = outcome.window
    return {
        "platform": outcome.account.party,
        "account": outcome.account.account_id,
        "since": window.since if window else None,
        "until": window.until if window else None,
        "rows": outcome.rows,
        "spend": outcome.spend,
        "currency": outcome.currency,
        "requests": outcome.pull.requests if outcome.pull else None,
        "outcome": outcome.ending,
        "messages": outcome.messages,
    }
