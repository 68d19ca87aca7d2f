"""What assets, checks and sensors are handed: the house, and dbt pointed at its warehouse.

Opened when a run or a tick starts, never when code is loaded.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import dagster as dg

from actions.house import House, open_house
from weir.env_file import with_env_file


def house_resource(environ: Mapping[str, str] | None) -> dg.ResourceDefinition:
    """`environ` None: the process's own variables and its env file, read at the time."""

    def opened(_context: dg.InitResourceContext) -> House:
        return open_house(with_env_file(os.environ) if environ is None else environ)

    return dg.ResourceDefinition(resource_fn=opened, description="The settings, and everything that hangs on them.")


def dbt_resource() -> dg.ResourceDefinition:
    def pointed(context: dg.InitResourceContext):
        from actions.build_marts import PROJECT, dbt_of
        from assets.quick_dbt import QuickDbt  # the hot code location never imports dbt

        target = dbt_of(context.resources.house).target
        os.environ.update(target.environment)  # dbt reads its profile from the environment of this run's process
        return QuickDbt(
            project_dir=str(PROJECT),
            profiles_dir=str(PROJECT),
            target=target.engine,
            dbt_executable=str(Path(sys.executable).with_name("dbt")),
        )

    return dg.ResourceDefinition(
        resource_fn=pointed, required_resource_keys={"house"}, description="dbt, pointed at the house's warehouse."
    )
