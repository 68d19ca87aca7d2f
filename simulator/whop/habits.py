"""What can differ between two Whop accounts, and what goes wrong with deliveries: switched by whoever runs a test."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Habits:
    sees_emails: bool = True  # member:email:read; without it addresses are null
    sees_members: bool = True  # member:basic:read; without it member and membership ids are null
    may_write: bool = True
    is_app_key: bool = True  # notifications need one
    requests_per_minute: int = 600  # of one operation
    webhook_signatures: int = 1  # on each delivery; the last one is the right one, as while a secret is rotated
    webhook_expired: float = 0.0  # share of deliveries that carry a timestamp of an hour ago, and nothing else wrong
    webhook_forged: float = 0.0  # share of deliveries followed by a copy whose signature fits nothing

    def changed(self, wanted: Mapping[str, Any]) -> "Habits":
        known = {field.name for field in fields(self)}
        if set(wanted) - known:
            raise ValueError(f"what may be switched: {', '.join(sorted(known))}")
        for name, value in wanted.items():
            kind = type(getattr(self, name))
            if not isinstance(value, kind) and not (kind is float and isinstance(value, int)):
                raise ValueError(f"{name} is {kind.__name__}")
        return replace(self, **dict(wanted))
