"""The one vocabulary of failure for every outside party.

A connector translates what its party says (codes, statuses, broken bodies) into one of these classes; what to do
about each class is decided once, in `connectors.transport` and by the callers, never per platform.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Said:
    """What the party said, verbatim enough to act on: it travels with every error and never holds a secret."""

    party: str
    call: str  # e.g. "GET act_1/insights"; no query string, since tokens live there
    status: int | None = None  # HTTP status, where one was received
    code: str | None = None  # the party's own code, e.g. "190/463", "INVALID_PARAMETER", "40105"
    message: str = ""
    account_id: str | None = None


class PartyError(Exception):
    """Something an outside party refused or failed to do. `remedy` tells a person what to do about it."""

    remedy = "Read the message; the call was not retried."

    def __init__(self, said: Said, *, remedy: str | None = None) -> None:
        self.said = said
        if remedy is not None:
            self.remedy = remedy
        account = f" account {said.account_id}" if said.account_id else ""
        code = f" [{said.code}]" if said.code else ""
        status = f" HTTP {said.status}" if said.status else ""
        super().__init__(f"{said.party}{account}: {said.call}:{status}{code} {said.message} {self.remedy}")


class TransientError(PartyError):
    """Trying the same call again later can help."""

    remedy = "Trying again later can help; this happens by itself on the next run."


class PermanentError(PartyError):
    """Trying the same call again can never help."""


class RateLimited(TransientError):
    """The party asks us to wait. `wait_seconds` is what it stated, None where it stated nothing."""

    remedy = "The platform's quota is used up; the work continues on the next run."

    def __init__(self, said: Said, *, wait_seconds: float | None = None, remedy: str | None = None) -> None:
        super().__init__(said, remedy=remedy)
        self.wait_seconds = wait_seconds


class SplitRequest(TransientError):
    """The party wants a smaller question: halve the window, the page or the level, then ask again."""

    remedy = "The question was too large for the platform even after splitting it; narrow the window."


class AuthExpired(PermanentError):
    """The credential is revoked, expired or wrong: stop this source and tell its owner, once."""

    remedy = "Renew the credential named in the environment and run again; nothing that was landed is lost."


class PermissionDenied(PermanentError):
    """The credential is valid but may not do this."""

    remedy = "Grant the missing permission on the platform, then run again."


class NotFound(PermanentError):
    """The party does not know the object, or hides it from us."""

    remedy = "Check the identifier and that this credential may see it."


class Rejected(PermanentError):
    """The party understood the request and found it invalid."""

    remedy = "Correct the request; it was recorded and not repeated."


class Conflict(PermanentError):
    """A duplicate or a competing change: read the state back before deciding."""

    remedy = "Read the object back; the change may already be there."


class BudgetGone(PermanentError):
    """The account cannot pay: stop and alert."""

    remedy = "Settle the account's funding on the platform; spending stays stopped until then."


class NotSupported(PermanentError):
    """The platform has no such thing in its API."""

    remedy = "Do this by hand on the platform."


class OutcomeUnknown(PartyError):
    """A write whose answer never arrived: it may or may not have been applied. Read the state, then decide."""

    remedy = "Read the object back before doing anything else; never repeat the write blindly."
