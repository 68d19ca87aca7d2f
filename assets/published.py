"""`published/marts`: the marts as whole Parquet snapshots, the only thing that readers open.

It follows the models in the same run, so a build whose models or blocking tests failed is never published.
"""

import base64
from datetime import timedelta

import dagster as dg

from actions.build_marts import alone
from actions.code_version import code_version
from actions.house import House
from actions.publish_marts import Publication, publish_marts
from actions.read_marts import daily_spend_by_platform, first_partial_day, published_marts
from actions.tuned import builds_to_keep
from assets.dbt_marts import as_of_in
from assets.described import Metadata, described, table
from assets.keys import PUBLISHED, WAREHOUSE_POOL

# Part of the definitions, so not tunable while they run: a day, and two hours for the daily pull to be late.
FRESHNESS = dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=26), warn_window=timedelta(hours=25))


def build_published(models: dg.AssetsDefinition) -> dg.AssetsDefinition:
    marts = [spec.key for spec in models.specs if spec.key.path[0] == "marts"]
    spec = described(
        PUBLISHED.path,
        group="published",
        kinds=("python", "parquet"),
        description=(
            "One row is one mart of one whole build. Decisions, notebooks and people's own tools read this snapshot: "
            "nobody sees half a build, and no reader ever waits for a writer."
        ),
        deps=marts,
        freshness_policy=FRESHNESS,
    )

    @dg.multi_asset(specs=[spec], name="publish", pool=WAREHOUSE_POOL)
    def publish(context: dg.AssetExecutionContext, house: dg.ResourceParam[House]) -> dg.MaterializeResult:
        with alone(house):
            publication = publish_marts(
                house.warehouse,
                published=house.published,
                build_id=None,
                as_of=as_of_in(context.run) or house.standing.newest_pull() or house.clock(),
                code_version=code_version(),
                wall_clock=house.wall_clock,
                keep=builds_to_keep(house),
                on_progress=context.log.info,
            )
        return dg.MaterializeResult(metadata=_told(house, publication))

    return publish


def _told(house: House, publication: Publication) -> Metadata:
    build = publication.build
    return {
        "build": build.build_id,
        "as of": build.as_of.isoformat(),
        "rows": publication.rows,
        **table("marts", [{"mart": mart, "rows": count} for mart, count in sorted(build.rows.items())], most=200),
        "spend": dg.MetadataValue.md(_spend_picture(house)),
    }


def _spend_picture(house: House) -> str:
    from actions.draw_spend import draw_daily_spend  # drawing takes most of a second to import

    with published_marts(house) as connection:
        spend, partial = daily_spend_by_platform(connection), first_partial_day(connection)
    if not spend:
        return "No day has a spend in dollars yet: bring rates with `weir import rates.csv --as markets/fx_rates`."
    picture = base64.b64encode(draw_daily_spend(spend, currency="USD", partial_from=partial)).decode()
    return f"![Spend a day by platform, in US dollars](data:image/png;base64,{picture})"
