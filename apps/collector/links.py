"""The short links of `WEIR_HOME/links.jsonl`: one object a line with `code` and `url`, and what is known of the visit.

Where a link leads is said by this file alone, never by a request. The file is read again when it changes; a line that
cannot be used is reported and the others go on.
"""

import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

_log = logging.getLogger(__name__)

UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term")
CLICK_IDS = {"fbclid": "meta_ads", "twclid": "x_ads", "ttclid": "tiktok_ads"}
_KNOWN = ("platform", "campaign_id", "ad_id", "referral_code", "offer_code", *UTM)
_CODE = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LONGEST = 512  # characters of a parameter that is passed on


class BadLink(ValueError):
    """A line that is no link. The message says what to change."""


@dataclass(frozen=True, kw_only=True)
class Link:
    code: str
    url: str
    known: Mapping[str, str] = field(default_factory=dict)

    def target(self, passed_on: Mapping[str, str]) -> str:
        """The link's own address; the visit's campaign fields are added, never in place of what the link says."""
        parts = urlsplit(self.url)
        own = {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
        added = urlencode({name: value for name, value in passed_on.items() if name not in own})
        query = "&".join(each for each in (parts.query, added) if each)
        return urlunsplit(parts._replace(query=query))


class Links:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._state: tuple[int, int] | None = None
        self._links: Mapping[str, Link] = {}

    def find(self, code: str) -> Link | None:
        self._follow()
        return self._links.get(code)

    def __len__(self) -> int:
        self._follow()
        return len(self._links)

    def _follow(self) -> None:
        try:
            found = self._path.stat()
        except FileNotFoundError:
            self._state, self._links = None, {}
            return
        state = (found.st_mtime_ns, found.st_size)
        if state != self._state:
            self._state, self._links = state, _read(self._path)


def link_of(line: str) -> Link:
    try:
        values = json.loads(line)
    except ValueError as error:
        raise BadLink(f"it is not JSON ({error})") from None
    if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
        raise BadLink("it is not an object of texts")
    code, url = values.get("code", ""), values.get("url", "")
    if not _CODE.fullmatch(code):
        raise BadLink(f"the code {code!r} is not 1 to 64 letters, digits, - and _")
    unknown = values.keys() - {"code", "url", *_KNOWN}
    if unknown:
        raise BadLink(f"{', '.join(sorted(unknown))} means nothing here; known are code, url, {', '.join(_KNOWN)}")
    if not _is_safe(url):
        raise BadLink(f"the url of {code} is not a plain http(s) address")
    return Link(code=code, url=url, known={name: value for name, value in values.items() if name in _KNOWN and value})


def campaign_fields(query: Mapping[str, str]) -> dict[str, str]:
    """What of a visit's parameters is about campaigns, each cut to a sensible length."""
    names = (*UTM, *CLICK_IDS)
    return {name: query[name][:_LONGEST] for name in names if query.get(name) and query[name].isprintable()}


def _is_safe(url: str) -> bool:
    if not url.isascii() or not url.isprintable() or any(each in url for each in ' \\"<>'):
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return False


def _read(path: Path) -> dict[str, Link]:
    links: dict[str, Link] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            link = link_of(line)
        except BadLink as error:
            _log.warning("%s, line %d is left out: %s", path, number, error)
            continue
        links[link.code] = link
    return links
