"""What an object was set to, and what it effectively is once its parents have had their say."""

from simulator.meta_ads.access import PARTY
from simulator.world.model import AdObject, AdWorld, Level, Status

STATUSES: dict[str, Status] = {"ACTIVE": "active", "PAUSED": "paused", "ARCHIVED": "archived", "DELETED": "deleted"}
EFFECTIVE_STATUSES = frozenset(
    {
        *STATUSES,
        "IN_PROCESS",
        "WITH_ISSUES",
        "CAMPAIGN_PAUSED",
        "ADSET_PAUSED",
        "DISAPPROVED",
        "PENDING_REVIEW",
        "PENDING_BILLING_INFO",
        "PREAPPROVED",
    }
)
HIDDEN_UNLESS_ASKED_FOR = frozenset({"ARCHIVED", "DELETED"})

_PAUSED_BY: dict[Level, str] = {"campaign": "CAMPAIGN_PAUSED", "ad_group": "ADSET_PAUSED"}
_PARENT: dict[Level, Level] = {"ad": "ad_group", "ad_group": "campaign"}


def configured_status(thing: AdObject) -> str:
    return thing.status.upper()


def effective_status(world: AdWorld, thing: AdObject) -> str:
    own = configured_status(thing)
    if own != "ACTIVE":
        return own
    above: AdObject | None = thing
    while above is not None and above.level in _PARENT:
        parent = world.find(PARTY, _PARENT[above.level], above.parent_id or "")
        if parent is not None and parent.status != "active":
            return _PAUSED_BY[parent.level] if parent.status == "paused" else configured_status(parent)
        above = parent
    return str(thing.attributes.get("effective_status", own))
