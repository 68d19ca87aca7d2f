"""Where visits come from when no ad brought them, and how such a link is tagged."""

from dataclasses import dataclass

import numpy as np

from simulator.world.luck import Floats, Ints


@dataclass(frozen=True, kw_only=True)
class Source:
    name: str
    utm_source: str | None = None
    utm_medium: str | None = None
    utm_campaign: str | None = None
    referrer: str | None = None
    is_link: bool = False  # somebody clicked something that was put there on purpose


SOURCES = (
    Source(name="direct"),
    Source(name="search", referrer="https://www.google.com/"),
    Source(name="x", referrer="https://t.co/"),
    Source(name="facebook", referrer="https://l.facebook.com/"),
    Source(name="tiktok", referrer="https://www.tiktok.com/"),
    Source(name="telegram", utm_source="telegram", utm_medium="social", utm_campaign="channel", is_link=True),
    Source(name="blog", referrer="https://blog.riverside.example/reading-list"),
    Source(name="newsletter", utm_source="newsletter", utm_medium="email", utm_campaign="weekly", is_link=True),
    Source(name="push", utm_source="app", utm_medium="push", utm_campaign="digest", is_link=True),
    Source(name="referral", utm_source="friend", utm_medium="referral", is_link=True),
    Source(name="ad"),  # tagged by the ad's own link
    Source(name="message"),  # tagged by the link in the message
)
NUMBER = {source.name: number for number, source in enumerate(SOURCES)}
DIRECT, REFERRAL, AD, MESSAGE = (NUMBER[name] for name in ("direct", "referral", "ad", "message"))

NEWCOMERS = {"search": 0.38, "direct": 0.2, "x": 0.1, "facebook": 0.08, "tiktok": 0.08, "telegram": 0.06, "blog": 0.1}
READERS = {"direct": 0.66, "newsletter": 0.12, "push": 0.12, "search": 0.06, "telegram": 0.04}


def drawn(shares: dict[str, float], luck: Floats) -> Ints:
    numbers = np.array([NUMBER[name] for name in shares], dtype=np.int64)
    bounds = np.cumsum(list(shares.values()))
    return numbers[np.minimum(np.searchsorted(bounds, luck * bounds[-1], side="right"), len(numbers) - 1)]
