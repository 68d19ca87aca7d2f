"""Whop's part of the demo: it is told where the collector is, and from then on tells by itself what people paid."""

from actions.house import House
from apps.cli.failures import ExitCode, Failure
from apps.practice.world import WorldControl
from apps.processes import Child, wait_until
from connectors.whop.client import VERSION, WhopClient
from connectors.whop.party import WHOP

_TOLD_OF = (
    "payment.succeeded",
    "payment.failed",
    "membership.activated",
    "membership.updated",
    "membership.deactivated",
    "refund.created",
    "refund.updated",
    "dispute.created",
    "dispute.updated",
)
_DELIVERED_SECONDS = 60.0


def ask_to_be_told(house: House, *, address: str) -> None:
    """What Whop then sends is signed with the secret that it gives its first webhook: the practice collector's."""
    (account,) = house.accounts(WHOP)
    told = {"url": f"{address}/webhooks/whop", "events": list(_TOLD_OF), "api_version_date": VERSION}
    WhopClient(account, house.ports(WHOP)).post("webhooks", told, key="weir demo: webhook")


def wait_for_webhooks(control: WorldControl, *, world: Child) -> int:
    """How many were delivered; every one has to be."""
    wait_until(
        lambda: not control.webhooks()["waiting"], of=world, wait_seconds=_DELIVERED_SECONDS, or_else=lambda: False
    )
    ended = control.webhooks()
    if ended["given_up"]:
        raise Failure(
            f"the collector did not take {ended['given_up']} of Whop's webhooks",
            remedy="logs/collector.log in the demo's home says more.",
            code=ExitCode.FAULT,
        )
    return ended["delivered"]
