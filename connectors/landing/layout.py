"""Where things lie in the landing zone. Names only: nothing here reads or writes.

<party>/<entity>/<account>/<stem>.jsonl            verbatim rows, one JSON object a line
<party>/<entity>/<account>/<stem>.manifest.json    makes the pull finished
_pending/<party>/<entity>/<account>/<stem>         begun and not yet loaded: an index, so that nobody lists all files
_unfinished/<party>/<entity>/<account>/…           what an interrupted pull left behind, kept for a look
_imports/<party>/<entity>/<sha256>.…               files that people brought, as they brought them, with a receipt
"""

from dataclasses import dataclass
from pathlib import Path

from connectors.landing.manifest import Pull

DATA = ".jsonl"
MANIFEST = ".manifest.json"
PROBLEM = "_problem"  # a landed object's field that says why it was refused where it came in: loading quarantines it


@dataclass(frozen=True)
class Stream:
    """Everything one account answers about one entity: the unit that is pulled, locked, loaded and ordered."""

    party: str
    entity: str
    account_id: str

    @property
    def path(self) -> Path:
        return Path(self.party, self.entity, self.account_id)

    @property
    def slug(self) -> str:
        return f"{self.party}__{self.entity}__{self.account_id}"


def all_accounts(party: str, entity: str) -> Stream:
    """What is one for all accounts of an entity: facts are loaded, and told apart, together."""
    return Stream(party, entity, "")


def stream_of(pull: Pull) -> Stream:
    return Stream(pull.party, pull.entity, pull.account_id)


@dataclass(frozen=True)
class LandingLayout:
    root: Path

    def data(self, stream: Stream, stem: str) -> Path:
        return self.root / stream.path / (stem + DATA)

    def manifest(self, stream: Stream, stem: str) -> Path:
        return self.root / stream.path / (stem + MANIFEST)

    def marker(self, stream: Stream, stem: str) -> Path:
        return self.pending / stream.path / stem

    def unfinished(self, stream: Stream) -> Path:
        return self.root / "_unfinished" / stream.path

    def lock(self, stream: Stream) -> Path:
        return self.root / "_locks" / f"{stream.slug}.lock"

    def imports(self, party: str, entity: str) -> Path:
        return self.root / "_imports" / party / entity

    @property
    def pending(self) -> Path:
        return self.root / "_pending"
