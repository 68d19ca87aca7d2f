"""The full code location: everything from the raw lake to the published marts."""

import dagster as dg

from orchestration.building import build_defs


@dg.definitions
def defs() -> dg.Definitions:
    return build_defs()
