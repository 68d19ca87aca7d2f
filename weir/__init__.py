"""The ground that every room stands on.

Alone among the packages this file is not empty: `weir.open()` is how a notebook gets at the published marts, so that
one name lives here, and is loaded when it is first asked for.
"""

from typing import Any

__all__ = ["open"]


def __getattr__(name: str) -> Any:
    if name == "open":
        from weir.opening import open_published

        return open_published
    raise AttributeError(f"module 'weir' has no attribute {name!r}")
