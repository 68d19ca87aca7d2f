"""The parties Weir knows. Adding an ad platform to Weir's Python side is one line in this list."""

from connectors.ad_platform import AdPlatformSpec, PartySpec
from connectors.entity_schema import EntitySchema
from connectors.experiments import schemas as experiments
from connectors.imported_ads import schemas as imported_ads
from connectors.markets.party import MARKETS
from connectors.messaging import schemas as messaging
from connectors.meta_ads import platform as meta_ads
from connectors.meta_ads.schemas import WEBHOOKS as META_WEBHOOKS
from connectors.outreach import schemas as outreach
from connectors.predictions import schemas as predictions
from connectors.product_db.party import PRODUCT_DB
from connectors.telegram_bot import platform as telegram
from connectors.tiktok_ads import platform as tiktok_ads
from connectors.whop.party import WHOP
from connectors.x_ads import platform as x_ads

AD_PLATFORMS: tuple[AdPlatformSpec, ...] = (
    meta_ads.PLATFORM,
    tiktok_ads.PLATFORM,
    x_ads.PLATFORM,
    telegram.PLATFORM,
)
# Who is asked too, but runs no ads.
OTHER_PARTIES: tuple[PartySpec, ...] = (WHOP, PRODUCT_DB, MARKETS)
# What comes only as files, is told to the collector, or is reckoned here.
NEVER_ASKED: tuple[EntitySchema, ...] = (
    META_WEBHOOKS,
    *imported_ads.SCHEMAS,
    *messaging.SCHEMAS,
    *experiments.SCHEMAS,
    *outreach.SCHEMAS,
    *predictions.SCHEMAS,
)


def ad_platform(party: str) -> AdPlatformSpec:
    for spec in AD_PLATFORMS:
        if spec.party == party:
            return spec
    raise KeyError(f"unknown ad platform {party!r}; known: {', '.join(s.party for s in AD_PLATFORMS)}")
