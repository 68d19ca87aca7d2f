"""The one way an asset gets its group, owner, kinds and description, so that none can be forgotten.

Groups follow the flow from left to right: landing, raw, staging, intermediate, marts, published.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import dagster as dg

OWNER = "team:growth"


def described(
    key: Sequence[str],
    *,
    group: str,
    description: str,
    kinds: Iterable[str],
    deps: Iterable[dg.AssetKey] = (),
    owner: str = OWNER,
    metadata: Mapping[str, Any] | None = None,
    **more: Any,
) -> dg.AssetSpec:
    return dg.AssetSpec(
        dg.AssetKey(list(key)),
        group_name=group,
        description=description,
        owners=[owner],
        kinds=set(kinds),
        deps=list(deps),
        metadata=dict(metadata or {}),
        **more,
    )
