"""Tells the team of one cause of alarm, once: by a JSON POST to the configured webhook, remembered in the ledger.

What is worth an alert, and whom it concerns, is decided by the callers.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import httpx

from actions.house import House
from ledger.actors import Actor
from ledger.alerts import claim_alert, confirm_alert, resolve_alert
from ledger.transaction import writing

REMIND_AFTER = timedelta(hours=24)
_ACTOR = Actor.program("alerts")


@dataclass(frozen=True, kw_only=True)
class Alert:
    cause: str  # the same trouble has the same cause: "pull meta_ads 123"
    text: str
    owners: tuple[str, ...]
    link: str | None = None


Outcome = Literal["told", "already told", "nobody to tell"]


class AlertNotDelivered(Exception):
    """The receiver did not take the alert. It stays claimed for a while and is told again after that."""


def alert_owners(house: House, alert: Alert, *, run_id: str | None = None) -> Outcome:
    address = house.settings.alert_webhook_url
    if address is None:
        return "nobody to tell"
    with writing(house.ledger, actor=_ACTOR, clock=house.clock, run_id=run_id) as turn:
        if not claim_alert(turn, alert.cause, repeat_after=REMIND_AFTER):
            return "already told"
    message = {"text": f"{alert.text} ({', '.join(alert.owners)})", "cause": alert.cause, "link": alert.link}
    try:
        httpx.post(address.get_secret_value(), json=message, timeout=10.0).raise_for_status()
    except httpx.HTTPError as error:
        # The address is a secret: neither it nor an exception that quotes it goes any further.
        raise AlertNotDelivered(
            f"the alert about {alert.cause!r} was not taken by WEIR_ALERT_WEBHOOK_URL ({type(error).__name__})"
        ) from None
    with writing(house.ledger, actor=_ACTOR, clock=house.clock, run_id=run_id) as turn:
        confirm_alert(turn, alert.cause)
    return "told"


def all_clear(house: House, cause: str, *, run_id: str | None = None) -> bool:
    """The cause is gone: should it come back, that is news again."""
    with writing(house.ledger, actor=_ACTOR, clock=house.clock, run_id=run_id) as turn:
        return resolve_alert(turn, cause)
