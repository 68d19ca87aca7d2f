"""The one way an asset gets its group, owner, kinds and description, so that none can be forgotten.

Groups follow the flow from left to right: landing, raw, staging, intermediate, marts, published.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import dagster as dg

OWNER = "team:growth"

Metadata = Mapping[str, dg.MetadataValue | int | float | str]


def described(
    key: Sequence[str],
    *,
    group: str,
    description: str,
    kinds: Iterable[str],
    deps: Iterable[dg.AssetKey] = (),
    owner: str = OWNER,
    metadata: Mapping[str, Any] | None = None,
    partitions_def: dg.PartitionsDefinition | None = None,
    freshness_policy: dg.FreshnessPolicy | None = None,
) -> dg.AssetSpec:
    return dg.AssetSpec(
        dg.AssetKey(list(key)),
        group_name=group,
        description=description,
        owners=[owner],
        kinds=set(kinds),
        deps=list(deps),
        metadata=dict(metadata or {}),
        partitions_def=partitions_def,
        freshness_policy=freshness_policy,
    )


def table(name: str, rows: Sequence[Mapping[str, str | int]], *, most: int = 30) -> Metadata:
    """Rows as a table under their name, the first `most` of them; nothing where there are none."""
    records = [dg.TableRecord(dict(row)) for row in rows[:most]]
    return {name: dg.MetadataValue.table(records)} if records else {}
