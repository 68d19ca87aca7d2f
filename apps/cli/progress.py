"""What a person sees while something long is under way: a line for each subject, on standard error, in a terminal only.

Programs and `--json` see nothing of it. Messages may come from several threads.
"""

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

Tell = Callable[[str, str], None]  # the subject, and what it is at now

_LONGEST_MESSAGE = 100


@contextmanager
def shown_progress(*, hidden: bool = False, plain: bool = False) -> Generator[Tell]:
    """`plain`: where there is no terminal, every message is a line of its own (for what takes minutes)."""
    if hidden or not sys.stderr.isatty():
        yield _plain_lines() if plain and not hidden else lambda subject, message: None
        return
    columns = (SpinnerColumn(), TextColumn("{task.fields[subject]}"), TextColumn("{task.description}", style="dim"))
    # Standard error as it is now: while a run goes on, what it prints is sent to a log, and this must not be.
    with Progress(*columns, TimeElapsedColumn(), console=Console(file=sys.stderr), transient=True) as progress:
        tasks = {}

        def tell(subject: str, message: str) -> None:
            if subject not in tasks:
                tasks[subject] = progress.add_task("", total=None, subject=subject)
            progress.update(tasks[subject], description=_one_line(message))

        yield tell


def _plain_lines() -> Tell:
    place = sys.stderr

    def tell(subject: str, message: str) -> None:
        place.write(f"{subject}: {message}\n")
        place.flush()

    return tell


def _one_line(message: str) -> str:
    text = " ".join(message.split()).replace("[", "\\[")
    return text if len(text) <= _LONGEST_MESSAGE else f"{text[: _LONGEST_MESSAGE - 1]}…"
