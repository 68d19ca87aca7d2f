"""Tells the team of one cause of alarm, once: by a JSON POST to the configured webhook, remembered in the ledger.

What is worth an alert, and whom it concerns, is decided by the callers.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import httpx

from actions.house import House
from actions.tuned import alerts_repeat_after
from connectors.transport import new_client
from ledger.actors import Actor
from ledger.alerts import claim_alert, confirm_alert, open_alerts, resolve_alert
from ledger.transaction import reading, writing

WAITS_SECONDS = (2.0, 8.0)  # between the tries to deliver
_TIMEOUT_SECONDS = 10.0
_ACTOR = Actor.program("alerts")


@dataclass(frozen=True, kw_only=True)
class Alert:
    cause: str  # the same trouble has the same cause: "pull meta_ads 123"
    text: str
    owners: tuple[str, ...]
    link: str | None = None


Outcome = Literal["told", "already told", "nobody to tell"]


class AlertNotDelivered(Exception):
    """The receiver did not take the alert. When its cause comes up again, it is told again."""


def alert_owners(house: House, alert: Alert, *, run_id: str | None = None) -> Outcome:
    address = house.settings.alert_webhook_url
    if address is None:
        return "nobody to tell"
    repeat_after = alerts_repeat_after(house)
    with writing(house.ledger, actor=_ACTOR, clock=house.clock, run_id=run_id) as turn:
        if not claim_alert(turn, alert.cause, repeat_after=repeat_after):
            return "already told"
    message = {"text": f"{alert.text} ({', '.join(alert.owners)})", "cause": alert.cause, "link": alert.link}
    _deliver(house, address.get_secret_value(), message)
    with writing(house.ledger, actor=_ACTOR, clock=house.clock, run_id=run_id) as turn:
        confirm_alert(turn, alert.cause)
    return "told"


def all_clear(house: House, causes: Iterable[str], *, run_id: str | None = None) -> tuple[str, ...]:
    """These causes are gone: should one come back, that is news again. Gives those that were open."""
    with reading(house.ledger) as session:
        ended = sorted(set(causes) & set(open_alerts(session)))
    if not ended:
        return ()
    with writing(house.ledger, actor=_ACTOR, clock=house.clock, run_id=run_id) as turn:
        return tuple(cause for cause in ended if resolve_alert(turn, cause))


def _deliver(house: House, address: str, message: Mapping[str, str | None]) -> None:
    """The address is a secret: neither it nor an exception that quotes it goes any further."""
    why = ""
    with new_client(timeout_seconds=_TIMEOUT_SECONDS) as client:
        for wait in (*WAITS_SECONDS, None):
            try:
                answer = client.post(address, json=message)
            except httpx.HTTPError as error:
                why = type(error).__name__
            else:
                if answer.is_success:
                    return
                why = f"HTTP {answer.status_code}"
                if answer.status_code < 500 and answer.status_code != 429:
                    break
            if wait is not None:
                house.sleep(wait)
    raise AlertNotDelivered(
        f"the alert about {message['cause']!r} was not taken by the address in WEIR_ALERT_WEBHOOK_URL ({why})"
    )
