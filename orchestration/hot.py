"""The hot code location: imports no dbt, so its runs start quickly."""

import dagster as dg

from orchestration.building import build_hot


@dg.definitions
def defs() -> dg.Definitions:
    return build_hot()
