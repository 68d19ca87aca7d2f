"""The check on each raw entity: is all that landed accounted for. Judged by the step that loads.

A step of its own for each entity would cost more than the judging.
"""

from collections.abc import Sequence

import dagster as dg

from actions.house import House
from analysis.verdict import Verdict
from assets.keys import raw_key
from assets.verdicts import SHOWN, told
from connectors.lake.versions import Counts

WHOLE_CHECK = "holds_all_that_landed"


def whole_check(key: dg.AssetKey) -> dg.AssetCheckSpec:
    return dg.AssetCheckSpec(
        name=WHOLE_CHECK,
        asset=key,
        description=(
            "Landed = raw + duplicates + quarantined over all loads; nothing was quarantined (a warning) or refused, "
            "and nothing is stuck in the landing zone (errors)."
        ),
    )


def judge_whole(
    house: House, *, party: str, entity: str, counts: Counts, problems: Sequence[str]
) -> dg.AssetCheckResult:
    """`counts` is over all loads; `problems` is what this one could not take and the models go on without."""
    errors = list(problems)
    if counts.landed != counts.raw + counts.duplicates + counts.quarantined:
        errors.append(f"{counts.landed} rows landed, but the rest does not add up to it: {counts}")
    aside = house.standing.set_aside(party=party, entity=entity, most=SHOWN) if counts.quarantined else ()
    warnings = [f"{each.file}, line {each.line}: {each.reasons}" for each in aside]
    result = told(
        Verdict((*errors, *warnings)),
        severity=dg.AssetCheckSeverity.ERROR if errors else dg.AssetCheckSeverity.WARN,
        landed=counts.landed,
        raw=counts.raw,
        duplicates=counts.duplicates,
        quarantined=counts.quarantined,
    )
    return result._replace(asset_key=raw_key(party, entity), check_name=WHOLE_CHECK)
