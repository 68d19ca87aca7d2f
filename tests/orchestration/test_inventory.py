"""Everything that is defined stands in a list that a diff is read in, and everything on it can be read by a person."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from orchestration.building import build_defs, build_hot
from tools.inventory import ENVIRON, inventory

LIST = Path(__file__).with_name("inventory.txt")


@pytest.fixture(scope="module")
def repositories() -> list[dg.RepositoryDefinition]:
    return [build_defs(ENVIRON).get_repository_def(), build_hot(ENVIRON).get_repository_def()]


def specs(repositories: list[dg.RepositoryDefinition]) -> Iterator[dg.AssetSpec]:
    for repository in repositories:
        for definition in repository.assets_defs_by_key.values():
            yield from definition.specs


def test_what_is_defined_is_what_the_list_says() -> None:
    """After a change that is meant: python -m tools.inventory > tests/orchestration/inventory.txt"""
    assert inventory().splitlines() == LIST.read_text(encoding="utf-8").splitlines()


def test_every_asset_says_what_one_row_is_whose_it_is_and_where_it_belongs(
    repositories: list[dg.RepositoryDefinition],
) -> None:
    seen = {spec.key: spec for spec in specs(repositories)}
    assert len(seen) > 80
    lacking = {
        key.to_user_string(): [
            name
            for name, there in {
                "description": (spec.description or "").startswith("One "),
                "owner": spec.owners == ["team:growth"],
                "kinds": bool(spec.kinds),
                "group": spec.group_name == key.path[0],
            }.items()
            if not there
        ]
        for key, spec in seen.items()
    }
    assert {key: names for key, names in lacking.items() if names} == {}


def test_no_description_repeats_the_sql(repositories: list[dg.RepositoryDefinition]) -> None:
    assert not [spec.key for spec in specs(repositories) if "select" in (spec.description or "").lower().split()]


def test_every_check_job_schedule_and_sensor_says_what_it_is_for(repositories: list[dg.RepositoryDefinition]) -> None:
    described = {
        **{
            f"check {key}": graph.get_check_spec(key).description
            for graph in (repository.asset_graph for repository in repositories)
            for key in graph.asset_check_keys
        },
        **{f"job {job.name}": job.description for repository in repositories for job in repository.get_all_jobs()},
        **{
            f"schedule {each.name}": each.description
            for repository in repositories
            for each in repository.schedule_defs
        },
        **{f"sensor {each.name}": each.description for repository in repositories for each in repository.sensor_defs},
    }
    assert [name for name, text in described.items() if not text and "__ASSET_JOB" not in name] == []


def test_only_what_people_read_promises_to_be_fresh(repositories: list[dg.RepositoryDefinition]) -> None:
    promising = {
        spec.key.to_user_string(): spec.freshness_policy for spec in specs(repositories) if spec.freshness_policy
    }
    assert list(promising) == ["published/marts"]


def test_an_account_has_one_pull_at_a_time_and_the_warehouse_one_writer(
    repositories: list[dg.RepositoryDefinition],
) -> None:
    pools: dict[str, set[str]] = {}
    for repository in repositories:
        for key in repository.asset_graph.get_all_asset_keys():
            for pool in repository.asset_graph.get(key).pools or ():
                pools.setdefault(pool, set()).add(key.path[0])
    assert pools.pop("warehouse") == {"staging", "seeds", "intermediate", "marts", "published"}
    assert pools == {"meta_ads__701": {"landing"}, "telegram___1001": {"landing"}}
