"""Puts the house's Dagster definitions together, for any environment: `build_defs` and its quick sibling `build_hot`.

Assembly only: which accounts and entities there are comes from the settings and the registry, what they do from the
rooms below. The environment (dev, staging, production) decides what runs by itself.
"""

import os
from collections.abc import Mapping
from typing import Any

import dagster as dg

from actions.build_marts import PROJECT, dbt_of
from actions.house import House, open_house
from actions.ingest_account import FULL, HOT
from assets.checks import build_account_checks, build_published_checks
from assets.keys import days_partitions
from assets.landing import build_landing
from assets.raw import build_raw
from connectors.ad_platform import AccountRef
from orchestration.resources import dbt_resource, house_resource
from orchestration.schedules import build_pull_schedule
from sensors.failures import build_tell_owners_of_failures, build_tell_owners_of_recoveries
from sensors.landed_files import build_notice_landed_files
from weir.env_file import with_env_file
from weir.environments import Deed

PULL_JOB, MODEL_JOB = "pull", "load_and_model"
IN_PROCESS = dg.in_process_executor  # starting a process for each step costs more than the steps do


def build_defs(
    environ: Mapping[str, str] | None = None, *, overrides: Mapping[str, Any] | None = None
) -> dg.Definitions:
    """Raw lake, models, published marts, their checks, and the sensor that sets them going.

    `environ` stands for the process's variables (tests hand in theirs); `overrides` replaces resources by name.
    """
    from assets.dbt_marts import build_dbt_marts
    from assets.published import build_published

    house = _house(environ)
    days = _days(house)
    parties = _parties(house)
    raw = [
        asset
        for party, (schemas, accounts) in parties.items()
        for asset in build_raw(party, schemas, accounts=accounts, days=days)
    ]
    models = build_dbt_marts(project=PROJECT, engine=dbt_of(house).target.engine)
    published = build_published(models)
    job = dg.define_asset_job(
        MODEL_JOB,
        selection=dg.AssetSelection.assets(*raw, models, published),
        executor_def=IN_PROCESS,
        description="Loads what has landed, models it and publishes the marts.",
    )
    return dg.Definitions(
        assets=[*raw, models, published],
        asset_checks=build_published_checks(house.all_accounts()),
        jobs=[job],
        sensors=[build_notice_landed_files(MODEL_JOB, days=days, status=_sensors(house))],
        resources={"house": house_resource(environ), "dbt": dbt_resource(), **(overrides or {})},
        executor=IN_PROCESS,
    )


def build_hot(
    environ: Mapping[str, str] | None = None, *, overrides: Mapping[str, Any] | None = None
) -> dg.Definitions:
    """What must start quickly and imports no dbt: the pulls, their timetable, and the alerts."""
    house = _house(environ)
    days, accounts = _days(house), house.all_accounts()
    landing = [build_landing(house.platform(account.party), account, days=days) for account in accounts]
    job = dg.define_asset_job(
        PULL_JOB,
        selection=dg.AssetSelection.assets(*landing) if landing else dg.AssetSelection.groups("landing"),
        executor_def=IN_PROCESS,
        description="Asks accounts for a range of days and lands what they say.",
    )
    status = dg.DefaultScheduleStatus.RUNNING if _may_schedule(house) else dg.DefaultScheduleStatus.STOPPED
    schedules = [
        build_pull_schedule(reach, job_name=PULL_JOB, accounts=accounts, days=days, status=status)
        for reach in (FULL, HOT)
    ]
    return dg.Definitions(
        assets=landing,
        asset_checks=[check for account in accounts for check in build_account_checks(account, days=days)],
        jobs=[job] if landing else [],
        schedules=schedules if landing else [],
        sensors=[build_tell_owners_of_failures(_sensors(house)), build_tell_owners_of_recoveries(_sensors(house))],
        resources={"house": house_resource(environ), **(overrides or {})},
        executor=IN_PROCESS,
    )


def _house(environ: Mapping[str, str] | None) -> House:
    return open_house(with_env_file(os.environ) if environ is None else environ)


def _days(house: House) -> dg.DailyPartitionsDefinition:
    return days_partitions(first_day=house.settings.first_day)


def _may_schedule(house: House) -> bool:
    return not house.settings.reasons_against(Deed.SCHEDULE)


def _sensors(house: House) -> dg.DefaultSensorStatus:
    return dg.DefaultSensorStatus.RUNNING if _may_schedule(house) else dg.DefaultSensorStatus.STOPPED


def _parties(house: House) -> dict[str, tuple[list, tuple[AccountRef, ...]]]:
    """Every party with its entities and, where it is a platform, its configured accounts."""
    parties: dict[str, tuple[list, tuple[AccountRef, ...]]] = {}
    accounts = {spec.party: house.accounts(spec) for spec in house.platforms}
    for schema in house.schemas:
        parties.setdefault(schema.party, ([], accounts.get(schema.party, ())))[0].append(schema)
    return parties
