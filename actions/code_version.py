"""Which code made something: the package's version and, in a checkout, the commit."""

import subprocess
from functools import cache
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@cache
def code_version() -> str:
    released = version("weir")
    if not (ROOT / ".git").exists():
        return released
    asked = subprocess.run(
        ["/usr/bin/env", "git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"],
        capture_output=True,
        text=True,
        check=False,
    )
    return f"{released}+{asked.stdout.strip()}" if asked.returncode == 0 else released
