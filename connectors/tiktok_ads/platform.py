"""TikTok as the rest of Weir knows it: its name, credentials, look-back and entities, and how to open an account."""

from functools import partial

from connectors.ad_platform import AccountRef, AdPlatformSpec, CredentialField, LookBack, Ports
from connectors.tiktok_ads.client import TikTokClient
from connectors.tiktok_ads.control import TikTokControl
from connectors.tiktok_ads.drafts import request_id_for
from connectors.tiktok_ads.reports import TikTokReports
from connectors.tiktok_ads.schemas import PARTY, SCHEMAS


def _reports(account: AccountRef, ports: Ports) -> TikTokReports:
    return TikTokReports(TikTokClient(account, ports))


def _control(account: AccountRef, ports: Ports) -> TikTokControl:
    return TikTokControl(TikTokClient(account, ports), request_id=partial(request_id_for, account.account_id))


PLATFORM = AdPlatformSpec(
    party=PARTY,
    title="TikTok Ads",
    env_prefix="TIKTOK",
    base_url="https://business-api.tiktok.com",
    credentials=(
        CredentialField(suffix="ID", description="The advertiser's id, all digits."),
        CredentialField(
            suffix="TOKEN", description="A long-lived access token of the Business API for this advertiser."
        ),
    ),
    look_back=LookBack(days=28, hot_days=3),  # conversions follow a click for up to 28 days; spend settles in three
    schemas=SCHEMAS,
    reports=_reports,
    control=_control,
)
