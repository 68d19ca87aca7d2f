"""The stages of a long command: what is under way is shown, and how long each took can be told afterwards."""

import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field

from apps.cli.progress import Tell


@dataclass(frozen=True, kw_only=True)
class Stages:
    tell: Tell
    took: list[tuple[str, float]] = field(default_factory=list)  # stage, seconds

    @contextmanager
    def stage(self, name: str) -> Generator[None]:
        began = time.monotonic()
        self.tell(name, "…")
        yield
        seconds = time.monotonic() - began
        self.took.append((name, seconds))
        self.tell(name, f"done in {seconds:.1f} s")
