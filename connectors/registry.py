"""The parties Weir knows. Adding an ad platform to Weir's Python side is one line in this list."""

from connectors.ad_platform import AdPlatformSpec
from connectors.meta_ads import platform as meta_ads
from connectors.telegram_bot import platform as telegram
from connectors.tiktok_ads import platform as tiktok_ads
from connectors.x_ads import platform as x_ads

AD_PLATFORMS: tuple[AdPlatformSpec, ...] = (
    meta_ads.PLATFORM,
    tiktok_ads.PLATFORM,
    x_ads.PLATFORM,
    telegram.PLATFORM,
)


def ad_platform(party: str) -> AdPlatformSpec:
    for spec in AD_PLATFORMS:
        if spec.party == party:
            return spec
    raise KeyError(f"unknown ad platform {party!r}; known: {', '.join(s.party for s in AD_PLATFORMS)}")
