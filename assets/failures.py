"""What an outside party's failure means to Dagster: transient ones are tried again, permanent ones are not.

The taxonomy itself is in `connectors.taxonomy`; nothing here decides which failure is which.
"""

from collections.abc import Generator
from contextlib import contextmanager

import dagster as dg

from connectors.taxonomy import PartyError, RateLimited, TransientError

TRIES = 3
FIRST_WAIT_SECONDS = 30.0


@contextmanager
def told_to_dagster(*, retry_number: int) -> Generator[None]:
    """A 405 tried five thousand times helps nobody: only what may pass by itself asks Dagster for another try."""
    try:
        yield
    except TransientError as error:
        if retry_number >= TRIES:
            raise dg.Failure(description=str(error), metadata=_evidence(error), allow_retries=False) from error
        stated = error.wait_seconds if isinstance(error, RateLimited) else None
        wait = stated if stated is not None else FIRST_WAIT_SECONDS * 2**retry_number
        raise dg.RetryRequested(max_retries=TRIES, seconds_to_wait=wait) from error
    except PartyError as error:
        raise dg.Failure(description=str(error), metadata=_evidence(error), allow_retries=False) from error


def _evidence(error: PartyError) -> dict[str, str]:
    said = error.said
    facts = {
        "what": type(error).__name__,
        "platform": said.party,
        "account": said.account_id,
        "call": said.call,
        "code": said.code,
        "said": said.message,
        "remedy": error.remedy,
    }
    return {name: value for name, value in facts.items() if value}
