"""The two dagster.yaml templates are what Dagster takes, and say the same but for where things are stored."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
import yaml
from sqlalchemy import make_url

TEMPLATES = Path(__file__).resolve().parents[2] / "orchestration" / "templates"
SQLITE, POSTGRES = TEMPLATES / "dagster.sqlite.yaml", TEMPLATES / "dagster.postgres.yaml"


def opened(home: Path, template: Path) -> dg.DagsterInstance:
    (home / "dagster.yaml").write_bytes(template.read_bytes())
    return dg.DagsterInstance.from_config(str(home))


@pytest.fixture(params=["sqlite", "postgres"])
def instance(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dg.DagsterInstance]:
    if request.param == "postgres":
        url = make_url(request.getfixturevalue("postgres_url"))
        parts = {
            "HOST": url.host,
            "PORT": url.port,
            "USER": url.username,
            "PASSWORD": url.password,
            "DBNAME": url.database,
        }
        for name, value in parts.items():
            monkeypatch.setenv(f"WEIR_DAGSTER_PG_{name}", str(value))
    with opened(tmp_path, SQLITE if request.param == "sqlite" else POSTGRES) as found:
        yield found


def test_runs_are_stored_where_the_template_says(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    @dg.op
    def step() -> None:
        """Leaves a run behind."""

    @dg.job
    def once() -> None:
        step()

    result = once.execute_in_process(instance=instance)
    assert instance.get_run_by_id(result.run_id) is not None
    assert bool(list(tmp_path.rglob("*.db"))) == (instance.run_storage.__class__.__name__ != "PostgresRunStorage")


def test_what_must_have_one_user_has_one_and_nobody_is_asked_about_telemetry(instance: dg.DagsterInstance) -> None:
    assert not instance.telemetry_enabled
    assert not instance.nux_enabled
    pools = instance.get_concurrency_config().pool_config
    assert pools.default_pool_limit == 1
    assert pools.pool_granularity is not None
    assert pools.pool_granularity.value == "op"
    assert instance.get_settings("run_retries") == {
        "enabled": True,
        "max_retries": 2,
        "retry_on_asset_or_op_failure": False,
    }


def test_the_templates_differ_only_in_their_storage_and_hold_no_address() -> None:
    embedded, shared = (yaml.safe_load(template.read_text(encoding="utf-8")) for template in (SQLITE, POSTGRES))
    database = shared.pop("storage")["postgres"]["postgres_db"]
    assert embedded == shared
    assert database.pop("scheme") == "postgresql+psycopg2"
    assert database == {
        name: {"env": f"WEIR_DAGSTER_PG_{variable}"}
        for name, variable in {
            "hostname": "HOST",
            "port": "PORT",
            "username": "USER",
            "password": "PASSWORD",
            "db_name": "DBNAME",
        }.items()
    }
