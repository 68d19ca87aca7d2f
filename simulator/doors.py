"""The doors of the practice world: one for each outside party, all served at one address, told apart by their paths.

A door translates a platform's exact contract to the world's neutral words. It is strict: what the real platform
rejects, it rejects. Faults that any server can have are added around all doors by `simulator.faults`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from simulator.world.model import Door


@dataclass(frozen=True, kw_only=True)
class DoorSpec:
    party: str
    owns: Callable[[str], bool]  # whether a request path (e.g. "/v26.0/act_1/insights") belongs to this door
    routes: Callable[[Door], Sequence[BaseRoute]]
    rate_limited: Callable[[Request], Response]  # the party's own way of saying "slow down", for the fault of that name
    is_write: Callable[[Request], bool]  # which requests change something (for resets after the write was applied)


def doors() -> tuple[DoorSpec, ...]:
    """Every door there is. Imported here and not above, so that a door may import `DoorSpec`."""
    from simulator.claude import door as claude
    from simulator.markets import door as markets
    from simulator.meta_ads import door as meta_ads
    from simulator.rewards import door as rewards
    from simulator.slack import door as slack
    from simulator.telegram_bot import door as telegram
    from simulator.tiktok_ads import door as tiktok_ads
    from simulator.whop import door as whop
    from simulator.x_ads import door as x_ads

    advertising = (meta_ads.DOOR, tiktok_ads.DOOR, x_ads.DOOR, telegram.DOOR)
    return (*advertising, whop.DOOR, claude.DOOR, rewards.DOOR, slack.DOOR, markets.DOOR)
