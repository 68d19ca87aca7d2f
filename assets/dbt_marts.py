"""Every dbt model, seed and data test as Dagster assets and checks: from the raw lake to the marts.

SQL lives in `dbt_project/`; here dbt's names become ours and the warehouse's one writer is waited for.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, DbtCliResource, DbtProject, dbt_assets
from pydantic import Field

from actions.build_marts import alone, build_variables, dbt_of
from actions.define import DefinitionsBrought, bring_definitions
from actions.house import House
from assets.dbt_tests import attach_singular_tests, describe_test
from assets.described import OWNER
from assets.keys import WAREHOUSE_POOL, raw_key
from connectors.warehouse.dbt_process import judge_results

STEP = "build_models"


class Build(dg.Config):
    """The form of a build in the launchpad."""

    as_of: str | None = Field(
        default=None,
        description="The instant whose knowledge the marts show, e.g. 2026-11-20T06:00:00+00:00. Empty: everything.",
    )
    full_refresh: bool = Field(
        default=False, description="Builds the incremental models anew; the rows are the same, only slower."
    )

    @property
    def instant(self) -> datetime | None:
        return instant(self.as_of)

    def arguments(self) -> list[str]:
        variables = json.dumps(build_variables(as_of=self.instant))
        return ["--vars", variables, *(["--full-refresh"] if self.full_refresh else [])]


class BadInstant(ValueError):
    """Not an instant, or one of many: what was known then cannot be told."""


def instant(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise BadInstant(f"as_of: {text!r} is no instant, such as 2026-11-20T06:00:00+00:00") from None
    if at.tzinfo is None:
        raise BadInstant(f"as_of: {text!r} has no zone; write it as 2026-11-20T06:00:00+00:00")
    return at


def as_of_in(run: dg.DagsterRun) -> datetime | None:
    """What the models of this run were asked to show."""
    form: Any = run.run_config
    for name in ("ops", STEP, "config", "as_of"):
        form = (form or {}).get(name)
    return instant(form)


class OurNames(DagsterDbtTranslator):
    """A source `raw.<party>__<entity>` is the asset raw/<party>/<entity>; models and seeds are grouped by stage."""

    def __init__(self, *, engine: str) -> None:
        super().__init__(DagsterDbtTranslatorSettings(enable_duplicate_source_asset_keys=True))
        self._engine = engine

    def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None) -> dg.AssetSpec:
        spec = super().get_asset_spec(manifest, unique_id, project)
        node = manifest["sources"].get(unique_id) or manifest["nodes"][unique_id]
        if node["resource_type"] == "source":
            return spec.replace_attributes(key=raw_key(*node["name"].split("__", 1)))
        stage = "seeds" if node["resource_type"] == "seed" else node["schema"]
        return spec.replace_attributes(
            key=dg.AssetKey([stage, node["name"]]),
            description=node["description"].strip(),  # without the SQL, which is a click away in the repository
            group_name=stage,
            owners=[OWNER],
            kinds={"dbt", self._engine},
        )

    def get_asset_check_spec(
        self,
        asset_spec: dg.AssetSpec,
        manifest: Mapping[str, Any],
        unique_id: str,
        project: DbtProject | None,
    ) -> dg.AssetCheckSpec | None:
        spec = super().get_asset_check_spec(asset_spec, manifest, unique_id, project)
        return spec and spec._replace(description=describe_test(manifest["nodes"][unique_id]))


def tell_definitions(context: dg.AssetExecutionContext, brought: DefinitionsBrought) -> None:
    """As tags of the run too: numbers that changed with no row of data behind it are found by them."""
    for refusal in brought.refused:
        context.log.warning(refusal)
    told = {"definitions_changed": brought.changed, "definitions_refused": brought.refused}
    tags = {f"weir/{name}": "; ".join(some) for name, some in told.items() if some}
    if tags:
        context.instance.add_run_tags(context.run.run_id, tags)


class ManifestMissing(Exception):
    """The models were not parsed for this engine."""


def build_dbt_marts(*, project: Path, engine: str) -> dg.AssetsDefinition:
    """`engine` is the dbt target. Its manifest was built beforehand: parsing in every run would cost seconds each."""
    manifest = project / "target" / engine / "manifest.json"
    if not manifest.is_file():
        raise ManifestMissing(f"{manifest} is missing: run `make {manifest.relative_to(project.parent)}`")

    @dbt_assets(
        manifest=attach_singular_tests(json.loads(manifest.read_text(encoding="utf-8"))),
        name=STEP,
        dagster_dbt_translator=OurNames(engine=engine),
        pool=WAREHOUSE_POOL,
    )
    def build_models(
        context: dg.AssetExecutionContext, config: Build, dbt: DbtCliResource, house: dg.ResourceParam[House]
    ) -> Iterator[Any]:
        with alone(house):
            synced = house.warehouse.sync_raw()
            context.log.info(f"raw schema at load {synced.last_load_seq}, {synced.renewed} relations renewed")
            tell_definitions(context, bring_definitions(house.warehouse, own=house.home.definitions))
            # Unit tests belong where changes are tested; here they would run where Dagster cannot show them.
            arguments = ["build", "--exclude-resource-type", "unit_test", *config.arguments()]
            with dbt_of(house).artifacts(context.run.run_id) as folder:
                started = dbt.cli(arguments, context=context, target_path=folder, raise_on_error=False)
                yield from started.stream()
                if error := started.get_error():  # names a command and an exit code; the results say what failed
                    results = folder / "run_results.json"
                    if results.is_file():
                        judge_results(json.loads(results.read_text(encoding="utf-8")), started.process.returncode)
                    raise error

    return build_models
