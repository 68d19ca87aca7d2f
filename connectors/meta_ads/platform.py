"""Meta as the rest of Weir knows it: its name, credentials, look-back and entities, and how to open an account."""

from connectors.ad_platform import AccountRef, AdPlatformSpec, CredentialField, LookBack, Ports
from connectors.meta_ads.client import MetaClient
from connectors.meta_ads.control import MetaControl
from connectors.meta_ads.reports import MetaReports
from connectors.meta_ads.schemas import PARTY, SCHEMAS


def _reports(account: AccountRef, ports: Ports) -> MetaReports:
    return MetaReports(MetaClient(account, ports))


def _control(account: AccountRef, ports: Ports) -> MetaControl:
    return MetaControl(MetaClient(account, ports))


PLATFORM = AdPlatformSpec(
    party=PARTY,
    title="Meta Ads",
    env_prefix="META",
    base_url="https://graph.facebook.com",
    credentials=(
        CredentialField(suffix="ID", description="The ad account's id, all digits, without its act_ prefix."),
        CredentialField(suffix="TOKEN", description="A system user's access token with ads_read and ads_management."),
        CredentialField(
            suffix="APP_SECRET",
            description="The app's secret, with which every call proves whose token it carries.",
            required=False,
        ),
        CredentialField(
            suffix="PAGE_ID", description="The page in whose name new ads speak; needed to create them.", required=False
        ),
    ),
    look_back=LookBack(days=28, hot_days=7),  # late and view-through conversions and fraud removal take four weeks
    schemas=SCHEMAS,
    reports=_reports,
    control=_control,
)
