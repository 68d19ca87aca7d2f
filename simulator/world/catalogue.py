"""The objects people manage on a platform (campaigns, ad groups, ads, creatives, audiences) and their current versions.

What the objects do to the auction lives in `simulator.world.delivery`; how a platform writes them down, at its door.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from simulator.world.ids import new_id
from simulator.world.model import AdAccount, AdObject, Level, Status

_PARENT: dict[str, Level | None] = {
    "campaign": None,
    "ad_group": "campaign",
    "ad": "ad_group",
    "creative": None,
    "audience": None,
}
_CHANGEABLE = {"name", "status", "daily_budget", "lifetime_budget", "attributes"}


class Catalogue:
    def __init__(self, *, seed: int) -> None:
        self._seed = seed
        self._accounts: dict[tuple[str, str], AdAccount] = {}
        self._objects: dict[tuple[str, Level, str], AdObject] = {}
        self._order: dict[tuple[str, str, Level], list[str]] = {}

    def add_account(self, account: AdAccount) -> None:
        self._accounts[account.party, account.id] = account

    def accounts(self, party: str) -> Sequence[AdAccount]:
        return [account for (of, _), account in self._accounts.items() if of == party]

    def account(self, party: str, account_id: str) -> AdAccount | None:
        return self._accounts.get((party, account_id))

    def objects(self, party: str, account_id: str, level: Level) -> Sequence[AdObject]:
        return [self._objects[party, level, each] for each in self._order.get((party, account_id, level), ())]

    def find(self, party: str, level: Level, object_id: str) -> AdObject | None:
        return self._objects.get((party, level, object_id))

    def create(
        self,
        party: str,
        account_id: str,
        level: Level,
        *,
        at: datetime,
        name: str,
        parent_id: str | None,
        status: Status,
        daily_budget: Decimal | None,
        lifetime_budget: Decimal | None,
        attributes: Mapping[str, Any],
    ) -> AdObject:
        if self.account(party, account_id) is None:
            raise KeyError(f"{party} has no account {account_id!r}")
        parent_level = _PARENT[level]
        if parent_level is None and parent_id is not None:
            raise ValueError(f"a {level} has no parent")
        if parent_level is not None:
            parent = None if parent_id is None else self.find(party, parent_level, parent_id)
            if parent is None or parent.account_id != account_id:
                raise KeyError(f"{party} account {account_id} has no {parent_level} {parent_id!r}")
        siblings = self._order.setdefault((party, account_id, level), [])
        object_id = new_id(
            self._seed,
            party,
            level,
            account_id,
            len(siblings),
            taken=lambda each: (party, level, each) in self._objects,
        )
        made = AdObject(
            party=party,
            account_id=account_id,
            level=level,
            id=object_id,
            parent_id=parent_id,
            name=name,
            status=status,
            daily_budget=daily_budget,
            lifetime_budget=lifetime_budget,
            created_at=at,
            updated_at=at,
            attributes=dict(attributes),
        )
        self._objects[party, level, object_id] = made
        siblings.append(object_id)
        return made

    def update(self, party: str, level: Level, object_id: str, *, at: datetime, changes: Mapping[str, Any]) -> AdObject:
        found = self.find(party, level, object_id)
        if found is None:
            raise KeyError(f"{party} has no {level} {object_id!r}")
        unknown = set(changes) - _CHANGEABLE
        if unknown:
            raise ValueError(f"cannot change {', '.join(sorted(unknown))} of a {level}")
        wanted = dict(changes)
        if "attributes" in wanted:
            wanted["attributes"] = {**found.attributes, **wanted["attributes"]}
        changed = replace(found, updated_at=at, **wanted)
        self._objects[party, level, object_id] = changed
        return changed
