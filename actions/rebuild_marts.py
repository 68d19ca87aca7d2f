"""Makes the warehouse's models anew from the lake as it is and publishes them; nothing that waits is loaded."""

from collections.abc import Callable
from secrets import token_hex

from actions.build_marts import alone, build_marts
from actions.code_version import code_version
from actions.house import House
from actions.publish_marts import publish_marts
from actions.tuned import builds_to_keep


def rebuild_marts(house: House, *, on_progress: Callable[[str], None]) -> None:
    known = house.standing.newest_pull()
    if known is None:
        return
    build_marts(house, run_id=f"rebuild-{token_hex(4)}", full_refresh=True, on_progress=on_progress)
    with alone(house):
        publish_marts(
            house.warehouse,
            published=house.published,
            build_id=None,
            as_of=known,
            code_version=code_version(),
            wall_clock=house.wall_clock,
            keep=builds_to_keep(house),
            on_progress=on_progress,
        )
