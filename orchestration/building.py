"""Puts the house's Dagster definitions together, for any environment: `build_defs` and its quick sibling `build_hot`.

Assembly only: which accounts and entities there are comes from the settings and the registry, what they do from the
rooms below. The environment (dev, staging, production) decides what runs by itself.
"""

import os
from collections.abc import Mapping
from typing import Any

import dagster as dg

from actions.house import House, open_house
from actions.ingest_account import FULL, HOT
from assets.account_checks import build_account_checks
from assets.failures import Retries
from assets.keys import days_partitions
from assets.landing import build_landing
from assets.source_checks import build_source_checks
from connectors.ad_platform import AccountRef
from connectors.entity_schema import EntitySchema
from orchestration.resources import dbt_resource, house_resource
from orchestration.schedules import build_check_schedule, build_pull_schedule
from sensors.failures import build_tell_owners_of_failures, build_tell_owners_of_recoveries
from weir.env_file import with_env_file
from weir.environments import Deed
from weir.sources import configured_sources

PULL_JOB, CHECK_JOB, MODEL_JOB = "pull", "check_accounts", "load_and_model"
PRACTICE_DAYS_AHEAD = 31
IN_PROCESS = dg.in_process_executor  # starting a process for each step costs more than the steps do


def build_defs(
    environ: Mapping[str, str] | None = None, *, overrides: Mapping[str, Any] | None = None
) -> dg.Definitions:
    """Raw lake, models, published marts, their checks, and the sensor that sets them going.

    `environ` stands for the process's variables (tests hand in theirs); `overrides` replaces resources by name.
    """
    # Imported here, because the hot code location shares this module and must not pay for dbt, DuckDB and Arrow.
    from actions.build_marts import PROJECT, dbt_of
    from assets.dbt_marts import build_dbt_marts
    from assets.published import build_published
    from assets.published_checks import build_published_checks
    from assets.raw import build_lake_log, build_raw
    from sensors.landed_files import build_notice_landed_files

    house = _house(environ)
    raw = [build_raw(party, schemas, accounts=accounts) for party, (schemas, accounts) in _parties(house).items()]
    models = build_dbt_marts(project=PROJECT, engine=dbt_of(house).target.engine)
    published = build_published(models)
    job = dg.define_asset_job(
        MODEL_JOB,
        selection=dg.AssetSelection.assets(*raw, models, published),
        executor_def=IN_PROCESS,
        description="Loads what has landed, models it and publishes the marts.",
    )
    return dg.Definitions(
        assets=[*raw, *build_lake_log(), models, published],
        asset_checks=build_published_checks(house.all_accounts()),
        jobs=[job],
        sensors=[build_notice_landed_files(MODEL_JOB, status=_sensors(house))],
        resources={"house": house_resource(environ), "dbt": dbt_resource(), **(overrides or {})},
        executor=IN_PROCESS,
    )


def build_hot(
    environ: Mapping[str, str] | None = None, *, overrides: Mapping[str, Any] | None = None
) -> dg.Definitions:
    """What must start quickly and imports no dbt: the pulls, their timetable, and the alerts."""
    house = _house(environ)
    alerts = [build_tell_owners_of_failures(_sensors(house)), build_tell_owners_of_recoveries(_sensors(house))]
    resources = {"house": house_resource(environ), "retries": Retries(), **(overrides or {})}
    accounts, days = house.all_accounts(), _days(house)
    landing = [build_landing(house.party(account.party), account, days=days) for account in accounts]
    checks = [check for account in accounts for check in build_account_checks(account, days=days)]
    checks += build_source_checks(configured_sources(house.environ))
    status = dg.DefaultScheduleStatus.RUNNING if _may_schedule(house) else dg.DefaultScheduleStatus.STOPPED
    jobs, schedules = [], []
    if landing:
        jobs.append(
            dg.define_asset_job(
                PULL_JOB,
                selection=dg.AssetSelection.assets(*landing),
                executor_def=IN_PROCESS,
                description="Asks accounts for a range of days and lands what they say.",
            )
        )
        for reach in (FULL, HOT):
            schedules.append(build_pull_schedule(reach, job_name=PULL_JOB, accounts=accounts, days=days, status=status))
    if checks:
        jobs.append(
            dg.define_asset_job(
                CHECK_JOB,
                selection=dg.AssetSelection.checks(*checks),
                executor_def=IN_PROCESS,
                description="Judges whether every account is fresh and without failed days, and every source heard.",
            )
        )
        schedules.append(build_check_schedule(job_name=CHECK_JOB, status=status))
    return dg.Definitions(
        assets=landing,
        asset_checks=checks,
        jobs=jobs,
        schedules=schedules,
        sensors=alerts,
        resources=resources,
        executor=IN_PROCESS,
    )


def _house(environ: Mapping[str, str] | None) -> House:
    return open_house(with_env_file(os.environ) if environ is None else environ)


def _days(house: House) -> dg.DailyPartitionsDefinition:
    practising = house.settings.practice_clock_url is not None
    return days_partitions(first_day=house.settings.first_day, days_ahead=PRACTICE_DAYS_AHEAD if practising else 0)


def _may_schedule(house: House) -> bool:
    return not house.settings.reasons_against(Deed.SCHEDULE)


def _sensors(house: House) -> dg.DefaultSensorStatus:
    return dg.DefaultSensorStatus.RUNNING if _may_schedule(house) else dg.DefaultSensorStatus.STOPPED


def _parties(house: House) -> Mapping[str, tuple[list[EntitySchema], tuple[AccountRef, ...]]]:
    """Every party with its entities and, where it is asked, its configured accounts."""
    parties: dict[str, tuple[list[EntitySchema], tuple[AccountRef, ...]]] = {}
    accounts = {spec.party: house.accounts(spec) for spec in house.parties}
    for schema in house.schemas:
        parties.setdefault(schema.party, ([], accounts.get(schema.party, ())))[0].append(schema)
    return parties
