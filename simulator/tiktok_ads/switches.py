"""Enabling, disabling and deleting, up to twenty objects a call.

Campaigns and ads go all or nothing; ad groups may be told to let the good ones through, which is answered by a code of
its own with the refused ones beside it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simulator.tiktok_ads.call import Call
from simulator.tiktok_ads.envelope import Code, Outcome, Refusal
from simulator.tiktok_ads.objects import PARTY
from simulator.world.model import AdWorld, Level, Status

MOST_IDS = 20
_STATUSES: dict[str, Status] = {"ENABLE": "active", "DISABLE": "paused", "DELETE": "deleted"}


@dataclass(frozen=True)
class Switch:
    level: Level
    ids_field: str
    id_field: str
    may_be_partial: bool = False


CAMPAIGNS = Switch("campaign", "campaign_ids", "campaign_id")
AD_GROUPS = Switch("ad_group", "adgroup_ids", "adgroup_id", may_be_partial=True)
ADS = Switch("ad", "ad_ids", "ad_id")


def set_status(switch: Switch) -> Callable[[Call], Outcome]:
    def handle(call: Call) -> Outcome:
        asked, account, world = call.parameters, call.account, call.door.world
        ids = list(dict.fromkeys(asked.texts(switch.ids_field, most=MOST_IDS, required=True)))
        wanted = asked.choice("operation_status", _STATUSES)
        partly = switch.may_be_partial and asked.boolean("allow_partial_success")
        refused = {each: why for each in ids if (why := _why_not(world, switch.level, each, account.id))}
        if refused and (not partly or len(refused) == len(ids)):
            code = Code.NO_SUCH_OBJECT if "does not exist" in next(iter(refused.values())) else Code.INVALID_PARAMETER
            raise Refusal(code, " ".join(refused.values()))
        done = [each for each in ids if each not in refused]
        for each in done:
            world.update(PARTY, switch.level, each, status=_STATUSES[wanted])
        data: dict[str, Any] = {switch.ids_field: done, "status": wanted}
        if not refused:
            return Outcome(data=data)
        errors = [{switch.id_field: each, "error_message": why} for each, why in refused.items()]
        return Outcome(data={**data, "errors": errors}, code=Code.PARTIAL, message="Partial success.")

    return handle


def _why_not(world: AdWorld, level: Level, object_id: str, account_id: str) -> str | None:
    found = world.find(PARTY, level, object_id)
    if found is None or found.account_id != account_id:
        return f"The {level.replace('_', ' ')} {object_id} does not exist."
    if found.status == "deleted":
        return f"The {level.replace('_', ' ')} {object_id} has been deleted."
    return None
