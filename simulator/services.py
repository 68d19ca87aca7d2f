"""The parties that are not ad platforms, and the made-up keys by which they know their caller.

One key for each, a function of the seed; worth nothing outside the practice world.
"""

from dataclasses import dataclass, field

from simulator.world.lives.till import tag
from simulator.world.luck import key_of


@dataclass(frozen=True, kw_only=True)
class ServiceKeys:
    whop_account_id: str
    whop_app_id: str
    whop_api_key: str = field(repr=False)
    claude_api_key: str = field(repr=False)
    rewards_key: str = field(repr=False)
    mail_user: str
    mail_password: str = field(repr=False)
    mail_webhook_secret: str = field(repr=False)  # `whsec_` and base64, as svix writes them


def service_keys(seed: int) -> ServiceKeys:
    def made(*parts: str) -> str:
        return f"{key_of(seed, 'service', *parts):016x}{key_of(seed, 'service', *parts, 'more'):016x}"

    return ServiceKeys(
        whop_account_id=tag("biz", seed),
        whop_app_id=tag("app", seed),
        whop_api_key=f"apik_practice_{made('whop')}",
        claude_api_key=f"sk-ant-practice-{made('claude')}",
        rewards_key=f"rwd_practice_{made('rewards')}",
        mail_user="weir",
        mail_password=f"practice-{made('mail')}",
        mail_webhook_secret=f"whsec_{made('mail webhooks')}",
    )


def services_environment(seed: int, *, base_url: str) -> dict[str, str]:
    """Addresses and keys by the names under which Weir's environment knows them."""
    keys = service_keys(seed)
    return {
        "WHOP_BASE_URL": base_url,
        "WHOP_ACCOUNT_1_ID": keys.whop_account_id,
        "WHOP_ACCOUNT_1_TOKEN": keys.whop_api_key,
        "ANTHROPIC_BASE_URL": base_url,
        "ANTHROPIC_API_KEY": keys.claude_api_key,
        "REWARDS_BASE_URL": base_url,
        "REWARDS_KEY": keys.rewards_key,
    }
