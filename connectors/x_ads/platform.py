"""X as the rest of Weir knows it: its name, credentials, look-back, schemas, and who reads and writes for it."""

from connectors.ad_platform import AdPlatformSpec, CredentialField, LookBack
from connectors.x_ads.control import XControl
from connectors.x_ads.reports import XReports
from connectors.x_ads.schemas import PARTY, SCHEMAS

PLATFORM = AdPlatformSpec(
    party=PARTY,
    title="X Ads",
    env_prefix="X",
    base_url="https://ads-api.x.com",
    credentials=(
        CredentialField(suffix="ID", description="The advertising account's id, letters and digits."),
        CredentialField(suffix="CONSUMER_KEY", description="API key of the app."),
        CredentialField(suffix="CONSUMER_SECRET", description="API secret of the app."),
        CredentialField(suffix="TOKEN", description="Access token of a user with access to the account."),
        CredentialField(suffix="TOKEN_SECRET", description="Secret of that access token."),
    ),
    # Spend is adjusted for 14 days, downwards too; conversions follow a click for up to 30.
    look_back=LookBack(days=30, hot_days=14),
    schemas=SCHEMAS,
    reports=XReports,
    control=XControl,
)
