"""A backfill as Dagster's daemon starts it: thirty days of an account are one run, with the range in its tags."""

import logging
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.execution.backfill import PartitionBackfill
from dagster._core.remote_origin import InProcessCodeLocationOrigin
from dagster._core.test_utils import create_test_daemon_workspace_context, instance_for_test
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from dagster._core.workspace.load_target import InProcessWorkspaceLoadTarget
from dagster._daemon.backfill import execute_backfill_iteration

from assets.day_range import RANGE_END, RANGE_START

KEY = dg.AssetKey(["landing", "tiktok_ads", "701"])


def test_thirty_days_are_one_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "WEIR_HOME": str(tmp_path / "home"),
        "WEIR_FIRST_DAY": "2026-01-01",
        "TIKTOK_ACCOUNT_1_ID": "701",
        "TIKTOK_ACCOUNT_1_TOKEN": "made-up",
        "TELEGRAM_ACCOUNT_1_ID": "-1001",
        "TELEGRAM_ACCOUNT_1_BOT_TOKEN": "1:made-up",
    }.items():
        monkeypatch.setenv(name, value)
    location = InProcessWorkspaceLoadTarget(
        InProcessCodeLocationOrigin(
            loadable_target_origin=LoadableTargetOrigin(python_file=None, module_name="orchestration.hot"),
            location_name="weir_hot",
        )
    )
    queued = {"run_coordinator": {"module": "dagster._core.run_coordinator", "class": "QueuedRunCoordinator"}}
    with (
        instance_for_test(overrides=queued) as instance,
        create_test_daemon_workspace_context(location, instance) as workspace,
    ):
        graph = workspace.create_request_context().asset_graph
        days = [f"2026-06-{day:02d}" for day in range(1, 31)]
        instance.add_backfill(
            PartitionBackfill.from_asset_partitions(
                backfill_id="month",
                asset_graph=graph,
                partition_names=days,
                asset_selection=[KEY],
                backfill_timestamp=datetime(2026, 11, 20, tzinfo=UTC).timestamp(),
                tags={},
                dynamic_partitions_store=instance,
                all_partitions=False,
                title=None,
                description=None,
                run_config=None,
            )
        )

        assert all(error is None for error in execute_backfill_iteration(workspace, logging.getLogger("backfill")))
        (run,) = instance.get_runs()
        assert run.asset_selection == {KEY}
        assert (run.tags[RANGE_START], run.tags[RANGE_END]) == ("2026-06-01", "2026-06-30")
