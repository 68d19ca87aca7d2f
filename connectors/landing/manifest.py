"""What one pull is: whom it asked about what, when, and (once finished) how much came back with which checksum.

A manifest beside a data file is what makes a pull finished. Where the two lie is said by `connectors.landing.layout`.
"""

import json
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from connectors.ad_platform import DayWindow

_SAFE_NAME = re.compile(r"[A-Za-z0-9@+=-][A-Za-z0-9@+=._-]*")


class BrokenManifest(Exception):
    """A manifest that cannot be read: the pull beside it is never loaded."""


def safe_name(text: str, *, what: str) -> str:
    """The text itself, where it can be a file's name on every system; it never leads out of its folder."""
    if not _SAFE_NAME.fullmatch(text):
        raise ValueError(f"{what} {text!r} cannot be a file's name: letters, digits and @+=-._ only")
    return text


@dataclass(frozen=True, kw_only=True)
class Pull:
    """One account, one entity, one answer."""

    pull_id: str
    party: str
    entity: str
    account_id: str
    pulled_at: datetime  # the instant the question was asked
    window: DayWindow | None = None  # None for objects
    currency: str | None = None
    timezone: str | None = None
    complete: bool = True  # False: what the answer does not mention stays as it was (files that people bring)

    def __post_init__(self) -> None:
        if self.pulled_at.tzinfo is None:
            raise ValueError(f"pulled_at needs a time zone, not {self.pulled_at.isoformat()}")
        for what in ("pull_id", "account_id"):
            safe_name(getattr(self, what), what=what)

    @property
    def stem(self) -> str:
        """The name of the pull's files, without ending: sorts by time."""
        return f"{self.pulled_at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{self.pull_id}"

    @property
    def order(self) -> tuple[datetime, str]:
        """Pulls are applied in this order, whatever the order they arrive in."""
        return (self.pulled_at, self.pull_id)


@dataclass(frozen=True, kw_only=True)
class Manifest:
    pull: Pull
    rows: int
    bytes: int
    sha256: str

    def to_json(self) -> str:
        pull = self.pull
        fields = {
            "pull_id": pull.pull_id,
            "party": pull.party,
            "entity": pull.entity,
            "account_id": pull.account_id,
            "currency": pull.currency,
            "timezone": pull.timezone,
            "since": pull.window.since.isoformat() if pull.window else None,
            "until": pull.window.until.isoformat() if pull.window else None,
            "complete": pull.complete,
            "pulled_at": pull.pulled_at.astimezone(UTC).isoformat(),
            "rows": self.rows,
            "bytes": self.bytes,
            "sha256": self.sha256,
        }
        return json.dumps(fields, indent=2, ensure_ascii=False) + "\n"

    @staticmethod
    def from_json(text: str) -> "Manifest":
        try:
            fields = json.loads(text)
            return Manifest(
                pull=Pull(
                    pull_id=fields["pull_id"],
                    party=fields["party"],
                    entity=fields["entity"],
                    account_id=fields["account_id"],
                    currency=fields["currency"],
                    timezone=fields["timezone"],
                    window=_window(fields),
                    complete=fields.get("complete", True),
                    pulled_at=datetime.fromisoformat(fields["pulled_at"]).astimezone(UTC),
                ),
                rows=fields["rows"],
                bytes=fields["bytes"],
                sha256=fields["sha256"],
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise BrokenManifest(f"{type(error).__name__}: {error}") from error


def _window(fields: dict[str, Any]) -> DayWindow | None:
    if fields["since"] is None:
        return None
    return DayWindow(date.fromisoformat(fields["since"]), date.fromisoformat(fields["until"]))
