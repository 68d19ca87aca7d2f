"""What a person sees while something long is under way: a line for each subject, on standard error, in a terminal only.

Where it is known which share is done, the line has a bar. Programs and `--json` see nothing of it. Messages may come
from several threads.
"""

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console, RenderableType
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)

Tell = Callable[[str, str], None]  # the subject, and what it is at now


class TellShare(Protocol):
    """Likewise, and how much of it is done, 0 to 1, where that is known."""

    def __call__(self, subject: str, message: str, *, share: float | None = None) -> None: ...


_LONGEST_MESSAGE = 100


@contextmanager
def shown_progress(*, hidden: bool = False, plain: bool = False) -> Generator[TellShare]:
    """`plain`: where there is no terminal, every message is a line of its own (for what takes minutes)."""
    if hidden or not sys.stderr.isatty():
        yield _plain_lines() if plain and not hidden else _nothing
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.fields[subject]}"),
        _ShareColumn(),
        TaskProgressColumn(),
        TextColumn("{task.description}", style="dim"),
    )
    # Standard error as it is now: while a run goes on, what it prints is sent to a log, and this must not be.
    with Progress(*columns, TimeElapsedColumn(), console=Console(file=sys.stderr), transient=True) as progress:
        tasks = {}

        def tell(subject: str, message: str, *, share: float | None = None) -> None:
            if subject not in tasks:
                tasks[subject] = progress.add_task("", total=None, subject=subject)
            total = None if share is None else 1.0
            progress.update(tasks[subject], description=_one_line(message), total=total, completed=share)

        yield tell


class _ShareColumn(ProgressColumn):
    """A bar; nothing where no share is known."""

    def __init__(self) -> None:
        super().__init__()
        self._bar = BarColumn(bar_width=30)

    def render(self, task: Task) -> RenderableType:
        return "" if task.total is None else self._bar.render(task)


def _nothing(subject: str, message: str, *, share: float | None = None) -> None:
    pass


def _plain_lines() -> TellShare:
    place = sys.stderr

    def tell(subject: str, message: str, *, share: float | None = None) -> None:
        place.write(f"{subject}: {message}\n")
        place.flush()

    return tell


def _one_line(message: str) -> str:
    text = " ".join(message.split()).replace("[", "\\[")
    return text if len(text) <= _LONGEST_MESSAGE else f"{text[: _LONGEST_MESSAGE - 1]}…"
