"""Identifiers in each platform's own style: long numbers for Meta, base 36 for X, 19 digits for TikTok."""

from collections.abc import Callable

from simulator.world.luck import key_of

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_META_PREFIX = {"campaign": "1202", "ad_group": "1203", "ad": "1204", "creative": "6", "audience": "6005"}


def _base36(number: int) -> str:
    text = ""
    while number:
        number, rest = divmod(number, 36)
        text = _DIGITS[rest] + text
    return text


def _digits(key: int, length: int) -> str:
    return str(key % 10**length).zfill(length)


def _meta(level: str, key: int) -> str:
    prefix = _META_PREFIX.get(level, "2")
    return prefix + _digits(key, (15 if level == "account" else 17) - len(prefix))


def _x(level: str, key: int) -> str:
    return _base36(36**10 + key % (35 * 36**10)) if level == "account" else _base36(36**4 + key % (35 * 36**4))


def _tiktok(level: str, key: int) -> str:
    return ("7" if level in ("account", "creative") else "18") + _digits(
        key, 18 if level in ("account", "creative") else 17
    )


def _telegram(level: str, key: int) -> str:
    return "-100" + str(10**9 + key % (9 * 10**9)) if level == "account" else str(10**6 + key % 10**9)


_STYLES: dict[str, Callable[[str, int], str]] = {
    "meta_ads": _meta,
    "x_ads": _x,
    "tiktok_ads": _tiktok,
    "telegram": _telegram,
}


def new_id(seed: int, party: str, level: str, *owner: int | str, taken: Callable[[str], bool]) -> str:
    """The next free identifier for something that `owner` (account, how many before it) names uniquely."""
    attempt = 0
    while True:
        candidate = _STYLES[party](level, key_of(seed, "id", party, level, *owner, attempt))
        if not taken(candidate):
            return candidate
        attempt += 1
