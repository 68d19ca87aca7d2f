"""Lists everything the code locations define, as text that a diff is read in.

`python -m tools.inventory > tests/orchestration/inventory.txt` after a change that is meant; a test compares the two.
"""

import sys
from collections.abc import Iterator, Mapping

import dagster as dg
from dagster._core.definitions.assets.graph.asset_graph import AssetGraph

from orchestration.building import build_defs, build_hot

# Two accounts, so that the list shows what an account brings; nothing here is reached.
ENVIRON: Mapping[str, str] = {
    "WEIR_HOME": "/nowhere",
    "META_ACCOUNT_1_ID": "701",
    "META_ACCOUNT_1_TOKEN": "made-up",
    "TELEGRAM_ACCOUNT_1_ID": "-1001",
    "TELEGRAM_ACCOUNT_1_BOT_TOKEN": "1:made-up",
    "WEIR_SOURCE_WEB_KEY": "made-up-and-of-no-use",
}


def inventory() -> str:
    locations = {"weir": build_defs(ENVIRON), "weir_hot": build_hot(ENVIRON)}
    lines = [line for name, defs in locations.items() for line in (f"# {name}", *_location(defs), "")]
    return "\n".join(lines)


def _location(defs: dg.Definitions) -> Iterator[str]:
    repository = defs.get_repository_def()
    graph = repository.asset_graph
    yield from _assets(graph)
    for key in sorted(graph.asset_check_keys, key=lambda key: (key.asset_key.path, key.name)):
        stops = "  blocking" if graph.get_check_spec(key).blocking else ""
        yield f"check     {key.asset_key.to_user_string()}  {key.name}{stops}"
    for job in sorted(repository.get_all_jobs(), key=lambda job: job.name):
        if not job.name.startswith("__"):
            yield f"job       {job.name}  {len(job.asset_layer.selected_asset_keys)} assets"
    for schedule in sorted(repository.schedule_defs, key=lambda schedule: schedule.name):
        yield f"schedule  {schedule.name}  {schedule.cron_schedule}  starts {schedule.job_name}"
    for sensor in sorted(repository.sensor_defs, key=lambda sensor: sensor.name):
        starts = [f"  starts {target.job_name}" for target in sensor.targets]
        yield f"sensor    {sensor.name}{''.join(starts)}"


def _assets(graph: AssetGraph) -> Iterator[str]:
    for key in sorted(graph.get_all_asset_keys(), key=lambda key: key.path):
        node = graph.get(key)
        facts = [node.group_name, ", ".join(sorted(node.kinds)), ", ".join(node.owners)]
        facts += ["by day"] if node.is_partitioned else []
        facts += [f"pool {', '.join(sorted(node.pools))}"] if node.pools else []
        if node.is_external and not node.kinds:
            facts = ["defined in the other location"]
        yield f"asset     {key.to_user_string()}  {'  '.join(facts)}"


if __name__ == "__main__":
    sys.stdout.write(inventory())
