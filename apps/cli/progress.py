"""What a person sees while something long is under way: a line for each subject, on standard error, in a terminal only.

Programs, pipes and `--json` see nothing of it. Messages may come from several threads.
"""

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

Tell = Callable[[str, str], None]  # the subject, and what it is at now


@contextmanager
def shown_progress(*, hidden: bool = False) -> Generator[Tell]:
    if hidden or not sys.stderr.isatty():
        yield lambda subject, message: None
        return
    columns = (SpinnerColumn(), TextColumn("{task.fields[subject]}"), TextColumn("{task.description}", style="dim"))
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True), transient=True) as progress:
        tasks = {}

        def tell(subject: str, message: str) -> None:
            if subject not in tasks:
                tasks[subject] = progress.add_task("", total=None, subject=subject)
            progress.update(tasks[subject], description=_one_line(message))

        yield tell


def _one_line(message: str) -> str:
    text = " ".join(message.split()).replace("[", "\\[")
    return text if len(text) <= 100 else f"{text[:99]}…"
