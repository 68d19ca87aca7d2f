"""When each entity of an account was last told of, loaded or still waiting in the landing zone."""

from collections.abc import Mapping
from datetime import datetime

from actions.house import House
from connectors.ad_platform import AccountRef
from connectors.landing.pending import find_pending


def newest_pulls(house: House, account: AccountRef) -> Mapping[str, datetime | None]:
    """By entity that is asked for; None: never."""
    spec = house.party(account.party)
    told = newest_landed(house, party=account.party, account_id=account.account_id)
    return {
        question.schema.entity: told.get(question.schema.entity) for question in spec.asks(account, house.ports(spec))
    }


def newest_landed(house: House, *, party: str, account_id: str) -> Mapping[str, datetime]:
    """By entity. The load log and the index of what waits are read, never a folder of history."""
    newest = dict(house.standing.newest_pulls(party=party, account_id=account_id))
    for waiting in find_pending(house.home.landing).landed:
        stream = waiting.stream
        if waiting.manifest is None or (stream.party, stream.account_id) != (party, account_id):
            continue
        at = waiting.manifest.pull.pulled_at
        newest[stream.entity] = max(newest.get(stream.entity, at), at)
    return newest
