"""Pulls several accounts at once. What befalls one is its own outcome: it stops no other, and nothing is raised.

How one account is pulled is `actions.ingest_account`'s; outcomes come back in the order of the accounts, however long
each took.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from actions.house import House
from actions.ingest_account import FULL, NothingToAsk, ingest_account
from actions.pull_account import AccountPull
from connectors.ad_platform import AccountRef, DayWindow
from connectors.taxonomy import PartyError, TransientError


class Ending(StrEnum):
    LANDED = "landed"
    NOTHING_DUE = "nothing due"
    FAILED_FOR_NOW = "failed for now"  # trying again later can help
    FAILED = "failed"  # needs a person


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One account's pull. `pull` is None where it could not even begin; what did land has landed either way."""

    account: AccountRef
    ending: Ending
    pull: AccountPull | None = None
    messages: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        return self.pull.rows if self.pull else 0

    @property
    def window(self) -> DayWindow | None:
        return self.pull.window if self.pull else None

    @property
    def spend(self) -> Decimal | None:
        return self.pull.spend if self.pull else None

    @property
    def currency(self) -> str | None:
        return self.pull.profile.currency if self.pull and self.pull.profile else None


def ingest_accounts(
    house: House,
    accounts: Sequence[AccountRef],
    *,
    run_id: str,
    window: DayWindow | None = None,
    reach: str = FULL,
    on_progress: Callable[[AccountRef, str], None] = lambda account, message: None,
    on_end: Callable[[Outcome], None] = lambda outcome: None,
) -> tuple[Outcome, ...]:
    """`on_progress` and `on_end` are called from the threads that pull."""

    def pull(account: AccountRef) -> Outcome:
        outcome = _pull(house, account, run_id=run_id, window=window, reach=reach, on_progress=on_progress)
        on_end(outcome)
        return outcome

    if not accounts:
        return ()
    _ = house.ledger  # made and migrated once, before several threads want it
    with ThreadPoolExecutor(house.settings.pull_parallel_accounts, thread_name_prefix="pull") as threads:
        return tuple(threads.map(pull, accounts))


def _pull(
    house: House,
    account: AccountRef,
    *,
    run_id: str,
    window: DayWindow | None,
    reach: str,
    on_progress: Callable[[AccountRef, str], None],
) -> Outcome:
    try:
        pulled = ingest_account(
            house,
            account,
            run_id=run_id,
            window=window,
            reach=reach,
            on_progress=lambda message: on_progress(account, message),
        )
    except NothingToAsk as nothing:
        return Outcome(account=account, ending=Ending.NOTHING_DUE, messages=(str(nothing),))
    except Exception as error:  # whatever it is, the other accounts are still pulled
        return Outcome(account=account, ending=_ending((error,)), messages=(_told(error),))
    messages = tuple(dict.fromkeys(_told(error) for error in pulled.failures))
    return Outcome(account=account, ending=_ending(pulled.failures), pull=pulled, messages=messages)


def _ending(failures: Sequence[Exception]) -> Ending:
    if not failures:
        return Ending.LANDED
    passing = all(isinstance(failure, TransientError) for failure in failures)
    return Ending.FAILED_FOR_NOW if passing else Ending.FAILED


def _told(error: Exception) -> str:
    """A party's error explains itself; of any other, its kind is part of what it says."""
    text = str(error) if isinstance(error, PartyError) else f"{type(error).__name__}: {error}"
    return " ".join(text.split())
