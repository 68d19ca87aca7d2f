"""Who may send events to the collector: each source has a name and a key, found in variables WEIR_SOURCE_<NAME>_KEY.

A source with allowed origins is a browser's: its key is public, may be sent in the address, and counts only from those
origins. Every other key is a secret and travels in the Authorization header alone.
"""

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from weir.settings import SettingsError

SOURCE_PREFIX = "WEIR_SOURCE_"
SUFFIXES = {
    "KEY": "The key that a source sends events with, at least 16 characters; a new and an old one separated by a space",
    "ORIGINS": "The sites, such as https://shop.example, whose pages may use the key, which is public then",
    "EVENTS_PER_SECOND": "How many events it may send in a second",
}
WITHOUT = {
    "KEY": "the source is left out",
    "ORIGINS": "the key is a secret, for servers",
    "EVENTS_PER_SECOND": "WEIR_COLLECTOR_EVENTS_PER_SECOND",
}
_VARIABLE = re.compile(rf"{SOURCE_PREFIX}(?P<name>[A-Z][A-Z0-9_]*?)_(?P<suffix>{'|'.join(SUFFIXES)})")
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?")
_SHORTEST_KEY = 16


@dataclass(frozen=True, kw_only=True)
class Source:
    name: str  # in lower case: the account its events land under
    key_hashes: tuple[bytes, ...] = field(repr=False)
    origins: frozenset[str] = frozenset()
    events_per_second: int | None = None

    @property
    def is_browser(self) -> bool:
        return bool(self.origins)

    def variable(self, suffix: str) -> str:
        return f"{SOURCE_PREFIX}{self.name.upper()}_{suffix}"


def configured_sources(environ: Mapping[str, str]) -> tuple[Source, ...]:
    """Raises `SettingsError` with everything that is wrong with their variables."""
    found: dict[str, dict[str, str]] = {}
    problems: list[str] = []
    for variable, value in sorted(environ.items()):
        if not variable.startswith(SOURCE_PREFIX) or not value.strip():
            continue
        match = _VARIABLE.fullmatch(variable)
        if match is None:
            problems.append(f"{variable} means nothing; the names are {SOURCE_PREFIX}<NAME>_<{' | '.join(SUFFIXES)}>")
        else:
            found.setdefault(match["name"], {})[match["suffix"]] = value.strip()
    sources = [_source(name, values, problems) for name, values in found.items()]
    owners: dict[bytes, str] = {}
    for source in sources:
        for key_hash in source.key_hashes:
            twin = owners.setdefault(key_hash, source.name)
            if twin != source.name:
                problems.append(f"{source.variable('KEY')} repeats the key of {twin}; give each its own")
    if problems:
        raise SettingsError(tuple(problems))
    return tuple(sources)


def find_source(sources: Sequence[Source], key: str) -> Source | None:
    """Looks at every key, so that the time it takes says nothing about any of them."""
    wanted = _hash(key)
    found = None
    for source in sources:
        for key_hash in source.key_hashes:
            if hmac.compare_digest(key_hash, wanted):
                found = source
    return found


def _source(name: str, values: Mapping[str, str], problems: list[str]) -> Source:
    def variable(suffix: str) -> str:
        return f"{SOURCE_PREFIX}{name}_{suffix}"

    keys = values.get("KEY", "").split()
    if not keys:
        problems.append(f"{variable('KEY')} is not set, though other variables of {name} are")
    if any(len(key) < _SHORTEST_KEY or not key.isascii() or not key.isprintable() for key in keys):
        problems.append(f"{variable('KEY')} needs at least {_SHORTEST_KEY} printable ASCII characters")
    origins = frozenset(values.get("ORIGINS", "").split())
    problems.extend(
        f"{variable('ORIGINS')}: {origin!r} is not an origin; write scheme and host, such as https://shop.example"
        for origin in sorted(origins)
        if not _ORIGIN.fullmatch(origin)
    )
    rate = values.get("EVENTS_PER_SECOND")
    if rate is not None and not re.fullmatch(r"[1-9]\d{0,8}", rate):
        problems.append(f"{variable('EVENTS_PER_SECOND')} is {rate!r}, not a whole number above zero")
        rate = None
    return Source(
        name=name.lower(),
        key_hashes=tuple(_hash(key) for key in keys),
        origins=origins,
        events_per_second=None if rate is None else int(rate),
    )


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", errors="surrogateescape")).digest()
