"""Where everything that a run makes lies: the layout of one WEIR_HOME.

Two homes never touch each other, and deleting the folder is a clean slate. Only paths live here; what stands in the
files is the business of the rooms that write them.
"""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Home:
    root: Path  # absolute

    def __post_init__(self) -> None:
        if not self.root.is_absolute():
            raise ValueError(f"a home needs an absolute path, not one that depends on the current folder: {self.root}")

    @property
    def landing(self) -> Path:
        return self.root / "landing"

    @property
    def lake(self) -> Path:
        return self.root / "lake"

    @property
    def warehouse(self) -> Path:
        return self.root / "warehouse.duckdb"

    @property
    def published(self) -> Path:
        return self.root / "published"

    @property
    def ledger(self) -> Path:
        return self.root / "ledger.sqlite"

    @property
    def dagster(self) -> Path:
        return self.root / "dagster"

    @property
    def definitions(self) -> Path:
        """What the people of this home define themselves; made by them."""
        return self.root / "definitions"

    @property
    def reports(self) -> Path:
        return self.root / "reports"

    def create(self) -> "Home":
        """Makes the folders that are not there yet. The two database files are made by those who write them."""
        for folder in (self.landing, self.lake, self.published, self.dagster, self.reports):
            folder.mkdir(parents=True, exist_ok=True)
        return self
