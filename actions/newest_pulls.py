"""When each entity of an account was last pulled, loaded or still waiting in the landing zone."""

from collections.abc import Mapping
from datetime import datetime

from actions.house import House
from connectors.ad_platform import AccountRef
from connectors.landing.pending import find_pending


def newest_pulls(house: House, account: AccountRef) -> Mapping[str, datetime | None]:
    """By pulled entity; None: never. The load log and the index of what waits are read, never a folder of history."""
    loaded = house.standing.newest_pulls(party=account.party, account_id=account.account_id)
    newest: dict[str, datetime | None] = {
        schema.entity: loaded.get(schema.entity) for schema in house.platform(account.party).schemas if schema.pulled
    }
    for waiting in find_pending(house.home.landing).landed:
        stream = waiting.stream
        if waiting.manifest is None or (stream.party, stream.account_id) != (account.party, account.account_id):
            continue
        before, at = newest.get(stream.entity), waiting.manifest.pull.pulled_at
        newest[stream.entity] = at if before is None else max(before, at)
    return newest
