"""Everything between the landing zone and the readers, in one go: load, model, publish.

A build whose models or blocking tests fail is never published. What a build stands for is an instant of the data, not
of the clock on the wall: the same data gives the same published bytes, whenever and wherever it is built.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from actions.build_marts import alone, build_marts
from actions.code_version import code_version
from actions.define import DefinitionsBrought
from actions.house import House
from actions.load_landed import Landed, load_landed
from actions.publish_marts import Publication, publish_marts
from actions.tuned import builds_to_keep
from connectors.warehouse.dbt_process import DbtResult


class NothingLoaded(Exception):
    """There is nothing to build from."""


@dataclass(frozen=True, kw_only=True)
class BuildReport:
    landed: Landed
    as_of: datetime
    models: DbtResult
    definitions: DefinitionsBrought
    publication: Publication | None


def build_and_publish(
    house: House,
    *,
    run_id: str,
    as_of: datetime | None = None,
    full_refresh: bool = False,
    publish: bool = True,
    on_progress: Callable[[str, str], None] = lambda stage, message: None,
) -> BuildReport:
    """Without `as_of` everything known counts, and the build is called after the newest pull that is loaded."""
    landed = load_landed(house.lake, warehouse=None, on_progress=lambda message: on_progress("load", message))
    newest = house.standing.newest_pull()
    if newest is None:
        raise NothingLoaded(f"nothing is loaded in {house.home.root} yet, so there is nothing to build from")
    modelled = build_marts(
        house,
        run_id=run_id,
        as_of=as_of,
        full_refresh=full_refresh,
        on_progress=lambda message: on_progress("models", message),
    )
    known = as_of or newest
    publication = None
    if publish:
        with alone(house):
            publication = publish_marts(
                house.warehouse,
                published=house.published,
                build_id=None,
                as_of=known,
                code_version=code_version(),
                wall_clock=house.wall_clock,
                keep=builds_to_keep(house),
                on_progress=lambda message: on_progress("publish", message),
            )
    return BuildReport(
        landed=landed, as_of=known, models=modelled.dbt, definitions=modelled.definitions, publication=publication
    )
