"""What an outside party's failures mean to Dagster: transient ones are tried again, permanent ones are not.

The taxonomy itself is in `connectors.taxonomy`; nothing here decides which failure is which.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

import dagster as dg

from connectors.taxonomy import PartyError, RateLimited, TransientError


@dataclass(frozen=True, kw_only=True)
class Retries:
    """How patient a run is, on top of what a connector has tried within its calls. Past that, the next run's turn."""

    most: int = 3  # after the first try
    first_wait_seconds: float = 30.0
    longest_wait_seconds: float = 600.0  # a run that waits longer only holds its place in the queue

    def wait_seconds(self, failures: Sequence[Exception], *, retry_number: int) -> float:
        """What the parties stated, else twice as long each time."""
        stated = [failure.wait_seconds or 0.0 for failure in failures if isinstance(failure, RateLimited)]
        return max([self.first_wait_seconds * 2**retry_number, *stated])


def tell_dagster(failures: Sequence[Exception], *, retries: Retries, retry_number: int) -> NoReturn:
    """A 405 tried five thousand times helps nobody: only what may pass by itself asks Dagster for another try."""
    lasting = [failure for failure in failures if not isinstance(failure, TransientError)]
    wait = retries.wait_seconds(failures, retry_number=retry_number)
    if not lasting and retry_number < retries.most and wait <= retries.longest_wait_seconds:
        raise dg.RetryRequested(max_retries=retries.most, seconds_to_wait=wait) from failures[0]
    first = (lasting or failures)[0]
    raise dg.Failure(
        description="\n".join(dict.fromkeys(map(_sentence, (*lasting, *failures)))),
        metadata=_evidence(first),
        allow_retries=False,
    ) from first


def _sentence(failure: Exception) -> str:
    """A party's error explains itself; of any other, its kind is part of what it says."""
    return str(failure) if isinstance(failure, PartyError) else f"{type(failure).__name__}: {failure}"


def _evidence(failure: Exception) -> dict[str, str]:
    if not isinstance(failure, PartyError):
        return {"what": type(failure).__name__}
    said = failure.said
    facts = {
        "what": type(failure).__name__,
        "platform": said.party,
        "account": said.account_id,
        "call": said.call,
        "code": said.code,
        "said": said.message,
        "remedy": failure.remedy,
    }
    return {name: value for name, value in facts.items() if value}
