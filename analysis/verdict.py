"""The answer of every rule that judges data: passed or not, with every reason, never only the first.

Rules live in modules of their own (`freshness`, `volume`, `reconciliation`); what is done about a verdict is decided by
the rooms above.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Verdict:
    failures: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())  # worth reading, not worth failing for

    @property
    def passed(self) -> bool:
        return not self.failures
