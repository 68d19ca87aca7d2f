"""The variables a program goes by: those it was started with, and those of an env file that fill the gaps.

What a variable means is said in `weir.settings`, `weir.sources` and `weir.accounts`; here they are only gathered and
spell-checked.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

from dotenv import dotenv_values

from weir.settings import PREFIX, Settings, variable
from weir.sources import SOURCE_PREFIX


def with_env_file(environ: Mapping[str, str], *, path: Path = Path(".env")) -> dict[str, str]:
    """The variables together with those of an env file, which never override one that is set."""
    from_file = {name: value for name, value in dotenv_values(path, interpolate=False).items() if value is not None}
    return {**from_file, **environ}


def unknown_variables(environ: Mapping[str, str]) -> tuple[str, ...]:
    """One line for each WEIR_ variable that no setting stands for: most likely misspelt, and without effect.

    Variables of sources are judged where sources are read.
    """
    known = [variable(field) for field in Settings.model_fields]
    lines = []
    for name in sorted(environ):
        if name.startswith(PREFIX) and not name.startswith(SOURCE_PREFIX) and name not in known:
            close = get_close_matches(name, known, n=1)
            lines.append(f"{name} has no effect" + (f"; did you mean {close[0]}?" if close else ""))
    return tuple(lines)
