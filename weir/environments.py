"""What each environment may do to the outside world, and every reason why a deed may not be done for real.

A rehearsal (dry run) is always allowed, since nothing leaves the house. Reading from the platforms and alerting one's
own team are not deeds in this sense. Which objects may be touched, and by how much, is decided elsewhere.
"""

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit


class Deed(StrEnum):
    WRITE = "write"  # change an object on a platform
    SCHEDULE = "schedule"  # run without a person having asked
    SPEND = "spend"  # anything that lets money out: activating, raising a budget
    SEND = "send"  # a message to anybody outside the team


class May(StrEnum):
    NEVER = "never"
    SWITCHED = "only with WEIR_LIVE"
    ALWAYS = "always"


@dataclass(frozen=True, kw_only=True)
class Environment:
    name: str
    write: May
    schedule: May
    spend: May
    send: May

    def may(self, deed: Deed) -> May:
        match deed:
            case Deed.WRITE:
                return self.write
            case Deed.SCHEDULE:
                return self.schedule
            case Deed.SPEND:
                return self.spend
            case Deed.SEND:
                return self.send


DEV = Environment(name="dev", write=May.NEVER, schedule=May.NEVER, spend=May.NEVER, send=May.NEVER)
STAGING = Environment(name="staging", write=May.NEVER, schedule=May.ALWAYS, spend=May.NEVER, send=May.NEVER)
PRODUCTION = Environment(
    name="production", write=May.SWITCHED, schedule=May.ALWAYS, spend=May.SWITCHED, send=May.SWITCHED
)
ENVIRONMENTS = {environment.name: environment for environment in (DEV, STAGING, PRODUCTION)}


def reasons_against(
    deed: Deed,
    *,
    environment: Environment,
    dry_run: bool,
    live: bool,
    practice_clock_url: str | None = None,
    target: str | None = None,
) -> tuple[str, ...]:
    """Every reason why the deed may only be rehearsed; none means that it may be done for real.

    In the practice world everything is allowed, but only there: while the practice clock runs, a deed whose `target`
    (the address it goes to) is not the simulator's is refused, whatever the environment.
    """
    reasons = []
    outward = deed is not Deed.SCHEDULE
    if outward and dry_run:
        reasons.append("this is a dry run (WEIR_DRY_RUN is on)")
    if practice_clock_url is not None:
        if outward and target is None:
            reasons.append(f"the practice clock runs, and nobody said which address this {deed} goes to")
        elif target is not None and _origin(target) != _origin(practice_clock_url):
            reasons.append(
                f"the practice clock runs, but {_origin(target)} is not the practice world: "
                "set the party's base address to the simulator's, or unset WEIR_PRACTICE_CLOCK_URL"
            )
        return tuple(reasons)
    match environment.may(deed):
        case May.NEVER:
            reasons.append(f"{environment.name} never {deed}s outside the practice world")
        case May.SWITCHED if not live:
            reasons.append(f"{environment.name} {deed}s only with the explicit switch WEIR_LIVE=true")
        case _:
            pass
    return tuple(reasons)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname}:{parts.port or {'http': 80, 'https': 443}.get(parts.scheme)}"
