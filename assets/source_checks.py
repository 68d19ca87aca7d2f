"""Checks on those who tell by themselves and whom nobody asks: is each source of the collector still heard?

They run every hour, since a source that has died starts nothing.
"""

from collections.abc import Sequence

import dagster as dg

from actions.house import House
from actions.newest_pulls import newest_landed
from actions.tuned import tolerated_silence
from analysis.silence import judge_silence
from assets.keys import op_name, raw_key
from assets.verdicts import told
from weir.sources import Source

_PARTY, _ENTITY = "product", "events"  # what a source sends first of all; its other entities count as well


def build_source_checks(sources: Sequence[Source]) -> list[dg.AssetChecksDefinition]:
    return [_is_heard(source) for source in sources]


def _is_heard(source: Source) -> dg.AssetChecksDefinition:
    @dg.asset_check(
        asset=raw_key(_PARTY, _ENTITY),
        name=op_name("is_heard", source.name),
        description=f"{source.name} has sent something within the hours that the config key checks.silence_hours says.",
    )
    def is_heard(house: dg.ResourceParam[House]) -> dg.AssetCheckResult:
        landed = newest_landed(house, party=_PARTY, account_id=source.name)
        heard = max(landed.values(), default=None)
        return told(judge_silence(source.name, heard=heard, as_of=house.clock(), tolerated=tolerated_silence(house)))

    return is_heard
