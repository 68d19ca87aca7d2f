"""The parties Weir knows. Adding an ad platform to Weir's Python side is one line in this list."""

from connectors.ad_platform import AdPlatformSpec
from connectors.tiktok_ads import platform as tiktok_ads

AD_PLATFORMS: tuple[AdPlatformSpec, ...] = (
    tiktok_ads.PLATFORM,
)


def ad_platform(party: str) -> AdPlatformSpec:
    for spec in AD_PLATFORMS:
        if spec.party == party:
            return spec
    raise KeyError(f"unknown ad platform {party!r}; known: {', '.join(s.party for s in AD_PLATFORMS)}")
